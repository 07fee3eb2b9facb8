//! The recipe: the world behind the sample CRM, with its channels, personas and countries.

use crate::calendar::day_of;
use crate::lag::Lag;
use crate::world::{Deal, Loss, Segment, Step, World};

/// The day of the export, 2025-12-31, in days since 1970-01-01: the last day whose records are complete.
pub const SAMPLE_AS_OF: i32 = day_of(2025, 12, 31);

/// Name, share in percent, factors on the three rates, drift of the logits per year.
type Channel = (&'static str, f64, [f64; 3], f64);

/// Name, share in percent, factors on the three rates, factor on the mean deal.
type Persona = (&'static str, f64, [f64; 3], f64);

/// Paid social starts well and falls: the case that a plan on all history gets wrong. The blank is a channel of its own.
pub(super) const CHANNELS: [Channel; 9] = [
    ("organic search", 22.0, [1.15, 1.10, 1.10], 0.0),
    ("paid search", 20.0, [1.00, 0.95, 0.90], 0.0),
    ("paid social", 17.0, [1.05, 1.00, 1.00], -0.8),
    ("email", 12.0, [1.10, 1.00, 1.00], 0.0),
    ("referral", 9.0, [1.45, 1.30, 1.40], 0.0),
    ("events", 8.0, [1.20, 1.10, 1.05], 0.0),
    ("partner", 6.0, [1.30, 1.30, 1.35], 0.0),
    ("direct", 4.0, [0.90, 0.90, 0.90], 0.0),
    ("", 2.0, [0.55, 0.65, 0.55], 0.0),
];

pub(super) const PERSONAS: [Persona; 4] = [
    ("operations manager", 35.0, [1.05, 1.00, 1.00], 1.0),
    ("finance lead", 25.0, [1.00, 1.10, 1.20], 1.5),
    ("it specialist", 25.0, [1.10, 0.95, 0.80], 0.7),
    ("student", 15.0, [0.50, 0.45, 0.35], 0.3),
];

/// Countries and their share in percent. They make no difference on purpose: good pooling must not find one.
pub(super) const COUNTRIES: [(&str, f64); 6] =
    [("DE", 38.0), ("AT", 14.0), ("CH", 12.0), ("NL", 14.0), ("FR", 13.0), ("PL", 9.0)];

/// The world behind [`sample_crm`](crate::sample_crm): 36 segments, named `channel / persona`, channel by channel.
///
/// Overall about 30 % of leads become MQLs, 35 % of MQLs SQLs and 22 % of SQLs customers, with a mean deal of about
/// 9,000 EUR; most wins come more than three months after the lead.
///
/// ```
/// let world = simulate::sample_world();
/// assert!(world.check().is_ok());
/// assert_eq!(world.segments.len(), 36);
/// ```
#[must_use]
pub fn sample_world() -> World {
    let step = |rate, median_days, sigma| Step { rate, lag: Lag { median_days, sigma } };
    World {
        as_of: SAMPLE_AS_OF,
        history_days: 731,
        leads_per_day: 22.4,
        growth_per_month: 0.015,
        steps: vec![step(0.2963, 9.0, 1.0), step(0.3455, 24.0, 0.9), step(0.2072, 55.0, 0.7)],
        tau: 0.12,
        phi: 0.5,
        rho: 0.3,
        shared_shock: 0.5,
        segments: CHANNELS.iter().flat_map(|channel| PERSONAS.iter().map(|p| segment(channel, p))).collect(),
        loss: Loss { recorded_share: 0.6, lag: Lag { median_days: 45.0, sigma: 0.8 } },
        deal: Deal { mean: 8_160.0, sigma: 0.8, lag_correlation: 0.2 },
        rate_break: None,
    }
}

fn segment(channel: &Channel, persona: &Persona) -> Segment {
    let (channel_name, channel_share, channel_factors, trend) = channel;
    let (persona_name, persona_share, persona_factors, deal_multiplier) = persona;
    Segment {
        name: format!("{channel_name} / {persona_name}"),
        weight: channel_share * persona_share,
        rate_multipliers: channel_factors.iter().zip(persona_factors).map(|(a, b)| a * b).collect(),
        deal_multiplier: *deal_multiplier,
        logit_trend_per_year: *trend,
    }
}
