//! A half-open run of days, and the calendar month that cohorts are counted in.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Day;
use super::text::as_text;
use crate::error::{Error, Kind, Result};

/// Days from `start` (included) to `end` (excluded); never empty.
///
/// # Example
/// ```
/// use backcast::quantity::Period;
/// let quarter = Period::new("2026-10-01".parse()?, "2027-01-01".parse()?)?;
/// assert_eq!(quarter.days(), 92);
/// assert!(quarter.contains("2026-12-31".parse()?));
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Days")]
pub struct Period {
    start: Day,
    end: Day,
}

/// A period as it is written: the end is the first day after it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Days {
    start: Day,
    end: Day,
}

impl TryFrom<Days> for Period {
    type Error = Error;

    fn try_from(days: Days) -> Result<Self> {
        Self::new(days.start, days.end)
    }
}

/// The first and the last day: `2026-10-01 to 2026-12-31`.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.start, self.end.plus_days(-1))
    }
}

impl Period {
    /// From `start` (included) to `end` (excluded).
    ///
    /// # Errors
    /// `deadline_before_start` unless `start` is before `end`.
    pub fn new(start: Day, end: Day) -> Result<Self> {
        if start < end {
            Ok(Self { start, end })
        } else {
            Err(Error::new(Kind::DeadlineBeforeStart, Self { start, end }))
        }
    }

    /// From `start` to `end`, known to be later.
    pub(super) fn held(start: Day, end: Day) -> Self {
        Self { start, end }
    }

    /// The first day.
    #[must_use]
    pub fn start(self) -> Day {
        self.start
    }

    /// The first day after it.
    #[must_use]
    pub fn end(self) -> Day {
        self.end
    }

    /// Number of days, at least 1.
    #[must_use]
    pub fn days(self) -> i32 {
        self.end.days_since(self.start)
    }

    /// Whether `day` lies inside.
    #[must_use]
    pub fn contains(self, day: Day) -> bool {
        self.start <= day && day < self.end
    }
}

/// A calendar month: the period in which cohorts are counted.
///
/// # Example
/// ```
/// use backcast::Day;
/// use backcast::quantity::Month;
/// let month = Month::of("2026-02-14".parse()?);
/// assert_eq!(month.to_string(), "2026-02");
/// assert_eq!(month.period().days(), 28);
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

impl Month {
    /// The month that `day` lies in.
    #[must_use]
    pub fn of(day: Day) -> Self {
        let (year, month, _) = day.ymd();
        Self(year * 12 + month.cast_signed() - 1)
    }

    /// A number for its calendar quarter: consecutive quarters have consecutive numbers.
    pub(crate) fn quarter(self) -> i32 {
        self.0.div_euclid(3)
    }

    /// The month so many months later (earlier if negative).
    pub(crate) fn plus(self, months: i32) -> Self {
        Self(self.0 + months)
    }

    /// From its first day to the first day of the next month.
    #[must_use]
    pub fn period(self) -> Period {
        let first = |index: i32| {
            Day::civil(index.div_euclid(12), index.rem_euclid(12).unsigned_abs() + 1, 1).unwrap_or(Day::MAX)
        };
        Period { start: first(self.0), end: first(self.0 + 1) }
    }
}

impl FromStr for Month {
    type Err = Error;

    /// `2026-01`.
    fn from_str(text: &str) -> Result<Self> {
        let first = format!("{}-01", text.trim()).parse::<Day>();
        first.map(Self::of).map_err(|_| Error::new(Kind::NotAMonth, text.trim()))
    }
}

as_text!(Month, ToString::to_string);

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.div_euclid(12), self.0.rem_euclid(12) + 1)
    }
}
