//! What does history support? A rate with its evidence, the size of a deal, and the estimates behind them.

mod breakpoint;
mod conversion;
mod crossed;
mod deal_size;
mod deals;
mod delays;
mod dependence;
mod drift;
mod estimate;
mod incidence;
mod lag;
mod learn;
mod learning;
mod movement;
mod periods;
mod pooling;
mod ranking;
#[expect(clippy::module_inception, reason = "the room's main noun is the set of rates itself")]
mod rates;
mod shared_lag;
mod tail;
mod tail_fit;
mod warnings;

pub use conversion::Conversion;
pub use deal_size::DealSize;
pub use deals::{DealEstimate, Family, Fitted, Outliers};
pub use delays::Delay;
pub use estimate::Estimate;
pub use lag::Lag;
pub use learning::LearnOptions;
pub use ranking::Ranked;
pub use rates::Rates;
