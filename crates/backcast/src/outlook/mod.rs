//! What will follow from given volumes? The distribution of customers, and the revenue they bring.

mod compound;
mod convolution;
mod customers;
mod inversion;
mod mixing;
mod open;
#[expect(clippy::module_inception, reason = "the room's main noun is the outlook itself")]
mod outlook;
mod probability;
mod sources;

pub(crate) use compound::{Cell, Way, Ways, Worth};
pub(crate) use customers::TIE;
pub use customers::{ConversionPath, Customers};
pub use open::Open;
pub(crate) use open::{Clock, Odds};
pub use outlook::Outlook;
pub(crate) use probability::{Computed, Enough, Joint, Reach, Ready, Short};
pub(crate) use sources::sources;
