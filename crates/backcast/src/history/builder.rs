//! A table from rows of text: for programs that read records one by one, from a CSV, a query or a service.

use super::amounts::{AmountColumn, Amounts, DecimalMark};
use super::cells::is_nothing;
use super::dates::{DateColumn, DateOrder, Written};
use super::table::{AMOUNT_MISSING, Chunk, Codes, DAY_MISSING, DAY_UNREADABLE, Days, NO_ID, Table};
use crate::error::Result;
use crate::funnel::{Funnel, Segment};
use crate::quantity::Currency;

/// One record as text; what is not set is blank.
#[derive(Clone, Copy, Debug, Default)]
pub struct TextRow<'a> {
    /// The day on which each stage was entered, first stage first; missing ones at the end are blank.
    pub entered: &'a [&'a str],
    /// The day of the loss.
    pub lost: &'a str,
    /// The amount of the deal.
    pub amount: &'a str,
    /// The lead's id: records of one id are merged.
    pub id: &'a str,
    /// A value for each dimension.
    pub segment: &'a [&'a str],
}

/// Collects rows of text. How days and amounts are written is decided per column, from all its values; a time with an offset
/// falls on its day in UTC.
///
/// # Example
/// ```
/// use backcast::history::{TableBuilder, TextRow};
/// use backcast::{Funnel, History};
/// let mut leads = TableBuilder::new(Funnel::new(["lead", "customer"])?).dimensions(["channel"]);
/// for line in ["1;05.01.2026;20.01.2026;12.500,00 €;fair", "2;13.01.2026;;;web", "3;n/a;14.01.2026;;web"] {
///     let cells: Vec<&str> = line.split(';').collect();
///     let [id, lead, customer, amount, channel] = cells[..] else { continue };
///     leads.push(TextRow { id, entered: &[lead, customer], amount, segment: &[channel], ..TextRow::default() });
/// }
/// let history = History::read(&leads.finish()?)?;
/// assert_eq!((history.report().used, history.tally().deals().sum()), (3, 1_250_000));
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct TableBuilder {
    funnel: Funnel,
    dimensions: Vec<String>,
    currency: Option<Currency>,
    date_order: Option<DateOrder>,
    decimal_mark: Option<DecimalMark>,
    /// A column per stage, then the loss.
    days: Vec<Vec<String>>,
    amounts: Vec<String>,
    ids: Vec<u32>,
    codes: Codes,
    segments: Vec<Segment>,
    segment_codes: Codes,
    segment_of: Vec<u32>,
}

impl TableBuilder {
    /// No rows yet.
    #[must_use]
    pub fn new(funnel: Funnel) -> Self {
        let days = vec![Vec::new(); funnel.stages().len() + 1];
        Self {
            funnel,
            dimensions: Vec::new(),
            currency: None,
            date_order: None,
            decimal_mark: None,
            days,
            amounts: Vec::new(),
            ids: Vec::new(),
            codes: Codes::default(),
            segments: Vec::new(),
            segment_codes: Codes::default(),
            segment_of: Vec::new(),
        }
    }

    /// With dimensions of these names, such as `channel`.
    #[must_use]
    pub fn dimensions<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.dimensions = names.into_iter().map(str::to_owned).collect();
        self
    }

    /// With amounts in this currency.
    #[must_use]
    pub fn currency(mut self, currency: Currency) -> Self {
        self.currency = Some(currency);
        self
    }

    /// With days in this order, rather than in the one that each column shows.
    #[must_use]
    pub fn date_order(mut self, order: DateOrder) -> Self {
        self.date_order = Some(order);
        self
    }

    /// With this mark before the decimals of amounts, rather than the one that the column shows.
    #[must_use]
    pub fn decimal_mark(mut self, mark: DecimalMark) -> Self {
        self.decimal_mark = Some(mark);
        self
    }

    /// Adds a row.
    pub fn push(&mut self, row: TextRow<'_>) {
        let (lost, stages) = self.days.split_last_mut().unwrap_or((&mut self.amounts, &mut []));
        let entered = row.entered.iter().copied().chain(core::iter::repeat(""));
        stages.iter_mut().zip(entered).for_each(|(column, day)| column.push(day.to_owned()));
        lost.push(row.lost.to_owned());
        self.amounts.push(row.amount.to_owned());
        let id = row.id.trim();
        self.ids.push(if is_nothing(id) { NO_ID } else { self.codes.code(id) });
        if !self.dimensions.is_empty() {
            let values = row.segment.iter().copied().map(Some).chain(core::iter::repeat(None));
            let segment = Segment::new(values.take(self.dimensions.len()));
            let code = self.segment_codes.code(&segment.to_string());
            if code as usize == self.segments.len() {
                self.segments.push(segment);
            }
            self.segment_of.push(code);
        }
    }

    /// The table of all rows; its other fields, such as `as_of`, may still be set.
    ///
    /// # Errors
    /// `ambiguous_dates`, `mixed_dates`, `ambiguous_amounts`, `mixed_amounts`, `mixed_currency`.
    pub fn finish(self) -> Result<Table<'static>> {
        let names = self.funnel.stages().iter().map(String::as_str).chain(["lost"]);
        let mut cells = Vec::new();
        let mut days = Vec::new();
        for (name, texts) in names.zip(&self.days) {
            let mut column = DateColumn::new(name, self.date_order);
            for text in texts {
                column.look_at(text);
            }
            let order = column.order()?;
            days.push(Days::Read(texts.iter().map(|text| day(&mut column, text, order)).collect()));
            cells.push(column.cells().clone());
        }
        let lost = days.pop();
        let mut column = AmountColumn::new("amount", self.decimal_mark);
        for text in &self.amounts {
            column.look_at(text);
        }
        let currency = column.currency(self.currency)?;
        let (mark, amounts) = (column.decimal_mark()?, Amounts::of(currency));
        let amounts: Vec<i64> = self.amounts.iter().map(|text| column.amount(text, mark, amounts)).collect();
        cells.push(column.cells().clone());
        let has_amounts = amounts.iter().any(|amount| *amount != AMOUNT_MISSING);
        let has_ids = self.ids.iter().any(|id| *id != NO_ID);
        let chunk = Chunk {
            stages: days,
            lost,
            observed_from: None,
            amounts: has_amounts.then_some(amounts),
            ids: has_ids.then_some(self.ids),
            segments: self.segment_of,
        };
        let table = Table::new(self.funnel, vec![chunk]);
        Ok(Table { dimensions: self.dimensions, segments: self.segments, currency, cells, ..table })
    }
}

fn day(column: &mut DateColumn, text: &str, order: DateOrder) -> i32 {
    match column.day(text, order) {
        Ok(None) => DAY_MISSING,
        Ok(Some(Written::Day(day))) => day.unix_days(),
        Ok(Some(Written::Instant(seconds))) => i32::try_from(seconds.div_euclid(86_400)).unwrap_or(DAY_UNREADABLE),
        Err(()) => DAY_UNREADABLE,
    }
}
