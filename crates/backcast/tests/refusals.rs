//! Refusals: every message is pinned, every kind that a request can reach is reached, and nothing panics.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

#[path = "oracle/ask.rs"]
mod ask;
#[path = "pinned/messages.rs"]
mod messages;
#[path = "pinned/requests.rs"]
mod requests;

use messages::{IN_RUST, MESSAGES};
use proptest::prelude::*;
use requests::{GOOD, REQUESTS, TEXTS};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Kinds that no request can reach: they come from histories, tables, and the lookup of a stage in a plan.
const ELSEWHERE: &[&str] = &[
    "too_large",
    "share_out_of_range",
    "not_a_week",
    "not_a_month",
    "not_a_quarter",
    "unknown_format",
    "unknown_version",
    "damaged",
    "too_short",
    "unknown_every",
    "not_identified",
    "no_leads",
    "not_a_history",
    "different_as_of",
    "different_funnel",
    "unknown_step",
    "unequal_columns",
    "ambiguous_dates",
    "mixed_dates",
    "unknown_date_order",
    "unknown_time_zone",
    "not_a_date_column",
    "not_an_amount_column",
    "unknown_outliers",
    "same_column",
    "ambiguous_amounts",
    "mixed_amounts",
    "unknown_decimal_mark",
    "unreadable_cells",
    "misfit_rows",
    "segment_out_of_range",
    "impossible_counts",
];

/// Kinds that the bindings name when they read tables.
const SOURCES: &[&str] = &[
    "no_records",
    "missing_column",
    "source_not_found",
    "unknown_source",
    "empty_source",
    "no_header",
    "not_utf8",
    "unordered_stages",
    "unknown_encoding",
    "field_too_long",
    "source_failed",
];

#[test]
fn every_message_is_pinned_and_none_is_missing() {
    let catalogue: Vec<_> = backcast::Error::catalogue().collect();
    for row in &catalogue {
        assert!(MESSAGES.contains(row), "not pinned: {row:?}");
    }
    for row in MESSAGES {
        assert!(catalogue.contains(row), "pinned, but no longer in the catalogue: {row:?}");
    }
    let in_rust: BTreeSet<_> = backcast::Error::catalogue_in_rust().collect();
    assert_eq!(in_rust, IN_RUST.iter().copied().collect());
    let kinds: BTreeSet<_> = catalogue.iter().map(|row| row.0).collect();
    assert_eq!(kinds.len(), catalogue.len(), "two refusals of one kind");
}

/// Lower case, no full stop, no type of Rust: the grammar of a message.
#[test]
fn messages_keep_the_grammar() {
    for &(kind, message, allowed) in MESSAGES {
        for text in [message, allowed] {
            let first = text.chars().next().unwrap();
            let is_word = text.split([' ', ',']).next().unwrap().chars().skip(1).any(char::is_lowercase);
            assert!(!(first.is_uppercase() && is_word), "{kind}: {text}");
            assert!(!text.ends_with('.') && !text.contains("::") && !text.is_empty(), "{kind}: {text}");
        }
        assert!(kind.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'), "{kind}");
    }
}

fn template(kind: &str) -> (&'static str, &'static str) {
    let row = MESSAGES.iter().find(|row| row.0 == kind);
    row.map_or_else(|| unreachable!("{kind} is not pinned"), |row| (row.1, row.2))
}

fn changed(keys: &str) -> Value {
    let mut request: Value = serde_json::from_str(GOOD).unwrap();
    let keys: Map<String, Value> = serde_json::from_str(keys).unwrap();
    request.as_object_mut().unwrap().extend(keys);
    request
}

/// The refusal in full: nothing but the pinned words with what was given.
fn refusal(kind: &str, given: &str, at: &str) -> Value {
    let (message, allowed) = template(kind);
    // The statements that name the currency and the stages at hand.
    let allowed = match (kind, given) {
        ("too_many_decimals", given) if given.ends_with("JPY") => {
            "at most 0 decimals in JPY; a point is never a thousands separator"
        }
        ("unknown_stage", _) => "one of `lead`, `customer`",
        ("unknown_channel", _) => "one of `a`",
        ("too_many_decimals", _) => "at most 2 decimals in EUR; a point is never a thousands separator",
        _ => allowed,
    };
    let at = if at.is_empty() { Value::Null } else { json!(at) };
    let [message, allowed] = [message, allowed].map(|text| text.replace("{given}", given));
    json!({"error": {"kind": kind, "message": message, "given": given, "allowed": allowed, "at": at}})
}

#[test]
fn every_bad_request_gets_its_refusal() {
    assert!(ask::answer(&changed("{}")).get("plan").is_some());
    let wrong: Vec<_> = REQUESTS
        .iter()
        .map(|(keys, kind, given, at)| (keys, ask::answer(&changed(keys)), refusal(kind, given, at)))
        .map(|(keys, mut got, expected)| {
            // The keys and stages that are known depend on the request: they are listed, and pinned in the golden vectors.
            if got["error"]["kind"] == "unknown_key" || got["error"]["kind"] == "unknown_stage" {
                assert!(got["error"]["allowed"].as_str().unwrap().starts_with("one of `"), "{got}");
                got["error"]["allowed"] = expected["error"]["allowed"].clone();
            }
            (keys, got, expected)
        })
        .filter(|(_, got, expected)| got != expected)
        .map(|(keys, got, expected)| format!("{keys}\n  got {got}\n  for {expected}"))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), REQUESTS.len(), wrong.join("\n"));
}

