//! What is shown adds up: the flow multiplies, the parts sum to it, the checkpoints hold, and the forward question agrees with
//! the backward one.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

#[path = "oracle/ask.rs"]
mod ask;

use proptest::prelude::*;
use serde_json::{Value, json};

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-6)
}

/// The logarithm of the Beta function.
fn ln_beta(a: f64, b: f64) -> f64 {
    libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b)
}

/// P(X ≥ k), X Beta-binomial: a sum of its probabilities, each by the Gamma function.
fn beta_binomial_at_least(n: u64, k: u64, a: f64, b: f64) -> f64 {
    let choose = |j: f64| libm::lgamma(n as f64 + 1.0) - libm::lgamma(j + 1.0) - libm::lgamma(n as f64 - j + 1.0);
    let mass = |j: u64| {
        let j = j as f64;
        libm::exp(choose(j) + ln_beta(j + a, n as f64 - j + b) - ln_beta(a, b))
    };
    (k..=n).map(mass).sum()
}

/// Without a deadline the chance that a checkpoint is kept is Beta-binomial.
#[test]
fn the_chance_of_a_checkpoint_is_beta_binomial() {
    let plan = ask::plan(&json!({
        "goal": {"customers": 50, "confidence": 0.8}, "funnel": ["lead", "mql", "customer"],
        "rates": [{"converted": 200, "entered": 1000}, {"converted": 80, "entered": 300}],
    }));
    let needed: Vec<u64> = plan["stages"].as_array().unwrap().iter().map(|s| s["needed"].as_u64().unwrap()).collect();
    assert_eq!(plan["stages"][0]["chance_kept"], Value::Null);
    for (at, (a, b)) in [(200.5, 800.5), (80.5, 220.5)].into_iter().enumerate() {
        let expected = beta_binomial_at_least(needed[at], needed[at + 1], a, b);
        let got = number(&plan["stages"][at + 1]["chance_kept"]);
        assert!((got - expected).abs() < 1e-8, "{at}: {got} {expected}");
    }
}

/// An open lead of age 1 in the second of three stages, by hand: the step takes 1, 2 or 3 days with a quarter, a half and a
/// quarter, so that it is still open has made it likelier that it never moves on.
#[test]
fn what_is_in_flight_flows_by_its_age() {
    let plan = ask::plan(&json!({
        "goal": {"customers": 1, "start": "2026-10-01", "by": "2026-10-03", "confidence": 0.5},
        "funnel": ["lead", "mql", "sql", "customer"],
        "rates": [{"rate": "0.5"}, {"rate": "0.4"}, {"rate": "0.5"}],
        "lags": [{"pmf": [1]}, {"pmf": [0, 0.25, 0.5, 0.25]}, {"pmf": [0.5, 0.5]}],
        "pipeline": [{"stage": "mql", "age_days": 1, "count": 40}], "pipeline_as_of": "2026-10-01",
    }));
    // Two days are left: SQLs on either of them; P(still open) = 1 − 0.4 · 0.25.
    let (on_first, on_second) = (0.4 * 0.5 / 0.9, 0.4 * 0.25 / 0.9);
    let open = |at: usize| number(&plan["stages"][at]["expected_open"]);
    assert!(near(open(2), 40.0 * (on_first + on_second)), "{}", open(2));
    let won = 0.5 * (on_first + 0.5 * on_second);
    assert!(near(open(3), 40.0 * won), "{}", open(3));
    assert_eq!((open(0), open(1)), (0.0, 0.0));
    assert!(near(open(3), number(&plan["pipeline"]["customers"]["expected"])));
    let october = &plan["schedule"]["months"][0];
    assert!(near(number(&october["expected_open"][2]), open(2)), "{october}");
}

