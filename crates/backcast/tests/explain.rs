//! The printed arithmetic: whoever repeats a division as it is printed finds the printed quotient.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

#[path = "oracle/ask.rs"]
mod ask;

use num_rational::Ratio;
use proptest::prelude::*;
use serde_json::{Value, json};

/// `1,234.56` as an exact fraction.
fn decimal(text: &str) -> Ratio<i128> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let places = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    Ratio::new(digits.parse().unwrap(), 10_i128.pow(u32::try_from(places).unwrap()))
}

/// Repeats each `a ÷ b % = c` of an explanation; returns how many there are.
fn repeat_by_hand(plan: &Value) -> usize {
    let lines = plan["explain"].as_array().unwrap().iter().map(|line| line.as_str().unwrap());
    let divisions: Vec<_> = lines.filter(|line| line.contains(" % = ")).collect();
    for line in &divisions {
        let (before, after) = line.split_once(" ÷ ").unwrap();
        let (percent, after) = after.split_once(" % = ").unwrap();
        let carried = decimal(before.rsplit(' ').next().unwrap());
        let quotient = decimal(after.split(", ").next().unwrap());
        let by_hand = carried / decimal(percent) * 100;
        assert_eq!((by_hand * 100).round(), quotient * 100, "{line}");
    }
    divisions.len()
}

#[test]
fn a_rate_has_the_digits_that_the_division_needs() {
    let plan = ask::plan(&ask::request(&json!({"customers": 500}), &[json!({"converted": 1231, "entered": 5998})]));
    let line = plan["explain"][2].as_str().unwrap();
    assert!(line.contains("1,231 of 5,998 converted, 20.5 %; 500 ÷ 20.5235 % = 2,436.23"), "{line}");
    assert_eq!(repeat_by_hand(&plan), 1);
}

/// A mean deal with more digits than its currency has is printed with as many as the division takes.
#[test]
fn a_deal_has_the_digits_that_the_division_needs() {
    for (target, mean, said) in [
        ("1000000 JPY", "150.4", "1,000,000 JPY ÷ 150.4 JPY a deal = 6,648.94"),
        ("1000000 EUR", "9927.2837", "1,000,000 EUR ÷ 9,927.28 EUR a deal = 100.73"),
        ("500000 USD", "10000", "500,000 USD ÷ 10,000 USD a deal = 50 × “s1”"),
    ] {
        let mut request = ask::request(&json!({"revenue": target}), &[json!({"rate": "0.5"})]);
        request["deal_size"] = json!({"mean": mean, "cv": 0});
        let plan = ask::plan(&request);
        assert!(plan["explain"][0].as_str().unwrap().contains(said), "{plan}");
    }
}

/// A probability that is not 1 never reads as 100 %, one that is not 0 never as 0 %.
#[test]
fn nearly_certain_is_not_printed_as_certain() {
    let plan = ask::plan(&ask::request(&json!({"customers": 3, "confidence": "0.9999999"}), &[json!({"rate": "0.5"})]));
    let explain = plan["explain"].to_string();
    assert!(explain.contains("for 99.99999 % confidence") && !explain.contains("100"), "{explain}");
    let plan = ask::plan(&ask::request(&json!({"customers": 60, "confidence": "1e-9"}), &[json!({"rate": "0.1"})]));
    let explain = plan["explain"].to_string();
    assert!(explain.contains("for 0.0000001 % confidence") && !explain.contains("with 0.000 %"), "{explain}");
}

fn rate() -> impl Strategy<Value = Value> {
    prop_oneof![
        (1_u32..5000, 0_u32..5000).prop_map(|(won, not)| json!({"converted": won, "entered": won + not})),
        (1_u32..1_000_000).prop_map(|millionths| json!({"rate": format!("0.{millionths:06}")})),
        (1_u32..100).prop_map(|percent| json!({"rate": format!("{percent} %")})),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_division_can_be_repeated(
        rates in prop::collection::vec(rate(), 1..4),
        customers in 1_u32..3000,
        rounding in prop::sample::select(vec!["ceil", "end", "nearest", "exact"]),
    ) {
        let mut request = ask::request(&json!({"customers": customers}), &rates);
        request["rounding"] = json!(rounding);
        prop_assert_eq!(repeat_by_hand(&ask::plan(&request)), rates.len());
    }
}
