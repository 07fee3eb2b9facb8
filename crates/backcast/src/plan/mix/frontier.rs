//! What a choice of channels comes to: the cheapest mix beside others, what each channel is worth, and what more
//! probability costs.

use super::mixing::{Found, Mixing};
use super::water_filling::Each;
use crate::math::{decimal, normal};
use crate::outlook::Joint;
use crate::plan::ask::channels::{Channel, Channels};
use crate::plan::ask::goal::Goal;
use crate::plan::result::channel_plan::{Alike, ChannelLeads, ChannelPlan, ChannelRow, FrontierPoint, Mix};
use crate::rates::CLEAR;
use crate::words::en::channels as words;

/// Confidences of the frontier.
const FRONTIER: [f64; 6] = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95];

pub(in crate::plan) fn solve(goal: &Goal, channels: &Channels, mixing: &Mixing) -> ChannelPlan {
    let confidence = goal.confidence.as_ref().map(decimal::to_f64);
    let cheapest = confidence.and_then(|confidence| mixing.cheapest(confidence));
    let all = || mixing.found(mixing.all().into_iter().map(crate::math::search::to_whole).collect());
    let reachable = (confidence.is_some() && cheapest.is_none()).then(all);
    let average =
        mixing.filling.on_average(mixing.ready.amount).map(|leads| mixing.found(mixing.whole_on_average(&leads)));
    let stated = channels.stated.clone().map(|leads| mixing.found(leads));
    let today = channels
        .list
        .iter()
        .any(|channel| channel.today.is_some())
        .then(|| mixing.found(channels.list.iter().map(|channel| channel.today.unwrap_or(0)).collect()));
    // Where slopes are taken and from where other confidences are looked for.
    let known = cheapest.clone().map(|(found, joint)| (found, joint, confidence));
    let near = known.or_else(|| Some((reachable.clone()?, None?, None))).or_else(|| {
        let (found, joint) = mixing.cheapest(0.5)?;
        Some((found, joint, Some(0.5)))
    });
    let frontier: Vec<(f64, Option<Found>)> = FRONTIER
        .iter()
        .map(|level| {
            let found = near.as_ref().and_then(|(found, joint, at)| {
                if *at == Some(*level) {
                    return Some(found.clone());
                }
                let start = found.leads.iter().map(|n| *n as f64).collect();
                mixing.cheapest_near(joint, start, *level, 2)
            });
            (*level, found)
        })
        .collect();
    let mut candidates: Vec<Found> = frontier.iter().filter_map(|(_, found)| found.clone()).collect();
    candidates.extend(cheapest.iter().map(|(found, _)| found.clone()));
    candidates.extend(reachable.clone());
    let budget = channels.budget.map(|budget| {
        let made = near.as_ref().map_or_else(|| mixing.joint(&mixing.all()), |(_, joint, _)| joint.clone());
        mixing.within(budget.to_f64(), &made, &candidates)
    });
    let shown = cheapest.as_ref().map(|(found, _)| found).or(reachable.as_ref()).or(average.as_ref());
    let mix = |found: &Found| mix_of(channels, mixing, found);
    let joint = near.as_ref().map(|(_, joint, _)| joint);
    ChannelPlan {
        limited_by: reachable.as_ref().map(|found| limited(channels, mixing, found, confidence.unwrap_or(0.0))),
        channels: rows(channels, mixing, shown, joint),
        indistinguishable: alike(channels, mixing, shown),
        cheapest: cheapest.as_ref().map(|(found, _)| mix(found)),
        cheapest_in_expectation: average.as_ref().map(mix),
        stated: stated.as_ref().map(mix),
        today: today.as_ref().map(mix),
        best_for_budget: budget.as_ref().map(mix),
        best_reachable: reachable.as_ref().map(mix),
        frontier: frontier
            .iter()
            .map(|(confidence, found)| FrontierPoint {
                confidence: *confidence,
                cost: found.as_ref().map(|found| found.cost),
            })
            .collect(),
        shared_shock: channels.shared(),
    }
}

/// Why all that can be had is not enough.
fn limited(channels: &Channels, mixing: &Mixing, found: &Found, confidence: f64) -> String {
    let late = channels.list.iter().zip(&mixing.filling.each).filter(|(_, each)| each.value <= 0.0);
    let late: Vec<&str> = late.map(|(channel, _)| channel.name.as_str()).collect();
    words::limited(found.leads.iter().sum(), found.probability, confidence, &late)
}

