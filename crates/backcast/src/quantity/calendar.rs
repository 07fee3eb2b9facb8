//! The periods in which goals are counted besides the month: the ISO week, Monday first, and the quarter of a fiscal year.

use core::fmt;
use core::str::FromStr;

use super::text::as_text;
use super::{Day, Period};
use crate::error::{Error, Kind, Result};

/// A week of ISO 8601: from Monday to Sunday, numbered in the year that its Thursday lies in.
///
/// # Example
/// ```
/// use backcast::quantity::Week;
/// let week = Week::of("2027-01-03".parse()?);
/// assert_eq!(week.to_string(), "2026-W53");
/// assert_eq!(week.period().start(), "2026-12-28".parse()?);
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Week {
    monday: Day,
}

/// Days from Monday: 0 to 6.
fn weekday(day: Day) -> i32 {
    // 1970-01-01 was a Thursday.
    (day.unix_days() + 3).rem_euclid(7)
}

/// Whether `day` is a Saturday or a Sunday.
pub(crate) fn is_weekend(day: Day) -> bool {
    weekday(day) >= 5
}

impl Week {
    /// The week that `day` lies in.
    #[must_use]
    pub fn of(day: Day) -> Self {
        Self { monday: day.plus_days(-weekday(day)) }
    }

    /// The year (of its Thursday) and the number of the week in it, 1 to 53.
    #[must_use]
    pub fn year_and_number(self) -> (i32, u32) {
        let thursday = self.monday.plus_days(3);
        let (year, _, _) = thursday.ymd();
        let new_year = Day::civil(year, 1, 1).unwrap_or(Day::MIN);
        (year, thursday.days_since(new_year).unsigned_abs() / 7 + 1)
    }

    /// From Monday to the next Monday; the last week of the calendar ends with it.
    #[must_use]
    pub fn period(self) -> Period {
        Period::held(self.monday, self.monday.plus_days(7))
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, number) = self.year_and_number();
        write!(f, "{year:04}-W{number:02}")
    }
}

impl FromStr for Week {
    type Err = Error;

    /// `2026-W53`.
    fn from_str(text: &str) -> Result<Self> {
        let refused = || Error::new(Kind::NotAWeek, text.trim());
        let (year, number) = text.trim().split_once("-W").ok_or_else(refused)?;
        let (year, number) = (digits(year, 4).ok_or_else(refused)?, digits(number, 2).ok_or_else(refused)?);
        // The fourth of January always lies in the first week.
        let first = Day::civil(year, 1, 4).map(Self::of).ok_or_else(refused)?;
        let week = Self::of(first.monday.plus_days(7 * (number - 1)));
        let is_named = week.year_and_number() == (year, number.unsigned_abs());
        if is_named { Ok(week) } else { Err(refused()) }
    }
}

/// A number of exactly so many digits.
fn digits(text: &str, many: usize) -> Option<i32> {
    (text.len() == many && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

as_text!(Week, ToString::to_string);

/// The month in which a fiscal year starts, from 1 (January, the default) to 12.
///
/// # Example
/// ```
/// use backcast::quantity::FiscalYear;
/// let october = FiscalYear::starting(10)?;
/// assert_eq!(october.quarter("2026-10-01".parse()?).to_string(), "FY2027-Q1");
/// assert_eq!(FiscalYear::default().quarter("2026-10-01".parse()?).to_string(), "2026-Q4");
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FiscalYear {
    first_month: u32,
}

impl Default for FiscalYear {
    fn default() -> Self {
        Self { first_month: 1 }
    }
}

impl FiscalYear {
    /// The fiscal year that starts with this month.
    ///
    /// # Errors
    /// `fiscal_year_start` unless it is 1 to 12.
    pub fn starting(month: u64) -> Result<Self> {
        match u32::try_from(month) {
            Ok(first_month @ 1..=12) => Ok(Self { first_month }),
            _ => Err(Error::new(Kind::FiscalYearStart, month)),
        }
    }

    /// Its first month, 1 to 12.
    #[must_use]
    pub fn first_month(self) -> u32 {
        self.first_month
    }

    /// The quarter that `day` lies in.
    #[must_use]
    pub fn quarter(self, day: Day) -> Quarter {
        let (year, month, _) = day.ymd();
        let since_start = (month + 12 - self.first_month) % 12;
        let ends_next_year = self.first_month > 1 && month >= self.first_month;
        Quarter { year: year + i32::from(ends_next_year), number: since_start / 3 + 1, fiscal: self.first_month > 1 }
    }
}

/// A quarter: `2026-Q4`, or `FY2027-Q1` in a fiscal year, which is named by the calendar year that it ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter {
    year: i32,
    number: u32,
    fiscal: bool,
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = if self.fiscal { "FY" } else { "" };
        write!(f, "{prefix}{:04}-Q{}", self.year, self.number)
    }
}

impl FromStr for Quarter {
    type Err = Error;

    /// `2026-Q4`, `FY2027-Q1`.
    fn from_str(text: &str) -> Result<Self> {
        let refused = || Error::new(Kind::NotAQuarter, text.trim());
        let (fiscal, rest) = text.trim().strip_prefix("FY").map_or((false, text.trim()), |rest| (true, rest));
        let (year, number) = rest.split_once("-Q").ok_or_else(refused)?;
        match (digits(year, 4), digits(number, 1)) {
            (Some(year @ 1..), Some(number @ 1..=4)) => Ok(Self { year, number: number.unsigned_abs(), fiscal }),
            _ => Err(refused()),
        }
    }
}

as_text!(Quarter, ToString::to_string);
