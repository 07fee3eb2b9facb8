//! What does history support? A rate with its evidence, the size of a deal, and the estimates behind them.

mod conversion;
mod deal_size;
mod deals;
mod drift;
mod estimate;
mod incidence;
mod lag;
mod learn;
mod pooling;
#[expect(clippy::module_inception, reason = "the room's main noun is the set of rates itself")]
mod rates;
mod shared_lag;
mod warnings;

pub use conversion::Conversion;
pub use deal_size::DealSize;
pub use deals::{DealEstimate, Family, Fitted, Outliers};
pub use estimate::Estimate;
pub use lag::Lag;
pub use rates::Rates;
