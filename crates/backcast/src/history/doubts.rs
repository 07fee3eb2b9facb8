//! Why what is learned from a table may be wrong: cells and rows that are missing, but not at random.

use super::cells::Cells;
use super::report::{LOST, Rows};
use super::table::Table;
use super::tally::{Outcome, Tally};
use crate::error::{Error, Kind, Result};
use crate::quantity::shown;

/// Up to this share of cells or rows is noise.
const NOISE: f64 = 0.01;
/// Above this share of what a column of days holds, the column is something else.
const MOST_DAYS: f64 = 0.5;
/// So few are no reason to refuse a table …
const FEW: u64 = 20;
/// … and so few none to warn.
const VERY_FEW: u64 = 5;
/// Above this share of the rows, a repair is no accident.
const OFTEN: f64 = 0.1;
/// From so many leads on it is strange that all of them convert.
const MANY: u64 = 20;

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Refuses a table of which too little can be read.
///
/// # Errors
/// `unreadable_cells` above 1 % of a column's amounts or half of its days, `misfit_rows` above 1 % of the rows; never for
/// fewer than 20 of them.
pub(super) fn refuse(table: &Table<'_>, rows: u64) -> Result<()> {
    for cells in &table.cells {
        let most = if cells.holds == "amount" { NOISE } else { MOST_DAYS };
        if cells.unreadable >= FEW && share(cells.unreadable, cells.filled) > most {
            return Err(Error::new(Kind::UnreadableCells, unreadable(cells)));
        }
    }
    let misfits = table.misfits.len() as u64;
    match table.misfits.first() {
        Some(first) if misfits >= FEW && share(misfits, rows + misfits) > NOISE => {
            let given = format!(
                "{} of {}, the first on line {}: {}",
                shown::count(misfits),
                rows + misfits,
                first.line,
                first.why
            );
            Err(Error::new(Kind::MisfitRows, given))
        }
        _ => Ok(()),
    }
}

/// `won`: 900 of 1,000 cells that are not empty, such as `soon`.
fn unreadable(cells: &Cells) -> String {
    let such_as = cells.unreadable_such_as.as_deref().unwrap_or_default();
    let (part, whole) = (shown::count(cells.unreadable), shown::count(cells.filled));
    format!("in `{}` {part} of {whole} that are filled, such as `{such_as}`", cells.column)
}

/// What a plan over the table has to say first.
pub(super) fn warnings(table: &Table<'_>, rows: &Rows, tally: &Tally, read: u64) -> Vec<String> {
    let mut found: Vec<String> = refused(table, rows, tally, read);
    found.extend(blank_first_stage(rows, tally, read));
    for cells in table.cells.iter().filter(|cells| cells.holds == "amount") {
        if cells.unreadable >= VERY_FEW && share(cells.unreadable, cells.filled) > NOISE {
            found.push(format!("amounts cannot be read: {}; these deals count without their size", unreadable(cells)));
        }
    }
    let misfits = table.misfits.len() as u64;
    if misfits >= VERY_FEW && share(misfits, read) > NOISE {
        found.push(format!(
            "{} of {} rows do not fit the header and are refused",
            shown::count(misfits),
            shown::count(read)
        ));
    }
    found.extend(out_of_order(table, rows, read));
    found.extend(everybody_converts(tally));
    found
}

/// Rows refused for what stands in a column, where that has to do with the outcome.
fn refused(table: &Table<'_>, rows: &Rows, tally: &Tally, read: u64) -> Vec<String> {
    let names = table.funnel.stages();
    let column = |(number, [without, with]): (usize, &[u64; 2])| {
        // A row without any day says nothing of an outcome by itself.
        let without = if number == 0 { without.saturating_sub(rows.without_days()) } else { *without };
        let refused = without + with;
        if refused < VERY_FEW || share(refused, read) <= NOISE || (number == 0 && !selects(tally, without, *with)) {
            return None;
        }
        let name = if number == LOST { Some("lost") } else { names.get(number).map(String::as_str) }?;
        let such_as = table.cells.iter().find(|cells| cells.column == name && cells.unreadable > 0);
        let such_as = such_as.and_then(|cells| cells.unreadable_such_as.as_deref());
        let why = such_as
            .map_or("days that contradict those of other stages".to_owned(), |text| format!("cells such as `{text}`"));
        Some(format!(
            "{} of {} rows are refused because of `{name}`, which holds {why}; {}",
            shown::count(refused),
            shown::count(read),
            effect(tally, refused)
        ))
    };
    rows.by_column().iter().enumerate().filter_map(column).collect()
}

