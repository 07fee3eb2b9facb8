//! The cheapest mix of channels: against brute force over all whole mixes, and its laws.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test may stop at the first surprise"
)]

#[path = "oracle/ask.rs"]
mod ask;
#[path = "oracle/betas.rs"]
mod betas;

use ask::plan;
use betas::Betas;
use proptest::prelude::*;
use serde_json::{Value, json};

fn request(customers: u64, confidence: f64, channels: &Value) -> Value {
    json!({"goal": {"customers": customers, "confidence": confidence}, "funnel": ["lead", "customer"], "channels": channels,
           "shared_shock": "0"})
}

fn channels_of(request: &Value) -> Value {
    plan(request)["channels"].clone()
}

/// (converted, entered, cost, capacity) per channel.
type Case = (u64, f64, Vec<(u64, u64, f64, u64)>);

fn cases() -> Vec<Case> {
    vec![
        (3, 0.8, vec![(20, 100, 10.0, 60), (30, 60, 31.0, 30)]),
        (5, 0.9, vec![(12, 40, 7.0, 40), (5, 30, 3.5, 80)]),
        (2, 0.5, vec![(3, 9, 4.0, 25), (10, 20, 7.0, 12)]),
        (6, 0.8, vec![(12, 30, 9.0, 30), (9, 30, 6.5, 30), (40, 80, 12.5, 20)]),
        (4, 0.95, vec![(2, 6, 5.0, 30), (20, 50, 6.4, 15), (5, 25, 3.1, 40)]),
        (3, 0.7, vec![(1, 10, 2.0, 40), (6, 12, 9.0, 10), (3, 9, 6.0, 15)]),
        (8, 0.8, vec![(70, 100, 20.0, 9), (20, 50, 13.0, 20), (10, 40, 9.0, 25)]),
    ]
}

/// The cheapest mix of these channels: enough by the oracle, and never dearer than the cheapest of all by more than 0.1 %.
fn check((customers, confidence, list): &Case) {
    let row = |(at, (converted, entered, cost, capacity)): (usize, &(u64, u64, f64, u64))| {
        json!({"channel": format!("c{at}"), "rates": [{"converted": converted, "entered": entered}],
               "cost_per_lead": cost, "capacity": capacity})
    };
    let channels: Vec<Value> = list.iter().enumerate().map(row).collect();
    let got = channels_of(&request(*customers, *confidence, &json!(channels)));
    let betas = Betas::of(&list.iter().map(|(c, n, _, most)| (*c, *n, *most)).collect::<Vec<_>>(), *customers);
    let costs: Vec<f64> = list.iter().map(|row| row.2).collect();
    let cheapest = &got["cheapest"];
    let Some((least, mix)) = betas.cheapest(&costs, *confidence) else {
        assert!(cheapest.is_null() && got["limited_by"].is_string(), "{got}");
        return;
    };
    let leads: Vec<u64> =
        cheapest["leads"].as_array().unwrap().iter().map(|row| row["leads"].as_u64().unwrap()).collect();
    let exact = betas.probability(&leads);
    assert!((exact - cheapest["probability"].as_f64().unwrap()).abs() < 1e-7, "{leads:?}: {exact} {cheapest}");
    assert!(exact >= confidence - 1e-9, "{leads:?}: {exact}");
    let cost = cheapest["cost"].as_f64().unwrap();
    assert!(
        cost <= 1.001 * least,
        "{customers} at {confidence}: {leads:?} for {cost}, but {mix:?} for {least}, {list:?}"
    );
    assert!(cost >= least - 1e-9);
}

#[test]
fn no_whole_mix_is_cheaper() {
    cases().iter().for_each(check);
}

#[test]
fn what_cannot_be_reached_is_said() {
    let channels = json!([{"channel": "a", "rates": [{"converted": 20, "entered": 100}], "cost_per_lead": 10, "capacity": 20},
                          {"channel": "b", "rates": [{"converted": 30, "entered": 60}], "cost_per_lead": 31, "capacity": 5}]);
    let got = channels_of(&request(10, 0.8, &channels));
    assert!(got["cheapest"].is_null() && got["cheapest_in_expectation"].is_null());
    assert_eq!(got["best_reachable"]["total"], 25);
    let exact = Betas::of(&[(20, 100, 20), (30, 60, 5)], 10).probability(&[20, 5]);
    assert!((got["best_reachable"]["probability"].as_f64().unwrap() - exact).abs() < 1e-7);
    let sentence = got["limited_by"].as_str().unwrap();
    assert!(
        sentence.starts_with("even with every channel at its capacity, 25 leads together, the goal is met with"),
        "{sentence}"
    );
}

