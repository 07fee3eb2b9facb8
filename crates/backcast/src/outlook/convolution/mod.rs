//! Deals counted: sums of certain prices, deal by deal and lead by lead, and what so many deals of any law bring.

mod alone;
mod count_law;
mod counted;
mod links;
mod nearly;
mod shortfall;
mod sums;

pub(super) use alone::{Alone, Deals};
pub(super) use count_law::CountLaw;
pub(super) use counted::{Counted, Worked, counted_error};
pub(super) use nearly::{lattice_error, nearly_below, on_lattice};
pub(super) use shortfall::exactly_below;
