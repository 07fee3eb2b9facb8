//! Requests: any text gets an answer, a plan or a refusal by a known name.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestCaseResult;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// Requests with every key, of which parts are exchanged for others.
static GOOD: LazyLock<Vec<Value>> = LazyLock::new(|| {
    ["forms", "needed", "outlook", "schedule", "channels"]
        .iter()
        .flat_map(|file| {
            let path = format!("{}/tests/vectors/{file}.json", env!("CARGO_MANIFEST_DIR"));
            let vectors: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            vectors.into_iter().map(|vector| vector["request"].clone())
        })
        .collect()
});

/// What is put in place of a part.
fn hostile() -> impl Strategy<Value = Value> {
    let numbers =
        [0.0, -0.0, 1.0, -1.0, 0.5, 1e-300, 5e-324, 1e300, f64::MAX, 1e15, 9_007_199_254_740_993.0, 0.999_999_999];
    let texts = [
        "",
        " ",
        "0",
        "-1",
        "1e999",
        "1e-999",
        "NaN",
        "inf",
        "0.000000000000000001",
        "100 %",
        "2%",
        "1/3",
        "1.000 EUR",
        "0.01 EUR",
        "92233720368547758.07 EUR",
        "1 JPY",
        "5 XXX",
        "2026-10-01",
        "2026-02-30",
        "0001-01-01",
        "9999-12-31",
        "lead",
        "s0",
        "\u{0}",
        "\u{202e}",
        "ü",
        "ceil",
        "exact",
        "gamma",
        "99999999999999999999999999999999",
    ];
    prop_oneof![
        3 => select(numbers.to_vec()).prop_map(|number| json!(number)),
        3 => select(texts.to_vec()).prop_map(|text| json!(text)),
        2 => any::<i64>().prop_map(|number| json!(number)),
        2 => (1_u32..5_000).prop_map(|number| json!(number)),
        2 => (0.0..1.0_f64).prop_map(|number| json!(number)),
        1 => select(vec![Value::Null, json!(true), json!([]), json!({}), json!([[]]), json!({"rate": "50%"})]),
        1 => ".{0,8}".prop_map(|text| json!(text)),
    ]
}

/// One change to a request.
#[derive(Clone, Debug)]
enum Change {
    Put(Index, Value),
    Drop(Index),
    Copy(Index, Index),
    Repeat(Index, u8),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        5 => (any::<Index>(), hostile()).prop_map(|(at, value)| Change::Put(at, value)),
        1 => any::<Index>().prop_map(Change::Drop),
        1 => (any::<Index>(), any::<Index>()).prop_map(|(from, to)| Change::Copy(from, to)),
        1 => (any::<Index>(), 2_u8..40).prop_map(|(at, times)| Change::Repeat(at, times)),
    ];
    prop::collection::vec(change, 0..5)
}

/// The places of a document, by their JSON pointers.
fn places(at: &str, value: &Value, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(keys) => keys.iter().for_each(|(key, part)| places(&format!("{at}/{key}"), part, found)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(item, part)| places(&format!("{at}/{item}"), part, found));
        }
        _ => {}
    }
}

fn changed(mut request: Value, changes: Vec<Change>) -> Value {
    for change in changes {
        let mut found = Vec::new();
        places("", &request, &mut found);
        let place = |at: Index| found[at.index(found.len())].clone();
        match change {
            Change::Put(at, value) => *request.pointer_mut(&place(at)).unwrap() = value,
            Change::Copy(from, to) => {
                let part = request.pointer(&place(from)).unwrap().clone();
                *request.pointer_mut(&place(to)).unwrap() = part;
            }
            Change::Drop(at) => {
                let at = place(at);
                let (parent, key) = at.rsplit_once('/').unwrap_or(("", ""));
                match request.pointer_mut(parent) {
                    Some(Value::Object(keys)) => drop(keys.remove(key)),
                    Some(Value::Array(items)) => drop(key.parse().map(|item: usize| items.remove(item))),
                    _ => {}
                }
            }
            Change::Repeat(at, times) => {
                if let Some(Value::Array(items)) = request.pointer_mut(&place(at)) {
                    let many = items.len() * usize::from(times);
                    *items = items.iter().cycle().take(many.min(2_000)).cloned().collect();
                }
            }
        }
    }
    request
}

/// Requests of which a few parts were exchanged, left out or repeated.
pub(crate) fn nearly_good() -> impl Strategy<Value = String> {
    (any::<Index>(), changes())
        .prop_map(|(at, changes)| changed(GOOD[at.index(GOOD.len())].clone(), changes).to_string())
}

/// Texts that are no JSON, or JSON that is no request: cut, overwritten, nested.
pub(crate) fn texts() -> impl Strategy<Value = String> {
    let overwritten =
        (any::<Index>(), any::<Index>(), ".{0,6}", any::<Index>()).prop_map(|(at, from, text, length)| {
            let good: Vec<char> = GOOD[at.index(GOOD.len())].to_string().chars().collect();
            let from = from.index(good.len());
            let to = from + length.index(good.len() - from);
            good[..from].iter().chain(text.chars().collect::<Vec<_>>().iter()).chain(&good[to..]).collect()
        });
    let nested =
        (0_usize..4_000, select(vec!["[", "{\"goal\":", "[{\"a\":"])).prop_map(|(depth, open)| open.repeat(depth));
    prop_oneof![4 => overwritten, 2 => ".{0,200}", 1 => nested]
}

/// An answer is a plan whose numbers are in order, or a refusal of a known kind that says what is allowed.
pub(crate) fn answered(request: &String) -> TestCaseResult {
    let answer: Value = serde_json::from_str(&backcast::answer_json(request))
        .map_err(|error| TestCaseError::fail(format!("no JSON: {error}")))?;
    if let Some(error) = answer.get("error") {
        let known = backcast::Error::catalogue().any(|row| error["kind"] == row.0);
        prop_assert!(known, "{}", error);
        for key in ["message", "given", "allowed"] {
            prop_assert!(error[key].is_string(), "{}", error);
        }
        return Ok(());
    }
    let plan = &answer["plan"];
    prop_assert!(plan.is_object(), "neither: {}", answer);
    for key in ["probability", "probability_error"] {
        let within = plan[key].is_null() || plan[key].as_f64().is_some_and(|p| (0.0..=1.0).contains(&p));
        prop_assert!(within, "{} {}", key, plan[key]);
    }
    let each: Vec<u64> =
        plan["stages"].as_array().unwrap().iter().filter_map(|stage| stage["needed"].as_u64()).collect();
    prop_assert!(each.is_sorted_by(|a, b| a >= b), "needed rises along the funnel: {:?}", each);
    for part in ["revenue", "customers"].map(|key| &plan[key]).into_iter().filter(|part| part.is_object()) {
        let (low, high) = (part["low"].as_f64(), part["high"].as_f64());
        prop_assert!(low.zip(high).is_none_or(|(low, high)| 0.0 <= low && low <= high), "{}", part);
    }
    Ok(())
}
