//! The probability of a plan, of open deals, and of 20 channels beside open deals: by ourselves, by simulation, and by the
//! package `aggregate`.

use backcast_benches::clock::{Found, Table};
use backcast_benches::question::Question;
use backcast_benches::{Result, peers};
use serde_json::{Value, json};

/// What is computed beside the probability.
const WHOLE: &str = "the whole answer: P(target) with its error, customers and revenue with intervals, explanation";

pub(crate) fn tables() -> Result<()> {
    plan()?;
    compound()?;
    open_deals()?;
    segments()
}

/// Three estimated steps, deals that differ; 200 deals are expected.
pub(crate) fn campaign() -> Value {
    json!({
        "goal": {"revenue": "2000000 EUR"},
        "funnel": ["lead", "mql", "sql", "customer"],
        "rates": [{"mean": 0.3, "ess": 800}, {"mean": 0.4, "ess": 240}, {"mean": 0.3, "ess": 90}],
        "deal_size": {"mean": "10000", "cv": 0.8},
    })
}

fn plan() -> Result<()> {
    let mut table =
        Table::new("probability of a plan: one segment, three estimated steps, log-normal deals, 200 expected");
    let asked = Question::ask("plan", campaign())?;
    let found = asked.probability()?;
    let said = asked.peers("outlook.py", "plan")?;
    table.row(&format!("backcast, {WHOLE}"), asked.seconds(), Some(found));
    peers::show(&mut table, Some(found), said)?;
    table.print();
    Ok(())
}

/// Deals at one stated rate: a compound binomial distribution.
fn compound() -> Result<()> {
    let mut table = Table::new("the compound part: leads at a stated 6 %, log-normal deals of mean 20,000 and cv 1");
    let asked = Question::ask(
        "compound",
        json!({
            "goal": {"revenue": "400000 EUR"},
            "funnel": ["lead", "customer"],
            "rates": [{"rate": "6 %"}],
            "deal_size": {"mean": "20000", "cv": 1},
        }),
    )?;
    let found = asked.probability()?;
    let said = asked.peers("outlook.py", "compound")?;
    table.row(&format!("backcast, {WHOLE}"), asked.seconds(), Some(found));
    peers::show(&mut table, Some(found), said)?;
    table.print();
    Ok(())
}

/// Delays, a deadline, and a thousand open deals, each with an age and an amount of its own.
fn with_open_deals(rates: &Value, target: &str) -> Value {
    let open = |i: u32| json!({"stage": "sql", "age_days": i % 97, "count": 1, "amount": 4000 + 13 * i});
    let mut request = campaign();
    if let Some(keys) = request.as_object_mut() {
        keys.insert("goal".into(), json!({"revenue": target, "start": "2026-10-01", "by": "2026-12-31"}));
        keys.insert("rates".into(), rates.clone());
        let lags = [(10, 35), (14, 50), (30, 100)];
        keys.insert("lags".into(), lags.map(|(half, most)| json!({"median_days": half, "p90_days": most})).into());
        keys.insert("pipeline".into(), (0..1000).map(open).collect());
    }
    request
}

fn stated() -> Value {
    json!([{"rate": "30 %"}, {"rate": "40 %"}, {"rate": "30 %"}])
}

fn confident(mut request: Value) -> Value {
    if let Some(goal) = request.get_mut("goal").and_then(Value::as_object_mut) {
        goal.insert("confidence".into(), json!(0.8));
    }
    request
}

fn open_deals() -> Result<()> {
    let mut table =
        Table::new("1000 open deals, each with its age and amount, by a deadline: P(they reach the target alone)");
    let stated = Question::ask("open", with_open_deals(&stated(), "1400000 EUR"))?;
    let found = Found { value: stated.number("/pipeline/probability")?, error: 0.0 };
    let said = stated.peers("outlook.py", "open")?;
    let whole = "the whole answer, with each deal's own worth";
    table.row(&format!("backcast, stated rates: {whole}"), stated.seconds(), Some(found));
    let rates = campaign().get("rates").cloned().unwrap_or_default();
    let estimated = with_open_deals(&rates, "1400000 EUR");
    let learned = Question::ask("open-estimated", estimated.clone())?;
    table.row(&format!("backcast, estimated rates: {whole}"), learned.seconds(), None);
    let needed = Question::ask("open-needed", confident(estimated))?;
    table.row("backcast, estimated rates: and the number needed at each of four stages", needed.seconds(), None);
    peers::show(&mut table, Some(found), said)?;
    table.print();
    Ok(())
}

/// Twenty channels with rates of their own, today's leads of each, beside a thousand open deals.
fn segments() -> Result<()> {
    let mut table = Table::new(
        "20 channels, each with its own three estimated rates, beside 1000 open deals: P(target) with today's leads",
    );
    let channel = |i: u32| {
        let rate = |step: u32, mean: f64, ess: u32| {
            let tilt = f64::from((i * 7 + step * 11) % 19) / 19.0 - 0.5;
            json!({"mean": mean * (1.0 + 0.4 * tilt), "ess": ess + 10 * i})
        };
        json!({
            "channel": format!("channel {i}"),
            "rates": [rate(0, 0.3, 400), rate(1, 0.4, 120), rate(2, 0.3, 60)],
            "cost_per_lead": 20 + (i * 13) % 37,
            "capacity": 1200,
            "today": 150 + 10 * i,
        })
    };
    let mut request = with_open_deals(&stated(), "1750000 EUR");
    if let Some(keys) = request.as_object_mut() {
        keys.insert("channels".into(), (0..20).map(channel).collect());
        keys.insert("shared_shock".into(), json!("0"));
    }
    let asked = Question::ask("segments", request.clone())?;
    let found = Found { value: asked.number("/channels/today/probability")?, error: 0.0 };
    let said = asked.peers("outlook.py", "segments")?;
    let whole = "the whole answer, with the cheapest mixes for six confidences";
    table.row(&format!("backcast: {whole}"), asked.seconds(), Some(found));
    if let Some(keys) = request.as_object_mut() {
        keys.remove("shared_shock");
    }
    let shared = Question::ask("segments-shared", request)?;
    let probability = Found { value: shared.number("/channels/today/probability")?, error: 0.0 };
    let name = format!("backcast, half of the rates' variance common to all channels: {whole}");
    table.row(&name, shared.seconds(), Some(probability));
    peers::show(&mut table, Some(found), said)?;
    table.print();
    Ok(())
}
