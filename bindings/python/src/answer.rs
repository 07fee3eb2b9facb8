//! Python: the front door.

use pyo3::prelude::*;

use crate::json;

/// One request to one answer.
#[pyfunction]
pub(crate) fn answer<'py>(py: Python<'py>, request: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let request = json::text(request)?;
    let answer = py.detach(|| backcast::answer_json(&request));
    json::object(py, &answer)
}

/// Whether a text can be read as a date in any order.
#[pyfunction]
pub(crate) fn is_day(text: &str) -> bool {
    use backcast::history::DateOrder::{DayFirst, MonthFirst};
    [DayFirst, MonthFirst].into_iter().any(|order| backcast::history::DateColumn::read(text, order).is_some())
}
