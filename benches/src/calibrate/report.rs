//! The figures in words and tables.

use std::fmt::Write as _;

use super::planner::{CONFIDENCES, Planner, planners};
use super::promises::missed;
use super::scenario::{Window, windows};
use super::score::{Score, mean, median, share};
use super::study::{Study, World};
use super::table::Table;
use super::trial::{Bought, Judged, Trial};
use super::warned::WARNINGS;

/// All tables, as Markdown.
#[must_use]
pub fn report(study: &Study, worlds: &[World]) -> String {
    let mut text = format!(
        "{} repetitions of each world, the first {} of them with what is in flight, seeds {} to {}. ± is one standard error. \
         Shares in %.\n",
        study.repetitions,
        study.in_flight.min(study.repetitions),
        study.seed,
        study.seed + study.repetitions.saturating_sub(1) as u64
    );
    section(&mut text, "Rates of the recorded leads", &rates(worlds, |trial| &trial.recorded));
    section(&mut text, "Rates of the next quarter", &rates(worlds, |trial| &trial.next));
    section(&mut text, "Customers from 1,000 leads of the next quarter", &customers(worlds));
    section(&mut text, "Plans at a glance", &glance(worlds));
    for (index, window) in windows().iter().enumerate() {
        section(&mut text, &format!("Plans: {}", window.name), &plans(worlds, index, *window));
    }
    section(&mut text, "Repetitions in which the library warns", &warnings(worlds));
    text.push_str("\n### Outside what was promised\n\n");
    let lines: Vec<String> = worlds.iter().flat_map(missed).collect();
    for line in &lines {
        let _ = writeln!(text, "- {line}");
    }
    if lines.is_empty() {
        text.push_str("Nothing.\n");
    }
    text
}

fn section(text: &mut String, title: &str, table: &Table) {
    let _ = write!(text, "\n### {title}\n\n{table}");
}

fn cell(score: Option<Score>, decimals: usize) -> String {
    score.map_or_else(|| "—".to_owned(), |score| score.shown(decimals))
}

fn percent(score: Option<Score>) -> String {
    cell(score.map(|score| score.times(100.0)), 1)
}

/// By how much estimates lie above the truth on average, in percent of the mean truth. (The mean of estimate ÷ truth would
/// be above 1 for the best estimate of a truth that varies.)
fn bias(judged: impl Iterator<Item = Judged> + Clone) -> String {
    let miss = mean(judged.clone().map(|judged| judged.estimate - judged.truth));
    let truth = mean(judged.map(|judged| judged.truth));
    percent(miss.zip(truth).map(|(miss, truth)| miss.times(1.0 / truth.value)))
}

/// The share of steps whose truth lies inside: the steps of one repetition belong together, so the error is that of a mean
/// over repetitions.
pub(super) fn coverage<'a>(
    trials: &'a [Trial],
    of: impl Fn(&'a Trial) -> &'a [Option<Judged>],
    level: usize,
) -> Option<Score> {
    let inside = |trial| {
        let known = || of(trial).iter().flatten().filter_map(|judged| judged.within.get(level));
        let hits = known().filter(|within| **within).count() as f64;
        (known().count() > 0).then(|| hits / known().count() as f64)
    };
    mean(trials.iter().filter_map(inside))
}

fn rates(worlds: &[World], of: impl Fn(&Trial) -> &[Option<Judged>] + Copy) -> Table {
    let mut table = Table::new(
        1,
        &[
            "world",
            "in 50 %",
            "in 80 %",
            "in 95 %",
            "step 1 in 80 %",
            "step 2",
            "step 3",
            "step 1 too high by",
            "step 2",
            "step 3",
        ],
    );
    for World { scenario, trials } in worlds {
        let mut row = vec![scenario.name.to_owned()];
        row.extend((0..3).map(|level| percent(coverage(trials, |trial| of(trial), level))));
        let judged = |step: usize| trials.iter().filter_map(move |trial| *of(trial).get(step)?);
        for step in 0..scenario.world.steps.len() {
            row.push(percent(share(judged(step).map(|Judged { within: [_, within, _], .. }| within))));
        }
        for step in 0..scenario.world.steps.len() {
            row.push(bias(judged(step)));
        }
        table.row(row);
    }
    table
}

