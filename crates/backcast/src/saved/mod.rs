//! What is saved and loaded again: a document that says what it holds, and in which version.

mod document;
mod word;

pub(crate) use document::{check, read};
pub(crate) use word::{Word, one_of};
