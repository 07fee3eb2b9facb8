//! One pass over the columns of a table, from rows to counts.

mod block;
mod calendar;
mod cells;
mod keys;
mod pass;
mod repeats;
mod write;

pub(super) use pass::{Counted, count, entries_by_day};
