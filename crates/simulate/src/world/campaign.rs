//! The campaign: what a following number of leads really brings.

use super::law::Law;
use super::leads::{Leads, MISSING};
use super::parameters::World;
use crate::calendar::quarter_of;
use crate::draw::{Dice, Stream};
use crate::error::{Error, within};

/// What a campaign brought: its leads with everything that ever happens to them, and the sums people ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The campaign's leads, in no order of days.
    pub leads: Leads,
}

impl Outcome {
    /// Customers ever won.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.leads.customers()
    }

    /// Customers won up to and including `deadline`, in days since 1970-01-01.
    #[must_use]
    pub fn customers_by(&self, deadline: i32) -> usize {
        self.won().filter(|(day, _)| *day <= deadline).count()
    }

    /// Revenue ever won, in minor units.
    #[must_use]
    pub fn revenue(&self) -> i64 {
        self.won().map(|(_, amount)| amount).sum()
    }

    /// Revenue won up to and including `deadline`, in minor units.
    #[must_use]
    pub fn revenue_by(&self, deadline: i32) -> i64 {
        self.won().filter(|(day, _)| *day <= deadline).map(|(_, amount)| amount).sum()
    }

    /// How many leads ever entered each stage, first stage first.
    #[must_use]
    pub fn entered(&self) -> Vec<usize> {
        self.leads.entered.iter().map(|days| days.iter().filter(|day| **day != MISSING).count()).collect()
    }

    fn won(&self) -> impl Iterator<Item = (i32, i64)> {
        let days = self.leads.entered.last().map_or(&[][..], Vec::as_slice);
        days.iter().copied().zip(self.leads.amount.iter().copied()).filter(|(day, _)| *day != MISSING)
    }
}

impl World {
    /// Draws what `leads` new leads bring that are created on random days from `start` on, for `days` days, under the same
    /// process: the shocks continue those of `history(seed)`. The leads fall into segments by the segments' weights.
    ///
    /// The first leads of a larger campaign of the same seed and window are those of the smaller one, so that more leads
    /// never bring less.
    ///
    /// # Errors
    /// When a field of the world is out of its range, or the campaign starts before history does or more than a century
    /// after it ends, or `days` is not 1 to 36,500.
    ///
    /// ```
    /// use simulate::{World, day_of};
    /// let outcome = World::default().campaign(1, 500, day_of(2026, 1, 1), 90)?;
    /// assert!(outcome.customers_by(day_of(2026, 3, 31)) <= outcome.customers());
    /// # Ok::<(), simulate::Error>(())
    /// ```
    pub fn campaign(&self, seed: u64, leads: usize, start: i32, days: u32) -> Result<Outcome, Error> {
        let last_day = self.check_window(start, days)?;
        let law = Law::new(self);
        let rates = law.rates(seed, quarter_of(last_day));
        let mut dice = Dice::new(seed, Stream::Campaign(start));
        let mut drawn = Leads::with_capacity(self, leads);
        let window: Vec<(i32, &[f64])> = (start..=last_day).map(|day| (day, rates.block(day))).collect();
        for _ in 0..leads {
            if let Some((day, block)) = window.get(dice.below(window.len())) {
                law.live(*day, block, &rates, &mut dice, &mut drawn);
            }
        }
        Ok(Outcome { leads: drawn })
    }

    /// The last day of a window of creation days, if the world and the window are in range.
    pub(crate) fn check_window(&self, start: i32, days: u32) -> Result<i32, Error> {
        self.check()?;
        within("start", f64::from(start), f64::from(self.first_day()), f64::from(self.as_of) + 36_500.0)?;
        within("days", f64::from(days), 1.0, 36_500.0)?;
        Ok(start + i32::try_from(days).unwrap_or(1) - 1)
    }
}
