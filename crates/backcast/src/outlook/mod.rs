//! What will follow from given volumes? The distribution of customers, and the revenue they bring.

mod chain;
mod checked;
mod counted;
mod counting;
mod customers;
mod fine;
mod forecast;
mod grid;
mod joint;
mod links;
mod moments;
mod open;
#[expect(clippy::module_inception, reason = "the room's main noun is the outlook itself")]
mod outlook;
mod reach;
mod ready;
mod seen;
mod shared;
mod shortfall;
mod spread;
mod sums;
mod way;
mod wide;
mod worth;

pub(crate) use checked::Computed;
pub(crate) use customers::TIE;
pub use customers::{ConversionPath, Customers};
pub(crate) use forecast::Ways;
pub(crate) use joint::Joint;
pub(crate) use open::Clock;
pub use open::Open;
pub use outlook::Outlook;
pub(crate) use outlook::sources;
pub(crate) use reach::{Enough, Reach, Short};
pub(crate) use ready::Ready;
pub(crate) use way::{Cell, Way};
pub(crate) use worth::Worth;