/// Plain division's number answered forward is what the plan says of it.
#[test]
fn plain_division_is_looked_at_with_the_eyes_of_the_plan() {
    let request = json!({
        "goal": {"customers": 50, "start": "2026-10-01", "by": "2026-12-31", "confidence": 0.8},
        "funnel": ["lead", "customer"], "rates": [{"converted": 20, "entered": 1000}],
        "lags": [{"median_days": 60, "p90_days": 120}],
    });
    let plan = ask::plan(&request);
    let division = &plan["division"];
    assert_eq!(division["leads"], 2500);
    let mut forward = request.clone();
    forward["leads"] = json!(2500);
    let answered = ask::plan(&forward);
    assert_eq!((&answered["planned"], &answered["leads_stated"]), (&json!(2500), &json!(true)));
    assert_eq!(answered["probability"], division["probability"]);
    assert!(number(&division["probability"]) < 0.01, "{division}");
    // Without a deadline: one lead after the other, by the Beta-binomial sum.
    let expected = beta_binomial_at_least(2500, 50, 20.5, 980.5);
    assert!((number(&division["probability_without_deadline"]) - expected).abs() < 1e-8, "{division}");
    // On average by the deadline: one less is not enough.
    let on_time = number(&plan["stages"][0]["on_time"]);
    let enough = division["leads_on_average"].as_u64().unwrap();
    let won = |leads: u64| leads as f64 * on_time * 20.5 / 1001.0;
    assert!(won(enough) >= 50.0 - 1e-6 && won(enough - 1) < 50.0, "{enough}");
}

/// Leads per channel, forward: the same mix as today's.
#[test]
fn leads_per_channel_are_answered_forward() {
    let mut request = json!({
        "goal": {"customers": 50, "confidence": 0.8}, "funnel": ["lead", "customer"],
        "channels": [
            {"channel": "web", "rates": [{"converted": 40, "entered": 1000}], "cost_per_lead": "40", "today": 900},
            {"channel": "fair", "rates": [{"converted": 9, "entered": 150}], "cost_per_lead": "150", "today": 300},
        ],
    });
    let today = ask::plan(&request)["channels"]["today"].clone();
    request["leads"] = json!({"web": 900, "fair": "300"});
    let plan = ask::plan(&request);
    assert_eq!(plan["channels"]["stated"], today);
    assert_eq!((&plan["planned"], &plan["probability"]), (&json!(1200), &today["probability"]));
    assert!(number(&today["probability_error"]) <= 1e-4, "{today}");
    request["leads"] = json!({"webb": 900});
    assert_eq!(ask::answer(&request)["error"]["kind"], "unknown_channel");
}

#[test]
fn the_pace_of_history_is_compared() {
    let mut request = json!({
        "goal": {"customers": 50, "start": "2026-10-01", "by": "2026-12-31", "confidence": 0.8},
        "funnel": ["lead", "customer"], "rates": [{"rate": "2 %"}], "pace": {"entered": 345, "days": 92},
    });
    let plan = ask::plan(&request);
    let pace = &plan["pace"];
    assert!(near(number(&pace["of_history"]), 345.0 / 92.0 * 30.4375), "{pace}");
    assert!(near(number(&pace["times"]), 2789.0 / 345.0), "{pace}");
    assert!(plan["notices"].as_array().unwrap().iter().any(|notice| notice["topic"] == "pace"), "{plan}");
    request["leads"] = json!(345);
    assert_eq!(ask::plan(&request)["probability"], pace["probability"]);
}

#[derive(Clone, Debug)]
struct World {
    request: Value,
}

