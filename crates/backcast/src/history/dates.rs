//! Dates as text: which order of day and month a whole column is written in, and what each value then means.

use crate::error::{Error, Kind, Result};
use crate::quantity::Day;

/// The order of day, month and year in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DateOrder {
    /// 31/12/2026
    DayFirst,
    /// 12/31/2026
    MonthFirst,
    /// 2026-12-31
    YearFirst,
}

impl core::str::FromStr for DateOrder {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "dmy" => Ok(Self::DayFirst),
            "mdy" => Ok(Self::MonthFirst),
            "ymd" => Ok(Self::YearFirst),
            _ => Err(Error::new(Kind::UnknownDateOrder, text)),
        }
    }
}

/// A readable value: a calendar day, or an instant that falls on a day only once a time zone is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// A day, or a time without a zone, which counts by its calendar day.
    Day(Day),
    /// Seconds since 1970-01-01T00:00:00Z, from a time with an offset.
    Instant(i64),
}

/// The parts of a value before the order is known.
#[derive(Clone, Copy)]
enum Parts {
    /// The year stands first or the month is named: no doubt.
    Clear(Day),
    /// Two numbers, then a year: day-first or month-first.
    Open { first: u32, second: u32, year: i32 },
}

impl Parts {
    fn read_as(self, order: DateOrder) -> Option<Day> {
        match (self, order) {
            (Self::Clear(day), _) => Some(day),
            (Self::Open { first, second, year }, DateOrder::DayFirst) => Day::civil(year, second, first),
            (Self::Open { first, second, year }, DateOrder::MonthFirst) => Day::civil(year, first, second),
            (Self::Open { .. }, DateOrder::YearFirst) => None,
        }
    }
}

/// A column of dates as text. The order of day and month is decided once, for the whole column, from all its values.
///
/// # Example
/// ```
/// use backcast::history::{DateColumn, Written};
/// let mut column = DateColumn::new("first_contact", None);
/// for text in ["01-02-2018", "20-10-2017", ""] {
///     column.look_at(text);
/// }
/// let order = column.order()?;
/// assert_eq!(DateColumn::read("01-02-2018", order), Some(Written::Day("2018-02-01".parse()?)));
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct DateColumn {
    name: String,
    stated: Option<DateOrder>,
    day_first: Option<String>,
    month_first: Option<String>,
    open: Option<String>,
    either: Option<String>,
}

impl DateColumn {
    /// A column by its name, with the order that the user states, if any.
    #[must_use]
    pub fn new(name: &str, stated: Option<DateOrder>) -> Self {
        Self { name: name.to_owned(), stated, day_first: None, month_first: None, open: None, either: None }
    }

    /// Takes one value into account; every value of the column is shown once, in any order.
    pub fn look_at(&mut self, text: &str) {
        let Some((parts @ Parts::Open { first, second, .. }, _)) = parts(text) else { return };
        let slot = match (parts.read_as(DateOrder::DayFirst), parts.read_as(DateOrder::MonthFirst)) {
            (Some(_), None) => &mut self.day_first,
            (None, Some(_)) => &mut self.month_first,
            (Some(_), Some(_)) if first != second => &mut self.open,
            // The fifth of May is the same either way.
            (Some(_), Some(_)) => &mut self.either,
            _ => return,
        };
        slot.get_or_insert_with(|| text.trim().to_owned());
    }

    /// The order of the whole column.
    ///
    /// # Errors
    /// `ambiguous_dates` if nothing tells day-first from month-first, `mixed_dates` if values contradict each other.
    pub fn order(&self) -> Result<DateOrder> {
        match (self.stated, &self.day_first, &self.month_first, &self.open) {
            (Some(order), ..) => Ok(order),
            (None, Some(day_first), Some(month_first), _) => {
                let given = format!("`{}`: `{day_first}` is day-first, `{month_first}` month-first", self.name);
                Err(Error::new(Kind::MixedDates, given))
            }
            (None, Some(_), None, _) => Ok(DateOrder::DayFirst),
            (None, None, Some(_), _) => Ok(DateOrder::MonthFirst),
            (None, None, None, Some(example)) => Err(Error::new(Kind::AmbiguousDates, &self.name)
                .allowing(format!("`date_order` as one of `dmy`, `mdy`, `ymd`, because `{example}` may be either"))),
            (None, None, None, None) if self.either.is_some() => Ok(DateOrder::DayFirst),
            (None, None, None, None) => Ok(DateOrder::YearFirst),
        }
    }

