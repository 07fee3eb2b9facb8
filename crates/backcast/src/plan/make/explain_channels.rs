//! The choice of channels in the user's words.

use crate::plan::ask::channels::Channels;
use crate::plan::result::channel_plan::{ChannelPlan, Mix};
use crate::quantity::shown;

/// The choice in the user's words.
pub(in crate::plan) fn lines(
    channels: &Channels,
    found: &ChannelPlan,
    currency: Option<&str>,
    blended: bool,
) -> Vec<String> {
    let money = |amount: f64| {
        let digits = shown::decimal(amount, 0);
        currency.map_or_else(|| digits.clone(), |code| format!("{digits} {code}"))
    };
    let in_words = |mix: &Mix| {
        let parts = mix
            .leads
            .iter()
            .filter(|row| row.leads > 0)
            .map(|row| format!("{} {}", shown::count(row.leads), row.channel));
        let parts: Vec<String> = parts.collect();
        let leads = if parts.is_empty() { "nobody new".to_owned() } else { parts.join(" + ") };
        format!("{leads} for {}, which meet the goal with {}", money(mix.cost), shown::percent(mix.probability))
    };
    let named = [
        ("the cheapest mix", &found.cheapest),
        ("the cheapest mix on average", &found.cheapest_in_expectation),
        ("today's mix", &found.today),
        ("all that can be had", &found.best_reachable),
    ];
    let mut lines: Vec<String> =
        named.iter().filter_map(|(name, mix)| Some(format!("channels: {name}: {}", in_words(mix.as_ref()?)))).collect();
    if let (Some(budget), Some(mix)) = (channels.budget, &found.best_for_budget) {
        lines.push(format!("channels: the best mix for {budget}: {}", in_words(mix)));
    }
    lines.extend(found.limited_by.iter().map(|sentence| format!("channels: {sentence}")));
    lines.extend(found.indistinguishable.iter().map(|group| format!("channels: {}", group.sentence)));
    if found.shared_shock > 0.0 {
        lines.push(format!(
            "channels: {} of the variance of each channel's rate is taken as common to all",
            shown::percent(found.shared_shock)
        ));
    }
    if blended {
        lines.push("channels: the stages' numbers are by the rates of that mix taken together".to_owned());
    }
    lines
}
