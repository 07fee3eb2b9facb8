//! Credit for what is in flight: what each open lead is worth by the deadline, by stage and age.

use super::volumes::Volumes;
use crate::math::search::to_whole;
use crate::outlook::ConversionPath;
use crate::plan::ask::goal::Goal;
use crate::plan::result::credit::{Credit, OpenCredit};
use crate::plan::result::projection::Projection;
use crate::rates::{DealSize, INTERVAL, Rates};

pub(in crate::plan) fn credit(goal: &Goal, rates: &Rates, volumes: &Volumes, probability: f64) -> Option<Credit> {
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
        Projection::new(outlook.expected(), outlook.quantile(INTERVAL.0), outlook.quantile(INTERVAL.1))
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
