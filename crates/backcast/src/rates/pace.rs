//! How many leads come in of late: the pace that a plan is compared with.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};
use crate::history::Tally;
use crate::quantity::Month;

/// Calendar months that are looked back on.
const MONTHS: i32 = 3;
/// The mean length of a month: 365.25 ÷ 12 days.
pub(crate) const MONTH_DAYS: f64 = 30.4375;

/// How many entered the first stage in so many days.
///
/// # Example
/// ```
/// use backcast::rates::Pace;
/// assert_eq!(Pace::new(300, 91)?.per_month().round(), 100.0);
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Pace {
    /// Leads.
    entered: u64,
    /// Days, at least 1.
    days: u32,
}

/// A pace as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    entered: u64,
    days: u32,
}

impl TryFrom<Written> for Pace {
    type Error = Error;

    fn try_from(Written { entered, days }: Written) -> Result<Self> {
        Self::new(entered, days)
    }
}

impl Pace {
    /// So many leads in so many days.
    ///
    /// # Errors
    /// `not_positive` for 0 days.
    pub fn new(entered: u64, days: u32) -> Result<Self> {
        if days == 0 { Err(Error::new(Kind::NotPositive, days)) } else { Ok(Self { entered, days }) }
    }

    /// Of the last three full calendar months, or of as many as the records reach back; `None` without a full one.
    pub(super) fn of(tally: &Tally) -> Option<Self> {
        let after = Month::of(tally.as_of().plus_days(1));
        let entries = || tally.cells().iter().filter(|(cell, _)| cell.step == 0 && cell.outcome.is_last());
        let first = entries().map(|(cell, _)| cell.month).min()?;
        // The first month may have begun before the records.
        let from = after.plus(-MONTHS).max(first);
        let days = after.period().start().days_since(from.period().start());
        let within = entries().filter(|(cell, _)| (from..after).contains(&cell.month));
        Self::new(within.map(|(_, leads)| leads).sum(), u32::try_from(days).ok()?).ok()
    }

    /// Leads in a month of 30.44 days.
    #[must_use]
    pub fn per_month(self) -> f64 {
        self.entered as f64 / f64::from(self.days) * MONTH_DAYS
    }

    /// The days that this was counted over.
    #[must_use]
    pub fn days(self) -> u32 {
        self.days
    }
}