fn customers(worlds: &[World]) -> Table {
    let head = ["world", "in 50 %", "in 80 %", "in 95 %", "the 80 % states", "expected too high by"];
    let mut table = Table::new(1, &head);
    for World { scenario, trials } in worlds {
        let judged = || trials.iter().filter_map(|trial| trial.customers);
        let mut row = vec![scenario.name.to_owned()];
        for level in 0..3 {
            row.push(percent(share(judged().filter_map(|judged| judged.within.get(level).copied()))));
        }
        row.push(percent(mean(judged().map(|judged| judged.stated))));
        row.push(bias(judged()));
        table.row(row);
    }
    table
}

/// Of the library's plans the true probability, and what the first of them buys.
fn glance(worlds: &[World]) -> Table {
    let head: Vec<&str> = ["world", "backcast"].into_iter().chain(windows().map(|window| window.short)).collect();
    let mut table = Table::new(2, &head);
    for World { scenario, trials } in worlds {
        for (index, confidence) in CONFIDENCES.into_iter().enumerate() {
            let world = if index == 0 { scenario.name } else { "" };
            let plan = format!("true probability of the {:.0} % plan", 100.0 * confidence);
            let exact = |at| percent(mean(bought(trials, at, Planner::Promise(confidence)).map(|plan| plan.exact)));
            table.row([world.to_owned(), plan].into_iter().chain((0..windows().len()).map(exact)).collect());
        }
        let [first, ..] = CONFIDENCES;
        let leads = |at| cell(median(bought(trials, at, Planner::Promise(first)).map(|plan| plan.relative)), 2);
        let plan = format!("leads ÷ {:.0} % oracle", 100.0 * first);
        table.row([String::new(), plan].into_iter().chain((0..windows().len()).map(leads)).collect());
    }
    table
}

/// What a planner bought for one of [`windows`], where that was asked and had an answer.
pub(super) fn bought(trials: &[Trial], at: usize, planner: Planner) -> impl Iterator<Item = Bought> + Clone {
    let place = windows().get(at).and_then(|window| planners(*window).iter().position(|other| *other == planner));
    trials.iter().filter_map(move |trial| *trial.plans.get(at)?.get(place?)?)
}

fn plans(worlds: &[World], place: usize, window: Window) -> Table {
    let head = ["world", "planner", "target reached", "its true probability", "leads ÷ 80 % oracle", "no answer"];
    let mut table = Table::new(2, &head);
    for World { scenario, trials } in worlds {
        for (index, planner) in planners(window).into_iter().enumerate() {
            let bought = || bought(trials, place, planner);
            let asked = trials.iter().filter(|trial| trial.plans.len() > place).count().max(1);
            let without = 1.0 - bought().count() as f64 / asked as f64;
            table.row(vec![
                if index == 0 { scenario.name.to_owned() } else { String::new() },
                planner.name(),
                percent(share(bought().map(|bought| bought.hit))),
                percent(mean(bought().map(|bought| bought.exact))),
                cell(median(bought().map(|bought| bought.relative)), 3),
                if without > 0.0 { format!("{:.1}", 100.0 * without) } else { "0".to_owned() },
            ]);
        }
    }
    table
}

fn warnings(worlds: &[World]) -> Table {
    let head: Vec<&str> = std::iter::once("world").chain(WARNINGS.map(|(name, _)| name)).collect();
    let mut table = Table::new(1, &head);
    for World { scenario, trials } in worlds {
        let carried = |at: usize| share(trials.iter().filter_map(move |trial| trial.warned.get(at).copied()));
        let cells = (0..WARNINGS.len()).map(|at| percent(carried(at)));
        table.row(std::iter::once(scenario.name.to_owned()).chain(cells).collect());
    }
    table
}
