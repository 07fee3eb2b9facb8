//! Python: refusals as exceptions that carry kind, message, what was given and what is allowed.

use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

create_exception!(
    backcast,
    BackcastError,
    PyValueError,
    "Something was refused; `kind`, `given`, `allowed` and `at` say what and why."
);

/// The exception for a refusal of the core.
pub(crate) fn raise(py: Python<'_>, error: &backcast::Error) -> PyErr {
    from_parts(py, error.kind().code(), &error.to_string(), error.given(), &error.allowed_in_request(), error.place())
}

pub(crate) fn from_parts(
    py: Python<'_>,
    kind: &str,
    message: &str,
    given: &str,
    allowed: &str,
    at: Option<&str>,
) -> PyErr {
    let exception = BackcastError::new_err(format!("{message}; allowed: {allowed}"));
    let value = exception.value(py);
    let set = [
        ("kind", Some(kind)),
        ("message", Some(message)),
        ("given", Some(given)),
        ("allowed", Some(allowed)),
        ("at", at),
    ];
    for (name, text) in set {
        if let Err(error) = value.setattr(name, text) {
            return error;
        }
    }
    exception
}

/// The refusal of this kind by the part that opens tables.
#[pyfunction]
#[pyo3(signature = (kind, given, allowed=None))]
pub(crate) fn refuse(py: Python<'_>, kind: &str, given: &str, allowed: Option<&str>) -> Py<PyAny> {
    raise(py, &backcast::Error::from_source(kind, given, allowed)).into_value(py).into_any()
}

/// The exception for a refusal that came back as an answer's `error`.
#[pyfunction]
pub(crate) fn refused(py: Python<'_>, error: &Bound<'_, PyDict>) -> PyResult<Py<PyAny>> {
    let part = |name: &str| -> PyResult<Option<String>> {
        error.get_item(name)?.map(|value| value.extract()).transpose().map(Option::flatten)
    };
    let text = |name: &str| part(name).map(Option::unwrap_or_default);
    let at = part("at")?;
    let exception =
        from_parts(py, &text("kind")?, &text("message")?, &text("given")?, &text("allowed")?, at.as_deref());
    Ok(exception.into_value(py).into_any())
}
