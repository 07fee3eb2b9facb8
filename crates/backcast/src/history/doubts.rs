//! Why what is learned from a table may be wrong: cells and rows that are missing, but not at random.

use serde::{Deserialize, Serialize};

use super::cell::Outcome;
use super::cells::{Cells, Holds};
use super::report::{ByColumn, LOST, Report, Rows};
use super::table::Table;
use super::tally::Tally;
use crate::error::{Error, Kind, Result};
use crate::words::en::records as words;

/// What a table leaves in doubt, in numbers that add up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Doubts {
    by_column: ByColumn,
    /// Used leads whose first day was blank.
    first_blank: u64,
    cells: Vec<Cells>,
}

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
        let most = if cells.holds == Holds::Amounts { NOISE } else { MOST_DAYS };
        if cells.unreadable >= FEW && share(cells.unreadable, cells.filled) > most {
            return Err(Error::new(Kind::UnreadableCells, unreadable(cells)));
        }
    }
    let misfits = table.misfits.len() as u64;
    match table.misfits.first() {
        Some(first) if misfits >= FEW && share(misfits, rows + misfits) > NOISE => {
            let given = words::misfits(misfits, rows + misfits, first.line, &first.why);
            Err(Error::new(Kind::MisfitRows, given))
        }
        _ => Ok(()),
    }
}

/// `won`: 900 of 1,000 cells that are not empty, such as `soon`.
fn unreadable(cells: &Cells) -> String {
    let such_as = cells.unreadable_such_as.as_deref().unwrap_or_default();
    words::unreadable(&cells.column, cells.unreadable, cells.filled, such_as)
}

impl Doubts {
    pub(super) fn of(table: &Table<'_>, rows: &Rows) -> Self {
        Self { by_column: *rows.by_column(), first_blank: rows.first_blank, cells: table.cells.clone() }
    }

    /// Adds another part of the same table.
    pub(super) fn add(&mut self, other: &Self) {
        let counts = self.by_column.iter_mut().flatten().zip(other.by_column.iter().flatten());
        counts.for_each(|(ours, theirs)| *ours += theirs);
        self.first_blank += other.first_blank;
        for theirs in &other.cells {
            match self.cells.iter_mut().find(|ours| (&ours.column, ours.holds) == (&theirs.column, theirs.holds)) {
                Some(ours) => ours.add(theirs),
                None => self.cells.push(theirs.clone()),
            }
        }
        self.cells.sort_by(|a, b| (&a.column, a.holds as u8).cmp(&(&b.column, b.holds as u8)));
    }

    /// What a plan over the table has to say first.
    pub(super) fn warnings(&self, report: &Report, tally: &Tally) -> Vec<String> {
        let read = report.read;
        let mut found = self.refused(report, tally);
        found.extend(self.blank_first_stage(report, tally));
        for cells in self.cells.iter().filter(|cells| cells.holds == Holds::Amounts) {
            if cells.unreadable >= VERY_FEW && share(cells.unreadable, cells.filled) > NOISE {
                found.push(words::amounts_cannot_be_read(&unreadable(cells)));
            }
        }
        let misfits = counted(&report.reasons, "malformed_row");
        if misfits >= VERY_FEW && share(misfits, read) > NOISE {
            found.push(words::do_not_fit(misfits, read));
        }
        let moved = counted(&report.repairs, "clamped");
        if moved >= VERY_FEW && share(moved, read) > OFTEN {
            found.push(words::moved_to_the_same_day(moved, read));
        }
        found.extend(everybody_converts(tally));
        found
    }

