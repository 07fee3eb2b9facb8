//! A day of the civil (proleptic Gregorian) calendar, without a time and without a zone.

use core::fmt;
use core::ops::{Add, Sub};
use core::str::FromStr;

use super::text::as_text;
use crate::error::{Error, Kind, Result};

/// Delays and schedules are at most this long: ten years. Longer delays are not told apart.
pub(crate) const MOST_DAYS: u16 = 3_653;

/// A whole day, counted from 1970-01-01, from year 1 to year 9999.
///
/// # Example
/// ```
/// use backcast::Day;
/// let deadline: Day = "2026-12-31".parse()?;
/// assert_eq!(deadline, Day::from_ymd(2026, 12, 31)?);
/// assert_eq!(deadline.days_since("2026-10-01".parse()?), 91);
/// assert_eq!(deadline.to_string(), "2026-12-31");
/// assert_eq!((deadline + 1) - (deadline - 30), 31);
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl Day {
    /// 0001-01-01.
    pub const MIN: Self = Self(-719_162);
    /// 9999-12-31.
    pub const MAX: Self = Self(2_932_896);

    /// The day that lies `days` after 1970-01-01 (before it if negative).
    ///
    /// # Errors
    /// `not_a_day` outside the years 1 to 9999.
    pub fn from_unix_days(days: i32) -> Result<Self> {
        if (Self::MIN.0..=Self::MAX.0).contains(&days) {
            Ok(Self(days))
        } else {
            Err(Error::new(Kind::NotADay, format!("1970-01-01 {days:+} days")))
        }
    }

    /// The day of a year (1 to 9999), month (1 to 12) and day of the month.
    ///
    /// # Errors
    /// `not_a_day` if the calendar has no such day.
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Result<Self> {
        Self::civil(year, month, day).ok_or_else(|| Error::new(Kind::NotADay, format!("{year:04}-{month:02}-{day:02}")))
    }

    /// # Formula
    /// Days from civil by eras of 400 years (Hinnant, *chrono-Compatible Low-Level Date Algorithms*, 2013).
    pub(crate) fn civil(year: i32, month: u32, day: u32) -> Option<Self> {
        if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
            return None;
        }
        let year = if month <= 2 { year - 1 } else { year };
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let shifted = i32::try_from((month + 9) % 12).ok()?;
        let day_of_year = (153 * shifted + 2) / 5 + i32::try_from(day).ok()? - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Some(Self(era * 146_097 + day_of_era - 719_468))
    }

    /// Year, month (1 to 12) and day of the month.
    #[must_use]
    pub fn ymd(self) -> (i32, u32, u32) {
        let shifted = self.0 + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_shifted + 2) / 5 + 1;
        let month = if month_shifted < 10 { month_shifted + 3 } else { month_shifted - 9 };
        let year = year_of_era + era * 400 + i32::from(month <= 2);
        (year, month.unsigned_abs(), day.unsigned_abs())
    }

    /// Whole days since 1970-01-01.
    #[must_use]
    pub fn unix_days(self) -> i32 {
        self.0
    }

    /// Whole days from `earlier` to this day; negative if `earlier` is later.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> i32 {
        self.0 - earlier.0
    }

    /// The day `days` later (earlier if negative), held at the ends of the calendar.
    #[must_use]
    pub fn plus_days(self, days: i32) -> Self {
        Self(self.0.saturating_add(days).clamp(Self::MIN.0, Self::MAX.0))
    }
}

/// The day so many days later, held at the ends of the calendar.
impl Add<i32> for Day {
    type Output = Self;

    fn add(self, days: i32) -> Self {
        self.plus_days(days)
    }
}

/// The day so many days earlier, held at the ends of the calendar.
impl Sub<i32> for Day {
    type Output = Self;

    fn sub(self, days: i32) -> Self {
        self.plus_days(days.saturating_neg())
    }
}

/// Whole days from the second day to the first.
impl Sub for Day {
    type Output = i32;

    fn sub(self, earlier: Self) -> i32 {
        self.days_since(earlier)
    }
}

fn days_in_month(year: i32, month: u32) -> u32 {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl FromStr for Day {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unreadable = || Error::new(Kind::NotADay, text.trim());
        let mut parts = text.trim().splitn(3, '-');
        let mut part = |width: usize| {
            let digits = parts.next().filter(|p| p.len() == width && p.bytes().all(|b| b.is_ascii_digit()))?;
            digits.parse::<u32>().ok()
        };
        let (year, month, day) = (part(4), part(2), part(2));
        let civil = || Self::civil(i32::try_from(year?).ok()?, month?, day?);
        civil().ok_or_else(unreadable)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

as_text!(Day, ToString::to_string);
