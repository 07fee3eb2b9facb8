//! What is unknown about the rates, by nodes, and what one frequency makes of all that follows at each of them.

mod chain;
mod rates;
mod transform;

pub(super) use chain::{BESIDE, Chain, Sizes, Worths};
pub(super) use rates::Grown;
pub(super) use transform::{Memories, Memory, NEVER, Seen, nothing, without_deals};
