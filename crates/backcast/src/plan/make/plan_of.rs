//! The plan of a goal, with or without channels to choose from.

use super::explain_channels;
use super::weekly_cap::settled;
use crate::error::{Error, Kind, Result};
use crate::plan::ask::goal::Goal;
use crate::plan::mix::{frontier, ways};
use crate::plan::result::plan::Plan;
use crate::quantity::{Day, Period};
use crate::rates::Rates;

impl Goal {
    /// What must be true for this goal, given what history supports. Without a first day, leads enter from the day after the
    /// records end; without a deal size, deals are as the history's won deals were.
    ///
    /// # Errors
    /// `not_identified` for a step without a rate, `deal_size_missing` and `mixed_currency` for a goal in money,
    /// `deadline_before_start`, `deadline_passed`, `too_late`, `out_of_range`; `schedule_period` for a schedule without
    /// both days, and whatever [`Arrival::shares`](super::Arrival::shares) refuses.
    pub fn plan(&self, rates: &Rates) -> Result<Plan> {
        self.check_days(rates.as_of())?;
        let goal = self.starting_after(rates.as_of());
        let sized = rates.sized_in(self.currency())?;
        planned(&goal, &sized)
    }

    fn check_days(&self, as_of: Option<Day>) -> Result<()> {
        if let (Some(start), Some(by)) = (self.start, self.by) {
            Period::new(start, by.plus_days(1))?;
        }
        match (self.by, as_of) {
            (Some(by), Some(as_of)) if by <= as_of => {
                Err(Error::new(Kind::DeadlinePassed, format!("{by}, and the records are known up to {as_of}")))
            }
            _ => Ok(()),
        }
    }
}

/// The plan of a goal; with channels, the cheapest mix too.
pub(in crate::plan) fn planned(goal: &Goal, rates: &Rates) -> Result<Plan> {
    let Some(channels) = &goal.channels else { return settled(goal, rates) };
    // What is in flight came from today's mix.
    let today = if channels.blended { channels.blend(rates, None)? } else { rates.clone() };
    let first = settled(goal, &today)?;
    let mixing = ways::mixing(channels, goal, &today, rates, first.planned)?;
    let found = frontier::solve(goal, channels, &mixing);
    let mut plan = match found.chosen().filter(|_| channels.blended) {
        None => first,
        Some(mix) => settled(goal, &channels.blend(rates, Some(&mix.counts()))?)?,
    };
    plan.explain.extend(explain_channels::lines(channels, &found, plan.currency.as_deref(), channels.blended));
    plan.channels = Some(found);
    Ok(plan)
}
