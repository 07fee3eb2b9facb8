//! Merging: a history in parts is the history of the whole, whichever part comes first, to the bit; and as text.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

#[path = "oracle/rows.rs"]
mod rows;

use backcast::{History, Tally};
use proptest::prelude::*;
use rows::{How, funnel, how, read, rows};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn merging_is_a_sum(rows in rows(), how in how(), cuts in (0_usize..300, 0_usize..300)) {
        let how = How { with_ids: false, ..how };
        let whole = read(&rows, &how, &[], 1);
        let (low, high) = (cuts.0.min(cuts.1).min(rows.len()), cuts.0.max(cuts.1).min(rows.len()));
        let parts = [&rows[..low], &rows[low..high], &rows[high..]];
        prop_assert_eq!(&History::from_json(&whole.to_json()).unwrap(), &whole);
        let parts: Vec<History> = parts.into_iter().filter(|part| !part.is_empty()).map(|part| read(part, &how, &[], 1)).collect();
        let neutral = Tally::empty(whole.tally().funnel().clone(), vec!["channel".to_owned()], whole.tally().as_of(), None);
        let sum = |order: &mut dyn Iterator<Item = &History>| {
            order.fold(neutral.clone(), |sum, part| sum.merge(part.tally()).unwrap())
        };
        prop_assert_eq!(&sum(&mut parts.iter()), whole.tally());
        prop_assert_eq!(&sum(&mut parts.iter().rev()), whole.tally());
        if let [a, b, c] = parts.as_slice() {
            let right = a.merge(&b.merge(c).unwrap()).unwrap();
            prop_assert_eq!(right.tally(), whole.tally());
            prop_assert_eq!(right.report(), whole.report());
            prop_assert_eq!(right.warnings(), whole.warnings());
        }
    }
}

#[test]
fn different_days_do_not_merge() {
    let tally = |as_of: &str| Tally::empty(funnel(3), Vec::new(), as_of.parse().unwrap(), None);
    let error = tally("2026-01-31").merge(&tally("2026-02-28")).unwrap_err();
    assert_eq!(error.kind(), "different_as_of");
}

#[test]
fn what_is_no_history_is_refused() {
    let history = read(&[], &How { observed_from: None, with_ids: false, disorder: 2 }, &[], 1);
    let text = history.to_json();
    assert_eq!(History::from_json(&text).unwrap(), history);
    for wrong in [
        "",
        "{}",
        "[1]",
        &text[1..],
        &text.replace("\"a\",\"b\",\"c\"", "\"a\""),
        &text.replace("[]", "5"),
        &text.replace("\"version\":2", "\"version\":1"),
    ] {
        assert_eq!(History::from_json(wrong).unwrap_err().kind(), "not_a_history", "{wrong}");
    }
}

/// Counts that cannot be those of a table are refused: nothing that reads them has to fear for its memory.
#[test]
fn a_history_with_an_edited_number_is_refused() {
    let rows: Vec<_> = (0..40)
        .map(|n| rows::Row {
            stages: vec![rows::AS_OF - 90, rows::AS_OF - n],
            lost: i32::MIN,
            observed_from: i32::MIN,
            amount: 100,
            id: n.unsigned_abs(),
            segment: 0,
        })
        .collect();
    let history = read(&rows, &How { observed_from: None, with_ids: false, disorder: 2 }, &[], 1);
    let text = history.to_json();
    assert_eq!(History::from_json(&text).unwrap(), history);
    for (from, to) in [
        ("\"Converted\",51]", "\"Converted\",3000000]"),
        ("\"Converted\",51]", "\"Lost\",51]"),
        ("[0,0,", "[7,0,"),
        ("[0,0,", "[0,5,"),
        ("\"count\":40", "\"count\":41"),
        ("[100,40]", "[100,18446744073709551615]"),
    ] {
        let edited = text.replacen(from, to, 1);
        assert_ne!(edited, text, "{from} is not in {text}");
        assert_eq!(History::from_json(&edited).unwrap_err().kind(), "not_a_history", "{to}");
    }
}
