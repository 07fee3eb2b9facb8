//! The leads of a tally by the month they came in, and the rules of thumb that people divide by.

use std::collections::BTreeMap;

use super::Method;
use crate::history::{Outcome, Tally};
use crate::quantity::{Day, Month};

/// The leads that entered the first stage in some months: how many, and after how many days they were won.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entered {
    pub(super) leads: u64,
    /// Came under observation only after they had entered.
    pub(super) late: u64,
    won: BTreeMap<u32, u64>,
}

impl Entered {
    /// Won within so many days of entering.
    pub(super) fn won_within(&self, days: u32) -> u64 {
        self.won.range(..=days).map(|(_, leads)| leads).sum()
    }

    fn add(&mut self, other: &Self) {
        self.leads += other.leads;
        self.late += other.late;
        for (days, leads) in &other.won {
            *self.won.entry(*days).or_default() += leads;
        }
    }
}

/// Leads by the month in which they entered the first stage, from there to the last one.
#[derive(Clone, Debug, Default)]
pub(super) struct ByMonth(BTreeMap<Month, Entered>);

impl ByMonth {
    pub(super) fn of(tally: &Tally) -> Self {
        // The whole way is counted last; of a funnel with one step it is that step.
        let whole_way = tally.first_days().len().saturating_sub(1);
        let mut months: BTreeMap<Month, Entered> = BTreeMap::new();
        for count in tally.counts().filter(|count| count.step == whole_way) {
            let month = months.entry(count.month).or_default();
            match count.outcome {
                Outcome::Converted => {
                    month.leads += count.leads;
                    *month.won.entry(count.days).or_default() += count.leads;
                }
                // Won after so many days at most; a lead whose first day was blank, after none that is known.
                Outcome::Undated => {
                    month.leads += count.leads;
                    *month.won.entry(0).or_default() += count.leads;
                }
                Outcome::Lost | Outcome::Open => month.leads += count.leads,
                Outcome::Delayed => month.late += count.leads,
                // The same leads as `Lost`.
                Outcome::LostByAge => {}
            }
        }
        Self(months)
    }

    /// The first and the last month with leads.
    pub(super) fn span(&self) -> Option<(Month, Month)> {
        Some((*self.0.keys().next()?, *self.0.keys().next_back()?))
    }

    /// The leads of the months for which `wanted` holds.
    pub(super) fn of_months(&self, wanted: impl Fn(Month) -> bool) -> Entered {
        let mut all = Entered::default();
        self.0.iter().filter(|(month, _)| wanted(**month)).for_each(|(_, entered)| all.add(entered));
        all
    }

    /// The leads a rule divides by, as known on `known_until`, for cohorts that start with `next` and count `horizon` days.
    pub(super) fn for_rule(&self, rule: Method, next: Month, known_until: Day, horizon: u32) -> Entered {
        match rule {
            Method::LastTwoQuarters => self.of_months(|month| month >= next.plus(-6)),
            Method::Matured => {
                self.of_months(|month| known_until.days_since(month.period().end()) + 1 >= horizon.cast_signed())
            }
            Method::AllHistory | Method::Backcast => self.of_months(|_| true),
        }
    }
}
