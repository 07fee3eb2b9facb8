//! Words: facts go in, sentences come out. The only room with prose for users beside the catalogue of errors.
//!
//! Each function of the catalogue writes one sentence from numbers and names; nothing ever reads a sentence back. Another
//! language is another catalogue with the same functions.

pub(crate) mod en;
mod statement;

pub use statement::{Statement, Topic};
