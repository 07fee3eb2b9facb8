//! Leads at a confidence: whole numbers and probabilities against brute-force chains, `SciPy` and `mpmath`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

#[path = "oracle/ask.rs"]
mod ask;
#[path = "oracle/chain.rs"]
mod chain;
#[path = "oracle/scipy.rs"]
mod scipy;

use backcast::Conversion;
use backcast::outlook::ConversionPath;
use chain::Step;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Nearer to the confidence than this, either neighbour is right.
const TIE: f64 = 1e-9;

/// A belief in the three languages of this test: the request's, the core's and the oracle's.
#[derive(Clone, Debug)]
enum Belief {
    Stated(&'static str),
    Learned(u32, u32),
    Estimated(f64, f64),
}

impl Belief {
    fn json(&self) -> Value {
        match self {
            Self::Stated(rate) => json!({"rate": rate}),
            Self::Learned(converted, entered) => json!({"converted": converted, "entered": entered}),
            Self::Estimated(mean, ess) => json!({"mean": mean, "ess": ess}),
        }
    }

    fn core(&self) -> Conversion {
        match self {
            Self::Stated(rate) => Conversion::stated(rate.parse().unwrap()),
            Self::Learned(converted, entered) => Conversion::learned((*converted).into(), (*entered).into()),
            Self::Estimated(mean, ess) => Conversion::estimated(*mean, *ess),
        }
        .unwrap()
    }

