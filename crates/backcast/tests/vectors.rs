//! Golden vectors: requests with their answers, replayed to the bit here, in Python and in TypeScript.
//!
//! After an intended change, `BACKCAST_BLESS=1 cargo test -p backcast --test vectors` writes the answers anew, and
//! `git diff crates/backcast/tests/vectors` shows what changed. The numbers in `cascade.json` and `needed.json` are
//! backed by the oracles of `tests/cascade.rs`, `tests/needed.rs` and `tests/published.rs`, those in `schedule.json` by
//! `tests/schedule.rs`, those in `channels.json` by `tests/channels.rs`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

const FILES: [&str; 7] = ["cascade", "needed", "refusals", "forms", "schedule", "outlook", "channels"];

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(format!("{file}.json"))
}

fn stored(file: &str) -> Vec<Value> {
    serde_json::from_str(&std::fs::read_to_string(path(file)).unwrap()).unwrap()
}

/// The vectors of a file; the first call of all writes them anew where that was asked for.
fn read(file: &str) -> Vec<Value> {
    static BLESSED: LazyLock<()> = LazyLock::new(|| {
        if std::env::var_os("BACKCAST_BLESS").is_some() {
            for file in FILES {
                write(file, &stored(file));
            }
        }
    });
    LazyLock::force(&BLESSED);
    stored(file)
}

fn answer(request: &Value) -> Value {
    serde_json::from_str(&backcast::answer_json(&request.to_string())).unwrap()
}

/// One vector on three lines, so that a changed answer is one changed line.
fn write(file: &str, vectors: &[Value]) {
    let row = |vector: &Value| {
        let (name, request, answer) = (&vector["name"], &vector["request"], answer(&vector["request"]));
        format!("  {{\"name\": {name},\n   \"request\": {request},\n   \"answer\": {answer}}}")
    };
    let rows: Vec<_> = vectors.iter().map(row).collect();
    std::fs::write(path(file), format!("[\n{}\n]\n", rows.join(",\n"))).unwrap();
}

/// The first place where two documents differ; numbers are equal if their doubles have the same bits.
fn difference(at: &str, got: &Value, expected: &Value) -> Option<String> {
    let here = || Some(format!("{at}: {got} for {expected}"));
    match (got, expected) {
        (Value::Number(a), Value::Number(b)) => {
            let bits = |number: &serde_json::Number| number.as_f64().unwrap().to_bits();
            if bits(a) == bits(b) { None } else { here() }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(i, (a, b))| difference(&format!("{at}[{i}]"), a, b))
        }
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().find_map(|(key, value)| difference(&format!("{at}.{key}"), value, &b[key]))
        }
        _ if got == expected => None,
        _ => here(),
    }
}

#[test]
fn every_vector_is_answered_to_the_bit() {
    for file in FILES {
        for vector in read(file) {
            let differs = difference("", &answer(&vector["request"]), &vector["answer"]);
            assert_eq!(differs, None, "{file}: {}", vector["name"]);
        }
    }
}

#[test]
fn names_differ_and_there_are_enough() {
    let names: Vec<_> = FILES.iter().flat_map(|file| read(file)).map(|vector| vector["name"].to_string()).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    assert!(names.len() >= 60, "{}", names.len());
    let folder = std::fs::read_dir(path("cascade").parent().unwrap()).unwrap();
    assert_eq!(folder.count(), FILES.len(), "a file of vectors that nothing replays");
}

fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                found.insert(key.clone());
                keys(value, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                keys(item, found);
            }
        }
        _ => {}
    }
}

/// Every key of the contract stands in a request that is answered with a plan, save what cannot be used yet.
#[test]
#[expect(clippy::too_many_lines, reason = "one list of keys")]
fn every_key_of_the_contract_is_replayed() {
    let mut found = BTreeSet::new();
    for vector in FILES.iter().flat_map(|file| read(file)).filter(|vector| vector["answer"].get("plan").is_some()) {
        keys(&vector["request"], &mut found);
    }
    for key in [
        "goal",
        "revenue",
        "customers",
        "growth",
        "baseline",
        "percent",
        "start",
        "by",
        "confidence",
        "funnel",
        "rates",
        "rate",
        "converted",
        "entered",
        "mean",
        "ess",
        "deal_size",
        "cv",
        "amounts",
        "lags",
        "pmf",
        "median_days",
        "p90_days",
        "pipeline",
        "rounding",
        "currency",
        "as_of",
        "notes",
        "schedule",
        "arrival",
        "ramp",
        "seasonal",
        "campaigns",
        "day",
        "from",
        "to",
        "share",
        "holidays",
        "weekends",
        "fiscal_year_start",
        "last_useful_share",
        "weekly_cap",
        "owners",
        "sources",
        "channels",
        "channel",
        "cost_per_lead",
        "capacity",
        "saturation",
        "half_at",
        "ceiling",
        "today",
        "budget",
        "shared_shock",
    ] {
        assert!(found.contains(key), "no plan with `{key}`");
    }
}

#[test]
fn a_difference_of_one_bit_is_seen() {
    let third = 1.0_f64 / 3.0;
    let (got, expected) = (json!({"a": [1, third]}), json!({"a": [1, third.next_up()]}));
    assert!(difference("", &got, &expected).is_some_and(|at| at.starts_with(".a[1]: ")));
    assert_eq!(difference("", &json!({"a": 50}), &json!({"a": 50.0})), None);
    assert!(difference("", &json!({"a": null}), &json!({})).is_some());
}
