//! Open deals with amounts of their own, prices of several kinds, and many learned rates beside open leads: the probability
//! within its stated error, the smallest number, and the laws, beside exact sums and simulations that are not ours.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

#[path = "oracle/ask.rs"]
mod ask;

use serde_json::{Value, json};

fn p(plan: &Value) -> (f64, f64) {
    (plan["probability"].as_f64().unwrap(), plan["probability_error"].as_f64().unwrap())
}

fn needed(plan: &Value) -> u64 {
    plan["stages"][0]["needed"].as_u64().unwrap()
}

/// P(Bin(n, rate) ≥ k).
fn at_least(n: u64, rate: f64, k: u64) -> f64 {
    let mut mass = libm::exp(n as f64 * libm::log1p(-rate));
    let mut below = 0.0;
    for j in 0..k.min(n + 1) {
        below += mass;
        mass *= (n - j) as f64 / (j + 1) as f64 * rate / (1.0 - rate);
    }
    1.0 - below
}

fn priced(amounts: &Value, target: &str, rate: &str, pipeline: &Value) -> Value {
    ask::plan(&json!({
        "goal": {"revenue": format!("{target} USD"), "confidence": 0.8, "start": "2026-10-01"},
        "funnel": ["a", "b"], "rates": [{"rate": rate}], "deal_size": {"amounts": amounts}, "pipeline": pipeline,
    }))
}

/// Two deals of three bring nothing: beside 123.45 that may come in, so many deals of 500 are needed. Exactly, by the binomial.
#[test]
fn free_deals_among_the_amounts_count_nothing() {
    let open = json!([{"stage": "a", "age_days": 5, "count": 1, "amount": "123.45"}]);
    for (target, deals) in [("416.67", 1), ("1666.67", 4)] {
        let plan = priced(&json!(["0", "0", "500"]), target, "0.02", &open);
        let exact = |n: u64| at_least(n, 0.02 / 3.0, deals);
        let (value, error) = p(&plan);
        assert!((value - exact(needed(&plan))).abs() <= error + 1e-9, "{target}: {plan}");
        assert!(exact(needed(&plan)) >= 0.8 && exact(needed(&plan) - 1) < 0.8, "{target}: {}", needed(&plan));
    }
}

/// Two prices far apart: over the number of dear deals the cheap ones are binomial among the rest.
#[test]
fn prices_far_apart_are_exact() {
    for (low, high, times) in [(100, 1_000_000, 8), (49, 60_000, 8), (29, 12_000, 20), (20, 50_000, 12)] {
        let target = (low + high) * times / 2;
        let plan = priced(&json!([low, high]), &target.to_string(), "0.3", &json!([]));
        let reached = |n: u64| -> f64 {
            let mut mass = libm::exp(n as f64 * libm::log1p(-0.15));
            let mut sum = 0.0;
            for dear in 0..=n {
                let short = target - i64::try_from(dear).unwrap() * high;
                let cheap = if short <= 0 { 0 } else { u64::try_from((short + low - 1) / low).unwrap() };
                sum += mass * if cheap > n - dear { 0.0 } else { at_least(n - dear, 0.15 / 0.85, cheap) };
                mass *= (n - dear) as f64 / (dear + 1) as f64 * 0.15 / 0.85;
            }
            sum
        };
        let (value, error) = p(&plan);
        let n = needed(&plan);
        assert!((value - reached(n)).abs() <= error + 1e-9, "{low} {high}: {value} for {}", reached(n));
        assert!(reached(n) >= 0.8 && reached(n - 1) < 0.8, "{low} {high}: {n}");
    }
}

fn beside(rows: &[Value]) -> Value {
    ask::plan(&json!({
        "goal": {"revenue": "500000 EUR", "confidence": 0.8, "start": "2026-10-01", "by": "2026-12-31"},
        "funnel": ["Lead", "MQL", "SQL", "Customer"],
        "rates": [{"converted": 300, "entered": 1200}, {"converted": 90, "entered": 300}, {"converted": 24, "entered": 90}],
        "deal_size": {"mean": "10000", "cv": 0},
        "lags": vec![json!({"median_days": 5, "p90_days": 20}); 3],
        "pipeline": rows,
    }))
}

/// More pipeline never needs more leads, and the stated error stays below a millionth.
#[test]
fn open_deals_with_amounts_of_their_own_only_help() {
    let row = |i: usize| {
        let stage = ["Lead", "MQL", "SQL"][i % 3];
        json!({"stage": stage, "age_days": i, "count": 1 + i % 5, "amount": (5_000 + 7 * i).to_string()})
    };
    let mut before = u64::MAX;
    for many in [0, 1, 3, 5, 10, 40] {
        let plan = beside(&(0..many).map(row).collect::<Vec<_>>());
        assert!(p(&plan).1 <= 1e-6, "{many}: {:?}", p(&plan));
        assert!(needed(&plan) <= before, "{many}: {} after {before}", needed(&plan));
        before = needed(&plan);
    }
}

