//! What happened? Records of leads, the rules that repair or refuse them, and the tally that estimation reads.

mod amounts;
mod as_of;
mod buckets;
mod builder;
mod by_days;
mod cell;
mod cells;
mod count;
mod dates;
mod deal_lags;
mod deals;
mod doubts;
#[expect(clippy::module_inception, reason = "the room's main noun is the history itself")]
mod history;
mod lead;
mod report;
mod table;
mod tally;
mod threads;

pub use amounts::{AmountColumn, Amounts, DecimalMark};
pub use builder::{TableBuilder, TextRow};
pub(crate) use cell::Cell;
pub use cell::{Count, Outcome};
pub use cells::{Cells, Holds, is_nothing};
pub use dates::{DateColumn, DateOrder, Written};
pub use deal_lags::DealLags;
pub use deals::Deals;
pub use history::{History, RefusedRow};
pub use report::{AmountsOfWon, Report};
pub use table::{
    AMOUNT_MISSING, AMOUNT_UNREADABLE, Chunk, Codes, DAY_MISSING, DAY_UNREADABLE, Days, Misfit, NO_ID, Table,
};
pub use tally::Tally;
pub(crate) use threads::{available as available_threads, map as in_parallel};
