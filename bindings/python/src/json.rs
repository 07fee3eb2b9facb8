//! Python: dicts, lists and scalars to JSON text and back, nothing lost on the way.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString};
use serde::Serialize;
use serde_json::{Map, Number, Value};

/// Documents nest no deeper than this: a list that holds itself must not end the interpreter.
const DEEPEST: usize = 100;

/// The JSON text of a Python object. Decimals go as their text, dates and times as their day; NaN and infinities go as
/// text too, so that the core can name them in its refusal.
pub(crate) fn text(object: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(value(object, 0)?.to_string())
}

fn value(object: &Bound<'_, PyAny>, depth: usize) -> PyResult<Value> {
    if object.is_none() || depth > DEEPEST {
        return Ok(Value::Null);
    }
    if let Ok(flag) = object.cast::<PyBool>() {
        return Ok(Value::Bool(flag.is_true()));
    }
    if let Ok(text) = object.cast::<PyString>() {
        return Ok(Value::String(text.to_string_lossy().into_owned()));
    }
    if object.cast::<PyInt>().is_ok() || object.cast::<PyFloat>().is_ok() {
        return Ok(number(object));
    }
    if let Ok(mapping) = object.cast::<PyMapping>() {
        let entries = mapping.items()?.iter().map(|entry| {
            let (key, entry): (Bound<'_, PyAny>, Bound<'_, PyAny>) = entry.extract()?;
            Ok((key.str()?.to_string_lossy().into_owned(), value(&entry, depth + 1)?))
        });
        return Ok(Value::Object(entries.collect::<PyResult<Map<_, _>>>()?));
    }
    if object.hasattr("isoformat")? && object.hasattr("year")? {
        let day = object.call_method0("isoformat")?.to_string();
        return Ok(Value::String(day.split(['T', ' ']).next().unwrap_or_default().to_owned()));
    }
    if object.get_type().name()?.to_str()? == "Decimal" {
        return Ok(Value::String(object.str()?.to_str()?.to_owned()));
    }
    // NumPy's scalars are numbers, its arrays and all other iterables are lists.
    if object.hasattr("__float__")? && !object.hasattr("__len__")? {
        return Ok(number(object));
    }
    match object.try_iter() {
        Ok(items) => Ok(Value::Array(items.map(|item| value(&item?, depth + 1)).collect::<PyResult<_>>()?)),
        Err(_) => Ok(Value::String(object.str()?.to_string_lossy().into_owned())),
    }
}

/// All numbers go as doubles, as in every other language; what no double holds goes as its text.
fn number(object: &Bound<'_, PyAny>) -> Value {
    match object.extract::<f64>().ok().and_then(Number::from_f64) {
        Some(number) => Value::Number(number),
        // Python itself refuses to write numbers of several thousand digits.
        None => Value::String(object.str().map_or_else(|_| "infinity".to_owned(), |text| text.to_string())),
    }
}

/// The Python object of a JSON text.
pub(crate) fn object<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| pyo3::exceptions::PyRuntimeError::new_err(error.to_string()))?;
    build(py, &value)
}

/// The Python object of what can be written as JSON, such as a list of rows.
pub(crate) fn of<'py>(py: Python<'py>, value: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    let value =
        serde_json::to_value(value).map_err(|error| pyo3::exceptions::PyRuntimeError::new_err(error.to_string()))?;
    build(py, &value)
}

fn build<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(flag) => flag.into_pyobject(py)?.to_owned().into_any(),
        Value::String(text) => text.into_pyobject(py)?.into_any(),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => whole.into_pyobject(py)?.into_any(),
            (None, real) => real.into_pyobject(py)?.into_any(),
        },
        Value::Array(items) => {
            PyList::new(py, items.iter().map(|item| build(py, item)).collect::<PyResult<Vec<_>>>()?)?.into_any()
        }
        Value::Object(entries) => {
            let dict = PyDict::new(py);
            for (key, entry) in entries {
                dict.set_item(key, build(py, entry)?)?;
            }
            dict.into_any()
        }
    })
}
