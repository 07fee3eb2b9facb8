//! Limits: the largest, smallest and most lopsided inputs are answered, and within seconds.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::sync::mpsc::channel;
use std::time::Duration;

/// Not a measurement: a guard against hanging, without optimisation and on a busy machine.
const SECONDS: u64 = 20;

fn answered_in_time(request: &str) -> bool {
    let (done, wait) = channel();
    let request = request.to_owned();
    std::thread::spawn(move || {
        let _ = done.send(backcast::answer_json(&request));
    });
    wait.recv_timeout(Duration::from_secs(SECONDS)).is_ok_and(|answer| !answer.is_empty())
}

fn one_step(goal: &str, rate: &str) -> String {
    let deal = if goal.contains("revenue") { r#", "deal_size": {"mean": 6, "cv": 0}"# } else { "" };
    format!(r#"{{"goal": {goal}, "funnel": ["lead", "customer"], "rates": [{rate}]{deal}}}"#)
}

fn all_in_time(requests: &[(&str, &str)]) {
    let late: Vec<_> =
        requests.iter().map(|(goal, rate)| one_step(goal, rate)).filter(|request| !answered_in_time(request)).collect();
    assert!(late.is_empty(), "not answered within {SECONDS} s:\n{}", late.join("\n"));
}

/// Item 2 of the brief: any magnitude up to 10¹⁵ units, any rate of 12 decimals.
#[test]
fn the_largest_targets_are_answered_promptly() {
    all_in_time(&[
        (r#"{"revenue": "272081264853052.83 EUR"}"#, r#"{"rate": "0.726"}"#),
        (r#"{"revenue": "272081264853052.83 EUR", "confidence": 0.8}"#, r#"{"rate": "0.726"}"#),
        (r#"{"revenue": "1000000000000000 EUR", "confidence": 0.8}"#, r#"{"rate": "0.5"}"#),
        (r#"{"revenue": "9032189343935.88 EUR"}"#, r#"{"rate": "0.5178914064"}"#),
        (r#"{"customers": 9007199254740991, "confidence": 0.8}"#, r#"{"rate": 1}"#),
        (r#"{"customers": 1000000000000000, "confidence": 0.999}"#, r#"{"rate": "0.999999999999"}"#),
    ]);
}

#[test]
fn large_targets_at_learned_rates_are_answered_promptly() {
    all_in_time(&[
        (r#"{"revenue": "8916073991 EUR"}"#, r#"{"converted": 7, "entered": 10}"#),
        (r#"{"revenue": "13028349358 EUR", "confidence": 0.8}"#, r#"{"converted": 1, "entered": 1}"#),
        (r#"{"customers": 1000000000000, "confidence": 0.8}"#, r#"{"converted": 20, "entered": 1000}"#),
        (r#"{"customers": 1000000000000, "confidence": 0.5}"#, r#"{"converted": 0, "entered": 60}"#),
    ]);
}

/// An estimate worth next to nothing: a Beta with both its shapes near 0 is a coin with 0 and 1 on its sides.
#[test]
fn the_weakest_estimates_are_answered_promptly() {
    all_in_time(&[
        (r#"{"customers": 1000, "confidence": 0.2}"#, r#"{"mean": 0.5, "ess": 0.00001}"#),
        (r#"{"customers": 1, "confidence": 0.8}"#, r#"{"mean": "1e-10", "ess": "1e-5"}"#),
        (r#"{"customers": 1, "confidence": 0.8}"#, r#"{"mean": "1e-300", "ess": "1e-300"}"#),
        (r#"{"customers": 50, "confidence": 0.8}"#, r#"{"mean": 0.5, "ess": 1e300}"#),
        (r#"{"customers": 50, "confidence": 0.8}"#, r#"{"mean": "0.999999999999999999999", "ess": 10}"#),
        (r#"{"customers": 50, "confidence": "1e-300"}"#, r#"{"rate": "1e-12"}"#),
        (r#"{"customers": 50, "confidence": "0.99999999999999999999"}"#, r#"{"rate": "0.1"}"#),
    ]);
}

/// Twelve stages, all learned.
#[test]
fn the_longest_funnel_is_answered_promptly() {
    let funnel: Vec<_> = (0..12).map(|i| format!(r#""s{i}""#)).collect();
    let rates = [r#"{"converted": 30, "entered": 60}"#; 11].join(",");
    let request = format!(
        r#"{{"goal": {{"customers": 50, "confidence": 0.8}}, "funnel": [{}], "rates": [{rates}]}}"#,
        funnel.join(",")
    );
    assert!(answered_in_time(&request));
}

/// A posterior worth a lead or two beside ones worth millions, and goals of millions.
#[test]
fn wide_posteriors_beside_narrow_ones_are_answered_promptly() {
    let late: Vec<_> = [
        (
            "7060993",
            "0.9999",
            r#"{"converted": 22604803868, "entered": 22604804377}, {"converted": 1712, "entered": 1719}, {"converted": 0, "entered": 1}"#,
        ),
        (
            "74774965442",
            "0.9999",
            r#"{"mean": 0.0873, "ess": 382340.6}, {"mean": 0.6695, "ess": 1.79}, {"converted": 1218538246, "entered": 1218538246}"#,
        ),
        ("12672303", "0.999999", r#"{"rate": 1}, {"mean": 0.7016, "ess": 2.05}, {"rate": 1}"#),
        (
            "40000000",
            "0.8",
            r#"{"converted": 46800000, "entered": 46800001}, {"converted": 0, "entered": 1}, {"rate": "0.5"}"#,
        ),
    ]
    .iter()
    .map(|(customers, confidence, rates)| {
        format!(
            r#"{{"goal": {{"customers": {customers}, "confidence": {confidence}}}, "funnel": ["a", "b", "c", "d"], "rates": [{rates}]}}"#
        )
    })
    .filter(|request| !answered_in_time(request))
    .collect();
    assert!(late.is_empty(), "not answered within {SECONDS} s:\n{}", late.join("\n"));
}

/// So near to 1 or 0 that every candidate lies within floating point's reach of the confidence.
#[test]
fn confidences_next_to_certainty_are_answered_promptly() {
    all_in_time(&[
        (
            r#"{"customers": 50, "confidence": "0.99999999999999999"}"#,
            r#"{"mean": 0.12345678901234568, "ess": 1234.567891234567}"#,
        ),
        (
            r#"{"customers": 2000, "confidence": "0.99999999999999999"}"#,
            r#"{"mean": 0.9234567890123457, "ess": 1234.567891234567}"#,
        ),
        (r#"{"customers": 500, "confidence": "1e-15"}"#, r#"{"mean": 0.12345678901234568, "ess": 1234.567891234567}"#),
        (r#"{"customers": 1500, "confidence": 0.5}"#, r#"{"mean": 0.5, "ess": 1234.567891234567}"#),
    ]);
}

/// Two rates of which hardly anything is known, one after the other, beside open deals whose amounts have no common unit: the
/// work is bounded, and the refusal says by what. With more room the same is answered.
#[test]
fn what_takes_more_work_than_is_allowed_is_refused_by_name() {
    use backcast::plan::Limits;
    use backcast::{Conversion, DealSize, ErrorKind, Funnel, Goal, Open, Rates};
    let funnel = Funnel::new(["lead", "mql", "sql", "customer"]).unwrap();
    let open = |stage: &str, age: u64| Open::new(&funnel, stage, age, 3).unwrap();
    let pipeline =
        vec![open("lead", 3).worth(1_234.56).unwrap(), open("mql", 9).worth(7_654.32).unwrap(), open("sql", 1)];
    let steps = [(0.2, 3.0), (0.05, 2.0), (0.3, 0.5)].map(|(mean, ess)| Conversion::estimated(mean, ess).unwrap());
    let size = DealSize::mean(&"777.77".into(), "EUR".parse().unwrap()).unwrap().with_gamma_spread(0.4).unwrap();
    let rates = Rates::new(funnel.clone(), steps.to_vec()).unwrap().with_deal_size(size);
    let goal = Goal::revenue("1855077.04 EUR".parse().unwrap()).unwrap().at(0.3).unwrap().with_pipeline(pipeline, None);
    let refused = goal.clone().within(Limits::of(100_000)).plan(&rates).unwrap_err();
    assert_eq!((refused.kind(), refused.given()), (ErrorKind::TooLarge, "more than 100,000 steps"));
    assert!(refused.allowed().contains("Goal::within"), "{refused}");
    let needed = goal.clone().within(Limits::of(100_000)).needed(&rates);
    assert_eq!(needed.unwrap_err().kind(), ErrorKind::TooLarge);
    // The limit does not outlive the question.
    let small = Goal::customers(50).unwrap().at(0.8).unwrap();
    assert!(small.plan(&rates).is_ok());
}
