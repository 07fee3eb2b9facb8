//! Credit for what is in flight: what each open lead is worth by the deadline, by stage and age.

use serde::Serialize;

use super::goal::Goal;
use super::plan::Projection;
use super::volumes::Volumes;
use crate::math::search::to_whole;
use crate::outlook::ConversionPath;
use crate::rates::{DealSize, Rates};

/// What open leads are worth by the deadline, none of them counted among the planned.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Credit {
    /// How many are open.
    pub open: u64,
    /// Customers that follow from them.
    pub customers: Projection,
    /// Revenue that follows from them; `None` without a deal size.
    pub revenue: Option<Projection>,
    /// P(goal) if nobody enters anew.
    pub probability: f64,
    /// By stage and age, as given.
    pub rows: Vec<OpenCredit>,
}

/// What the open leads of one stage and age are worth.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct OpenCredit {
    /// The stage they are in.
    pub stage: String,
    /// Whole days since they entered it.
    pub age_days: u32,
    /// How many.
    pub count: u64,
    /// The chance of each to be won by the deadline, from 0 to 1.
    pub chance: f64,
    /// Customers that follow from them, with their 80 % interval.
    pub customers: Projection,
    /// Expected revenue, in units of the currency; `None` without a deal size or amount.
    pub revenue: Option<f64>,
    /// Older than any lead that ever moved on from this stage: worth nothing, whatever the stage says.
    pub beyond_history: bool,
}

pub(super) fn credit(goal: &Goal, rates: &Rates, volumes: &Volumes, probability: f64) -> Option<Credit> {
    if goal.open.is_empty() {
        return None;
    }
    let way = volumes.way(0);
    let deal = volumes.deal.as_ref().map(DealSize::to_f64);
    let names = rates.funnel().stages();
    let open = goal.open.iter().filter(|open| open.count() > 0);
    let rows = open.zip(&volumes.cells).map(|(open, cell)| {
        let nodes = way.chances(cell);
        let chance: f64 = nodes.iter().map(|(chance, weight)| chance * weight).sum();
        let expected = chance * cell.count;
        OpenCredit {
            stage: names.get(open.stage()).cloned().unwrap_or_default(),
            age_days: open.age_days(),
            count: open.count(),
            chance,
            customers: Projection::new(
                expected,
                mixed_quantile(&nodes, open.count(), 0.1),
                mixed_quantile(&nodes, open.count(), 0.9),
            ),
            revenue: open.amount().or(deal).map(|amount| amount * expected),
            beyond_history: cell.odds.reach <= 0.0,
        }
    });
    let range = |in_money: bool| {
        let outlook = volumes.outlook(0, in_money);
        Projection::new(outlook.expected(), outlook.quantile(0.1), outlook.quantile(0.9))
    };
    Some(Credit {
        open: goal.open.iter().map(crate::outlook::Open::count).sum(),
        customers: range(false),
        revenue: volumes.deal.is_some().then(|| range(true)),
        probability,
        rows: rows.collect(),
    })
}

/// The smallest number of `count` that is not exceeded with probability `p` when each is won with one of these chances.
fn mixed_quantile(nodes: &[(f64, f64)], count: u64, p: f64) -> f64 {
    let within = |wins: u64| -> f64 {
        let more = |chance: f64| ConversionPath::of_known(chance).customers(count).probability_of(wins + 1);
        nodes.iter().map(|(chance, weight)| weight * (1.0 - more(*chance))).sum()
    };
    if count <= FEW {
        return few_quantile(nodes, count, p);
    }
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if within(middle) >= p - 1e-12 { high = middle } else { low = middle + 1 }
    }
    to_whole(high as f64) as f64
}

/// The same for few leads, number by number.
///
/// # Formula
/// P(k + 1) = P(k) · (n − k)/(k + 1) · c/(1 − c).
fn few_quantile(nodes: &[(f64, f64)], count: u64, p: f64) -> f64 {
    let n = count as f64;
    let start = |(chance, weight): &(f64, f64)| (weight * libm::exp(n * libm::log1p(-chance)), *chance, *weight);
    let mut masses: Vec<(f64, f64, f64)> = nodes.iter().map(start).collect();
    let mut within = 0.0;
    for k in 0..count {
        within += masses.iter().map(|(mass, _, _)| mass).sum::<f64>();
        if within >= p - 1e-12 {
            return k as f64;
        }
        for (mass, chance, weight) in &mut masses {
            let next = *mass * (n - k as f64) / (k as f64 + 1.0) * *chance / (1.0 - *chance);
            // Where all are won for sure nothing is left before the last.
            *mass = if next.is_finite() {
                next
            } else if k + 1 == count {
                *weight
            } else {
                0.0
            };
        }
    }
    n
}

/// Up to so many leads are counted number by number.
const FEW: u64 = 100;
