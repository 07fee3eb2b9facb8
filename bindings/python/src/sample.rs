//! Python: the sample CRM.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

/// The columns of the sample CRM for a seed (name → texts), and the day up to which it is complete.
#[pyfunction]
pub(crate) fn sample_crm(py: Python<'_>, seed: u64) -> PyResult<(Bound<'_, PyDict>, String)> {
    let sample = py.detach(|| simulate::sample_crm(seed));
    let columns = PyDict::new(py);
    for (name, column) in simulate::SAMPLE_COLUMNS.iter().zip(&sample.columns) {
        columns.set_item(name, PyList::new(py, column)?)?;
    }
    Ok((columns, simulate::iso_day(sample.as_of)))
}
