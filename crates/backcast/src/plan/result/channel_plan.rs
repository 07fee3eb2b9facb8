//! The choice between channels: mixes, what each channel is worth, and what more probability costs.

use serde::{Deserialize, Serialize};

/// The choice between channels. Leads are whole; money is in units of the currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ChannelPlan {
    /// The cheapest mix that meets the goal with the confidence; `None` without a confidence, or where none does.
    pub cheapest: Option<Mix>,
    /// The cheapest mix that meets the goal on average; `None` where none does.
    pub cheapest_in_expectation: Option<Mix>,
    /// The mix that was asked for by stating leads per channel.
    #[serde(default)]
    pub stated: Option<Mix>,
    /// Today's mix, where it was given.
    pub today: Option<Mix>,
    /// The mix with the highest probability within the budget, where one was given.
    pub best_for_budget: Option<Mix>,
    /// All that the channels can bring, where that does not meet the goal with the confidence.
    pub best_reachable: Option<Mix>,
    /// Why the confidence cannot be reached, in a sentence; `None` where it can.
    pub limited_by: Option<String>,
    /// One per channel, in the order given.
    pub channels: Vec<ChannelRow>,
    /// What the cheapest mix costs at several confidences; `cost` is `None` where none reaches it.
    pub frontier: Vec<FrontierPoint>,
    /// Channels whose return per money cannot be told apart.
    pub indistinguishable: Vec<Alike>,
    /// The share of the variance of all rates that the channels have in common.
    pub shared_shock: f64,
}

/// Leads per channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Mix {
    /// One per channel, in the order given.
    pub leads: Vec<ChannelLeads>,
    /// The sum of the leads.
    pub total: u64,
    /// What they cost.
    pub cost: f64,
    /// P(goal met), with what is in flight.
    pub probability: f64,
    /// How far that probability may be off.
    pub probability_error: f64,
    /// The revenue (for a goal in customers: the customers) expected, with what is in flight.
    pub expected: f64,
}

/// The leads of one channel in a mix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ChannelLeads {
    /// The channel.
    pub channel: String,
    /// How many leads.
    pub leads: u64,
    /// What they cost.
    pub cost: f64,
}

/// What a channel is worth, at the cheapest mix (without one, at the best that can be reached or on average).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ChannelRow {
    /// The channel.
    pub channel: String,
    /// The share of its leads that are expected to be won in time.
    pub won: f64,
    /// What a lead brings: revenue (for a goal in customers: customers) expected.
    pub value_per_lead: f64,
    /// What one more lead costs.
    pub next_lead: f64,
    /// Cost ÷ expected customers (CAC); of the first leads where the mix has none; `None` where nobody is won in time.
    pub cost_per_customer: Option<f64>,
    /// What one more percent of probability costs through this channel alone; `None` where it brings none.
    pub cost_per_percent: Option<f64>,
}

/// A point of the frontier.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct FrontierPoint {
    /// The confidence.
    pub confidence: f64,
    /// The cost of the cheapest mix that reaches it.
    pub cost: Option<f64>,
}

/// Channels that cannot be told apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Alike {
    /// Their names, the one that seems best first.
    pub channels: Vec<String>,
    /// P(the first brings more per money), for each of the others.
    pub better: Vec<f64>,
    /// The same in a sentence.
    pub sentence: String,
}

impl ChannelPlan {
    /// The mix to go for.
    pub(in crate::plan) fn chosen(&self) -> Option<&Mix> {
        let asked = self.stated.as_ref().or(self.cheapest.as_ref());
        let chosen = asked.or(self.best_reachable.as_ref());
        chosen.or(self.cheapest_in_expectation.as_ref()).filter(|mix| mix.total > 0)
    }
}

impl Mix {
    pub(in crate::plan) fn counts(&self) -> Vec<u64> {
        self.leads.iter().map(|row| row.leads).collect()
    }
}
