//! What does history support? A rate with its evidence, the size of a deal, and the estimates behind them.

mod conversion;
mod curve;
mod deals;
mod delays;
mod lag;
mod learn;
mod options;
mod pace;
mod periods;
mod ranking;
#[expect(clippy::module_inception, reason = "the room's main noun is the set of rates itself")]
mod rates;
mod saved;
mod segments;
mod table;

pub use conversion::Conversion;
pub(crate) use conversion::INTERVAL;
pub use deals::{DealEstimate, DealSize, Family, Fitted, Outliers};
pub use delays::Delay;
pub use lag::Lag;
pub use options::LearnOptions;
pub(crate) use pace::MONTH_DAYS;
pub use pace::Pace;
pub(crate) use ranking::CLEAR;
pub use ranking::Ranked;
pub use rates::Rates;
pub use table::Estimate;
