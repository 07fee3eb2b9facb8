//! Backward plans as published: every cascade and every number of leads that the reference file lists is reproduced.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]
#![allow(clippy::unreadable_literal, reason = "published numbers are pasted as printed")]

#[path = "oracle/ask.rs"]
mod ask;

use backcast::{Conversion, Path};
use serde_json::{Value, json};

/// One published plan: the rates run from the customer upward, as the sources print them.
struct Cascade {
    id: &'static str,
    target: &'static str,
    deal: &'static str,
    rates: &'static [&'static str],
    exact: &'static [f64],
    ceil: &'static [u64],
    end: Option<&'static [u64]>,
    nearest: Option<&'static [u64]>,
}

/// `published_plans.json`, "cascades": 'exact' unrounded, 'ceil' up and carried, 'end' up once, 'nearest' carried.
const CASCADES: [Cascade; 6] = [
    // kellblog.com 2019-12-03, inverted funnel part I
    Cascade {
        id: "E1",
        target: "2000000",
        deal: "75000",
        rates: &["0.20"],
        exact: &[26.666666666666668, 133.33333333333334],
        ceil: &[27, 135],
        end: Some(&[27, 134]),
        nearest: Some(&[27, 135]),
    },
    // trewmarketing.com
    Cascade {
        id: "E5",
        target: "500000",
        deal: "10000",
        rates: &["0.02"],
        exact: &[50.0, 2500.0],
        ceil: &[50, 2500],
        end: Some(&[50, 2500]),
        nearest: Some(&[50, 2500]),
    },
    // advisorsontarget.com p=4168: three rules, three answers
    Cascade {
        id: "E7",
        target: "50000",
        deal: "5000",
        rates: &["0.45", "0.90"],
        exact: &[10.0, 22.22222222222222, 24.691358024691358],
        ceil: &[10, 23, 26],
        end: Some(&[10, 23, 25]),
        nearest: Some(&[10, 22, 24]),
    },
    // a playbook on GitHub
    Cascade {
        id: "E9",
        target: "2400000",
        deal: "60000",
        rates: &["0.25", "0.30", "0.10", "0.02"],
        exact: &[40.0, 160.0, 533.3333333333334, 5333.333333333333, 266666.6666666667],
        ceil: &[40, 160, 534, 5340, 267_000],
        end: None,
        nearest: None,
    },
    // PipeRocket article
    Cascade {
        id: "E10",
        target: "600000",
        deal: "20000",
        rates: &["0.25", "0.50", "0.40", "0.04"],
        exact: &[30.0, 120.0, 240.0, 600.0, 15000.0],
        ceil: &[30, 120, 240, 600, 15000],
        end: None,
        nearest: None,
    },
    // a company's published yearly goals
    Cascade {
        id: "E18",
        target: "8246101",
        deal: "110000",
        rates: &["0.76", "0.26", "0.94"],
        exact: &[74.96455454545455, 98.63757177033493, 379.37527603974974, 403.5907191912231],
        ceil: &[75, 99, 381, 406],
        end: None,
        nearest: None,
    },
];

fn planned(case: &Cascade, rounding: &str) -> Value {
    let rates: Vec<_> = case.rates.iter().rev().map(|rate| json!({"rate": rate})).collect();
    let mut request = ask::request(&json!({"revenue": format!("{} USD", case.target)}), &rates);
    request["deal_size"] = json!({"mean": case.deal, "cv": 0});
    request["rounding"] = json!(rounding);
    ask::plan(&request)
}

/// The column from the customer upward, as the sources print it.
fn upward(plan: &Value, key: &str) -> Vec<Value> {
    ask::column(plan, key).into_iter().rev().collect()
}

#[test]
fn every_published_cascade_is_reproduced() {
    for case in &CASCADES {
        let roundings = [("ceil", Some(case.ceil)), ("end", case.end), ("nearest", case.nearest)];
        for (rounding, expected) in roundings {
            let Some(expected) = expected else { continue };
            assert_eq!(upward(&planned(case, rounding), "whole"), expected, "{} {rounding}", case.id);
        }
        let plan = planned(case, "exact");
        for key in ["exact", "whole"] {
            for (got, expected) in upward(&plan, key).iter().zip(case.exact) {
                let off = got.as_f64().unwrap() / expected - 1.0;
                assert!(off.abs() < 1e-12, "{} {key}: {got} for {expected}", case.id);
            }
        }
    }
}

/// E13, uptempo.io's reverse waterfall, runs forward: 1,000 inquiries at 10 %, 85 %, 60 %, 30 % and 10,000 a deal.
#[test]
fn the_forward_waterfall_is_reproduced() {
    let steps = ["0.10", "0.85", "0.60", "0.30"].map(|rate| Conversion::stated(rate.parse().unwrap()).unwrap());
    let customers = Path::new(&steps).customers(1000).expected();
    assert!((customers - 15.3).abs() < 1e-12);
    assert!((customers * 10_000.0 - 153_000.0).abs() < 1e-8);
}

type Known = (&'static str, u64, &'static str, u64, f64, [u64; 3]);

/// `published_plans.json`, "`leads_needed_rate_exactly_known`": id, customers, rate, published leads, the probability
/// that those reach the target, leads for 80 %, 90 % and 95 %. A published probability has three decimals at most.
const EXACTLY_KNOWN: [Known; 4] = [
    ("E5", 50, "0.02", 2500, 0.519, [2789, 2958, 3102]),
    ("E1", 27, "0.20", 133, 0.5, [154, 166, 176]),
    ("E7", 10, "0.405", 25, 0.595, [29, 33, 36]),
    ("E10", 30, "0.05", 600, 0.526, [687, 740, 786]),
];

fn needed(customers: u64, rate: &Value, confidence: &str) -> Value {
    let goal = json!({"customers": customers, "confidence": confidence});
    ask::plan(&ask::request(&goal, std::slice::from_ref(rate)))["stages"][0]["needed"].clone()
}

#[test]
fn leads_needed_at_an_exactly_known_rate() {
    for (id, customers, rate, published, probability, leads) in EXACTLY_KNOWN {
        for (confidence, leads) in ["0.8", "0.9", "0.95"].into_iter().zip(leads) {
            assert_eq!(needed(customers, &json!({"rate": rate}), confidence), leads, "{id} at {confidence}");
        }
        let path = Path::new(&[Conversion::stated(rate.parse().unwrap()).unwrap()]);
        let reached = path.customers(published).probability_of(customers);
        assert!((reached - probability).abs() <= 0.0005, "{id}: {reached}");
    }
    let path = Path::new(&[Conversion::stated("2 %".parse().unwrap()).unwrap()]);
    assert!((path.customers(2788).probability_of(50) - 0.79982).abs() < 5e-6);
}

/// `published_plans.json`, "`leads_needed_rate_learned_jeffreys`": customers, converted, entered, confidence, leads.
const LEARNED: [(u64, u64, u64, &str, u64); 4] =
    [(50, 20, 1000, "0.8", 3081), (50, 20, 1000, "0.9", 3474), (50, 5, 250, "0.8", 3604), (50, 100, 5000, "0.8", 2862)];

#[test]
fn leads_needed_at_a_learned_rate() {
    for (customers, converted, entered, confidence, leads) in LEARNED {
        let rate = json!({"converted": converted, "entered": entered});
        assert_eq!(needed(customers, &rate, confidence), leads, "{converted} of {entered} at {confidence}");
    }
}
