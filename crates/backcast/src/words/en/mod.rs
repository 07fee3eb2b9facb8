//! The English catalogue.

pub(crate) mod channels;
mod forms;
mod nouns;
pub(crate) mod arithmetic;
pub(crate) mod schedule;
pub(crate) mod unreachable;

pub(crate) use nouns::several;
