//! The cascade against a rational oracle: never off by one, at any magnitude up to 10¹⁵ and any rate of 12 decimals.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

#[path = "oracle/ask.rs"]
mod ask;
#[path = "oracle/fraction.rs"]
mod fraction;

use fraction::Fraction;
use num_bigint::BigInt;
use proptest::prelude::*;
use serde_json::{Value, json};

const MAX_WHOLE: u64 = (1 << 53) - 1;

/// A stated rate: `units` · 10^(−places), above 0 and at most 1.
#[derive(Clone, Copy, Debug)]
struct Stated {
    units: u64,
    places: u32,
}

impl Stated {
    fn whole(self) -> u64 {
        10_u64.pow(self.places)
    }

    fn exact(self) -> Fraction {
        Fraction::new(self.units, self.whole())
    }

    fn spelled(self, way: usize) -> Value {
        let fraction = point(self.units.into(), self.places);
        let percent = point(u128::from(self.units) * 100, self.places);
        match way % 8 {
            0 => json!(fraction),
            1 => json!(format!("{percent} %")),
            2 => json!(format!(" {percent}%")),
            3 => json!(format!("{} of {}", self.units, self.whole())),
            4 => json!(format!("{}/{}", self.units * 3, self.whole() * 3)),
            5 => json!(fraction.parse::<f64>().unwrap()),
            6 => json!(format!("{}000", point(u128::from(self.units) * 10, self.places + 1))),
            _ => json!(format!("{}e-{}", self.units, self.places)),
        }
    }
}

/// `units` with a point before the last `places` digits.
fn point(units: u128, places: u32) -> String {
    let places = places as usize;
    let digits = format!("{units:0>width$}", width = places + 1);
    let (whole, rest) = digits.split_at(digits.len() - places);
    if rest.is_empty() { whole.to_owned() } else { format!("{whole}.{rest}") }
}

/// Every magnitude alike: a number of one to so many digits.
fn up_to_digits(digits: u32) -> impl Strategy<Value = u64> {
    (1..=digits).prop_flat_map(|digits| 1..=10_u64.pow(digits))
}

fn rate() -> impl Strategy<Value = Stated> {
    let of = |places: u32| {
        let one = 10_u64.pow(places);
        prop_oneof![3 => one.div_ceil(4)..=one, 2 => one.div_ceil(100)..=one, 1 => 1..=one]
            .prop_map(move |units| Stated { units, places })
    };
    (0_u32..=12).prop_flat_map(of)
}

fn rates() -> impl Strategy<Value = Vec<Stated>> {
    prop_oneof![3 => prop::collection::vec(rate(), 1..=4), 1 => prop::collection::vec(rate(), 1..=11)]
}

/// A goal: the JSON, and the won deals that it takes with a deal size (JSON), exact.
#[derive(Clone, Debug)]
struct Wanted {
    goal: Value,
    deal: Value,
    wins: Fraction,
}

/// Cents of a target in EUR (10¹⁵ units at most), and a deal size with other decimals than the 3 that look like thousands.
fn wanted() -> impl Strategy<Value = Wanted> {
    let deal = (up_to_digits(15), prop::sample::select(vec![0_u32, 1, 2, 4, 6]));
    (up_to_digits(17), deal, -9_999_i128..=99_999, 0..3_u8).prop_map(|(cents, (units, places), percent, form)| {
        let size = Fraction::decimal(units.into(), places);
        let target = Fraction::decimal(cents.into(), 2);
        let deal = json!({"mean": point(units.into(), places), "cv": 0});
        let money = format!("{} EUR", point(cents.into(), 2));
        let growth = target.times(&Fraction::decimal(10_000 + percent, 4));
        match form {
            0 => Wanted { goal: json!({"revenue": money}), deal, wins: target.over(&size) },
            1 if Fraction::new(10_u64.pow(15), 1).at_least(&growth) => {
                let percent = percent as f64 / 100.0;
                let goal = json!({"growth": {"baseline": money, "percent": percent}});
                Wanted { goal, deal, wins: growth.over(&size) }
            }
            _ => {
                let customers = cents.div_ceil(100);
                Wanted { goal: json!({"customers": customers}), deal: Value::Null, wins: Fraction::new(customers, 1) }
            }
        }
    })
}

fn ask_for(wanted: &Wanted, rates: &[Stated], rounding: &str, way: usize) -> Value {
    let spelled: Vec<_> = rates.iter().enumerate().map(|(i, rate)| json!({"rate": rate.spelled(way + i)})).collect();
    let mut request = ask::request(&wanted.goal, &spelled);
    request["rounding"] = json!(rounding);
    if !wanted.deal.is_null() {
        request["deal_size"] = wanted.deal.clone();
    }
    ask::answer(&request)
}