/// The same where a saturation is what limits: nothing is reached on average either.
#[test]
fn a_ceiling_is_a_limit_too() {
    let channels = json!([{"channel": "a", "rates": [{"converted": 20, "entered": 100}], "cost_per_lead": 10, "capacity": 20},
                          {"channel": "b", "rates": [{"converted": 30, "entered": 60}], "cost_per_lead": 31, "saturation": {"ceiling": 6}},
                          {"channel": "c", "rates": [{"converted": 30, "entered": 60}], "cost_per_lead": 31, "saturation": {"half_at": 2}}]);
    let got = channels_of(&request(10, 0.8, &channels));
    assert!(got["cheapest"].is_null() && got["cheapest_in_expectation"].is_null(), "{got}");
    assert_eq!(got["best_reachable"]["total"], 28);
}

/// Where the cheapest mix lies far above what few leads cost: few leads are not taken for enough.
#[test]
fn few_leads_are_never_enough_by_what_was_left_out() {
    let mut channels = json!(stated(&[(29, 94, 12.98, 195), (15, 46, 135.96, 50), (6, 67, 72.83, 91)]));
    let mut asked = request(51, 0.834, &channels);
    asked["shared_shock"] = json!("0.5");
    let cheapest = channels_of(&asked)["cheapest"].clone();
    for (row, found) in channels.as_array_mut().unwrap().iter_mut().zip(cheapest["leads"].as_array().unwrap()) {
        row["today"] = found["leads"].clone();
    }
    asked["channels"] = channels;
    let today = channels_of(&asked)["today"]["probability"].as_f64().unwrap();
    assert!(today >= 0.834 && (today - cheapest["probability"].as_f64().unwrap()).abs() < 1e-7, "{today}, {cheapest}");
}

/// Where nobody new can be won in time the best of all mixes is what is in flight, however much its rates share.
#[test]
fn what_is_in_flight_is_worth_the_same_beside_channels() {
    let rates = json!([{"converted": 60, "entered": 300}, {"converted": 20, "entered": 60}]);
    let lag = json!({"pmf": [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]});
    for (share, near) in [("0", 1e-9), ("0.5", 1e-3), ("1", 1e-3)] {
        let asked = json!({
            "goal": {"customers": 5, "confidence": 0.8, "start": "2026-01-01", "by": "2026-01-12"},
            "funnel": ["lead", "mql", "customer"], "rates": rates, "lags": [lag, lag], "shared_shock": share,
            "pipeline": [{"stage": "mql", "age_days": 3, "count": 10}],
            "channels": [{"channel": "a", "rates": rates, "cost_per_lead": 10}, {"channel": "b", "rates": rates, "cost_per_lead": 20}],
        });
        let plan = plan(&asked);
        let best = &plan["channels"]["best_reachable"];
        assert_eq!(best["total"], 0);
        let (best, alone) = (best["probability"].as_f64().unwrap(), plan["pipeline"]["probability"].as_f64().unwrap());
        assert!((best - alone).abs() < near, "{share}: {best} for {alone}");
    }
}

/// A single channel without capacity needs what the plan needs.
#[test]
fn a_single_channel_is_the_plan() {
    let channels = json!([{"channel": "a", "rates": [{"converted": 20, "entered": 1000}], "cost_per_lead": 10}]);
    let plan = plan(&request(50, 0.8, &channels));
    assert_eq!(plan["channels"]["cheapest"]["total"], 3081);
    assert_eq!(plan["stages"][0]["needed"], 3081);
}

#[test]
fn channels_that_cannot_be_told_apart_are_named() {
    let channel = |name: &str, converted: u64, entered: u64| json!({"channel": name, "rates": [{"converted": converted, "entered": entered}], "cost_per_lead": 10});
    let channels = json!([channel("a", 10, 100), channel("b", 9, 100), channel("c", 30, 1000)]);
    let got = channels_of(&request(20, 0.8, &channels));
    assert_eq!(got["indistinguishable"].as_array().unwrap().len(), 1);
    assert_eq!(got["indistinguishable"][0]["channels"], json!(["a", "b"]));
    let exact = betas::better((10.5, 90.5), (9.5, 91.5));
    assert!((got["indistinguishable"][0]["better"][0].as_f64().unwrap() - exact).abs() < 0.02, "{exact}");
}

