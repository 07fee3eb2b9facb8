//! Tables: any rows become a history that counts them all, and rates and a plan, or a refusal by name.

use crate::rows::{How, Row, how, read, rows};
use backcast::rates::LearnOptions;
use backcast::{Goal, History, Rates};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

pub(crate) type Asked = (Vec<Row>, How, Vec<usize>);

pub(crate) fn tables() -> impl Strategy<Value = Asked> {
    (rows(), how(), prop::collection::vec(0_usize..150, 0..3))
}

pub(crate) fn counted((rows, how, chunks): &Asked) -> TestCaseResult {
    let history = read(rows, how, chunks, 2);
    let report = history.report();
    prop_assert_eq!((report.read, report.used + report.refused), (rows.len() as u64, rows.len() as u64));
    learned(&history)?;
    let saved = history.to_json();
    prop_assert_eq!(History::from_json(&saved).ok(), Some(history));
    Ok(())
}

/// Rates are shares in order, or refused; a plan over them is a plan or refused.
pub(crate) fn learned(history: &History) -> TestCaseResult {
    let Ok(rates) = Rates::of_history(history, &LearnOptions::default()) else { return Ok(()) };
    for row in rates.table() {
        prop_assert!(0.0 <= row.low && row.low <= row.high && row.high <= 1.0, "{:?}", row);
        prop_assert!(row.estimate.is_none_or(|share| (row.low..=row.high).contains(&share)), "{:?}", row);
    }
    let _ = Goal::customers(5).and_then(|goal| goal.at(0.8)).and_then(|goal| goal.plan(&rates));
    Ok(())
}