/// The oracle's chain, first stage first: exact and rounded.
fn chain(wins: &Fraction, rates: &[Stated], rounding: &str) -> Vec<(Fraction, Fraction)> {
    let round = |value: &Fraction| match rounding {
        "nearest" => Fraction::new(value.near().max(BigInt::from(1)), 1),
        "exact" => value.clone(),
        _ => Fraction::new(value.up(), 1),
    };
    let mut links = vec![(wins.clone(), round(wins))];
    for rate in rates.iter().rev() {
        let (exact, whole) = links.last().unwrap();
        let exact = exact.over(&rate.exact());
        let carried = if rounding == "end" { exact.clone() } else { whole.over(&rate.exact()) };
        links.push((exact, round(&carried)));
    }
    links.reverse();
    links
}

/// The whole numbers of a plan, first stage first; `None` where the oracle says that one exceeds 2⁵³ − 1 as well.
fn whole_numbers(answer: &Value, links: &[(Fraction, Fraction)]) -> Option<Vec<u64>> {
    let too_large = Fraction::new(MAX_WHOLE + 1, 1);
    let refused = links.iter().any(|(_, whole)| whole.at_least(&too_large))
        || links.last().is_some_and(|(wins, _)| wins.up() > BigInt::from(MAX_WHOLE));
    assert_eq!(answer["error"]["kind"] == "out_of_range", refused, "{answer}");
    let column = |plan: &Value| ask::column(plan, "whole").iter().map(|whole| whole.as_u64().unwrap()).collect();
    answer.get("plan").map(column)
}