    fn oracle(&self) -> Step {
        match self {
            Self::Stated(rate) => Step::Known(rate.parse().unwrap()),
            Self::Learned(converted, entered) => Step::learned(*converted, *entered),
            Self::Estimated(mean, ess) => Step::Beta(mean * ess, (1.0 - mean) * ess),
        }
    }
}

use Belief::{Estimated, Learned, Stated};

fn path(beliefs: &[Belief]) -> ConversionPath {
    ConversionPath::new(&beliefs.iter().map(Belief::core).collect::<Vec<_>>())
}

fn plan(customers: usize, confidence: f64, beliefs: &[Belief]) -> Value {
    let rates: Vec<_> = beliefs.iter().map(Belief::json).collect();
    let mut request = ask::request(&json!({"customers": customers, "confidence": confidence}), &rates);
    request["currency"] = json!("EUR");
    request["deal_size"] = json!({"mean": 1, "cv": 0});
    ask::plan(&request)
}

/// Every stage's `needed` against a linear search over the brute-force chain, and the plan's probability and revenue.
fn check(beliefs: &[Belief], customers: usize, confidence: f64, most: usize) {
    let steps: Vec<_> = beliefs.iter().map(Belief::oracle).collect();
    let reached = chain::reached(&steps, customers, most);
    let plan = plan(customers, confidence, beliefs);
    let context = format!("{beliefs:?}, {customers} customers at {confidence}");
    for (stage, (needed, reached)) in ask::column(&plan, "needed").iter().zip(&reached).enumerate() {
        let needed = needed.as_u64().map_or(usize::MAX, |needed| usize::try_from(needed).unwrap());
        if needed > most {
            assert!(reached[most] < confidence + TIE, "stage {stage}: {needed}; {context}");
            continue;
        }
        assert!(reached[needed] >= confidence - TIE, "stage {stage}: {needed} is too few; {context}");
        assert!(reached[needed - 1] < confidence + TIE, "stage {stage}: {needed} is not the fewest; {context}");
    }
    let planned = plan["planned"].as_u64().map_or(usize::MAX, |planned| usize::try_from(planned).unwrap());
    if planned <= most {
        let off = plan["probability"].as_f64().unwrap() - reached[0][planned];
        assert!(off.abs() < 1e-10, "probability off by {off}; {context}");
        check_revenue(&plan, &chain::customers(&steps, planned), &context);
    }
}

/// `revenue` at one euro a deal: the mean, and the smallest amounts with cumulative probability of at least .1 and .9.
fn check_revenue(plan: &Value, distribution: &[f64], context: &str) {
    let amount = |key: &str| plan["revenue"][key].as_f64().unwrap();
    let mean: f64 = distribution.iter().enumerate().map(|(n, mass)| n as f64 * mass).sum();
    assert!((amount("expected") / mean - 1.0).abs() < 1e-10, "expected {} for {mean}; {context}", amount("expected"));
    for (key, level) in [("low", 0.1), ("high", 0.9)] {
        let got = amount(key);
        let up_to = |limit: f64| -> f64 {
            distribution.iter().enumerate().filter(|(n, _)| *n as f64 <= limit).map(|(_, mass)| mass).sum()
        };
        assert!(up_to(got) >= level - TIE, "{key} {got} is too low; {context}");
        assert!(got == 0.0 || up_to(got - 1.0) < level + TIE, "{key} {got} is not the smallest; {context}");
    }
}

#[test]
fn stated_learned_and_mixed_paths_agree_with_brute_force() {
    check(&[Stated("0.3"), Stated("0.07")], 40, 0.8, 3000);
    check(&[Learned(60, 200), Learned(21, 84)], 120, 0.8, 3000);
    check(&[Learned(20, 100), Stated("0.5"), Learned(8, 30)], 30, 0.9, 3000);
    check(&[Stated("0.9"), Learned(40, 40), Learned(0, 12), Learned(300, 700)], 3, 0.5, 3000);
    check(&[Learned(100, 5000)], 40, 0.8, 3000);
    check(&[Estimated(0.1, 17.5), Stated("1")], 60, 0.6, 3000);
    check(&[Learned(1000, 1000), Learned(1, 2)], 900, 0.35, 3000);
    check(&[Learned(999, 1000), Stated("0.999"), Learned(50, 50)], 2500, 0.95, 3000);
}

#[test]
fn short_paths_agree_with_brute_force_at_the_ends() {
    for confidence in [0.001, 0.1, 0.5, 0.8, 0.99, 0.999] {
        for customers in [1, 2, 7, 40, 41, 42, 100] {
            check(&[Stated("0.7")], customers, confidence, 300);
            check(&[Learned(3, 7), Stated("0.8")], customers, confidence, 300);
            check(&[Learned(1, 1), Learned(9, 10)], customers, confidence, 300);
        }
    }
}

/// P(at least k of n) everywhere, not only near the confidence.
#[test]
fn probabilities_agree_with_brute_force() {
    let paths: [&[Belief]; 6] = [
        &[Stated("0.02")],
        &[Learned(20, 1000)],
        &[Learned(0, 60), Learned(50, 60)],
        &[Learned(30, 100), Stated("0.6"), Learned(12, 52), Learned(8, 38)],
        &[Learned(60, 60), Stated("0.97")],
        &[Estimated(0.5, 0.5), Estimated(0.02, 400.25)],
    ];
    for beliefs in paths {
        let steps: Vec<_> = beliefs.iter().map(Belief::oracle).collect();
        let path = path(beliefs);
        for customers in [1, 2, 5, 39, 40, 41, 42, 60, 200] {
            let reached = chain::reached(&steps, customers, 400);
            for n in (0..=400).step_by(7).chain(customers..customers + 3) {
                let off = path.customers(n as u64).probability_of(customers as u64)
                    - reached[0].get(n).copied().unwrap_or(0.0);
                assert!(n > 400 || off.abs() < 1e-10, "{beliefs:?}: {customers} of {n} off by {off}");
            }
        }
    }
}

fn needed(customers: u64, confidence: &str, rate: &Value) -> u64 {
    let goal = json!({"customers": customers, "confidence": confidence});
    let plan = ask::plan(&ask::request(&goal, std::slice::from_ref(rate)));
    plan["stages"][0]["needed"].as_u64().unwrap()
}

#[test]
fn one_stated_step_agrees_with_scipy() {
    for (customers, rate, confidence, leads, probability) in scipy::BINOMIAL {
        let context = format!("{customers} at {rate} with {confidence}");
        assert_eq!(needed(customers, confidence, &json!({"rate": rate})), leads, "{context}");
        let path = ConversionPath::new(&[Conversion::stated(rate.parse().unwrap()).unwrap()]);
        let got = path.customers(leads).probability_of(customers);
        assert!((got - probability).abs() < 1e-10, "{context}: {got} for {probability}");
    }
}

#[test]
fn one_learned_step_agrees_with_scipy() {
    for (customers, converted, entered, confidence, leads, probability) in scipy::BETA_BINOMIAL {
        let context = format!("{customers} at {converted} of {entered} with {confidence}");
        assert_eq!(
            needed(customers, confidence, &json!({"converted": converted, "entered": entered})),
            leads,
            "{context}"
        );
        let got = ConversionPath::new(&[Conversion::learned(converted, entered).unwrap()])
            .customers(leads)
            .probability_of(customers);
        assert!((got - probability).abs() < 1e-10, "{context}: {got} for {probability}");
    }
}

#[test]
fn large_numbers_agree_with_mpmath() {
    for (entrants, customers, rate, probability) in scipy::LARGE_BINOMIAL {
        let path = ConversionPath::new(&[Conversion::stated(rate.parse().unwrap()).unwrap()]);
        let got = path.customers(entrants).probability_of(customers);
        assert!((got - probability).abs() < 1e-10, "{customers} of {entrants} at {rate}: {got} for {probability}");
    }
    for (entrants, customers, converted, entered, probability) in scipy::LARGE_BETA_BINOMIAL {
        let path = ConversionPath::new(&[Conversion::learned(converted, entered).unwrap()]);
        let got = path.customers(entrants).probability_of(customers);
        assert!((got - probability).abs() < 1e-10, "{customers} of {entrants} at {converted} of {entered}: {got}");
    }
}

/// Symmetric rates: of 2k − 1 entrants at least k pass with probability ½ exactly, whatever a floating-point sum says.
#[test]
fn exact_ties_at_one_half() {
    for customers in [1, 2, 3, 10, 50, 333, 1000, 1500] {
        for rate in [json!({"rate": "0.5"}), json!({"converted": 30, "entered": 60}), json!({"mean": 0.5, "ess": 1})] {
            assert_eq!(needed(customers, "0.5", &rate), 2 * customers - 1, "{customers} at {rate}");
        }
    }
}

/// Ties that hold in rational arithmetic: 0.9² = .81; 1 − ½ⁿ; and n ÷ (n + 1) under the flat Beta(1, 1).
#[test]
fn exact_ties_elsewhere() {
    assert_eq!(needed(2, "0.81", &json!({"rate": "0.9"})), 2);
    assert_eq!(needed(3, "0.343", &json!({"rate": "0.7"})), 3);
    for (confidence, leads) in [("0.75", 2), ("0.875", 3), ("0.9375", 4), ("0.999969482421875", 15)] {
        assert_eq!(needed(1, confidence, &json!({"rate": "1/2"})), leads, "{confidence}");
    }
    for (confidence, leads) in [("0.75", 3), ("0.8", 4), ("0.9", 9), ("0.99", 99), ("0.999", 999)] {
        assert_eq!(needed(1, confidence, &json!({"mean": 0.5, "ess": 2})), leads, "{confidence}");
    }
}

/// Cumulative probability of no customer is exactly .1: the smallest amount with at least .1 is nothing.
#[test]
fn revenue_at_an_exact_tie() {
    for (rate, low, high) in [("0.9", 0.0, 100.0), ("0.1", 0.0, 0.0)] {
        let goal = json!({"customers": 1, "confidence": "0.05"});
        let mut request = ask::request(&goal, &[json!({"rate": rate})]);
        request["currency"] = json!("EUR");
        request["deal_size"] = json!({"mean": 100, "cv": 0});
        let plan = ask::plan(&request);
        assert_eq!(plan["stages"][0]["needed"], 1, "{plan}");
        assert_eq!((&plan["revenue"]["low"], &plan["revenue"]["high"]), (&json!(low), &json!(high)), "rate {rate}");
    }
}

/// Which number enters the first stage: `needed` with a confidence, else `whole`, under `exact` the next whole number.
#[test]
fn the_probability_is_that_of_the_planned_number() {
    let path = path(&[Stated("0.3"), Learned(10, 90)]);
    for (rounding, confidence) in
        [("ceil", None), ("end", None), ("nearest", None), ("exact", None), ("end", Some(0.7))]
    {
        let rates = [json!({"rate": "0.3"}), json!({"converted": 10, "entered": 90})];
        let mut request = ask::request(&json!({"customers": 11, "confidence": confidence}), &rates);
        request["rounding"] = json!(rounding);
        let plan = ask::plan(&request);
        let first = &plan["stages"][0];
        let planned = if confidence.is_some() { &first["needed"] } else { &first["whole"] };
        let planned = next_whole(planned.as_f64().unwrap());
        assert_eq!(plan["probability"], path.customers(planned).probability_of(11), "{rounding}");
    }
}

/// `SciPy` 1.17: `betabinom.sf(4, 10**8, .5, 5.5)` and, over two such steps, the integral of `binom.sf(4, 10**8, x * y)`; the
/// rates by `beta.ppf(1 - confidence, .5, 5.5)`.
#[test]
fn where_no_number_is_enough_the_best_and_what_stands_in_the_way_are_said() {
    let none = json!({"converted": 0, "entered": 5});
    for (steps, confidence, best, below) in [
        (1, "0.9999999", 0.999_435_810_465_113, "0.000000000001 %"),
        (2, "0.9999999", 0.989_467_523_833_3, "0.000000000001 %"),
        (2, "0.999", 0.989_467_523_833_3, "0.0000149 %"),
    ] {
        let goal = json!({"customers": 5, "confidence": confidence});
        let plan = ask::plan(&ask::request(&goal, &vec![none.clone(); steps]));
        assert!(plan["planned"].is_null() && plan["stages"][0]["needed"].is_null(), "{plan}");
        let unreachable = &plan["unreachable"];
        assert_eq!(unreachable["entrants"], 100_000_000);
        assert!((unreachable["probability"].as_f64().unwrap() - best).abs() < 1e-9, "{unreachable}");
        let said = unreachable["limited_by"].as_str().unwrap();
        assert!(said.starts_with("even 100,000,000 "), "{said}");
        assert!(said.contains(&format!("(0 of 5 converted, 0 %) is below {below} with")), "{said}");
    }
    // What only division asks for is no lack of knowledge.
    let goal = json!({"customers": 900_000_000, "confidence": "0.8"});
    assert!(ask::plan(&ask::request(&goal, &[json!({"rate": "0.5"})]))["planned"].as_u64() > Some(1_800_000_000));
}

fn next_whole(value: f64) -> u64 {
    format!("{:.0}", libm::ceil(value)).parse().unwrap()
}

#[test]
fn the_three_forms_of_one_posterior_agree() {
    let counts = needed(50, "0.8", &json!({"converted": 12, "entered": 24}));
    assert_eq!(counts, needed(50, "0.8", &json!({"mean": 0.5, "ess": 25})));
    assert_eq!(counts, needed(50, "80 %", &json!({"mean": "0.5", "ess": "25"})));
    // Much evidence approaches the stated rate, from above.
    let sure = needed(50, "0.8", &json!({"mean": 0.02, "ess": 1e12}));
    assert_eq!(sure, needed(50, "0.8", &json!({"rate": "2 %"})));
}

fn belief() -> impl Strategy<Value = Belief> {
    let stated = prop::sample::select(vec!["1", "0.95", "0.5", "0.3333", "0.1", "0.07"]);
    prop_oneof![
        stated.prop_map(Stated),
        (0_u32..60, 1_u32..60).prop_map(|(part, rest)| Learned(part, part + rest)),
        (0.05_f64..0.95, 0.5_f64..500.0).prop_map(|(mean, ess)| Estimated(mean, ess)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_short_path_agrees_with_brute_force(
        beliefs in prop::collection::vec(belief(), 1..=4), customers in 1_usize..60, confidence in 0.02_f64..0.98
    ) {
        check(&beliefs, customers, confidence, 350);
    }

    #[test]
    fn needed_meets_the_confidence_and_one_less_does_not(
        beliefs in prop::collection::vec(belief(), 1..=3), digits in 1_u32..=7, customers in 1_u64..10, confidence in 0.02_f64..0.9
    ) {
        let customers = customers * 10_u64.pow(digits - 1);
        let rates: Vec<_> = beliefs.iter().map(Belief::json).collect();
        let answer = ask::answer(&ask::request(&json!({"customers": customers, "confidence": confidence}), &rates));
        prop_assume!(answer["error"]["kind"] != "out_of_range");
        let path = path(&beliefs);
        let unreachable = &answer["plan"]["unreachable"];
        if !unreachable.is_null() {
            let most = unreachable["entrants"].as_u64().unwrap();
            prop_assert!(most >= 100_000_000 && answer["plan"]["planned"].is_null(), "{answer}");
            prop_assert!(path.customers(most).probability_of(customers) < confidence);
            prop_assert!(unreachable["probability"] == path.customers(most).probability_of(customers), "{answer}");
            return Ok(());
        }
        let needed = answer["plan"]["stages"][0]["needed"].as_u64().unwrap();
        prop_assert!(path.customers(needed).probability_of(customers) >= confidence - TIE);
        prop_assert!(path.customers(needed - 1).probability_of(customers) < confidence + TIE);
    }

    #[test]
    fn more_customers_and_more_confidence_need_no_fewer(
        beliefs in prop::collection::vec(belief(), 1..=3), customers in 1_usize..200, more in 0_usize..5,
        confidence in 0.02_f64..0.95, surer in 0.0_f64..0.04
    ) {
        let column = |plan: &Value| ask::column(plan, "needed").iter().map(|n| n.as_u64().unwrap_or(u64::MAX)).collect::<Vec<_>>();
        let base = column(&plan(customers, confidence, &beliefs));
        for raised in [plan(customers + more, confidence, &beliefs), plan(customers, confidence + surer, &beliefs)] {
            prop_assert!(base.iter().zip(column(&raised)).all(|(less, more)| *less <= more));
        }
    }
}