    /// One value in the column's order; `None` if it is not a date.
    #[must_use]
    pub fn read(text: &str, order: DateOrder) -> Option<Written> {
        let (parts, clock) = parts(text)?;
        let day = parts.read_as(order)?;
        match clock.offset_minutes {
            None => Some(Written::Day(day)),
            Some(offset) => {
                let seconds = i64::from(day.unix_days()) * 86_400 + clock.seconds - i64::from(offset) * 60;
                Some(Written::Instant(seconds))
            }
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Clock {
    seconds: i64,
    offset_minutes: Option<i32>,
}

fn parts(text: &str) -> Option<(Parts, Clock)> {
    let text = text.trim();
    if text.is_empty() || text.len() > 64 || !text.is_ascii() {
        return None;
    }
    let (date, clock) = match text.find(':') {
        // The hour begins after the last blank or `T` before the first colon.
        Some(colon) => {
            let start = text.get(..colon)?.rfind([' ', 'T', 't'])?;
            (text.get(..start)?, clock(text.get(start + 1..)?)?)
        }
        None => (text, Clock::default()),
    };
    Some((date_parts(date.trim())?, clock))
}

fn date_parts(date: &str) -> Option<Parts> {
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    let clear = |year: u32, month: u32, day: u32| Day::civil(i32::try_from(year).ok()?, month, day).map(Parts::Clear);
    if date.len() == 8 && number(date).is_some() {
        return clear(number(date.get(..4)?)?, number(date.get(4..6)?)?, number(date.get(6..)?)?);
    }
    let fields: Vec<&str> = date.split(['-', '/', '.', ' ', ',']).filter(|field| !field.is_empty()).collect();
    let [a, b, c] = fields.as_slice() else { return None };
    match (month_named(a), month_named(b)) {
        (None, None) if a.len() == 4 => clear(number(a)?, number(b)?, number(c)?),
        (None, None) if c.len() == 4 && a.len() <= 2 && b.len() <= 2 => {
            Some(Parts::Open { first: number(a)?, second: number(b)?, year: i32::try_from(number(c)?).ok()? })
        }
        (Some(month), None) if c.len() == 4 => clear(number(c)?, month, number(b)?),
        (None, Some(month)) if c.len() == 4 => clear(number(c)?, month, number(a)?),
        (None, Some(month)) if a.len() == 4 => clear(number(a)?, month, number(c)?),
        _ => None,
    }
}

/// English month names, whole or by their first three letters.
fn month_named(field: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let field = field.to_ascii_lowercase();
    let known = |month: &&str| {
        **month == field
            || (field.len() == 3 && month.starts_with(&field))
            || (field == "sept" && month.starts_with("sept"))
    };
    MONTHS.iter().zip(1..).find(|(month, _)| known(month)).map(|(_, number)| number)
}

/// `HH:MM[:SS[.fraction]]`, then ` AM` or ` PM`, then `Z`, ` UTC` or an offset such as `+02:00`.
fn clock(text: &str) -> Option<Clock> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.')).unwrap_or(text.len());
    let (time, mut rest) = (text.get(..end)?, text.get(end..)?.trim());
    let mut fields = time.split(':');
    let whole =
        |field: Option<&str>| field.and_then(|f| f.split('.').next()).map_or(Some(0), |f| f.parse::<i64>().ok());
    let (mut hour, minute, second) = (whole(fields.next())?, whole(fields.next())?, whole(fields.next())?);
    let half = rest.get(..2).map(str::to_ascii_uppercase);
    if let Some(half @ ("AM" | "PM")) = half.as_deref() {
        hour = hour % 12 + if half == "PM" { 12 } else { 0 };
        rest = rest.get(2..)?.trim();
    }
    if fields.next().is_some() || !(0..24).contains(&hour) || !(0..60).contains(&minute) || !(0..=60).contains(&second)
    {
        return None;
    }
    let offset_minutes = if rest.is_empty() { None } else { Some(offset(rest)?) };
    Some(Clock { seconds: hour * 3600 + minute * 60 + second, offset_minutes })
}

/// Minutes east of Greenwich: `Z`, `UTC`, `+02:00`, `-0430`, `+02`.
fn offset(text: &str) -> Option<i32> {
    let sign = match text.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return matches!(text, "Z" | "z" | "UTC" | "GMT").then_some(0),
    };
    let digits: String = text.chars().skip(1).filter(|c| *c != ':').collect();
    let (hours, minutes) = match digits.len() {
        2 => (digits.as_str(), "0"),
        4 => digits.split_at_checked(2)?,
        _ => return None,
    };
    let total = hours.parse::<i32>().ok()? * 60 + minutes.parse::<i32>().ok()?;
    (total <= 18 * 60).then_some(sign * total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str, order: DateOrder) -> Option<String> {
        match DateColumn::read(text, order)? {
            Written::Day(day) => Some(day.to_string()),
            Written::Instant(seconds) => Some(format!("{seconds}s")),
        }
    }

    #[test]
    fn reads_the_forms_that_exports_use() {
        use DateOrder::{DayFirst, MonthFirst, YearFirst};
        for (text, order, expected) in [
            ("2018-02-26 19:58:54", YearFirst, Some("2018-02-26")),
            ("2018-02-26T19:58:54.123", YearFirst, Some("2018-02-26")),
            ("1970-01-02T00:00:00Z", YearFirst, Some("86400s")),
            ("1970-01-02 01:30:00+01:30", YearFirst, Some("86400s")),
            ("1970-01-01 20:00-0400", YearFirst, Some("86400s")),
            ("01-02-2018", DayFirst, Some("2018-02-01")),
            ("1/2/2018", MonthFirst, Some("2018-01-02")),
            ("1/2/2018 3:05 PM", MonthFirst, Some("2018-01-02")),
            ("01.02.2018", DayFirst, Some("2018-02-01")),
            ("20180201", YearFirst, Some("2018-02-01")),
            ("5 Jan 2018", YearFirst, Some("2018-01-05")),
            ("Jan 5, 2018", MonthFirst, Some("2018-01-05")),
            ("05-September-2018", DayFirst, Some("2018-09-05")),
            ("1/2/2018", YearFirst, None),
            ("31/02/2025", DayFirst, None),
            ("1/2/18", DayFirst, None),
            ("n/a", DayFirst, None),
            ("2018-02-26 25:00", YearFirst, None),
            ("2018-13-01", YearFirst, None),
            ("12:30", YearFirst, None),
            ("", YearFirst, None),
        ] {
            assert_eq!(day(text, order).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn decides_for_the_whole_column() {
        let order = |texts: &[&str]| {
            let mut column = DateColumn::new("won_on", None);
            for text in texts {
                column.look_at(text);
            }
            column.order().map_err(|error| error.kind())
        };
        assert_eq!(order(&["01/02/2018", "13/02/2018"]), Ok(DateOrder::DayFirst));
        assert_eq!(order(&["01/02/2018", "02/13/2018"]), Ok(DateOrder::MonthFirst));
        assert_eq!(order(&["2018-01-02", "31/02/2025", "n/a"]), Ok(DateOrder::YearFirst));
        assert_eq!(order(&["2018-01-02", "05/05/2018"]), Ok(DateOrder::DayFirst));
        assert_eq!(order(&["01/02/2018", "03/04/2018"]), Err("ambiguous_dates"));
        assert_eq!(order(&["13/02/2018", "02/13/2018"]), Err("mixed_dates"));
    }
}