fn answer_to(text: &str) -> Value {
    serde_json::from_str(&backcast::answer_json(text)).unwrap()
}

#[test]
fn what_is_no_request_is_malformed() {
    for (text, says) in TEXTS {
        let answer = answer_to(text);
        assert_eq!(
            (&answer["error"]["kind"], &answer["error"]["given"]),
            (&json!("malformed_request"), &json!(says)),
            "{text}"
        );
        assert_eq!(answer["error"]["message"], format!("the request cannot be read: {says}"));
    }
}

#[test]
fn missing_keys_are_named() {
    assert_eq!(answer_to(r#"{"goal": {"customers": 1}}"#), refusal("missing_key", "funnel", ""));
    assert_eq!(answer_to(r#"{"funnel": ["a", "b"]}"#), refusal("missing_key", "goal", ""));
}

/// A misspelt key and a wrong type are refused with the place.
#[test]
fn wrong_shapes_are_refused_with_their_place() {
    for (keys, at) in [
        (r#"{"gaol": {}}"#, "gaol"),
        (r#"{"goal": {"customers": 5, "confidance": 0.8}}"#, "goal.confidance"),
        (r#"{"goal": 5}"#, "goal"),
        (r#"{"goal": null}"#, "goal"),
        (r#"{"rates": {"rate": 0.1}}"#, "rates"),
        (r#"{"rates": [{"rate": true}]}"#, "rates[0].rate"),
        (r#"{"rates": [{"rate": [0.1]}]}"#, "rates[0].rate"),
        (r#"{"rates": [{"rtae": 0.1}]}"#, "rates[0].rtae"),
        (r#"{"funnel": ["lead", 5]}"#, "funnel[1]"),
        (r#"{"funnel": "lead"}"#, "funnel"),
        (r#"{"deal_size": 10000}"#, "deal_size"),
        (r#"{"deal_size": {"mean": 1, "median": 2}}"#, "deal_size.median"),
        (r#"{"lags": [{"median": 2}]}"#, "lags[0].median"),
        (r#"{"pipeline": [{"stage": "lead"}]}"#, "pipeline[0]"),
        (r#"{"notes": "one"}"#, "notes"),
        (r#"{"rounding": 1}"#, "rounding"),
    ] {
        let answer = ask::answer(&changed(keys));
        let kind = answer["error"]["kind"].as_str().unwrap();
        assert!(["malformed_request", "unknown_key", "missing_key"].contains(&kind), "{keys}: {kind}");
        assert_eq!(answer["error"]["at"], json!(at), "{keys}");
    }
}

/// An array in place of an object has no names: `[null, 5]` is not a goal of five customers.
#[test]
fn an_array_is_not_an_object() {
    for keys in [
        r#"{"goal": [null, 5]}"#,
        r#"{"rates": [["2 %"]]}"#,
        r#"{"deal_size": ["10000", 0, null]}"#,
        r#"{"schedule": ["flat"]}"#,
        r#"{"schedule": {"arrival": {"ramp": [1, 2]}}}"#,
        r#"{"schedule": {"arrival": {"campaigns": [["2026-10-05", null, null, 1]]}}}"#,
    ] {
        let answer = ask::answer(&changed(keys));
        assert_eq!(answer["error"]["kind"], "malformed_request", "{keys} was answered {answer}");
    }
    let answer = answer_to(r#"[{"customers": 5}, ["lead", "customer"], [{"rate": "2 %"}]]"#);
    assert_eq!(answer["error"]["kind"], "malformed_request", "{answer}");
}

/// House style: no Rust type name in a message.
#[test]
fn no_message_names_a_rust_type() {
    for text in ["5", "[]", "null", r#"{"goal": 5}"#, r#"{"goal": null}"#, r#"{"goal": {}, "rates": [5]}"#] {
        let message = answer_to(text)["error"]["message"].to_string();
        assert!(!message.contains("struct ") && !message.contains("Request"), "{text}: {message}");
    }
}

/// Nothing that a message says about a negative probability may read as if it were allowed.
#[test]
fn a_negative_probability_of_a_lag_is_named() {
    let answer = ask::answer(&changed(r#"{"lags": [{"pmf": [-0.5, 1.5]}]}"#));
    assert_eq!(answer["error"]["kind"], "lag_pmf");
    assert_ne!(answer["error"]["given"], "probabilities that sum to 1", "{answer}");
}

#[test]
fn every_kind_is_reached_here_or_known_to_come_from_elsewhere() {
    let reached = REQUESTS.iter().map(|row| row.1).chain(["missing_key", "malformed_request"]);
    let known: BTreeSet<_> = reached.chain(ELSEWHERE.iter().copied()).chain(SOURCES.iter().copied()).collect();
    let all: BTreeSet<_> = backcast::Error::catalogue().map(|row| row.0).collect();
    assert_eq!(known, all);
}

#[test]
fn refusals_of_sources_carry_their_words() {
    for &kind in SOURCES {
        let error = backcast::Error::from_source(kind, "leads.csv", None);
        let (message, allowed) = template(kind);
        let words = (error.kind().code(), error.to_string(), error.allowed_in_request(), error.given());
        assert_eq!(words, (kind, message.replace("{given}", "leads.csv"), allowed.to_owned(), "leads.csv"));
    }
    let narrowed = backcast::Error::from_source("missing_column", "x", Some("one of `a`, `b`"));
    assert_eq!(narrowed.allowed(), "one of `a`, `b`");
    assert_eq!(backcast::Error::from_source("no such kind", "x", None).kind(), "source_failed");
}

#[test]
fn an_unknown_stage_is_refused_with_the_stages_there_are() {
    let request: backcast::Request = serde_json::from_str(GOOD).unwrap();
    let backcast::Answer::Plan(plan) = backcast::answer(&request) else { unreachable!() };
    let error = plan.stage("sql").unwrap_err();
    assert_eq!((error.kind().code(), error.given()), ("unknown_stage", "sql"));
    assert_eq!(error.allowed(), "one of `lead`, `customer`");
}

/// A pasted file is not an error message: what was given is quoted up to 120 characters.
#[test]
fn long_input_is_cut() {
    let long = "é".repeat(100_000);
    let answer = ask::answer(&changed(&json!({"rates": [{"rate": long}]}).to_string()));
    assert_eq!(answer["error"]["given"], format!("{}…", "é".repeat(120)));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e3_f64..1e3).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec!["5 EUR", "7 %", "0.5", "1e9", "2026-12-31", "lead", "ceil", "-1", "¼", "٣", "1 EUR"])
            .prop_map(Value::from),
    ];
    let key = prop::sample::select(vec![
        "goal",
        "funnel",
        "rates",
        "deal_size",
        "lags",
        "pipeline",
        "rounding",
        "currency",
        "as_of",
        "notes",
        "revenue",
        "customers",
        "growth",
        "baseline",
        "percent",
        "start",
        "by",
        "confidence",
        "rate",
        "converted",
        "entered",
        "mean",
        "cv",
        "amounts",
        "pmf",
        "median_days",
        "p90_days",
        "stage",
        "age_days",
        "count",
        "amount",
        "x",
    ]);
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(key.clone().prop_map(str::to_owned), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Where a value can stand, as JSON pointers into a full request.
const PLACES: [&str; 47] = [
    "/goal",
    "/goal/revenue",
    "/goal/customers",
    "/goal/growth",
    "/goal/growth/baseline",
    "/goal/growth/percent",
    "/goal/start",
    "/goal/by",
    "/goal/confidence",
    "/funnel",
    "/funnel/0",
    "/funnel/1",
    "/rates",
    "/rates/0",
    "/rates/0/rate",
    "/rates/1/converted",
    "/rates/1/entered",
    "/rates/2/mean",
    "/deal_size",
    "/deal_size/mean",
    "/deal_size/cv",
    "/deal_size/amounts",
    "/lags",
    "/lags/0/pmf",
    "/lags/0/median_days",
    "/lags/0/p90_days",
    "/pipeline",
    "/pipeline/0/amount",
    "/schedule",
    "/schedule/arrival",
    "/schedule/arrival/ramp/from",
    "/schedule/arrival/seasonal",
    "/schedule/arrival/campaigns/0/day",
    "/schedule/arrival/campaigns/0/share",
    "/schedule/holidays",
    "/schedule/weekends",
    "/schedule/fiscal_year_start",
    "/schedule/last_useful_share",
    "/schedule/weekly_cap",
    "/owners",
    "/owners/b",
    "/sources",
    "/sources/web",
    "/rounding",
    "/currency",
    "/as_of",
    "/notes",
];

/// A request in which every key stands; `form` picks one of the forms that exclude each other.
fn full(form: usize) -> Value {
    let goal = [
        json!({"revenue": "900 EUR", "start": "2026-10-01", "by": "2026-12-31", "confidence": 0.7}),
        json!({"customers": 3, "start": "2026-10-01", "by": "2026-12-31", "confidence": 0.7}),
        json!({"growth": {"baseline": "900 EUR", "percent": 10}, "start": "2026-10-01", "by": "2026-12-31"}),
    ];
    let size = [json!({"mean": 100, "cv": 0}), json!({"amounts": [100, 100]})];
    let lag = [json!({"pmf": [0.5, 0.5]}), json!({"median_days": 5, "p90_days": 9})];
    let arrival = [
        json!("solved"),
        json!({"ramp": {"from": 1, "to": 2}}),
        json!({"seasonal": [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]}),
        json!({"campaigns": [{"day": "2026-10-05", "share": 1}]}),
    ];
    let cap = if form.is_multiple_of(4) { json!(500) } else { Value::Null };
    json!({
        "goal": goal[form % 3], "funnel": ["a", "b", "c", "d"],
        "rates": [{"rate": "50 %"}, {"converted": 3, "entered": 10}, {"mean": 0.4, "ess": 12}],
        "deal_size": size[form % 2], "lags": [lag[form % 2], lag[0], lag[1]], "pipeline": [], "rounding": "ceil",
        "schedule": {"arrival": arrival[form % 4], "holidays": ["2026-10-06"], "weekends": true, "fiscal_year_start": 4,
            "last_useful_share": "5 %", "weekly_cap": cap},
        "owners": {"b": "inside sales"}, "sources": {"web": "60 %", "fair": 0.4},
        "currency": "EUR", "as_of": "2026-09-30", "notes": ["a note"],
    })
}

/// An answer is a plan or a refusal whose words all stand.
fn is_an_answer(request: &str) -> bool {
    let answer = answer_to(request);
    let said = |key: &str| answer["error"][key].as_str().is_some_and(|text| !text.is_empty());
    answer.get("plan").is_some() || (said("kind") && said("message") && said("allowed"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        prop_assert!(is_an_answer(&text));
    }

    #[test]
    fn any_json_is_answered(json in any_json()) {
        prop_assert!(is_an_answer(&json.to_string()));
    }

    #[test]
    fn any_value_in_any_place_is_answered(form in 0_usize..6, place in 0..PLACES.len(), value in any_json()) {
        let mut request = full(form);
        if let Some(slot) = request.pointer_mut(PLACES[place]) {
            *slot = value;
        }
        prop_assert!(is_an_answer(&request.to_string()));
    }

    #[test]
    fn any_string_in_any_place_is_answered(form in 0_usize..6, place in 0..PLACES.len(), text in any::<String>(), digits in "[-+0-9. _e%A-Z/of]{0,12}") {
        for text in [text, digits] {
            let mut request = full(form);
            if let Some(slot) = request.pointer_mut(PLACES[place]) {
                *slot = json!(text);
            }
            prop_assert!(is_an_answer(&request.to_string()));
        }
    }

    #[test]
    fn any_text_is_a_quantity_or_refused(text in any::<String>(), near in "[-+0-9. _e%A-Z/of,]{0,16}") {
        for text in [text, near] {
            let refused = [
                text.parse::<backcast::Rate>().err(),
                text.parse::<backcast::Money>().err(),
                text.parse::<backcast::Day>().err(),
                text.parse::<backcast::Currency>().err(),
            ];
            prop_assert!(refused.iter().flatten().all(|error| !error.to_string().is_empty() && error.place().is_none()));
        }
    }
}
