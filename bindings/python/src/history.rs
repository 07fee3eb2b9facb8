//! Python: history.

use std::collections::{BTreeSet, HashMap};

use arrow_array::RecordBatch;
use backcast::funnel::BLANK;
use backcast::history::{Cells, Chunk, Codes, DateOrder, Days, DecimalMark, Misfit, NO_ID, RefusedRow};
use backcast::review::BacktestOptions;
use backcast::{Backtest, Currency, Error, Funnel, Segment, Table};
use jiff::tz::TimeZone;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyDict};
use pyo3_arrow::input::AnyRecordBatch;

use crate::columns::Column;
use crate::error::raise;
use crate::json;

/// What happened to the leads of a table.
#[pyclass(frozen, module = "backcast._native")]
pub(crate) struct History {
    inner: backcast::History,
    /// Addresses of the typed day columns that were read in place, by name.
    addresses: HashMap<String, usize>,
    /// The records and how they were read, for a backtest; a merged history has none.
    records: Option<(Vec<RecordBatch>, Options)>,
}

/// How a table is to be read; every name is a column's.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Options {
    stages: Vec<(String, String)>,
    id: Option<String>,
    lost: Option<String>,
    amount: Option<String>,
    currency_column: Option<String>,
    currency: Option<String>,
    segment: Vec<String>,
    as_of: Option<String>,
    observed_from_column: Option<String>,
    observed_from: Option<String>,
    date_order: Option<String>,
    decimal_mark: Option<String>,
    time_zone: String,
    keying_delay_days: u32,
    max_disorder_days: u32,
    misfits: Vec<(u64, u64, String)>,
    notes: Vec<String>,
}

/// Reads a table that speaks Arrow.
#[pyfunction]
pub(crate) fn read(py: Python<'_>, source: AnyRecordBatch, options: Options) -> PyResult<History> {
    let batches: Vec<RecordBatch> = py.detach(|| {
        source.into_reader()?.collect::<Result<_, _>>().map_err(|error| PyRuntimeError::new_err(error.to_string()))
    })?;
    let read = |table: &Table<'_>, columns: &[Column]| {
        let names = options.stages.iter().map(|(_, name)| name.clone());
        let addresses = names.zip(columns).filter_map(|(name, column)| Some((name, column.address()?))).collect();
        Ok((backcast::History::read(table)?, addresses))
    };
    let (inner, addresses) = py.detach(|| options.with_table(&batches, read)).map_err(|error| raise(py, &error))?;
    Ok(History { inner, addresses, records: Some((batches, options)) })
}