fn world() -> impl Strategy<Value = World> {
    let rate = prop_oneof![
        (1_u32..60, 1_u32..200).prop_map(|(won, not)| json!({"converted": won, "entered": won + not})),
        (5_u32..90).prop_map(|percent| json!({"rate": format!("{percent} %")})),
    ];
    let step = (rate, 1_u32..30, prop::collection::vec((0_u64..60, 1_u64..30), 0..3));
    (prop::collection::vec(step, 1..4), 5_u32..60, any::<bool>(), any::<bool>(), 40_i32..300).prop_map(
        |(steps, customers, in_money, with_lags, days)| {
            let names: Vec<String> = (0..=steps.len()).map(|at| format!("s{at}")).collect();
            let rates: Vec<Value> = steps.iter().map(|(rate, _, _)| rate.clone()).collect();
            let lags: Vec<Value> =
                steps.iter().map(|(_, days, _)| json!({"median_days": days, "p90_days": 3 * days})).collect();
            let open = steps.iter().zip(&names).flat_map(|((_, _, open), name)| {
                open.iter().map(move |(age, count)| json!({"stage": name, "age_days": age, "count": count}))
            });
            let by: backcast::Day = "2026-10-01".parse::<backcast::Day>().unwrap().plus_days(days);
            let mut request = json!({
                "goal": {"start": "2026-10-01", "by": by.to_string(), "confidence": 0.8},
                "funnel": names, "rates": rates, "pipeline": open.collect::<Vec<_>>(),
            });
            if in_money {
                request["goal"]["revenue"] = json!(format!("{} EUR", customers * 1000));
                request["deal_size"] = json!({"mean": "1000", "cv": 0});
            } else {
                request["goal"]["customers"] = json!(customers);
            }
            if with_lags {
                request["lags"] = json!(lags);
            }
            World { request }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_flow_multiplies_and_sums(world in world()) {
        let answer = ask::answer(&world.request);
        prop_assume!(answer["error"]["kind"] != "too_late");
        let plan = &answer["plan"];
        prop_assume!(!plan["planned"].is_null());
        let stages = plan["stages"].as_array().unwrap();
        prop_assert!(near(number(&stages[0]["expected_new"]), number(&plan["planned"])));
        for pair in stages.windows(2) {
            let next = number(&pair[0]["expected_new"]) * number(&pair[0]["rate_by_deadline"]);
            prop_assert!(near(next, number(&pair[1]["expected_new"])), "{:?}", pair);
            prop_assert!(number(&pair[0]["rate_by_deadline"]) <= number(&pair[0]["rate"]) + 1e-12);
        }
        for stage in stages {
            let sum = number(&stage["expected_new"]) + number(&stage["expected_open"]);
            prop_assert!(near(sum, number(&stage["expected"])), "{}", stage);
        }
        let last = stages.last().unwrap();
        prop_assert!(near(number(&last["expected"]), number(&plan["customers"]["expected"])), "{}", plan);
        let open = if plan["pipeline"].is_null() { 0.0 } else { number(&plan["pipeline"]["customers"]["expected"]) };
        prop_assert!(near(number(&last["expected_open"]), open), "{}", plan);
        for parts in ["cells", "weeks", "months", "quarters"].map(|name| plan["schedule"][name].as_array()) {
            for (at, stage) in stages.iter().enumerate() {
                let Some(parts) = parts else { continue };
                let sum: f64 = parts.iter().map(|part| number(&part["expected_new"][at])).sum();
                let with_lags = !world.request["lags"].is_null();
                prop_assert!(!with_lags || near(sum, number(&stage["expected_new"])), "{} {}", sum, stage);
                let open: f64 = parts.iter().map(|part| part["expected_open"][at].as_f64().unwrap_or(0.0)).sum();
                prop_assert!(!with_lags || near(open, number(&stage["expected_open"])), "{} {}", open, stage);
            }
        }
    }

    /// What it takes, asked forward, gives the same probability; one less falls short.
    #[test]
    fn forward_and_backward_agree(world in world()) {
        let answer = ask::answer(&world.request);
        let planned = answer["plan"]["planned"].as_u64().filter(|planned| *planned > 0);
        prop_assume!(planned.is_some() && answer["plan"]["stages"][0]["on_time"].as_f64() != Some(0.0));
        let forward = |leads: u64| {
            let mut request = world.request.clone();
            request["leads"] = json!(leads);
            ask::plan(&request)
        };
        let (met, short) = (forward(planned.unwrap()), forward(planned.unwrap() - 1));
        prop_assert_eq!(&met["probability"], &answer["plan"]["probability"]);
        prop_assert_eq!(&met["stages"][0]["needed"], &answer["plan"]["stages"][0]["needed"]);
        prop_assert!(number(&short["probability"]) < 0.8 + number(&short["probability_error"]));
    }
}
