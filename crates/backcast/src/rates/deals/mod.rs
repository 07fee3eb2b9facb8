//! The size of won deals as history supports it: a law, its mean with its doubt, per segment, outliers and delays named.

mod deal_size;
mod delay;
mod estimate;
mod fit;
mod outliers;
mod pooling;
mod sample;
mod written;

pub use deal_size::DealSize;
pub use estimate::DealEstimate;
pub(super) use estimate::{DealSizes, deal_sizes};
pub use fit::{Family, Fitted};
pub use outliers::Outliers;
