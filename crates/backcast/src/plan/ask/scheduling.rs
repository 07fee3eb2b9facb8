//! How a plan is to be spread over time, and over which days.

use super::arrival::{Arrival, DaysOff, in_words};
use crate::error::{Error, Kind, Result};
use crate::quantity::{Day, FiscalYear, MOST_DAYS, Period};

/// How a plan is spread over time.
///
/// # Example
/// ```
/// use backcast::{Conversion, Funnel, Goal, Rates};
/// use backcast::plan::{Arrival, Scheduling};
/// let rates = Rates::new(Funnel::new(["lead", "customer"])?, vec![Conversion::stated("2 %".parse()?)?])?;
/// let ramp = Scheduling::default().arriving(Arrival::Ramp { from: 1.0, to: 3.0 });
/// let goal = Goal::customers(50)?.starting("2026-10-01".parse()?).by("2026-12-31".parse()?).scheduled(ramp);
/// let schedule = goal.plan(&rates)?.schedule.ok_or("no schedule")?;
/// let months: Vec<_> = schedule.months.iter().map(|month| month.entries[0]).collect();
/// // 563.1, 815.2 and 1121.7, rounded by weeks within the months.
/// assert_eq!((months.iter().sum(), months), (2500, vec![564, 814, 1122]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Scheduling {
    pub(in crate::plan) arrival: Arrival,
    pub(in crate::plan) days_off: DaysOff,
    pub(in crate::plan) fiscal_year: FiscalYear,
    pub(in crate::plan) last_useful_share: f64,
}

impl Default for Scheduling {
    /// Evenly on every day, fiscal years from January, of use down to a chance of 5 %.
    fn default() -> Self {
        Self {
            arrival: Arrival::default(),
            days_off: DaysOff::default(),
            fiscal_year: FiscalYear::default(),
            last_useful_share: 0.05,
        }
    }
}

impl Scheduling {
    /// With leads entering in this shape.
    #[must_use]
    pub fn arriving(mut self, arrival: Arrival) -> Self {
        self.arrival = arrival;
        self
    }

    /// Without entries on these days.
    #[must_use]
    pub fn without(mut self, days_off: DaysOff) -> Self {
        self.days_off = days_off;
        self
    }

    /// With the quarters of this fiscal year.
    #[must_use]
    pub fn in_fiscal_year(mut self, fiscal_year: FiscalYear) -> Self {
        self.fiscal_year = fiscal_year;
        self
    }

    /// With the last useful day of a stage where this share (above 0, at most 1) of those won at all is won in time.
    ///
    /// # Errors
    /// `last_useful_share`.
    pub fn useful_from(mut self, share: f64) -> Result<Self> {
        if !(share > 0.0 && share <= 1.0) {
            return Err(Error::new(Kind::LastUsefulShare, share));
        }
        self.last_useful_share = share;
        Ok(self)
    }
}

/// Whether a schedule can be made for a period of this length.
pub(in crate::plan) fn fits(period: Period) -> bool {
    period.days() <= i32::from(MOST_DAYS)
}

/// The plan's days, as a period that a schedule can be made for.
pub(in crate::plan) fn period(start: Option<Day>, by: Option<Day>) -> Result<Period> {
    let refused = |given: &str| Error::new(Kind::SchedulePeriod, given);
    let (start, by) = match (start, by) {
        (Some(start), Some(by)) => (start, by),
        (None, Some(_)) => return Err(refused("`goal.start`")),
        (Some(_), None) => return Err(refused("`goal.by`")),
        (None, None) => return Err(refused("`goal.start` and `goal.by`")),
    };
    let period = Period::new(start, by.plus_days(1))?;
    if fits(period) { Ok(period) } else { Err(refused(&format!("a shorter period than {}", in_words(period)))) }
}
