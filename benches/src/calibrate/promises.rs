//! What was promised before it was measured, and where the measured figures lie outside.

use super::planner::{Planner, planners};
use super::report::{bought, coverage};
use super::scenario::windows;
use super::score::{Score, mean, median, share};
use super::study::World;

/// A figure with the range that was promised for it.
#[derive(Debug)]
struct Promise {
    of: String,
    score: Option<Score>,
    range: (f64, f64),
    decimals: usize,
    unit: &'static str,
}

/// The promises that this world breaks, each as a sentence with its figure.
#[must_use]
pub fn missed(world: &World) -> Vec<String> {
    let outside = |promise: &Promise| {
        let (low, high) = promise.range;
        promise.score.is_some_and(|score| !(low..=high).contains(&score.value))
    };
    promises(world).iter().filter(|promise| outside(promise)).map(|promise| sentence(world, promise)).collect()
}

fn sentence(world: &World, promise: &Promise) -> String {
    let Promise { of, score, range: (low, high), decimals, unit } = promise;
    let figure = score.map_or_else(String::new, |score| score.shown(*decimals));
    let (low, high) = (format!("{low:.decimals$}"), format!("{high:.decimals$}"));
    let allowed =
        if low.trim_matches(['0', '.']).is_empty() { format!("at most {high}") } else { format!("{low} to {high}") };
    format!("{}: {of} {figure}{unit}, promised {allowed}{unit}", world.scenario.name)
}

fn promises(world: &World) -> Vec<Promise> {
    let trials = &world.trials;
    let percent = |of: &str, score: Option<Score>, range| Promise {
        of: of.to_owned(),
        score: score.map(|score| score.times(100.0)),
        range,
        decimals: 1,
        unit: " %",
    };
    let customers =
        |level: usize| share(trials.iter().filter_map(move |trial| trial.customers?.within.get(level).copied()));
    let mut promises = vec![
        percent("recorded rates in their 80 % interval", coverage(trials, |trial| &trial.recorded, 1), (77.0, 84.0)),
        percent("customers in their 80 % interval", customers(1), (76.0, 87.0)),
        percent("customers in their 95 % interval", customers(2), (92.0, 99.0)),
    ];
    for (window, description) in windows().iter().enumerate() {
        for planner in planners(*description) {
            let Planner::Promise(confidence) = planner else { continue };
            let aim = 100.0 * confidence;
            let bought = || bought(trials, window, planner);
            let of = format!("{}: true probability of the {aim:.0} % plan", description.name);
            promises.push(percent(&of, mean(bought().map(|bought| bought.exact)), (aim - 5.0, aim + 5.0)));
            // The first planner, with whose leads they are compared, asks for 80 %.
            if planners(*description).first() == Some(&Planner::Oracle(confidence)) {
                let of = format!("{}: leads of the {aim:.0} % plan over the oracle's", description.name);
                let score = median(bought().map(|bought| bought.relative));
                promises.push(Promise { of, score, range: (0.0, 1.15), decimals: 2, unit: "" });
            }
        }
    }
    promises
}
