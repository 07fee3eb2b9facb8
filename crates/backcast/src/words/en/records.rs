//! What is said of a table of records: what was repaired, refused, or looks wrong.

use crate::quantity::{Day, shown};

/// Where rows do not fit their header.
pub(crate) fn misfit(line: u64, why: &str) -> String {
    format!("line {line}: {why}")
}

/// How many rows do not fit, and the first of them.
pub(crate) fn misfits(many: u64, rows: u64, line: u64, why: &str) -> String {
    format!("{} of {rows}, the first on line {line}: {why}", shown::count(many))
}

pub(crate) fn do_not_fit(many: u64, rows: u64) -> String {
    format!("{} of {} rows do not fit the header and are refused", shown::count(many), shown::count(rows))
}

/// In `won` 900 of 1,000 cells that are not empty, such as `soon`.
pub(crate) fn unreadable(column: &str, unreadable: u64, filled: u64, such_as: &str) -> String {
    let (part, whole) = (shown::count(unreadable), shown::count(filled));
    format!("in `{column}` {part} of {whole} that are filled, such as `{such_as}`")
}

pub(crate) fn amounts_cannot_be_read(unreadable: &str) -> String {
    format!("amounts cannot be read: {unreadable}; these deals count without their size")
}

pub(crate) fn moved_to_the_same_day(moved: u64, rows: u64) -> String {
    format!(
        "in {} of {} rows a stage is dated shortly before the one it follows, and was moved to the same day; are the \
         stages named in the order in which leads pass them?",
        shown::count(moved),
        shown::count(rows)
    )
}

/// Rows refused for what stands in a column; `effect`: what they may do to the whole way.
pub(crate) fn refused_because_of(column: &str, refused: u64, rows: u64, such_as: Option<&str>, effect: &str) -> String {
    let what = such_as.map_or_else(
        || "a day that contradicts another".to_owned(),
        |text| format!("what stands there (such as `{text}`)"),
    );
    format!(
        "{} of {} rows are refused because of `{column}`, where {what} cannot be used; {effect}",
        shown::count(refused),
        shown::count(rows)
    )
}

/// The share that was won, if none and if all of the refused rows were won too.
pub(crate) fn effect_of_refused(won: f64, if_none: f64, if_all: f64) -> String {
    format!(
        "of the rows that are used {} were won so far; if none of the refused was, {}, if all were, {}",
        shown::percent(won),
        shown::percent(if_none),
        shown::percent(if_all)
    )
}

/// A blank first day: how many rows with a later one are kept and how many without are refused; the rate with and without those.
pub(crate) fn blank_first_stage(
    step: (&str, &str),
    (kept, refused): (u64, u64),
    (with, without): (f64, f64),
) -> String {
    let (first, second) = step;
    format!(
        "`{first}` is blank in {} rows: {} with a later day are kept and count as converted, {} without are refused; \
         {first}->{second} reads {}, without either {}",
        shown::count(refused + kept),
        shown::count(kept),
        shown::count(refused),
        shown::percent(with),
        shown::percent(without)
    )
}

pub(crate) fn words_for_nothing(column: &str, cells: u64, such_as: &str) -> String {
    let noun = if cells == 1 { "cell holds" } else { "cells hold" };
    format!("`{column}`: {} {noun} a word for nothing such as `{such_as}`, read as empty", shown::count(cells))
}

pub(crate) fn everybody_converts(entered: u64, stage: &str) -> String {
    format!(
        "all of {} that entered this step have converted: if `{stage}` also holds the expected day of those that have \
         not, blank it where the status says that they are open or lost, for example in SQL with \
         `case when status = 'won' then {stage} end`",
        shown::count(entered)
    )
}

/// Segments that differ only in capitals or in spaces, a group for each.
pub(crate) fn segments_alike(groups: &[Vec<String>]) -> String {
    const LISTED: usize = 5;
    let group = |names: &Vec<String>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ");
    let listed = groups.iter().take(LISTED).map(group).collect::<Vec<_>>().join("; ");
    let more = if groups.len() > LISTED { "; …" } else { "" };
    format!("segments that differ only in capitals or spaces are kept apart: {listed}{more}")
}

pub(crate) fn keyed_late(days: u32, as_of: Day) -> String {
    format!("records are keyed {days} days late: nothing after {as_of} is used")
}

pub(crate) fn no_id() -> String {
    "no id column was named, so no duplicates were looked for".to_owned()
}

pub(crate) fn observed_from_the_start() -> String {
    "all leads are taken as observed from their first day; pass `observed_from` if the CRM began later".to_owned()
}

const PASS_AS_OF: &str = "pass `as_of` if records are complete up to another day";

pub(crate) fn as_of_the_latest(as_of: Day) -> String {
    format!("as of {as_of}, the latest day in the table; {PASS_AS_OF}")
}

/// So many entries lie later, the last on that day.
pub(crate) fn as_of_the_last_usual(as_of: Day, later: u64, entries: u64, latest: Option<Day>) -> String {
    let latest = latest.map_or_else(String::new, |day| day.to_string());
    format!(
        "as of {as_of}, the last day with as many entries as usual; {} of {} entries lie later, up to {latest}, and are set aside; \
         {PASS_AS_OF}",
        shown::count(later),
        shown::count(entries)
    )
}
