//! Python: Arrow columns as the core's column slices; typed days are read in place, texts once per column.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_cast::cast;
use arrow_schema::{DataType, TimeUnit};
use backcast::history::{
    AMOUNT_MISSING, AmountColumn, Amounts, Cells, Codes, DAY_MISSING, DAY_UNREADABLE, DateColumn, DateOrder, Days,
    DecimalMark, NO_ID, Written, is_nothing,
};
use backcast::{Currency, Error};
use jiff::tz::TimeZone;

/// A field is refused above this many bytes: no date, id, channel or amount is so long.
pub(crate) const LONGEST_FIELD: usize = 1 << 20;

/// All batches of one named column.
pub(crate) struct Column {
    name: String,
    parts: Vec<ArrayRef>,
}

impl Column {
    pub(crate) fn of(batches: &[RecordBatch], name: &str) -> Result<Self, Error> {
        let parts: Option<Vec<_>> = batches.iter().map(|batch| batch.column_by_name(name).cloned()).collect();
        let parts = parts.ok_or_else(|| Error::from_source("missing_column", name, None))?;
        Ok(Self { name: name.to_owned(), parts })
    }

    /// The address of the first batch's typed days, for the test that they are read in place.
    pub(crate) fn address(&self) -> Option<usize> {
        self.parts.first()?.as_primitive_opt::<Date32Type>().map(|days| days.values().as_ptr() as usize)
    }

    fn data_type(&self) -> DataType {
        self.parts.first().map_or(DataType::Null, |part| part.data_type().clone())
    }

    fn convert(&self, to: &DataType) -> Result<Vec<ArrayRef>, Error> {
        let failed = |error: arrow_schema::ArrowError| Error::from_source("source_failed", &error.to_string(), None);
        self.parts.iter().map(|part| cast(part, to).map_err(failed)).collect()
    }

    /// The texts of each batch, checked for length.
    fn texts(&self) -> Result<Vec<ArrayRef>, Error> {
        let parts = self.convert(&DataType::LargeUtf8)?;
        let too_long =
            |part: &ArrayRef| part.as_string::<i64>().iter().flatten().any(|text| text.len() > LONGEST_FIELD);
        if parts.iter().any(too_long) {
            return Err(Error::from_source("field_too_long", &self.name, None));
        }
        Ok(parts)
    }

