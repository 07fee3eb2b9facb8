//! What was saved: damaged histories and rates are refused by name, or can be used.

use crate::rows::{How, read, rows};
use crate::tables;
use backcast::rates::LearnOptions;
use backcast::{Error, Goal, History, Rates};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestCaseResult;

const HOW: How = How { observed_from: None, with_ids: false, disorder: 2 };

/// Saved histories with numbers exchanged, parts cut out, or text written over them.
pub(crate) fn histories() -> impl Strategy<Value = String> {
    damaged(rows().prop_map(|rows| read(&rows, &HOW, &[], 1).to_json()))
}

/// The same of saved rates.
pub(crate) fn rates() -> impl Strategy<Value = String> {
    damaged(rows().prop_filter_map("rates that are known", |rows| {
        let rates = Rates::of_history(&read(&rows, &HOW, &[], 1), &LearnOptions::default());
        rates.ok().map(|rates| rates.to_json())
    }))
}

fn damaged(saved: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let numbers = [
        "0",
        "-1",
        "1",
        "4294967295",
        "4294967296",
        "18446744073709551615",
        "1e400",
        "0.5",
        "null",
        "[]",
        "\"\"",
        "-2147483648",
    ];
    let number = (any::<Index>(), select(numbers.to_vec()));
    let cut = (any::<Index>(), 0_usize..40, ".{0,3}");
    (saved, prop::collection::vec(number, 0..4), prop::option::weighted(0.4, cut)).prop_map(
        |(mut text, numbers, cut)| {
            for (at, number) in numbers {
                text = exchanged(&text, at, number);
            }
            if let Some((at, length, put)) = cut {
                let chars: Vec<char> = text.chars().collect();
                let from = at.index(chars.len().max(1));
                let to = (from + length).min(chars.len());
                text = chars[..from].iter().copied().chain(put.chars()).chain(chars[to..].iter().copied()).collect();
            }
            text
        },
    )
}

/// The text with one of its numbers exchanged.
fn exchanged(text: &str, at: Index, number: &str) -> String {
    let digit = |byte: u8| byte.is_ascii_digit() || byte == b'-';
    let bytes = text.as_bytes();
    let starts: Vec<usize> =
        (1..bytes.len()).filter(|i| digit(bytes[*i]) && matches!(bytes[*i - 1], b':' | b',' | b'[')).collect();
    if starts.is_empty() {
        return text.to_owned();
    }
    let start = starts[at.index(starts.len())];
    let end = (start..bytes.len()).find(|i| !digit(bytes[*i])).unwrap_or(bytes.len());
    format!("{}{number}{}", &text[..start], &text[end..])
}

fn is_named(error: &Error) -> bool {
    Error::catalogue().any(|row| error.kind().code() == row.0)
}

pub(crate) fn history_loaded(text: &String) -> TestCaseResult {
    match History::from_json(text) {
        Err(error) => prop_assert!(is_named(&error), "{}", error),
        Ok(history) => {
            let again = History::from_json(&history.to_json()).ok();
            prop_assert_eq!(again.as_ref(), Some(&history));
            tables::learned(&history)?;
        }
    }
    Ok(())
}

pub(crate) fn rates_loaded(text: &String) -> TestCaseResult {
    match Rates::from_json(text) {
        Err(error) => prop_assert!(is_named(&error), "{}", error),
        Ok(rates) => {
            let again = Rates::from_json(&rates.to_json()).ok();
            prop_assert_eq!(again.as_ref(), Some(&rates));
            let _ = Goal::customers(5).and_then(|goal| goal.at(0.8)).and_then(|goal| goal.plan(&rates));
        }
    }
    Ok(())
}
