//! What do segments lend each other? Pooling over one dimension, and over two.

mod pooling;
mod two_dimensions;

pub(super) use pooling::pool;
pub(super) use two_dimensions::cells;