    /// Days of each batch; what cells of text hold is added to `cells`.
    pub(crate) fn days(
        &self,
        order: Option<DateOrder>,
        zone: &TimeZone,
        cells: &mut Vec<Cells>,
    ) -> Result<Vec<Days<'_>>, Error> {
        match self.data_type() {
            DataType::Date32 => Ok(self.parts.iter().map(in_place).collect()),
            DataType::Null => Ok(self.parts.iter().map(|part| Days::Read(vec![DAY_MISSING; part.len()])).collect()),
            DataType::Date64 | DataType::Timestamp(_, None) => self.timestamps(None),
            DataType::Timestamp(_, Some(_)) => self.timestamps(Some(zone)),
            other if is_text(&other) => self.written_days(order, zone, cells),
            other => {
                let given = format!("`{}` holds {other} values", self.name);
                Err(Error::from_source("not_a_date_column", &given, None))
            }
        }
    }

    /// Naive timestamps count by their calendar date, aware ones by the date in the zone.
    fn timestamps(&self, zone: Option<&TimeZone>) -> Result<Vec<Days<'static>>, Error> {
        let per_second = match self.data_type() {
            DataType::Timestamp(TimeUnit::Second, _) => 1,
            DataType::Timestamp(TimeUnit::Microsecond, _) => 1_000_000,
            DataType::Timestamp(TimeUnit::Nanosecond, _) => 1_000_000_000,
            _ => 1_000,
        };
        let day = |ticks: i64| {
            let seconds = ticks.div_euclid(per_second);
            match zone {
                None => i32::try_from(seconds.div_euclid(86_400)).unwrap_or(DAY_UNREADABLE),
                Some(zone) => local_day(seconds, zone),
            }
        };
        let read = |part: &ArrayRef| {
            let ticks = part.as_primitive::<Int64Type>().iter();
            Days::Read(ticks.map(|cell| cell.map_or(DAY_MISSING, day)).collect())
        };
        Ok(self.convert(&DataType::Int64)?.iter().map(read).collect())
    }

    fn written_days(
        &self,
        order: Option<DateOrder>,
        zone: &TimeZone,
        cells: &mut Vec<Cells>,
    ) -> Result<Vec<Days<'static>>, Error> {
        let parts = self.texts()?;
        let mut column = DateColumn::new(&self.name, order);
        for text in parts.iter().flat_map(|part| part.as_string::<i64>().iter().flatten()) {
            column.look_at(text);
        }
        let order = column.order()?;
        let mut day = |text: &str| match column.day(text, order) {
            Ok(None) => DAY_MISSING,
            Ok(Some(Written::Day(day))) => day.unix_days(),
            Ok(Some(Written::Instant(seconds))) => local_day(seconds, zone),
            Err(()) => DAY_UNREADABLE,
        };
        let mut read = |part: &ArrayRef| {
            Days::Read(part.as_string::<i64>().iter().map(|text| text.map_or(DAY_MISSING, &mut day)).collect())
        };
        let days = parts.iter().map(&mut read).collect();
        cells.push(column.cells().clone());
        Ok(days)
    }

    /// Amounts of each batch in minor units of the currency; one that stands beside the amounts is that of the table.
    pub(crate) fn amounts(
        &self,
        currency: &mut Option<Currency>,
        mark: Option<DecimalMark>,
        cells: &mut Vec<Cells>,
    ) -> Result<Vec<Vec<i64>>, Error> {
        let kind = self.data_type();
        if is_text(&kind) {
            return self.written_amounts(currency, mark, cells);
        }
        if !(kind.is_numeric() || kind == DataType::Null) {
            let given = format!("`{}` holds {kind} values", self.name);
            return Err(Error::from_source("not_an_amount_column", &given, None));
        }
        let amounts = Amounts::of(*currency);
        let read = |part: &ArrayRef| {
            let cells = part.as_primitive::<Float64Type>().iter();
            cells.map(|value| value.map_or(AMOUNT_MISSING, |value| amounts.number(value))).collect()
        };
        Ok(self.convert(&DataType::Float64)?.iter().map(read).collect())
    }

    fn written_amounts(
        &self,
        currency: &mut Option<Currency>,
        mark: Option<DecimalMark>,
        cells: &mut Vec<Cells>,
    ) -> Result<Vec<Vec<i64>>, Error> {
        let parts = self.texts()?;
        let mut column = AmountColumn::new(&self.name, mark);
        for text in parts.iter().flat_map(|part| part.as_string::<i64>().iter().flatten()) {
            column.look_at(text);
        }
        *currency = column.currency(*currency)?;
        let (mark, amounts) = (column.decimal_mark()?, Amounts::of(*currency));
        let mut read = |part: &ArrayRef| {
            let texts = part.as_string::<i64>().iter();
            texts.map(|text| text.map_or(AMOUNT_MISSING, |text| column.amount(text, mark, amounts))).collect()
        };
        let read = parts.iter().map(&mut read).collect();
        cells.push(column.cells().clone());
        Ok(read)
    }

    /// Codes of each batch's texts, and the texts; cells for which `blank` holds are [`NO_ID`].
    fn codes_but(&self, blank: impl Fn(&str) -> bool) -> Result<(Vec<Vec<u32>>, Codes), Error> {
        let mut codes = Codes::default();
        let parts = self.texts()?;
        let mut code = |text: Option<&str>| match text.map(str::trim).filter(|text| !blank(text)) {
            None => NO_ID,
            Some(text) => codes.code(text),
        };
        let coded = parts.iter().map(|part| part.as_string::<i64>().iter().map(&mut code).collect()).collect();
        Ok((coded, codes))
    }

    /// What stands in a row, as text; `None` where nothing does.
    pub(crate) fn shown(&self, row: usize) -> Option<String> {
        let mut before = 0;
        let part = self.parts.iter().find(|part| {
            let here = row < before + part.len();
            before += if here { 0 } else { part.len() };
            here
        })?;
        let cell = cast(&part.slice(row - before, 1), &DataType::LargeUtf8).ok()?;
        cell.as_string::<i64>().iter().next().flatten().map(|text| text.chars().take(80).collect())
    }

    /// Codes of each batch's texts, and the texts; blank cells are [`NO_ID`].
    pub(crate) fn codes(&self) -> Result<(Vec<Vec<u32>>, Codes), Error> {
        self.codes_but(str::is_empty)
    }

    /// As [`Column::codes`]; a word for nothing is as good as a blank.
    pub(crate) fn codes_or_nothing(&self) -> Result<(Vec<Vec<u32>>, Codes), Error> {
        self.codes_but(is_nothing)
    }
}

fn in_place(part: &ArrayRef) -> Days<'_> {
    let days = part.as_primitive::<Date32Type>();
    let valid = days.nulls().map(|nulls| (nulls.validity(), nulls.offset()));
    Days::InPlace { values: days.values(), valid }
}

fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

fn local_day(seconds: i64, zone: &TimeZone) -> i32 {
    let day = || {
        let instant = jiff::Timestamp::from_second(seconds).ok()?;
        let date = zone.to_datetime(instant).date();
        let month = u32::try_from(date.month()).ok()?;
        let day = backcast::Day::from_ymd(i32::from(date.year()), month, u32::try_from(date.day()).ok()?);
        Some(day.ok()?.unix_days())
    };
    day().unwrap_or(DAY_UNREADABLE)
}