    /// Rows refused for what stands in a column, where that has to do with the outcome.
    fn refused(&self, report: &Report, tally: &Tally) -> Vec<String> {
        let names = tally.funnel().stages();
        let column = |(number, [without, with]): (usize, &[u64; 2])| {
            // A row without any day says nothing of an outcome by itself.
            let blank = if number == 0 { counted(&report.reasons, "no_stage") } else { 0 };
            let without = without.saturating_sub(blank);
            let refused = without + with;
            let noise = refused < VERY_FEW || share(refused, report.read) <= NOISE;
            if noise || (number == 0 && !selects(tally, without, *with)) {
                return None;
            }
            let name = if number == LOST { Some("lost") } else { names.get(number).map(String::as_str) }?;
            let effect = effect(tally, refused);
            Some(words::refused_because_of(name, refused, report.read, self.such_as(name), &effect))
        };
        self.by_column.iter().enumerate().filter_map(column).collect()
    }

    /// What stands in a column of days that cannot be read, or that contradicts the days of other stages.
    fn such_as(&self, name: &str) -> Option<&str> {
        let mut unread = self.cells.iter().filter(|cells| cells.holds == Holds::Days && cells.unreadable > 0);
        let own = unread.clone().find(|cells| cells.column == name).or(unread.next());
        own.and_then(|cells| cells.unreadable_such_as.as_deref())
    }

    /// A blank first day: rows with a later one are kept, as converted, and those without are refused.
    fn blank_first_stage(&self, report: &Report, tally: &Tally) -> Option<String> {
        let (refused, kept) = (counted(&report.reasons, "no_stage"), self.first_blank);
        if kept < VERY_FEW || refused < VERY_FEW || share(refused + kept, report.read) <= NOISE {
            return None;
        }
        let (won, all) = (converted(tally, 0), entered(tally, 0));
        let [first, second, ..] = tally.funnel().stages() else { return None };
        let (with, without) = (share(won, all), share(won.saturating_sub(kept), all.saturating_sub(kept)));
        Some(words::blank_first_stage((first, second), (kept, refused), (with, without)))
    }

    /// What is worth knowing of the cells, and changes nothing.
    pub(super) fn notes(&self) -> Vec<String> {
        let word = |cells: &Cells| {
            let word = cells.nothing_such_as.as_ref()?;
            Some(words::words_for_nothing(&cells.column, cells.nothing, word))
        };
        self.cells.iter().filter_map(word).collect()
    }
}

fn counted(counts: &std::collections::BTreeMap<&'static str, u64>, name: &str) -> u64 {
    counts.get(name).copied().unwrap_or(0)
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
    words::effect_of_refused(share(won, all), share(won, all + refused), share(won + refused, all + refused))
}

/// A step in which everybody has converted: the day stands on rows of those who have not.
fn everybody_converts(tally: &Tally) -> Vec<String> {
    let steps = tally.funnel().steps().len();
    let step = |number: usize| {
        let (won, all) = (converted(tally, number), entered(tally, number));
        let stage = tally.funnel().stages().get(number + 1).filter(|_| won == all && all >= MANY)?;
        Some(words::everybody_converts(all, stage))
    };
    (0..steps).filter_map(step).collect()
}

fn converted(tally: &Tally, step: usize) -> u64 {
    tally.count(step, Outcome::Converted) + tally.count(step, Outcome::Undated)
}

fn entered(tally: &Tally, step: usize) -> u64 {
    converted(tally, step) + tally.count(step, Outcome::Lost) + tally.count(step, Outcome::Open)
}

/// Segments that differ only in capitals or in spaces.
pub(super) fn alike(table: &Table<'_>) -> Option<String> {
    let plain = |text: String| text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let mut names: Vec<(String, String)> =
        table.segments.iter().map(|segment| (plain(segment.to_string()), segment.to_string())).collect();
    names.sort();
    names.dedup();
    let groups: Vec<Vec<String>> = names
        .chunk_by(|a, b| a.0 == b.0)
        .filter(|run| run.len() > 1)
        .map(|run| run.iter().map(|(_, name)| name.clone()).collect())
        .collect();
    (!groups.is_empty()).then(|| words::segments_alike(&groups))
}
