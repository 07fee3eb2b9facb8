//! Asking: a request as JSON in, the plan or the refusal as JSON out, through the front door.
#![allow(dead_code, reason = "each test uses a part of it")]

use serde_json::{Value, json};

/// The whole answer.
pub(crate) fn answer(request: &Value) -> Value {
    serde_json::from_str(&backcast::answer_json(&request.to_string())).unwrap()
}

/// The plan; a refusal stops the test.
pub(crate) fn plan(request: &Value) -> Value {
    let answer = answer(request);
    assert!(answer.get("plan").is_some(), "{request} was answered {answer}");
    answer["plan"].clone()
}

/// The request for a goal over rates, first step first, with stages named by number.
pub(crate) fn request(goal: &Value, rates: &[Value]) -> Value {
    let funnel: Vec<_> = (0..=rates.len()).map(|i| format!("s{i}")).collect();
    json!({"goal": goal, "funnel": funnel, "rates": rates})
}

/// One key of every stage, first to last.
pub(crate) fn column(plan: &Value, key: &str) -> Vec<Value> {
    plan["stages"].as_array().unwrap().iter().map(|stage| stage[key].clone()).collect()
}