/// Three prices, and one more open deal: it can only help.
#[test]
fn one_more_open_deal_never_asks_for_more_leads() {
    let ask = |pipeline: Value| {
        needed(&ask::plan(&json!({
            "goal": {"revenue": "700000 EUR", "confidence": 0.8, "start": "2026-10-01"}, "funnel": ["lead", "sql", "won"],
            "rates": [{"rate": "0.05"}, {"rate": "0.05"}], "deal_size": {"amounts": ["3000", "4500", "20000"]},
            "pipeline": pipeline,
        })))
    };
    let mut rows = vec![];
    let mut before = ask(json!([]));
    for amount in ["9999.99", "123.45", "20000", "3333.33"] {
        rows.push(json!({"stage": "lead", "age_days": 3, "count": 1, "amount": amount}));
        let after = ask(json!(rows));
        assert!(after <= before, "{amount}: {after} after {before}");
        before = after;
    }
}

/// Five and more learned rates beside open leads. Simulated by `NumPy` (400,000 draws of the posteriors, then of customers;
/// standard error 6e-4) for this number of leads.
#[test]
fn many_learned_rates_beside_open_leads_agree_with_a_simulation() {
    for (stages, converted, entered, leads, simulated) in [
        (5_usize, 20, 60, 56_576_u64, 0.799_962_5),
        (8, 3, 10, 8_937_378, 0.798_58),
        (8, 20, 60, 1_731_982, 0.800_557_5),
    ] {
        let names: Vec<String> = (0..stages).map(|i| format!("s{i}")).collect();
        let open: Vec<Value> =
            (0..10).map(|i| json!({"stage": names[i * (stages - 1) / 10], "age_days": 10 + i, "count": 2})).collect();
        let plan = ask::plan(&json!({
            "goal": {"customers": 500, "start": "2026-10-01"}, "funnel": names, "pipeline": open, "leads": leads,
            "rates": vec![json!({"converted": converted, "entered": entered}); stages - 1],
        }));
        let (value, error) = p(&plan);
        assert!((value - simulated).abs() <= error + 4.0 * 6.4e-4, "{stages}: {value} for {simulated}");
        assert!(error <= 1e-5, "{stages}: {error}");
    }
}

/// All deals are 0 or 100, and all that is open is worth 8,000 each: revenue is a multiple of that, and so are its quantiles.
#[test]
fn quantiles_are_amounts_that_a_sum_can_have() {
    let plan = ask::plan(&json!({
        "goal": {"revenue": "500000 USD", "confidence": 0.8}, "funnel": ["lead", "won"],
        "rates": [{"converted": 20, "entered": 1000}], "deal_size": {"amounts": ["0", "0", "100"]},
    }));
    let open = ask::plan(&json!({
        "goal": {"revenue": "500000 USD", "confidence": 0.8, "start": "2026-10-01"}, "funnel": ["lead", "won"],
        "rates": [{"converted": 20, "entered": 100}], "deal_size": {"mean": "10000", "cv": 0.8},
        "pipeline": [{"stage": "lead", "age_days": 1, "count": 40, "amount": "8000"}],
    }));
    for (revenue, unit) in [(&plan["revenue"], 100.0), (&open["pipeline"]["revenue"], 8_000.0)] {
        for end in ["low", "high"] {
            let amount = revenue[end].as_f64().unwrap();
            assert!((amount / unit - libm::round(amount / unit)).abs() < 1e-9, "{end} {amount}");
        }
    }
}

/// A second channel so dear that nobody buys there changes nothing about the first: its law is its own beta-binomial.
#[test]
fn an_unused_channel_changes_nothing() {
    for (converted, entered) in [(1_u64, 3_u64), (1, 40), (5, 250), (20, 1000)] {
        let rates = json!([{"converted": converted, "entered": entered}]);
        let channel = |name: &str, cost: &str| json!({"channel": name, "rates": rates, "cost_per_lead": cost});
        let plan = ask::plan(&json!({
            "goal": {"customers": 50, "confidence": 0.8}, "funnel": ["lead", "won"], "currency": "USD",
            "deal_size": {"mean": "1000"}, "channels": [channel("a", "10"), channel("b", "10000")],
        }));
        let leads = plan["channels"]["cheapest"]["leads"].clone();
        let (a, b) = (leads[0]["leads"].as_u64().unwrap(), leads[1]["leads"].as_u64().unwrap());
        // P(K < 50) of the beta-binomial, by its recursion.
        let reached = |n: u64| {
            let (alpha, beta) = (converted as f64 + 0.5, (entered - converted) as f64 + 0.5);
            let mut mass = (0..n).fold(1.0, |mass, i| mass * (beta + i as f64) / (alpha + beta + i as f64));
            let mut below = 0.0;
            for k in 0..50_u64.min(n) {
                below += mass;
                let (n, k) = (n as f64, k as f64);
                mass *= (n - k) * (alpha + k) / ((k + 1.0) * (beta + n - k - 1.0));
            }
            1.0 - below
        };
        let alone = (50..1 << 20).find(|n| reached(*n) >= 0.8).unwrap();
        assert_eq!(b, 0, "{converted} of {entered}");
        assert!((a as f64 / alone as f64 - 1.0).abs() < 0.002 && reached(a) > 0.799, "{a} for {alone}");
    }
}
