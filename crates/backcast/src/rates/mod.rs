//! What does history support? A rate with its evidence, the size of a deal, and the estimates behind them.

mod conversion;
mod deal_size;
#[expect(clippy::module_inception, reason = "the room's main noun is the set of rates itself")]
mod rates;

pub use conversion::Conversion;
pub use deal_size::DealSize;
pub use rates::Rates;