fn rows(channels: &Channels, mixing: &Mixing, shown: Option<&Found>, joint: Option<&Joint>) -> Vec<ChannelRow> {
    let leads: Vec<f64> = match shown {
        Some(found) => found.leads.iter().map(|n| *n as f64).collect(),
        None => vec![0.0; channels.list.len()],
    };
    let made;
    let joint = if let Some(joint) = joint {
        joint
    } else {
        made = mixing.joint(&leads);
        &made
    };
    let (_, slopes) = joint.slopes(&mixing.volumes(&leads));
    let ways = mixing.ways.ways.iter().map(|(way, _)| way.mean());
    let each = channels.list.iter().zip(&mixing.filling.each).zip(&leads).zip(slopes).zip(ways);
    each.map(|((((channel, each), n), slope), won)| {
        let next_lead = each.response.marginal(*n);
        let per_lead = if *n > 0.0 { each.response.cost(*n) / n } else { next_lead };
        ChannelRow {
            channel: channel.name.clone(),
            won,
            value_per_lead: each.value,
            next_lead,
            cost_per_customer: (won > 0.0).then(|| per_lead / won),
            cost_per_percent: (slope > 1e-12).then(|| 0.01 * next_lead / slope),
        }
    })
    .collect()
}

/// Channels by their return per money, each group with the one that seems best.
///
/// # Formula
/// P(a better than b) = Φ(ln(r/r′) ÷ √(s² + s′²)), unprimed of a, r the value of a lead ÷ the cost of the next, s² = ln(1 + cv²) of the
/// channel's own doubt: what all have in common does not tell them apart.
fn alike(channels: &Channels, mixing: &Mixing, shown: Option<&Found>) -> Vec<Alike> {
    let mut ranked: Vec<(&str, f64, f64)> = Vec::new();
    for (at, (channel, each)) in channels.list.iter().zip(&mixing.filling.each).enumerate() {
        let n = shown.and_then(|found| found.leads.get(at)).map_or(0.0, |n| *n as f64);
        let cost = each.response.marginal(n);
        if each.value > 0.0 && cost > 0.0 {
            let s2 = libm::log1p(each.own / (each.value * each.value));
            ranked.push((&channel.name, libm::log(each.value / cost) - 0.5 * s2, s2));
        }
    }
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut groups = Vec::new();
    let mut rest = ranked.as_slice();
    while let Some(((first, log, s2), others)) = rest.split_first() {
        let better = |(_, other, more): &(&str, f64, f64)| {
            let spread = (s2 + more).sqrt();
            if spread > 0.0 {
                normal::cdf((log - other) / spread)
            } else if log > other {
                1.0
            } else {
                0.5
            }
        };
        let group: Vec<(&str, f64)> =
            others.iter().map(|other| (other.0, better(other))).take_while(|(_, p)| *p < CLEAR).collect();
        rest = others.get(group.len()..).unwrap_or(&[]);
        if !group.is_empty() {
            groups.push(group_of(first, &group));
        }
    }
    groups
}

/// Leads per channel with their cost.
fn mix_of(channels: &Channels, mixing: &Mixing, found: &Found) -> Mix {
    let row = |((channel, n), each): ((&Channel, &u64), &Each)| ChannelLeads {
        channel: channel.name.clone(),
        leads: *n,
        cost: each.response.cost(*n as f64),
    };
    let rows = channels.list.iter().zip(&found.leads).zip(&mixing.filling.each).map(row);
    let leads: Vec<f64> = found.leads.iter().map(|n| *n as f64).collect();
    Mix {
        leads: rows.collect(),
        total: found.leads.iter().sum(),
        cost: found.cost,
        probability: found.probability,
        probability_error: mixing.error(found),
        expected: mixing.filling.mean(&leads),
    }
}

fn group_of(first: &str, others: &[(&str, f64)]) -> Alike {
    Alike {
        channels: core::iter::once(first).chain(others.iter().map(|(name, _)| *name)).map(str::to_owned).collect(),
        better: others.iter().map(|(_, p)| *p).collect(),
        sentence: words::alike(first, others),
    }
}
