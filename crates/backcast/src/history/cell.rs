//! One cell of a tally: which leads it counts, and what became of them.

use serde::{Deserialize, Serialize};

use crate::quantity::{Day, Month};

/// What a count counts; each with its own meaning of the days beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// Converted, after so many days (the lag).
    Converted,
    /// Lost in the stage, after so many days.
    Lost,
    /// The same losses, by the days from entry to `as_of`: where they would be censored were they still open.
    LostByAge,
    /// Open at `as_of`, after so many days (the age).
    Open,
    /// Came under observation only after so many days, counted among the others too.
    Delayed,
    /// Converted, after a number of days that is not known: the day of one of both stages was blank. So many at most.
    Undated,
}

impl Outcome {
    /// Whether each lead of a step counts under exactly one of these: what became of it.
    pub(crate) fn is_last(self) -> bool {
        matches!(self, Self::Converted | Self::Lost | Self::Open | Self::Undated)
    }

    pub(super) const ALL: [Self; 6] =
        [Self::Converted, Self::Lost, Self::LostByAge, Self::Open, Self::Delayed, Self::Undated];
}

/// One cell of a tally; written as a list, because there are many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub(crate) struct Cell {
    pub(crate) segment: u32,
    /// The step's number from 0; one more than the last step's is the whole way, first stage to last.
    pub(crate) step: u8,
    /// The month in which the step's stage was entered.
    pub(crate) month: Month,
    pub(crate) outcome: Outcome,
    pub(crate) days: u32,
}

type Written = (u32, u8, Month, Outcome, u32);

impl From<Written> for Cell {
    fn from((segment, step, month, outcome, days): Written) -> Self {
        Self { segment, step, month, outcome, days }
    }
}

impl From<Cell> for Written {
    fn from(cell: Cell) -> Self {
        (cell.segment, cell.step, cell.month, cell.outcome, cell.days)
    }
}

/// The first day on which a lead entered a step, and the first on which one converted.
pub(super) type FirstDays = (Option<Day>, Option<Day>);

/// So many leads of a segment that entered a step in a month and had this outcome after so many days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Count {
    /// An index into [`Tally::segments`](super::Tally::segments).
    pub segment: usize,
    /// The step's number from 0; one more than the last step's is the whole way, where there are several steps.
    pub step: usize,
    /// The month in which the step's stage was entered.
    pub month: Month,
    /// What the days mean.
    pub outcome: Outcome,
    /// Whole days.
    pub days: u32,
    /// At least 1.
    pub leads: u64,
}

impl From<&(Cell, u64)> for Count {
    fn from((cell, leads): &(Cell, u64)) -> Self {
        let Cell { segment, step, month, outcome, days } = *cell;
        Self { segment: segment as usize, step: usize::from(step), month, outcome, days, leads: *leads }
    }
}
