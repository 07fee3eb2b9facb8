//! A small calibration study. Every bound is the promise itself (`maths`: 80 % intervals within 76 to 87 %, plans within 5
//! points of their confidence, at most 1.15 times the leads of one who knows the truth) plus four binomial standard errors
//! at the promised level, so that it follows from the number of repetitions alone.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code may stop at the first surprise")]

use std::sync::LazyLock;

use backcast_benches::calibrate::{
    Aim, Bought, Cohorts, Judged, Planner, Study, Trial, Window, World, mean, median, missed, planners, report,
    scenarios, share, windows,
};

const REPETITIONS: usize = 150;
/// Plans in money take longer.
const IN_MONEY: usize = 20;
const STUDY: Study =
    Study { repetitions: REPETITIONS, in_money: IN_MONEY, in_flight: 0, seed: 1_000_000, draws: 1_000, threads: 2 };

/// Two worlds: rates that stand still, and rates that move from quarter to quarter.
static WORLDS: LazyLock<Vec<World>> = LazyLock::new(|| STUDY.run(chosen(&["no drift", "moderate drift"])).unwrap());

fn chosen(names: &[&str]) -> Vec<backcast_benches::calibrate::Scenario> {
    scenarios().into_iter().filter(|scenario| names.contains(&scenario.name)).collect()
}

/// The campaigns without what is in flight, whose plans take too long for a test.
fn alone() -> impl Iterator<Item = (usize, Window)> {
    windows().into_iter().enumerate().filter(|(_, window)| !window.in_flight)
}

fn four_errors(p: f64, repetitions: usize) -> f64 {
    4.0 * (p * (1.0 - p) / repetitions as f64).sqrt()
}

#[track_caller]
fn assert_within(value: f64, (low, high): (f64, f64), nominal: f64, repetitions: usize, what: &str) {
    let error = four_errors(nominal, repetitions);
    assert!((low - error..=high + error).contains(&value), "{what}: {value}, promised {low} to {high} ± {error}");
}

fn place(window: usize, wanted: Planner) -> usize {
    planners(windows()[window]).iter().position(|planner| *planner == wanted).unwrap()
}

fn bought(world: &World, window: usize, wanted: Planner) -> impl Iterator<Item = Bought> + Clone {
    let index = place(window, wanted);
    let asked = world.trials.iter().filter(move |trial| trial.plans.len() > window);
    asked.map(move |trial| trial.plans[window][index].unwrap())
}

#[test]
fn intervals_cover_what_they_say() {
    for World { scenario, trials } in WORLDS.iter() {
        let inside = |level: usize, of: &dyn Fn(&Trial) -> Vec<Option<Judged>>| {
            let all: Vec<bool> = trials.iter().flat_map(of).map(|judged| judged.unwrap().within[level]).collect();
            share(all).unwrap().value
        };
        for (level, nominal, range) in [(0, 0.5, (0.45, 0.6)), (1, 0.8, (0.76, 0.87)), (2, 0.95, (0.92, 0.99))] {
            let customers = inside(level, &|trial| vec![trial.customers]);
            assert_within(customers, range, nominal, REPETITIONS, &format!("{}: customers", scenario.name));
            let recorded = inside(level, &|trial| trial.recorded.clone());
            assert_within(recorded, range, nominal, REPETITIONS, &format!("{}: recorded rates", scenario.name));
        }
    }
}

#[test]
fn plans_reach_their_target_as_often_as_they_say() {
    for world in WORLDS.iter() {
        for (window, description) in alone() {
            for confidence in [0.8, 0.9] {
                let plans = || bought(world, window, Planner::Promise(confidence));
                let what = format!("{}, {}: {confidence}", world.scenario.name, description.name);
                let range = (confidence - 0.05, confidence + 0.05);
                assert_within(
                    share(plans().map(|plan| plan.hit)).unwrap().value,
                    range,
                    confidence,
                    plans().count(),
                    &what,
                );
                assert_within(
                    mean(plans().map(|plan| plan.exact)).unwrap().value,
                    range,
                    confidence,
                    plans().count(),
                    &what,
                );
            }
            let leads = median(bought(world, window, Planner::Promise(0.8)).map(|plan| plan.relative)).unwrap();
            assert!(leads.value <= 1.15 + 4.0 * leads.error, "{}: {leads:?}", world.scenario.name);
        }
    }
}

/// What the bounds above are worth: they turn away the rules that people use, and let the truth pass.
#[test]
fn the_bounds_tell_a_promise_from_a_coin_flip() {
    for world in WORLDS.iter() {
        for (window, _) in alone().filter(|(_, window)| window.aim == Aim::Customers) {
            for wanted in [Planner::Mean, Planner::Division(Cohorts::Matured)] {
                let exact = mean(bought(world, window, wanted).map(|plan| plan.exact)).unwrap().value;
                assert!(
                    exact < 0.75 - four_errors(0.8, REPETITIONS),
                    "{}: {} {exact}",
                    world.scenario.name,
                    wanted.name()
                );
            }
            let truth = || bought(world, window, Planner::Oracle(0.8));
            assert_within(mean(truth().map(|plan| plan.exact)).unwrap().value, (0.8, 0.8), 0.8, REPETITIONS, "oracle");
            assert!(truth().all(|plan| (plan.relative - 1.0).abs() < 1e-15));
        }
    }
}

#[test]
fn the_figures_do_not_depend_on_the_number_of_threads() {
    let run = |threads| {
        let study = Study { repetitions: 3, in_money: 1, draws: 100, threads, ..STUDY };
        let worlds = study.run(chosen(&["few leads, 3 a day", "strong drift, AR(1)"])).unwrap();
        (report(&study, &worlds), worlds.into_iter().map(|world| world.trials).collect::<Vec<_>>())
    };
    assert_eq!(run(1), run(2));
}

/// The page shows this study: every world and every planner of it, and the promises it breaks.
#[test]
fn the_page_shows_this_study() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/calibration.md")).unwrap();
    for scenario in scenarios() {
        assert!(page.contains(&format!("| {} ", scenario.name)), "{}", scenario.name);
    }
    for window in windows() {
        let (_, rows) = page.split_once(&format!("### Plans: {}\n", window.name)).unwrap();
        let rows = rows.split("###").next().unwrap();
        for planner in planners(window) {
            let rows = rows.matches(&format!("| {} ", planner.name())).count();
            assert_eq!(rows, scenarios().len(), "{}: {}", window.name, planner.name());
        }
    }
}

/// A world in which nothing was promised wrongly is told apart from one in which the plan never hits.
#[test]
fn a_broken_promise_is_reported() {
    let [world, ..] = WORLDS.as_slice() else { unreachable!() };
    let mut trials = world.trials.clone();
    let index = place(1, Planner::Promise(0.8));
    for trial in &mut trials {
        let plan = trial.plans[1][index].unwrap();
        trial.plans[1][index] = Some(Bought { exact: 0.5, relative: 1.3, ..plan });
    }
    let broken = missed(&World { scenario: world.scenario.clone(), trials });
    let about = |words: &str| broken.iter().filter(|line| line.contains(words)).count();
    assert_eq!(about("true probability of the 80 % plan 50.0 ± 0.0 %, promised 75.0 to 85.0 %"), 1);
    assert_eq!(about("leads of the 80 % plan over the oracle's 1.30 ± 0.00, promised at most 1.15"), 1);
}
