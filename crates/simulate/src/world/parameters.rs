//! The parameters of a world, each with its unit and range.

use crate::calendar::day_of;
use crate::error::{Error, within};
use crate::lag::Lag;

/// One step of the funnel: from one stage to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Ultimate conversion rate, a fraction in 0..=1: the mean over quarters of the share of entrants that ever convert.
    pub rate: f64,
    /// Days from entering the stage to entering the next, of those that convert.
    pub lag: Lag,
}

/// A group of leads: a channel, a persona, or both together.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// The name as the CRM writes it; may be blank.
    pub name: String,
    /// Share of all leads, relative to the other segments, above 0 and at most 1e9.
    pub weight: f64,
    /// Factors on the rate of each step, first step first; empty means 1 for all. No product with a rate may exceed 1.
    pub rate_multipliers: Vec<f64>,
    /// Factor on the mean deal, above 0 and at most 1e6.
    pub deal_multiplier: f64,
    /// Steady drift of the logit of every step's rate per year, −10 to 10; applied by quarter, 0 in the first quarter.
    pub logit_trend_per_year: f64,
}

impl Default for Segment {
    fn default() -> Self {
        Self {
            name: "all".into(),
            weight: 1.0,
            rate_multipliers: Vec::new(),
            deal_multiplier: 1.0,
            logit_trend_per_year: 0.0,
        }
    }
}

/// What becomes of leads that do not convert.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loss {
    /// Share of losers whose loss is ever recorded, a fraction in 0..=1. The others look open for ever.
    pub recorded_share: f64,
    /// Days from entering the stage in which the lead is lost to the recorded loss.
    pub lag: Lag,
}

/// The law of the revenue of one won deal: lognormal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deal {
    /// Mean deal in major units of the currency, 0.01 to 1e12.
    pub mean: f64,
    /// Standard deviation of the logarithm, without unit, 0 to 3.
    pub sigma: f64,
    /// Correlation of the logarithm of the amount with the logarithm of the last step's lag, −1 to 1; above 0, large deals
    /// close later.
    pub lag_correlation: f64,
}

/// A one-off break: from one day on, newly created leads convert differently in one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateBreak {
    /// The first day of creation of the leads that are affected, in days since 1970-01-01.
    pub day: i32,
    /// The step that changes, 0 for the first.
    pub step: usize,
    /// Factor on the rate, 0 or more; the product with the rate may not exceed 1.
    pub rate_multiplier: f64,
}

/// A world of leads with known truth: a plain set of numbers, from which history, campaign and truth follow.
///
/// In the quarter q of a lead's creation, step k of segment g has the rate
/// σ(c + tau · z), where the shock z of (g, k, q) is standard normal and c is chosen so that the mean over z is exactly
/// the stated rate. Shocks follow an AR(1) between quarters; the common part of a segment's shock is `shared_shock` of
/// its variance; shocks of steps i and j correlate by rho^|i − j|. Quarters are those of the calendar.
/// (Logit-normal rates are near the Beta effects that estimators assume, but not the same family: nothing is judged on
/// its own assumption alone.)
///
/// ```
/// use simulate::{Segment, World};
///
/// let mut world = World { leads_per_day: 3.0, history_days: 180, growth_per_month: 0.06, ..World::default() };
/// world.segments.push(Segment { name: "events".into(), weight: 0.25, ..Segment::default() });
/// assert!(world.check().is_ok());
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    /// The last day of history, in days since 1970-01-01, from 1900 to 2200; campaigns usually start on the next day.
    pub as_of: i32,
    /// Length of the history in days, 1 to 36,500; it ends with `as_of`.
    pub history_days: u32,
    /// Mean number of new leads on the first day of history, 0 to 1e6; the number of a day is Poisson distributed.
    pub leads_per_day: f64,
    /// Growth of the mean number of new leads per month of 30.4375 days, a fraction, −0.5 to 1.
    pub growth_per_month: f64,
    /// The steps of the funnel, first step first, 1 to 11.
    pub steps: Vec<Step>,
    /// Over-dispersion: standard deviation of the logit of each step's rate between quarters of creation, 0 to 2.
    pub tau: f64,
    /// AR(1) coefficient of the shocks from one quarter to the next, above −1 and below 1.
    pub phi: f64,
    /// Correlation of the shocks of neighbouring steps in the same quarter, −1 to 1; rho^|i − j| for steps further apart.
    pub rho: f64,
    /// Share of the variance of the shocks that all segments have in common, a fraction in 0..=1.
    pub shared_shock: f64,
    /// The segments, 1 to 65,535.
    pub segments: Vec<Segment>,
    /// What becomes of leads that do not convert.
    pub loss: Loss,
    /// Deal size.
    pub deal: Deal,
    /// An optional one-off break in one rate.
    pub rate_break: Option<RateBreak>,
}

