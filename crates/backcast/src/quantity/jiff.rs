//! Days of this crate and civil dates of jiff.

use ::jiff::civil::Date;

use super::Day;
use crate::error::{Error, Result};

/// Every day is a date of jiff.
///
/// # Example
/// ```
/// use backcast::Day;
/// use jiff::civil::{Date, date};
/// let day: Day = "2026-12-31".parse()?;
/// assert_eq!(Date::from(day), date(2026, 12, 31));
/// # Ok::<(), backcast::Error>(())
/// ```
impl From<Day> for Date {
    fn from(day: Day) -> Self {
        let (year, month, day) = day.ymd();
        let part = |number: u32| i8::try_from(number).unwrap_or(1);
        Self::new(i16::try_from(year).unwrap_or(1), part(month), part(day)).unwrap_or(Self::ZERO)
    }
}

/// `not_a_day` before year 1.
impl TryFrom<Date> for Day {
    type Error = Error;

    fn try_from(date: Date) -> Result<Self> {
        Self::from_ymd(i32::from(date.year()), date.month().unsigned_abs().into(), date.day().unsigned_abs().into())
    }
}
