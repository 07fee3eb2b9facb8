//! In what do we count? Rates, money, days, periods, and how they are shown.

pub(crate) mod calendar;
mod day;
#[cfg(feature = "jiff")]
mod jiff;
mod money;
mod number;
mod period;
mod rate;
#[cfg(feature = "rust_decimal")]
mod rust_decimal;
pub(crate) mod shown;
mod text;

pub use calendar::{FiscalYear, Quarter, Week};
pub use day::Day;
pub(crate) use day::MOST_DAYS;
pub use money::{Currency, Money};
pub use number::Number;
pub use period::{Month, Period};
pub use rate::Rate;
pub(crate) use text::Exact;
