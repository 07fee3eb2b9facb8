//! Dates as text: which order of day and month a whole column is written in, and what each value then means.

use super::cells::{Cells, Holds, is_nothing};
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
    /// Three numbers of at most two digits: the year may stand first or last.
    Short { first: u32, second: u32, third: u32 },
}

/// Years of two digits: from this one on they belong to the last century, as POSIX has it.
const LAST_CENTURY: u32 = 69;

/// 1969 to 2068.
fn whole_year(short: u32) -> i32 {
    short.cast_signed() + if short >= LAST_CENTURY { 1900 } else { 2000 }
}

impl Parts {
    fn read_as(self, order: DateOrder) -> Option<Day> {
        match (self, order) {
            (Self::Clear(day), _) => Some(day),
            (Self::Open { first, second, year }, DateOrder::DayFirst) => Day::civil(year, second, first),
            (Self::Open { first, second, year }, DateOrder::MonthFirst) => Day::civil(year, first, second),
            (Self::Open { .. }, DateOrder::YearFirst) => None,
            (Self::Short { first, second, third }, DateOrder::DayFirst) => Day::civil(whole_year(third), second, first),
            (Self::Short { first, second, third }, DateOrder::MonthFirst) => {
                Day::civil(whole_year(third), first, second)
            }
            (Self::Short { first, second, third }, DateOrder::YearFirst) => {
                Day::civil(whole_year(first), second, third)
            }
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
    stated: Option<DateOrder>,
    day_first: Option<String>,
    month_first: Option<String>,
    open: Option<String>,
    either: Option<String>,
    short: ShortYears,
    cells: Cells,
}

/// What the values with years of two digits allow: one of the three orders of day, month and year, or several.
#[derive(Clone, Debug, Default)]
struct ShortYears {
    /// A value, the one that leaves most orders open.
    example: Option<(String, usize)>,
    /// Per order, a value that cannot be read so.
    against: [Option<String>; ORDERS.len()],
}

const ORDERS: [DateOrder; 3] = [DateOrder::DayFirst, DateOrder::MonthFirst, DateOrder::YearFirst];

impl ShortYears {
    fn look_at(&mut self, text: &str, parts: Parts) {
        let reads = ORDERS.map(|order| parts.read_as(order).is_some());
        let open = reads.iter().filter(|reads| **reads).count();
        if open == 0 {
            return;
        }
        for (against, _) in self.against.iter_mut().zip(reads).filter(|(_, reads)| !reads) {
            against.get_or_insert_with(|| text.to_owned());
        }
        if self.example.as_ref().is_none_or(|(_, most)| open > *most) {
            self.example = Some((text.to_owned(), open));
        }
    }

    /// The orders in which all of them can be read.
    fn orders(&self) -> Vec<DateOrder> {
        ORDERS.into_iter().zip(&self.against).filter(|(_, against)| against.is_none()).map(|(order, _)| order).collect()
    }
}

impl DateColumn {
    /// A column by its name, with the order that the user states, if any.
    #[must_use]
    pub fn new(name: &str, stated: Option<DateOrder>) -> Self {
        let cells = Cells::of(name, Holds::Days);
        let short = ShortYears::default();
        Self { stated, day_first: None, month_first: None, open: None, either: None, short, cells }
    }

    /// Takes one value into account; every value of the column is shown once, in any order.
    pub fn look_at(&mut self, text: &str) {
        if !self.cells.look_at(text) {
            return;
        }
        let Some((parts, _)) = parts(text) else { return };
        let (first, second) = match parts {
            Parts::Clear(_) => return,
            Parts::Open { first, second, .. } => (first, second),
            Parts::Short { .. } => return self.short.look_at(text.trim(), parts),
        };
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
    /// `ambiguous_dates` if nothing tells day-first from month-first, or which number is a year of two digits;
    /// `mixed_dates` if values contradict each other.
    pub fn order(&self) -> Result<DateOrder> {
        match (self.stated, &self.day_first, &self.month_first, &self.open) {
            (Some(order), ..) => Ok(order),
            (None, Some(day_first), Some(month_first), _) => {
                self.mixed(&format!("`{day_first}` is day-first, `{month_first}` month-first"))
            }
            (None, Some(example), None, _) => self.agreed(DateOrder::DayFirst, example),
            (None, None, Some(example), _) => self.agreed(DateOrder::MonthFirst, example),
            (None, None, None, Some(example)) => self.ambiguous(example),
            (None, None, None, None) if self.short.example.is_some() => self.order_of_short_years(),
            (None, None, None, None) if self.either.is_some() => Ok(DateOrder::DayFirst),
            (None, None, None, None) => Ok(DateOrder::YearFirst),
        }
    }

    /// The order of values with whole years, if those with short ones can be read so too.
    fn agreed(&self, order: DateOrder, example: &str) -> Result<DateOrder> {
        let against = ORDERS.iter().zip(&self.short.against).find(|(known, _)| **known == order);
        match against.and_then(|(_, against)| against.as_ref()) {
            Some(against) => self.mixed(&format!("`{example}` and `{against}`")),
            None => Ok(order),
        }
    }

    fn order_of_short_years(&self) -> Result<DateOrder> {
        match (self.short.orders().as_slice(), &self.short.example) {
            ([order], _) => Ok(*order),
            ([], _) => {
                let against: Vec<String> =
                    self.short.against.iter().flatten().map(|text| format!("`{text}`")).collect();
                self.mixed(&against.join(", "))
            }
            (_, example) => self.ambiguous(example.as_ref().map_or("", |(text, _)| text)),
        }
    }

    fn mixed(&self, given: &str) -> Result<DateOrder> {
        Err(Error::new(Kind::MixedDates, format!("`{}`: {given}", self.cells.column)))
    }

    fn ambiguous(&self, example: &str) -> Result<DateOrder> {
        let allowed = format!("`date_order` as one of `dmy`, `mdy`, `ymd`, because `{example}` may be either");
        Err(Error::new(Kind::AmbiguousDates, &self.cells.column).allowing(allowed))
    }

    /// Whether years of two digits are among the values: they are read as 1969 to 2068.
    #[must_use]
    pub fn has_short_years(&self) -> bool {
        self.short.example.is_some()
    }

    /// One value in the column's order; `None` if it holds nothing.
    ///
    /// # Errors
    /// Nothing more than that it is not a date; it is counted among the column's cells.
    #[expect(
        clippy::result_unit_err,
        reason = "why a text is no date is not told; the column counts how many are none"
    )]
    pub fn day(&mut self, text: &str, order: DateOrder) -> core::result::Result<Option<Written>, ()> {
        if is_nothing(text) {
            return Ok(None);
        }
        let read = Self::read(text, order);
        if read.is_none() {
            self.cells.cannot_read(text);
        }
        read.map(Some).ok_or(())
    }

    /// What the cells hold, as far as they have been shown and read.
    #[must_use]
    pub fn cells(&self) -> &Cells {
        &self.cells
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
        (None, None) if [a, b, c].iter().all(|field| (1..=2).contains(&field.len())) && c.len() == 2 => {
            Some(Parts::Short { first: number(a)?, second: number(b)?, third: number(c)? })
        }
        (None, None) if c.len() == 4 && a.len() <= 2 && b.len() <= 2 => {
            Some(Parts::Open { first: number(a)?, second: number(b)?, year: i32::try_from(number(c)?).ok()? })
        }
        (Some(month), None) if c.len() == 4 => clear(number(c)?, month, number(b)?),
        (None, Some(month)) if c.len() == 4 => clear(number(c)?, month, number(a)?),
        (Some(month), None) if c.len() == 2 => clear(whole_year(number(c)?).unsigned_abs(), month, number(b)?),
        // `05-Jan-26`, as Oracle and SAS write it.
        (None, Some(month)) if c.len() == 2 && a.len() <= 2 => {
            clear(whole_year(number(c)?).unsigned_abs(), month, number(a)?)
        }
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
            ("1/2/18", DayFirst, Some("2018-02-01")),
            ("1/2/18", MonthFirst, Some("2018-01-02")),
            ("18-2-01", YearFirst, Some("2018-02-01")),
            ("31.12.68", DayFirst, Some("2068-12-31")),
            ("01.01.69", DayFirst, Some("1969-01-01")),
            ("05-Jan-26", YearFirst, Some("2026-01-05")),
            ("1/2/8", DayFirst, None),
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
            column.order().map_err(|error| error.kind().code())
        };
        assert_eq!(order(&["01/02/2018", "13/02/2018"]), Ok(DateOrder::DayFirst));
        assert_eq!(order(&["01/02/2018", "02/13/2018"]), Ok(DateOrder::MonthFirst));
        assert_eq!(order(&["2018-01-02", "31/02/2025", "n/a"]), Ok(DateOrder::YearFirst));
        assert_eq!(order(&["2018-01-02", "05/05/2018"]), Ok(DateOrder::DayFirst));
        assert_eq!(order(&["20-10-16", "25-10-16", "29-11-16"]), Err("ambiguous_dates"));
        assert_eq!(order(&["20-10-32", "25-10-16"]), Ok(DateOrder::DayFirst));
        assert_eq!(order(&["32-10-20", "25-10-16"]), Ok(DateOrder::YearFirst));
        assert_eq!(order(&["10/13/25", "04/01/25"]), Ok(DateOrder::MonthFirst));
        assert_eq!(order(&["13/01/2018", "01/02/18"]), Ok(DateOrder::DayFirst));
        assert_eq!(order(&["13/01/2018", "01/13/18"]), Err("mixed_dates"));
        assert_eq!(order(&["32-10-20", "10/13/25"]), Err("mixed_dates"));
        assert_eq!(order(&["01/02/2018", "03/04/2018"]), Err("ambiguous_dates"));
        assert_eq!(order(&["13/02/2018", "02/13/2018"]), Err("mixed_dates"));
    }
}