impl Options {
    /// Does some work on the table that these batches are, and the columns of its stages.
    fn with_table<T>(
        &self,
        batches: &[RecordBatch],
        work: impl FnOnce(&Table<'_>, &[Column]) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let zone = TimeZone::get(&self.time_zone)
            .map_err(|_| Error::from_source("unknown_time_zone", &self.time_zone, None))?;
        let order = self.date_order.as_deref().map(str::parse).transpose()?;
        let column = |name: &String| Column::of(batches, name);
        let optional = |name: &Option<String>| name.as_ref().map(column).transpose();
        let stages: Vec<Column> = self.stages.iter().map(|(_, name)| column(name)).collect::<Result<_, _>>()?;
        let (lost, observed) = (optional(&self.lost)?, optional(&self.observed_from_column)?);
        let mark: Option<DecimalMark> = self.decimal_mark.as_deref().map(str::parse).transpose()?;
        let mut cells: Vec<Cells> = Vec::new();
        let mut currency = self.currency_of(batches)?;
        let amounts = optional(&self.amount)?;
        let amounts = amounts.map(|column| column.amounts(&mut currency, mark, &mut cells)).transpose()?;
        let ids = optional(&self.id)?.map(|column| column.codes_or_nothing()).transpose()?.map(|(ids, _)| ids);
        let (segment_of, segments) = self.segments(batches)?;
        let mut stage_days: Vec<_> =
            stages.iter().map(|c| Ok(c.days(order, &zone, &mut cells)?.into_iter())).collect::<Result<_, Error>>()?;
        let (mut lost_days, mut observed_days) =
            (days_of(lost.as_ref(), order, &zone, &mut cells)?, days_of(observed.as_ref(), order, &zone, &mut cells)?);
        let (mut amounts, mut ids, mut segment_of) =
            (amounts.map(Vec::into_iter), ids.map(Vec::into_iter), segment_of.into_iter());
        let chunks = batches.iter().map(|_| Chunk {
            stages: stage_days.iter_mut().filter_map(Iterator::next).collect(),
            lost: lost_days.as_mut().and_then(Iterator::next),
            observed_from: observed_days.as_mut().and_then(Iterator::next),
            amounts: amounts.as_mut().and_then(Iterator::next),
            ids: ids.as_mut().and_then(Iterator::next),
            segments: segment_of.next().unwrap_or_default(),
        });
        let table = Table {
            dimensions: self.segment.clone(),
            segments,
            as_of: self.as_of.as_deref().map(str::parse).transpose()?,
            observed_from: self.observed_from.as_deref().map(str::parse).transpose()?,
            keying_delay_days: self.keying_delay_days,
            max_disorder_days: self.max_disorder_days,
            currency,
            cells,
            misfits: self
                .misfits
                .iter()
                .map(|(row, line, why)| Misfit { row: *row, line: *line, why: why.clone() })
                .collect(),
            notes: self.notes.clone(),
            ..Table::new(Funnel::new(self.stages.iter().map(|(stage, _)| stage.as_str()))?, chunks.collect())
        };
        work(&table, &stages)
    }

    /// The name of a column of days by the core's number.
    fn day_column(&self, number: usize) -> Option<&String> {
        match number {
            RefusedRow::LOST => self.lost.as_ref(),
            RefusedRow::OBSERVED_FROM => self.observed_from_column.as_ref(),
            stage => self.stages.get(stage).map(|(_, column)| column),
        }
    }

    /// The stated currency, or the only one in its column.
    fn currency_of(&self, batches: &[RecordBatch]) -> Result<Option<Currency>, Error> {
        let Some(name) = &self.currency_column else {
            return self.currency.as_deref().map(str::parse).transpose();
        };
        let (_, codes) = Column::of(batches, name)?.codes_or_nothing()?;
        let distinct: BTreeSet<&str> = codes.texts().iter().map(String::as_str).collect();
        let mut found = distinct.iter();
        match (found.next(), found.next()) {
            (Some(first), Some(second)) => {
                Err(Error::from_source("mixed_currency", &format!("{first} and {second}"), None))
            }
            (Some(code), None) => code.parse().map(Some),
            (None, _) => Ok(None),
        }
    }

    /// Per batch and row the segment's index, and the segments.
    fn segments(&self, batches: &[RecordBatch]) -> Result<(Vec<Vec<u32>>, Vec<Segment>), Error> {
        let mut rows: Vec<Vec<u32>> = batches.iter().map(|batch| vec![0; batch.num_rows()]).collect();
        let mut known: Vec<Vec<String>> = vec![Vec::new()];
        if self.segment.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        for name in &self.segment {
            let (coded, codes) = Column::of(batches, name)?.codes()?;
            // A pair of (segment so far, value of this dimension) is a new segment the first time it is seen.
            let mut pairs: HashMap<(u32, u32), u32> = HashMap::new();
            let mut next: Vec<Vec<String>> = Vec::new();
            for (slot, code) in rows.iter_mut().flatten().zip(coded.iter().flatten()) {
                *slot = *pairs.entry((*slot, *code)).or_insert_with(|| {
                    let mut values = known.get(*slot as usize).cloned().unwrap_or_default();
                    values.push(value(&codes, *code));
                    next.push(values);
                    u32::try_from(next.len() - 1).unwrap_or(u32::MAX)
                });
            }
            known = next;
        }
        let named = |values: &Vec<String>| Segment::new(values.iter().map(|value| Some(value.as_str())));
        Ok((rows, known.iter().map(named).collect()))
    }
}

fn value(codes: &Codes, code: u32) -> String {
    if code == NO_ID { BLANK.to_owned() } else { codes.texts().get(code as usize).cloned().unwrap_or_default() }
}

type DayChunks<'a> = Option<std::vec::IntoIter<Days<'a>>>;

fn days_of<'a>(
    column: Option<&'a Column>,
    order: Option<DateOrder>,
    zone: &TimeZone,
    cells: &mut Vec<Cells>,
) -> Result<DayChunks<'a>, Error> {
    let days = column.map(|column| column.days(order, zone, cells)).transpose()?;
    Ok(days.map(Vec::into_iter))
}

#[pymethods]
impl History {
    /// The history that `__getnewargs__` has written: what a pickle holds.
    #[new]
    fn new(py: Python<'_>, json: &str) -> PyResult<Self> {
        let inner = py.detach(|| backcast::History::from_json(json)).map_err(|error| raise(py, &error))?;
        Ok(Self { inner, addresses: HashMap::new(), records: None })
    }

    fn __getnewargs__(&self, py: Python<'_>) -> (String,) {
        (py.detach(|| self.inner.to_json()),)
    }