/// Whether rows that got beyond the first stage are refused more often or less often than others.
fn selects(tally: &Tally, without: u64, with: u64) -> bool {
    let converted = converted(tally, 0);
    let others = entered(tally, 0).saturating_sub(converted);
    let (a, b) = (share(with, with + converted), share(without, without + others));
    let variance = a * (1.0 - a) / (with + converted).max(1) as f64 + b * (1.0 - b) / (without + others).max(1) as f64;
    (a - b).abs() > NOISE + 2.0 * libm::sqrt(variance)
}

/// What the refused rows may do to the whole way.
fn effect(tally: &Tally, refused: u64) -> String {
    let whole = tally.first_days().len().saturating_sub(1);
    let (won, all) = (converted(tally, whole), entered(tally, whole));
    format!(
        "of the rows that are used {} were won so far; if none of the refused was, {}, if all were, {}",
        shown::percent(share(won, all)),
        shown::percent(share(won, all + refused)),
        shown::percent(share(won + refused, all + refused))
    )
}

/// A blank first day: rows with a later one are kept, as converted, and those without are refused.
fn blank_first_stage(rows: &Rows, tally: &Tally, read: u64) -> Option<String> {
    let (refused, kept) = (rows.without_days(), without_first_day(tally));
    if kept < VERY_FEW || refused < VERY_FEW || share(refused + kept, read) <= NOISE {
        return None;
    }
    let (won, all) = (converted(tally, 0), entered(tally, 0));
    let [first, second, ..] = tally.funnel().stages() else { return None };
    Some(format!(
        "`{first}` is blank in {} rows: {} with a later day are kept and count as converted, {} without are refused; \
         {first}->{second} reads {}, without either {}",
        shown::count(refused + kept),
        shown::count(kept),
        shown::count(refused),
        shown::percent(share(won, all)),
        shown::percent(share(won.saturating_sub(kept), all.saturating_sub(kept)))
    ))
}

fn out_of_order(table: &Table<'_>, rows: &Rows, read: u64) -> Option<String> {
    let clamped = rows.clamped();
    (clamped >= VERY_FEW && share(clamped, read) > OFTEN).then(|| {
        format!(
            "in {} of {} rows a stage is dated up to {} before the one it follows, and was moved to the same day; \
             are the stages named in the order in which leads pass them?",
            shown::count(clamped),
            shown::count(read),
            shown::counted(table.max_disorder_days as usize, "day")
        )
    })
}

/// A step in which everybody has converted: the day stands on rows of those who have not.
fn everybody_converts(tally: &Tally) -> Vec<String> {
    let steps = tally.funnel().steps().len();
    let step = |number: usize| {
        let (won, all) = (converted(tally, number), entered(tally, number));
        let stage = tally.funnel().stages().get(number + 1).filter(|_| won == all && all >= MANY)?;
        Some(format!(
            "all of {} that entered this step have converted: if `{stage}` also holds the expected day of those that have \
             not, blank it where the status says that they are open or lost, for example in SQL with \
             `case when status = 'won' then {stage} end`",
            shown::count(all)
        ))
    };
    (0..steps).filter_map(step).collect()
}

fn converted(tally: &Tally, step: usize) -> u64 {
    tally.count(step, Outcome::Converted)
}

fn entered(tally: &Tally, step: usize) -> u64 {
    converted(tally, step) + tally.count(step, Outcome::Lost) + tally.count(step, Outcome::Open)
}

fn without_first_day(_tally: &Tally) -> u64 {
    0
}

/// What is worth knowing of the cells, and changes nothing.
pub(super) fn notes(table: &Table<'_>) -> Vec<String> {
    let mut notes = table.notes.clone();
    for cells in &table.cells {
        if let Some(word) = &cells.nothing_such_as {
            let noun = if cells.nothing == 1 { "cell holds" } else { "cells hold" };
            let count = shown::count(cells.nothing);
            notes
                .push(format!("`{}`: {count} {noun} a word for nothing such as `{word}`, read as empty", cells.column));
        }
    }
    notes.extend(alike(table));
    notes
}

/// Segments that differ only in capitals or in spaces.
fn alike(table: &Table<'_>) -> Option<String> {
    let plain = |text: String| text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let mut names: Vec<(String, String)> =
        table.segments.iter().map(|segment| (plain(segment.to_string()), segment.to_string())).collect();
    names.sort();
    names.dedup();
    let pairs: Vec<String> = names
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|run| run.len() > 1)
        .map(|run| run.iter().map(|(_, name)| format!("`{name}`")).collect::<Vec<_>>().join(" and "))
        .collect();
    let listed = pairs.iter().take(5).cloned().collect::<Vec<_>>().join("; ");
    let more = if pairs.len() > 5 { "; …" } else { "" };
    (!pairs.is_empty())
        .then(|| format!("segments that differ only in capitals or spaces are kept apart: {listed}{more}"))
}
