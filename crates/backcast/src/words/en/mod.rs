//! The English catalogue.

pub(crate) mod backtest;
pub(crate) mod channels;
pub(crate) mod estimates;
pub(crate) mod evidence;
mod forms;
mod nouns;
pub(crate) mod arithmetic;
pub(crate) mod records;
pub(crate) mod schedule;
pub(crate) mod unreachable;

pub(crate) use nouns::several;
