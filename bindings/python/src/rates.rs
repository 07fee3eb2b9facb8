//! Python: rates.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::json;

/// What a history supports.
#[pyclass(frozen, module = "backcast._native")]
pub(crate) struct Rates {
    inner: backcast::Rates,
    dimensions: Vec<String>,
}

impl Rates {
    pub(crate) fn new(inner: backcast::Rates, dimensions: Vec<String>) -> Self {
        Self { inner, dimensions }
    }
}

#[pymethods]
impl Rates {
    /// The table, column by column.
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let rows = self.inner.table();
        let columns = PyDict::new(py);
        let segments = rows.iter().map(|row| row.segment.as_ref().map(ToString::to_string));
        columns.set_item("segment", segments.collect::<Vec<_>>())?;
        for (index, name) in self.dimensions.iter().enumerate() {
            let value = |row: &backcast::Estimate| row.segment.as_ref().and_then(|s| s.values().get(index).cloned());
            columns.set_item(name, rows.iter().map(value).collect::<Vec<_>>())?;
        }
        columns.set_item("step", rows.iter().map(|row| row.step.clone()).collect::<Vec<_>>())?;
        columns.set_item("entered", rows.iter().map(|row| row.entered).collect::<Vec<_>>())?;
        columns.set_item("converted", rows.iter().map(|row| row.converted).collect::<Vec<_>>())?;
        columns.set_item("lost", rows.iter().map(|row| row.lost).collect::<Vec<_>>())?;
        columns.set_item("open", rows.iter().map(|row| row.open).collect::<Vec<_>>())?;
        columns.set_item("naive", rows.iter().map(|row| row.naive).collect::<Vec<_>>())?;
        columns.set_item("estimate", rows.iter().map(|row| row.estimate).collect::<Vec<_>>())?;
        columns.set_item("low", rows.iter().map(|row| row.low).collect::<Vec<_>>())?;
        columns.set_item("high", rows.iter().map(|row| row.high).collect::<Vec<_>>())?;
        columns.set_item("horizon_days", rows.iter().map(|row| row.horizon_days).collect::<Vec<_>>())?;
        columns.set_item("levelled_off", rows.iter().map(|row| row.levelled_off).collect::<Vec<_>>())?;
        columns.set_item("effective_leads", rows.iter().map(|row| row.effective_leads).collect::<Vec<_>>())?;
        columns.set_item("own", rows.iter().map(|row| row.own).collect::<Vec<_>>())?;
        columns.set_item("shrinkage", rows.iter().map(|row| row.shrinkage).collect::<Vec<_>>())?;
        columns.set_item("next", rows.iter().map(|row| row.next).collect::<Vec<_>>())?;
        columns.set_item("next_low", rows.iter().map(|row| row.next_low).collect::<Vec<_>>())?;
        columns.set_item("next_high", rows.iter().map(|row| row.next_high).collect::<Vec<_>>())?;
        columns.set_item("method", rows.iter().map(|row| row.method).collect::<Vec<_>>())?;
        Ok(columns)
    }

    fn stages(&self) -> Vec<String> {
        self.inner.funnel().stages().to_vec()
    }

    fn as_of(&self) -> Option<String> {
        self.inner.as_of().map(|day| day.to_string())
    }

    fn warnings(&self) -> Vec<String> {
        self.inner.warnings().to_vec()
    }

    /// Per step (mean, effective sample size), as a request's `rates` take it.
    fn posteriors(&self) -> Vec<Option<(f64, f64)>> {
        self.inner.posteriors()
    }

    /// Per segment its posteriors, one (mean, effective sample size) per step.
    fn segment_posteriors(&self) -> Vec<(String, Vec<Option<(f64, f64)>>)> {
        self.inner.segment_posteriors()
    }

    /// The answer to a request without funnel and rates.
    fn answer<'py>(&self, py: Python<'py>, request: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let request = json::text(request)?;
        let answer = py.detach(|| backcast::answer_json_with(&request, &self.inner));
        json::object(py, &answer)
    }
}
