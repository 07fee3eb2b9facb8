//! Python: rates.

use pyo3::prelude::*;
use serde::Serialize;

use crate::error::raise;
use crate::history::History;
use crate::json;

/// Mean and effective sample size per step, where known.
type Posteriors = Vec<Option<(f64, f64)>>;

/// A row of a table, with what its segment is called; of a deal size what stands deeper too.
#[derive(Serialize)]
struct Row<'a, T> {
    #[serde(flatten)]
    cells: &'a T,
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    family: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'static str>,
}

impl<'a, T> Row<'a, T> {
    fn of(segment: Option<&backcast::Segment>, row: &'a T) -> Self {
        Self { cells: row, name: segment.map(ToString::to_string), family: None, method: None }
    }
}

/// What a history supports.
#[pyclass(frozen, module = "backcast._native")]
pub(crate) struct Rates {
    inner: backcast::Rates,
    history: Py<History>,
    how: backcast::rates::LearnOptions,
}

#[pymethods]
impl Rates {
    #[new]
    #[pyo3(signature = (history, horizon_days=None, half_life_quarters=None, outliers="keep"))]
    fn new(
        py: Python<'_>,
        history: Py<History>,
        horizon_days: Option<u32>,
        half_life_quarters: Option<f64>,
        outliers: &str,
    ) -> PyResult<Self> {
        let outliers = outliers.parse().map_err(|error| raise(py, &error))?;
        let how = backcast::rates::LearnOptions::default()
            .horizon_days(horizon_days)
            .half_life_quarters(half_life_quarters)
            .outliers(outliers);
        let inner = history.get().learn(py, &how)?;
        Ok(Self { inner, history, how })
    }

    /// A pickle holds the counts: the same rates are learned from them again.
    fn __getnewargs__(&self, py: Python<'_>) -> (Py<History>, Option<u32>, Option<f64>, &'static str) {
        let how = self.how;
        (self.history.clone_ref(py), how.horizon_days, how.half_life_quarters, how.outliers.name())
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.inner == other.inner
    }

    /// The table, row by row.
    fn rows<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let rows = self.inner.table().iter().map(|row| Row::of(row.segment.as_ref(), row));
        json::of(py, &rows.collect::<Vec<_>>())
    }

    /// The columns that hold the values of the segments' dimensions.
    fn dimension_columns(&self) -> Vec<String> {
        backcast::rates::Estimate::dimension_columns(&self.history.get().dimensions())
    }

    /// The lag curves: per step its shares by day, and within so many days.
    fn lags(&self, in_the_end: bool) -> Vec<(String, Vec<f64>, Vec<f64>)> {
        let delays = self.inner.delays(in_the_end).into_iter();
        delays.map(|delay| (delay.step, delay.lag.pmf().to_vec(), delay.lag.cdf())).collect()
    }

    /// The segments of a step by their estimates, row by row.
    #[pyo3(signature = (step=None))]
    fn ranking<'py>(&self, py: Python<'py>, step: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
        let rows = self.inner.ranking(step).map_err(|error| raise(py, &error))?;
        json::of(py, &rows.iter().map(|row| Row::of(Some(&row.segment), row)).collect::<Vec<_>>())
    }

    /// A sentence if the segments cannot be ranked.
    fn not_ranked(&self) -> Option<String> {
        self.inner.not_ranked()
    }

    /// The table of deal sizes, row by row.
    fn deal_sizes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let rows = self.inner.deal_sizes().iter().map(|row| Row {
            family: Some(row.fitted.family.name()),
            method: Some(row.fitted.method),
            ..Row::of(row.segment.as_ref(), row)
        });
        json::of(py, &rows.collect::<Vec<_>>())
    }

    fn deal_notes(&self) -> Vec<String> {
        self.inner.deal_notes().to_vec()
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
    fn segment_posteriors(&self) -> Vec<(String, Posteriors)> {
        self.inner.segment_posteriors()
    }

    /// The answer to a request without funnel and rates.
    fn answer<'py>(&self, py: Python<'py>, request: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let request = json::text(request)?;
        let answer = py.detach(|| backcast::answer::answer_json_with(&request, &self.inner));
        json::object(py, &answer)
    }
}
