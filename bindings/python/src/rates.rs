//! Python: rates.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::raise;
use crate::history::History;
use crate::json;

/// Mean and effective sample size per step, where known.
type Posteriors = Vec<Option<(f64, f64)>>;

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

    /// The table, column by column.
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let rows = self.inner.table();
        let columns = PyDict::new(py);
        let segments = rows.iter().map(|row| row.segment.as_ref().map(ToString::to_string));
        columns.set_item("segment", segments.collect::<Vec<_>>())?;
        for (index, name) in
            backcast::rates::Estimate::dimension_columns(&self.history.get().dimensions()).iter().enumerate()
        {
            let value =
                |row: &backcast::rates::Estimate| row.segment.as_ref().and_then(|s| s.values().get(index).cloned());
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
        columns.set_item("ultimate", rows.iter().map(|row| row.ultimate).collect::<Vec<_>>())?;
        columns.set_item("ultimate_low", rows.iter().map(|row| row.ultimate_low).collect::<Vec<_>>())?;
        columns.set_item("ultimate_high", rows.iter().map(|row| row.ultimate_high).collect::<Vec<_>>())?;
        columns.set_item("extrapolated", rows.iter().map(|row| row.extrapolated).collect::<Vec<_>>())?;
        columns.set_item("tail", rows.iter().map(|row| row.tail).collect::<Vec<_>>())?;
        columns.set_item("median_days", rows.iter().map(|row| row.median_days).collect::<Vec<_>>())?;
        columns.set_item("p90_days", rows.iter().map(|row| row.p90_days).collect::<Vec<_>>())?;
        columns.set_item("effective_leads", rows.iter().map(|row| row.effective_leads).collect::<Vec<_>>())?;
        columns.set_item("own", rows.iter().map(|row| row.own).collect::<Vec<_>>())?;
        columns.set_item("shrinkage", rows.iter().map(|row| row.shrinkage).collect::<Vec<_>>())?;
        columns.set_item("next", rows.iter().map(|row| row.next).collect::<Vec<_>>())?;
        columns.set_item("next_low", rows.iter().map(|row| row.next_low).collect::<Vec<_>>())?;
        columns.set_item("next_high", rows.iter().map(|row| row.next_high).collect::<Vec<_>>())?;
        columns.set_item("method", rows.iter().map(|row| row.method).collect::<Vec<_>>())?;
        Ok(columns)
    }

    /// The lag curves, column by column: a row per step and day.
    fn lags<'py>(&self, py: Python<'py>, in_the_end: bool) -> PyResult<Bound<'py, PyDict>> {
        let (mut steps, mut days, mut pmf, mut cdf) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for delay in self.inner.delays(in_the_end) {
            steps.extend(delay.lag.pmf().iter().map(|_| delay.step.clone()));
            days.extend(0..delay.lag.pmf().len());
            pmf.extend_from_slice(delay.lag.pmf());
            cdf.extend(delay.lag.cdf());
        }
        let columns = PyDict::new(py);
        columns.set_item("step", steps)?;
        columns.set_item("days", days)?;
        columns.set_item("pmf", pmf)?;
        columns.set_item("cdf", cdf)?;
        Ok(columns)
    }

    /// The segments of a step by their estimates, column by column.
    #[pyo3(signature = (step=None))]
    fn ranking<'py>(&self, py: Python<'py>, step: Option<&str>) -> PyResult<Bound<'py, PyDict>> {
        let rows = self.inner.ranking(step).map_err(|error| raise(py, &error))?;
        let columns = PyDict::new(py);
        columns.set_item("segment", rows.iter().map(|row| row.segment.to_string()).collect::<Vec<_>>())?;
        columns.set_item("group", rows.iter().map(|row| row.group).collect::<Vec<_>>())?;
        columns.set_item("estimate", rows.iter().map(|row| row.estimate).collect::<Vec<_>>())?;
        columns.set_item("low", rows.iter().map(|row| row.low).collect::<Vec<_>>())?;
        columns.set_item("high", rows.iter().map(|row| row.high).collect::<Vec<_>>())?;
        columns.set_item("better_than_next", rows.iter().map(|row| row.better_than_next).collect::<Vec<_>>())?;
        columns.set_item("best_is_better", rows.iter().map(|row| row.best_is_better).collect::<Vec<_>>())?;
        Ok(columns)
    }

    /// A sentence if the segments cannot be ranked.
    fn not_ranked(&self) -> Option<String> {
        self.inner.not_ranked()
    }

    /// The table of deal sizes, column by column.
    fn deal_sizes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let rows = self.inner.deal_sizes();
        let columns = PyDict::new(py);
        let segments = rows.iter().map(|row| row.segment.as_ref().map(ToString::to_string));
        columns.set_item("segment", segments.collect::<Vec<_>>())?;
        for (index, name) in
            backcast::rates::Estimate::dimension_columns(&self.history.get().dimensions()).iter().enumerate()
        {
            let value =
                |row: &backcast::rates::DealEstimate| row.segment.as_ref().and_then(|s| s.values().get(index).cloned());
            columns.set_item(name, rows.iter().map(value).collect::<Vec<_>>())?;
        }
        columns.set_item("deals", rows.iter().map(|row| row.deals).collect::<Vec<_>>())?;
        columns.set_item("mean", rows.iter().map(|row| row.mean).collect::<Vec<_>>())?;
        columns.set_item("low", rows.iter().map(|row| row.low).collect::<Vec<_>>())?;
        columns.set_item("high", rows.iter().map(|row| row.high).collect::<Vec<_>>())?;
        columns.set_item("median", rows.iter().map(|row| row.median).collect::<Vec<_>>())?;
        columns.set_item("cv", rows.iter().map(|row| row.cv).collect::<Vec<_>>())?;
        columns.set_item("own", rows.iter().map(|row| row.own).collect::<Vec<_>>())?;
        columns.set_item("shrinkage", rows.iter().map(|row| row.shrinkage).collect::<Vec<_>>())?;
        columns.set_item("corrected", rows.iter().map(|row| row.corrected).collect::<Vec<_>>())?;
        let currency = |row: &backcast::rates::DealEstimate| row.currency.map(backcast::Currency::code);
        columns.set_item("currency", rows.iter().map(currency).collect::<Vec<_>>())?;
        columns.set_item("family", rows.iter().map(|row| row.fitted.family.name()).collect::<Vec<_>>())?;
        columns.set_item("method", rows.iter().map(|row| row.fitted.method).collect::<Vec<_>>())?;
        Ok(columns)
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
