//! What the cells of one column of text hold: how many are filled, which hold a word for nothing, which cannot be read.

use serde::{Deserialize, Serialize};

/// The cells of one column, counted while it is read.
///
/// # Example
/// ```
/// use backcast::history::{DateColumn, DateOrder};
/// let mut column = DateColumn::new("won", None);
/// let texts = ["2026-01-05", "", "NULL", "soon"];
/// texts.iter().for_each(|text| column.look_at(text));
/// let days: Vec<_> = texts.iter().map(|text| column.day(text, DateOrder::YearFirst)).collect();
/// let cells = column.cells();
/// assert_eq!((cells.filled, cells.nothing, cells.unreadable), (2, 1, 1));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Cells {
    /// The column's name.
    pub column: String,
    /// What the column is to hold.
    pub holds: Holds,
    /// Cells that hold anything but a word for nothing.
    pub filled: u64,
    /// Cells that hold a word for nothing, such as `NULL`: they are read as empty.
    pub nothing: u64,
    /// The first such word.
    pub nothing_such_as: Option<String>,
    /// Filled cells that cannot be read.
    pub unreadable: u64,
    /// The first such cell.
    pub unreadable_such_as: Option<String>,
}

/// What a column of text is to hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Holds {
    /// Days.
    #[default]
    Days,
    /// Amounts.
    Amounts,
}

impl Cells {
    /// Adds another part of the same column.
    pub(super) fn add(&mut self, other: &Self) {
        self.filled += other.filled;
        self.nothing += other.nothing;
        self.unreadable += other.unreadable;
        // Not the first: which part came first must not show.
        let least = |ours: &mut Option<String>, theirs: &Option<String>| {
            *ours = ours.take().into_iter().chain(theirs.clone()).min();
        };
        least(&mut self.nothing_such_as, &other.nothing_such_as);
        least(&mut self.unreadable_such_as, &other.unreadable_such_as);
    }

    pub(super) fn of(column: &str, holds: Holds) -> Self {
        Self { column: column.to_owned(), holds, ..Self::default() }
    }

    /// Takes a cell into account; whether it holds anything.
    pub(super) fn look_at(&mut self, text: &str) -> bool {
        if !is_nothing(text) {
            self.filled += 1;
            return true;
        }
        if !text.trim().is_empty() {
            self.nothing += 1;
            self.nothing_such_as.get_or_insert_with(|| quoted(text));
        }
        false
    }

    pub(super) fn cannot_read(&mut self, text: &str) {
        self.unreadable += 1;
        self.unreadable_such_as.get_or_insert_with(|| quoted(text));
    }
}

/// A cell as messages quote it.
fn quoted(text: &str) -> String {
    let text = text.trim();
    let short: String = text.chars().take(40).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}

/// What databases, spreadsheets and people write where there is nothing; in small letters.
const NOTHING: [&str; 26] = [
    "null",
    "nil",
    "none",
    "nan",
    "nat",
    "na",
    "n/a",
    "n.a.",
    "#n/a",
    "#na",
    "<na>",
    "#n/d",
    "#nv",
    "n/d",
    "\\n",
    "undefined",
    "(null)",
    "(none)",
    "(blank)",
    "(empty)",
    "-",
    "--",
    "---",
    "\u{2013}",
    "\u{2014}",
    "?",
];

/// Whether a cell holds nothing: it is blank, one of the usual words for nothing, or a date of zeros such as `0000-00-00`.
///
/// # Example
/// ```
/// assert!(["", " ", "NULL", "N/A", "-", r"\N", "None", "#N/A", "0000-00-00 00:00:00"].into_iter().all(backcast::history::is_nothing));
/// assert!(["0", "no", "2026-01-05"].into_iter().all(|text| !backcast::history::is_nothing(text)));
/// ```
#[must_use]
pub fn is_nothing(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || (text.len() <= 11 && is_word(text)) || is_zero_date(text)
}

fn is_word(text: &str) -> bool {
    NOTHING.iter().any(|word| word.eq_ignore_ascii_case(text))
}

fn is_zero_date(text: &str) -> bool {
    let date = text.split([' ', 'T']).next().unwrap_or_default();
    let parts = date.split(['-', '/', '.']);
    let zeros = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte == b'0');
    parts.clone().count() == 3 && parts.clone().all(zeros) && date.len() >= 8
}
