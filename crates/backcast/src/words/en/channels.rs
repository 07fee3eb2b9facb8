//! The choice between channels.

use crate::quantity::shown;

/// Which mix is spoken of.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which<'a> {
    Cheapest,
    OnAverage,
    Today,
    Stated,
    All,
    ForBudget(&'a str),
}

/// One mix: leads by channel, cost and probability.
pub(crate) fn mix(which: Which, leads: &[(&str, u64)], cost: f64, currency: Option<&str>, probability: f64) -> String {
    let name = match which {
        Which::Cheapest => "the cheapest mix".to_owned(),
        Which::OnAverage => "the cheapest mix on average".to_owned(),
        Which::Today => "today's mix".to_owned(),
        Which::Stated => "the mix that was asked for".to_owned(),
        Which::All => "all that can be had".to_owned(),
        Which::ForBudget(budget) => format!("the best mix for {budget}"),
    };
    let parts: Vec<String> =
        leads.iter().filter(|(_, n)| *n > 0).map(|(channel, n)| format!("{} {channel}", shown::count(*n))).collect();
    let leads = if parts.is_empty() { "nobody new".to_owned() } else { parts.join(" + ") };
    let digits = shown::decimal(cost, 0);
    let money = currency.map_or_else(|| digits.clone(), |code| format!("{digits} {code}"));
    format!("channels: {name}: {leads} for {money}, which meet the goal with {}", shown::percent(probability))
}

/// Why all that can be had is not enough.
pub(crate) fn limited(leads: u64, probability: f64, confidence: f64, late: &[&str]) -> String {
    let mut sentence = format!(
        "even with every channel at its capacity, {} leads together, the goal is met with {} instead of {}",
        shown::count(leads),
        shown::percent(probability),
        shown::percent(confidence)
    );
    if !late.is_empty() {
        let names: Vec<String> = late.iter().map(|name| format!("`{name}`")).collect();
        sentence += "; no lead of ";
        sentence += &names.join(", ");
        sentence += " can be won in time";
    }
    sentence
}

/// Channels whose next lead brings about as much per money.
pub(crate) fn alike(first: &str, others: &[(&str, f64)]) -> String {
    let names: Vec<String> =
        others.iter().map(|(name, better)| format!("`{name}` ({})", shown::percent(*better))).collect();
    format!(
        "the next lead of `{first}` seems to bring most per money, but history cannot tell it from that of {}: in brackets how \
         likely it is that `{first}` brings more",
        names.join(", ")
    )
}

/// What a sentence about channels begins with.
pub(crate) fn about_channels(sentence: &str) -> String {
    format!("channels: {sentence}")
}

/// What the channels have in common.
pub(crate) fn shared(share: f64) -> String {
    format!("channels: {} of the variance of each channel's rate is taken as common to all", shown::percent(share))
}

/// Where a plan's own rates are those of a mix.
pub(crate) fn blended() -> String {
    "channels: the stages' numbers are by the rates of that mix taken together".to_owned()
}