fn exceeds(count: u64) -> Fraction {
    Fraction::new(count, 1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_whole_numbers_are_the_oracles(wanted in wanted(), rates in rates(), way in 0_usize..8) {
        for rounding in ["ceil", "end", "nearest"] {
            let links = chain(&wanted.wins, &rates, rounding);
            let answer = ask_for(&wanted, &rates, rounding, way);
            let Some(whole) = whole_numbers(&answer, &links) else { continue };
            let expected: Vec<_> = links.iter().map(|(_, whole)| whole.up()).collect();
            prop_assert_eq!(whole.into_iter().map(BigInt::from).collect::<Vec<_>>(), expected, "{}", rounding);
        }
    }

    #[test]
    fn exact_is_the_correctly_rounded_double(wanted in wanted(), rates in rates(), way in 0_usize..8) {
        for rounding in ["exact", "ceil"] {
            let links = chain(&wanted.wins, &rates, rounding);
            let answer = ask_for(&wanted, &rates, rounding, way);
            let Some(plan) = answer.get("plan") else { continue };
            for (i, (exact, _)) in links.iter().enumerate() {
                let double = exact.nearest_double();
                prop_assert_eq!(plan["stages"][i]["exact"].as_f64().unwrap().to_bits(), double.to_bits());
                if rounding == "exact" {
                    prop_assert_eq!(plan["stages"][i]["whole"].as_f64().unwrap().to_bits(), double.to_bits());
                }
            }
        }
    }

    #[test]
    fn ceil_reaches_the_goal_and_one_less_does_not_yield_the_next(wanted in wanted(), rates in rates()) {
        let links = chain(&wanted.wins, &rates, "ceil");
        if let Some(whole) = whole_numbers(&ask_for(&wanted, &rates, "ceil", 0), &links) {
            for (i, rate) in rates.iter().enumerate() {
                let next = exceeds(whole[i + 1]);
                prop_assert!(exceeds(whole[i]).times(&rate.exact()).at_least(&next));
                prop_assert!(!exceeds(whole[i] - 1).times(&rate.exact()).at_least(&next));
            }
            let last = *whole.last().unwrap();
            prop_assert!(exceeds(last).at_least(&wanted.wins) && !exceeds(last - 1).at_least(&wanted.wins));
            let forward = rates.iter().fold(exceeds(whole[0]), |count, rate| count.times(&rate.exact()));
            prop_assert!(forward.at_least(&wanted.wins));
        }
    }

    #[test]
    fn end_reaches_the_goal_and_one_less_at_any_stage_does_not(wanted in wanted(), rates in rates()) {
        let links = chain(&wanted.wins, &rates, "end");
        if let Some(whole) = whole_numbers(&ask_for(&wanted, &rates, "end", 0), &links) {
            for (i, count) in whole.iter().enumerate() {
                let forward = |count: u64| rates[i..].iter().fold(exceeds(count), |n, rate| n.times(&rate.exact()));
                prop_assert!(forward(*count).at_least(&wanted.wins));
                prop_assert!(!forward(count - 1).at_least(&wanted.wins));
            }
        }
    }

    #[test]
    fn more_target_never_needs_fewer(a in up_to_digits(17), b in up_to_digits(17), deal in up_to_digits(7), rates in rates()) {
        for rounding in ["ceil", "end", "nearest", "exact"] {
            let column = |cents: u64| {
                let goal = json!({"revenue": format!("{} EUR", point(cents.into(), 2))});
                let wanted = Wanted { goal, deal: json!({"mean": deal}), wins: Fraction::new(1, 1) };
                let answer = ask_for(&wanted, &rates, rounding, 0);
                let number = |value: &Value| value.as_f64().unwrap();
                answer.get("plan").map(|plan| ask::column(plan, "whole").iter().map(number).collect::<Vec<_>>())
            };
            // Where the larger target is beyond all numbers, nothing remains to compare; the smaller may still have a plan.
            match (column(a.min(b)), column(a.max(b))) {
                (Some(less), Some(more)) => prop_assert!(less.iter().zip(&more).all(|(less, more)| less <= more)),
                (less, more) => prop_assert!(more.is_none() || less.is_some()),
            }
        }
    }

    #[test]
    fn the_spelling_of_a_rate_changes_nothing(wanted in wanted(), rates in rates()) {
        let plain = ask_for(&wanted, &rates, "ceil", 0);
        for way in 1..8 {
            prop_assert_eq!(&plain, &ask_for(&wanted, &rates, "ceil", way), "spelled in way {}", way);
        }
    }

    #[test]
    fn counts_give_the_chain_of_their_fraction(customers in up_to_digits(9), rates in rates()) {
        let goal = json!({"customers": customers});
        let wanted = Wanted { goal, deal: Value::Null, wins: Fraction::new(customers, 1) };
        let counts: Vec<_> =
            rates.iter().map(|rate| json!({"converted": rate.units, "entered": rate.whole()})).collect();
        let request = ask::request(&wanted.goal, &counts);
        let (stated, learned) = (ask_for(&wanted, &rates, "ceil", 0), ask::answer(&request));
        prop_assert_eq!(stated.get("error"), learned.get("error"));
        if stated.get("plan").is_some() {
            for key in ["exact", "whole"] {
                prop_assert_eq!(ask::column(&stated["plan"], key), ask::column(&learned["plan"], key));
            }
        }
    }
}

/// Where floating point is off by one: 3 of 10 is not 0.3, and a product of decimals is not the decimal's double.
#[test]
fn what_floating_point_gets_wrong() {
    let wholes = |goal: Value, rates: &[&str], rounding: &str| {
        let rates: Vec<_> = rates.iter().map(|rate| json!({"rate": rate})).collect();
        let mut request = ask::request(&goal, &rates);
        request["rounding"] = json!(rounding);
        ask::column(&ask::plan(&request), "whole")
    };
    assert_eq!(wholes(json!({"customers": 7}), &["0.07"], "ceil"), [100, 7]);
    assert_eq!(wholes(json!({"customers": 29}), &["0.29"], "end"), [100, 29]);
    assert_eq!(wholes(json!({"customers": 3}), &["0.1", "0.3"], "end"), [100, 10, 3]);
    assert_eq!(wholes(json!({"customers": 9}), &["3 %", "3 %"], "end"), [10_000, 300, 9]);
    assert_eq!(wholes(json!({"customers": 33}), &["1/3"], "ceil"), [99, 33]);
    assert_eq!(wholes(json!({"customers": 1}), &["0.4"], "nearest"), [3, 1]);
    assert_eq!(wholes(json!({"customers": 900_719_925_474_099_u64}), &["0.1"], "end")[0], 9_007_199_254_740_990_u64);
}

/// `nearest` never plans nothing: a deal larger than the target is still one deal.
#[test]
fn nearest_is_at_least_one() {
    let mut request = ask::request(&json!({"revenue": "100 EUR"}), &[json!({"rate": 1})]);
    request["deal_size"] = json!({"mean": "1000"});
    request["rounding"] = json!("nearest");
    assert_eq!(ask::column(&ask::plan(&request), "whole"), [1, 1]);
    assert_eq!(ask::column(&ask::plan(&request), "exact"), [0.1, 0.1]);
}

/// The oracle itself: ties, sticky digits and the smallest steps around 2⁵³.
#[test]
fn the_oracle_rounds_to_the_nearest_double() {
    let double = |numer: i128, denom: i128| Fraction::new(numer, denom).nearest_double();
    assert_eq!(double(1, 3).to_bits(), (1.0_f64 / 3.0).to_bits());
    assert_eq!(double((1 << 53) + 1, 1).to_bits(), 9_007_199_254_740_992.0_f64.to_bits());
    assert_eq!(double((1 << 54) + 3, 2).to_bits(), 9_007_199_254_740_994.0_f64.to_bits());
    assert_eq!(double((1 << 55) + 3, 4).to_bits(), 9_007_199_254_740_993.0_f64.round().to_bits());
    assert_eq!(double(1, 10).to_bits(), 0.1_f64.to_bits());
}