impl Default for World {
    /// Two calendar years to 2025-12-31, 12 leads a day, three steps at 30, 40 and 30 %, no drift, one segment, 60 % of
    /// losses recorded, deals of 9,000 on average.
    fn default() -> Self {
        let step = |rate, median_days, sigma| Step { rate, lag: Lag { median_days, sigma } };
        Self {
            as_of: day_of(2025, 12, 31),
            history_days: 731,
            leads_per_day: 12.0,
            growth_per_month: 0.0,
            steps: vec![step(0.30, 8.0, 1.0), step(0.40, 20.0, 0.9), step(0.30, 45.0, 0.7)],
            tau: 0.0,
            phi: 0.0,
            rho: 0.0,
            shared_shock: 0.5,
            segments: vec![Segment::default()],
            loss: Loss { recorded_share: 0.6, lag: Lag { median_days: 40.0, sigma: 0.8 } },
            deal: Deal { mean: 9_000.0, sigma: 0.8, lag_correlation: 0.0 },
            rate_break: None,
        }
    }
}

impl World {
    /// The first day of history, in days since 1970-01-01.
    #[must_use]
    pub fn first_day(&self) -> i32 {
        self.as_of - i32::try_from(self.history_days).unwrap_or(i32::MAX).saturating_sub(1)
    }

    /// Whether every field is in its range. `history`, `campaign`, `truth` and `oracle` ask this first.
    ///
    /// # Errors
    /// The first field that is out of range, with what was given and what is allowed.
    pub fn check(&self) -> Result<(), Error> {
        within("as_of", f64::from(self.as_of), f64::from(day_of(1900, 1, 1)), f64::from(day_of(2200, 12, 31)))?;
        within("history_days", f64::from(self.history_days), 1.0, 36_500.0)?;
        within("leads_per_day", self.leads_per_day, 0.0, 1e6)?;
        within("growth_per_month", self.growth_per_month, -0.5, 1.0)?;
        let last_day_leads = self.leads_on(self.history_days);
        within("the number of leads", self.leads_per_day.max(last_day_leads) * f64::from(self.history_days), 0.0, 1e8)?;
        within("tau", self.tau, 0.0, 2.0)?;
        within("phi", self.phi, -0.999_999, 0.999_999)?;
        within("rho", self.rho, -1.0, 1.0)?;
        within("shared_shock", self.shared_shock, 0.0, 1.0)?;
        within("loss.recorded_share", self.loss.recorded_share, 0.0, 1.0)?;
        self.loss.lag.check("loss.lag")?;
        within("deal.mean", self.deal.mean, 0.01, 1e12)?;
        within("deal.sigma", self.deal.sigma, 0.0, 3.0)?;
        within("deal.lag_correlation", self.deal.lag_correlation, -1.0, 1.0)?;
        self.check_steps()?;
        self.check_segments()
    }

    /// The mean number of new leads on the day that lies `offset` days after the first.
    pub(crate) fn leads_on(&self, offset: u32) -> f64 {
        self.leads_per_day * libm::pow(1.0 + self.growth_per_month, f64::from(offset) / 30.4375)
    }

    fn check_steps(&self) -> Result<(), Error> {
        within("the number of steps", self.steps.len() as f64, 1.0, 11.0)?;
        for (index, step) in self.steps.iter().enumerate() {
            within(format!("steps[{index}].rate"), step.rate, 0.0, 1.0)?;
            step.lag.check(&format!("steps[{index}].lag"))?;
        }
        if let Some(at) = self.rate_break {
            within("rate_break.step", at.step as f64, 0.0, self.steps.len() as f64 - 1.0)?;
            within("rate_break.rate_multiplier", at.rate_multiplier, 0.0, 1e9)?;
        }
        Ok(())
    }

    fn check_segments(&self) -> Result<(), Error> {
        within("the number of segments", self.segments.len() as f64, 1.0, f64::from(u16::MAX))?;
        for (index, segment) in self.segments.iter().enumerate() {
            let field = |name: &str| format!("segments[{index}].{name}");
            within(field("weight"), segment.weight, f64::MIN_POSITIVE, 1e9)?;
            within(field("deal_multiplier"), segment.deal_multiplier, f64::MIN_POSITIVE, 1e6)?;
            within(field("logit_trend_per_year"), segment.logit_trend_per_year, -10.0, 10.0)?;
            let factors = segment.rate_multipliers.len();
            if factors != 0 && factors != self.steps.len() {
                let allowed = format!("none, or one per step, {}", self.steps.len());
                return Err(Error::new(field("rate_multipliers"), factors, allowed));
            }
            for step in 0..self.steps.len() {
                within(field("rate_multipliers"), self.stated_rate(segment, step, false), 0.0, 1.0)?;
                within("rate_break.rate_multiplier", self.stated_rate(segment, step, true), 0.0, 1.0)?;
            }
        }
        Ok(())
    }

    /// The mean rate of one step of one segment, before or after the break, without trend.
    pub(crate) fn stated_rate(&self, segment: &Segment, step: usize, after_break: bool) -> f64 {
        let base = self.steps.get(step).map_or(0.0, |s| s.rate);
        let factor = segment.rate_multipliers.get(step).copied().unwrap_or(1.0);
        let broken = match self.rate_break {
            Some(at) if after_break && at.step == step => at.rate_multiplier,
            _ => 1.0,
        };
        base * factor * broken
    }
}