    /// Rows read, used, refused, repaired; by rule and by reason.
    fn counts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let report = self.inner.report();
        let counts = PyDict::new(py);
        counts.set_item("read", report.read)?;
        counts.set_item("used", report.used)?;
        counts.set_item("refused", report.refused)?;
        counts.set_item("repaired", report.repaired)?;
        counts.set_item("repairs", report.repairs.clone())?;
        counts.set_item("reasons", report.reasons.clone())?;
        counts.set_item("later_ignored", report.later_ignored)?;
        if let Some(amounts) = report.amounts {
            let by_kind = [
                ("won", amounts.won),
                ("used", amounts.used),
                ("missing", amounts.missing),
                ("negative", amounts.negative),
                ("unreadable", amounts.unreadable),
            ];
            counts.set_item("amounts", by_kind.into_py_dict(py)?)?;
        }
        Ok(counts)
    }

    /// Things to know about the table.
    fn notes(&self) -> Vec<String> {
        self.inner.notes()
    }

    /// Why what is learned from the table may be wrong.
    fn warnings(&self) -> Vec<String> {
        self.inner.warnings()
    }

    /// The last day whose records are complete.
    fn as_of(&self) -> String {
        self.inner.tally().as_of().to_string()
    }

    fn stages(&self) -> Vec<String> {
        self.inner.tally().funnel().stages().to_vec()
    }

    pub(crate) fn dimensions(&self) -> Vec<String> {
        self.inner.tally().dimensions().to_vec()
    }

    /// Open leads as (stage, age in days, how many, amount of each).
    fn pipeline(&self, py: Python<'_>) -> Vec<(String, u32, u64, Option<f64>)> {
        let tally = self.inner.tally();
        let stages = tally.funnel().stages();
        let open = py.detach(|| backcast::Open::of(tally));
        let name = |stage: usize| stages.get(stage).cloned().unwrap_or_default();
        open.iter().map(|open| (name(open.stage()), open.age_days(), open.count(), open.amount())).collect()
    }

    /// The first refused rows, at most so many, column by column: number, column, what stands there, reason.
    fn refused<'py>(&self, py: Python<'py>, at_most: usize) -> PyResult<Bound<'py, PyDict>> {
        let find = || {
            let (batches, how) =
                self.records.as_ref().ok_or_else(|| Error::from_source("no_records", "a merged history", None))?;
            let as_of = self.inner.tally().as_of();
            let rows = how.with_table(batches, |table, _| Ok(backcast::History::refused(table, as_of, at_most)))?;
            let named = |row: &RefusedRow| row.column.and_then(|column| how.day_column(column));
            let value = |row: &RefusedRow| match (row.at, named(row)) {
                (Some(at), Some(name)) => Column::of(batches, name).ok().and_then(|column| column.shown(at)),
                _ => row.why.clone(),
            };
            Ok::<_, Error>(
                rows.iter().map(|row| (row.row, named(row).cloned(), value(row), row.reason)).collect::<Vec<_>>(),
            )
        };
        let rows = py.detach(find).map_err(|error| raise(py, &error))?;
        let columns = PyDict::new(py);
        columns.set_item("row", rows.iter().map(|row| row.0).collect::<Vec<_>>())?;
        columns.set_item("column", rows.iter().map(|row| row.1.clone()).collect::<Vec<_>>())?;
        columns.set_item("value", rows.iter().map(|row| row.2.clone()).collect::<Vec<_>>())?;
        columns.set_item("reason", rows.iter().map(|row| row.3).collect::<Vec<_>>())?;
        Ok(columns)
    }

    fn addresses(&self) -> HashMap<String, usize> {
        self.addresses.clone()
    }

    fn merge(&self, py: Python<'_>, other: &Self) -> PyResult<Self> {
        let inner = self.inner.merge(&other.inner).map_err(|error| raise(py, &error))?;
        Ok(Self { inner, addresses: HashMap::new(), records: None })
    }

    /// The backtest as a dict; `progress` is called with how many of how many origins are done.
    #[pyo3(signature = (every, horizon_days=None, origins=None, progress=None))]
    #[expect(clippy::needless_pass_by_value, reason = "arguments that PyO3 extracts arrive by value")]
    fn backtest<'py>(
        &self,
        py: Python<'py>,
        every: &str,
        horizon_days: Option<u32>,
        origins: Option<usize>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut stopped = None;
        let mut tell = |done: usize, all: usize| {
            let told = Python::attach(|py| {
                py.check_signals()?;
                progress.as_ref().map_or(Ok(()), |progress| progress.call1(py, (done, all)).map(drop))
            });
            told.map_err(|error| stopped = Some(error)).is_ok()
        };
        let test = || {
            let options = BacktestOptions::default().every(every.parse()?).horizon_days(horizon_days).origins(origins);
            let (batches, how) =
                self.records.as_ref().ok_or_else(|| Error::from_source("no_records", "a merged history", None))?;
            how.with_table(batches, |table, _| Backtest::of_with(table, &options, &mut tell))
        };
        let tested = py.detach(test);
        if let Some(error) = stopped {
            return Err(error);
        }
        let tested = tested.map_err(|error| raise(py, &error))?;
        let text = serde_json::to_string(&tested).map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
        json::object(py, &text)
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.inner == other.inner
    }
}

impl History {
    /// What the counts support.
    pub(crate) fn learn(&self, py: Python<'_>, how: &backcast::rates::LearnOptions) -> PyResult<backcast::Rates> {
        let rates = py.detach(|| backcast::Rates::of_history(&self.inner, how));
        rates.map_err(|error| raise(py, &error))
    }
}
