//! What happened? Records of leads, the rules that repair or refuse them, and the tally that estimation reads.

mod dates;
#[expect(clippy::module_inception, reason = "the room's main noun is the history itself")]
mod history;
mod lead;
mod report;
mod table;
mod tally;

pub use dates::{DateColumn, DateOrder, Written};
pub use history::History;
pub use report::Report;
pub use table::{
    AMOUNT_MISSING, AMOUNT_UNREADABLE, Amounts, Chunk, Codes, DAY_MISSING, DAY_UNREADABLE, Days, NO_ID, Table,
};
pub(crate) use tally::Cell;
pub use tally::{Outcome, Tally};