fn channel() -> impl Strategy<Value = (u64, u64, f64, u64)> {
    (20_u64..400, 0.02..0.4, 5.0..200.0_f64, 50_u64..3000)
        .prop_map(|(n, rate, cost, most)| ((n as f64 * rate) as u64 + 1, n, (cost * 100.0).round() / 100.0, most))
}

fn stated(list: &[(u64, u64, f64, u64)]) -> Vec<Value> {
    let row = |(at, (converted, entered, cost, capacity)): (usize, &(u64, u64, f64, u64))| {
        let mut row = json!({"channel": format!("c{at}"), "rates": [{"converted": converted, "entered": entered}],
                             "cost_per_lead": cost, "capacity": capacity});
        if at % 3 == 2 {
            row["saturation"] = json!({"half_at": capacity});
        }
        row
    };
    list.iter().enumerate().map(row).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    /// Leads that are dear beside the whole mix, of channels that bring about as much for their money.
    #[test]
    fn no_whole_mix_of_dear_leads_is_cheaper(
        channels in prop::collection::vec((20_u64..300, 0.1..0.5_f64, 0.7..1.4_f64, 3_u64..18), 2..=4),
        customers in 1_u64..8, level in 0.5..0.95_f64,
    ) {
        let row = |(entered, rate, dear, most): &(u64, f64, f64, u64)| {
            let converted = (*entered as f64 * rate) as u64 + 1;
            (converted, *entered, (100.0 * rate * dear * 100.0).round() / 100.0, *most)
        };
        check(&(customers, (level * 1000.0).round() / 1000.0, channels.iter().map(row).collect()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn more_room_never_costs_more_and_budgets_are_dual(
        list in prop::collection::vec(channel(), 2..5), which in 0_usize..5, customers in 5_u64..60, level in 0.55..0.95_f64,
    ) {
        let which = which % list.len();
        let ask = |channels: Vec<Value>, budget: Option<f64>| {
            let mut asked = request(customers, (level * 1000.0).round() / 1000.0, &json!(channels));
            asked["shared_shock"] = json!("0.5");
            if let Some(budget) = budget {
                asked["budget"] = json!(format!("{budget:.2} EUR"));
            }
            channels_of(&asked)
        };
        let base = ask(stated(&list), None);
        let Some(cost) = base["cheapest"]["cost"].as_f64() else { return Ok(()) };
        // The same mix as today's is computed afresh.
        let mut brought = stated(&list);
        for (row, found) in brought.iter_mut().zip(base["cheapest"]["leads"].as_array().unwrap()) {
            row["today"] = found["leads"].clone();
        }
        let today = ask(brought, None)["today"]["probability"].as_f64().unwrap();
        prop_assert!((today - base["cheapest"]["probability"].as_f64().unwrap()).abs() < 1e-6, "{today} for {base}");
        let slack = 1.001;
        let mut roomier = stated(&list);
        roomier[which]["capacity"] = json!(list[which].3 * 2);
        let roomy = ask(roomier, None)["cheapest"]["cost"].as_f64().unwrap();
        prop_assert!(roomy <= cost * slack, "more room: {roomy} for {cost}");
        let mut cheaper = stated(&list);
        cheaper[which]["cost_per_lead"] = json!(list[which].2 * 0.8);
        let cheap = ask(cheaper, None)["cheapest"]["cost"].as_f64().unwrap();
        prop_assert!(cheap <= cost * slack, "a cheaper channel: {cheap} for {cost}");
        let dual = ask(stated(&list), Some((cost * 100.0).ceil() / 100.0));
        let best = &dual["best_for_budget"];
        prop_assert!(best["probability"].as_f64().unwrap() >= level - 1e-3, "{best}");
        prop_assert!(best["probability"].as_f64().unwrap() >= dual["cheapest"]["probability"].as_f64().unwrap() - 1e-6);
        prop_assert!(best["cost"].as_f64().unwrap() <= (cost * 100.0).ceil() / 100.0 + 1e-6);
        let frontier: Vec<f64> = base["frontier"].as_array().unwrap().iter().map_while(|point| point["cost"].as_f64()).collect();
        prop_assert!(frontier.windows(2).all(|pair| pair[0] <= pair[1] * slack), "{frontier:?}");
    }
}
