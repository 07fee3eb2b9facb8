//! Anything at all is answered: requests, tables, texts and saved rates, drawn at random around good ones.
//!
//! A fixed number of inputs here; `make fuzz N=100000` draws more, and others each time.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::ptr_arg,
    clippy::print_stdout,
    reason = "a test may stop at the first surprise; its inputs are owned"
)]

#[path = "fuzz/requests.rs"]
mod requests;
#[path = "oracle/rows.rs"]
mod rows;
#[path = "fuzz/run.rs"]
mod run;
#[path = "fuzz/saved.rs"]
mod saved;
#[path = "fuzz/tables.rs"]
mod tables;
#[path = "fuzz/text.rs"]
mod text;

use run::fuzz;

#[test]
fn requests_that_are_nearly_good() {
    fuzz("requests that are nearly good", 400, &requests::nearly_good(), requests::answered);
}

#[test]
fn requests_that_are_any_text() {
    fuzz("requests that are any text", 1_000, &requests::texts(), requests::answered);
}

#[test]
fn tables_of_any_rows() {
    fuzz("tables of any rows", 100, &tables::tables(), tables::counted);
}

#[test]
fn texts_in_cells() {
    fuzz("texts in cells", 5_000, &text::texts(), text::read);
}

#[test]
fn histories_that_were_damaged() {
    fuzz("histories that were damaged", 300, &saved::histories(), saved::history_loaded);
}

#[test]
fn rates_that_were_damaged() {
    fuzz("rates that were damaged", 100, &saved::rates(), saved::rates_loaded);
}
