//! In what do we count? Rates, money, days, periods, and how they are shown.

pub(crate) mod calendar;
mod day;
mod money;
mod number;
mod period;
mod rate;
pub(crate) mod shown;
mod text;

pub use calendar::{FiscalYear, Quarter, Week};
pub use day::Day;
pub use money::{Currency, Money};
pub use number::Number;
pub use period::{Month, Period};
pub use rate::Rate;
pub(crate) use text::Exact;
