//! Python: the private module `backcast._native`, called by the documented façade in `python/src/backcast`.

mod answer;
mod columns;
mod csv;
mod error;
mod history;
mod json;
mod rates;
mod sample;

/// The compiled half of `backcast`; its names are private.
#[pyo3::pymodule(gil_used = false)]
mod _native {
    /// The version of the library.
    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "the name that Python looks for")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
    #[pymodule_export]
    use super::answer::{answer, is_day};
    #[pymodule_export]
    use super::csv::{csv_columns, csv_read, is_utf8};
    #[pymodule_export]
    use super::error::{BackcastError, refuse, refused};
    #[pymodule_export]
    use super::history::{History, read};
    #[pymodule_export]
    use super::rates::Rates;
    #[pymodule_export]
    use super::sample::sample_crm;
}
