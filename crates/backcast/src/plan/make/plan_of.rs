//! The plan of a goal, with or without channels to choose from.

use std::borrow::Cow;

use super::channel_statements;
use super::headline::headline;
use super::recipe::say;
use super::weekly_cap::settled;
use crate::error::{Error, Kind, Result};
use crate::math::work;
use crate::outlook::Outlook;
use crate::plan::ask::goal::Goal;
use crate::plan::mix::{frontier, ways};
use crate::plan::result::plan::Plan;
use crate::plan::solve::question::Question;
use crate::quantity::{Day, Period, shown};
use crate::rates::Rates;

impl Goal {
    /// What must be true for this goal, given what history supports. Without a first day, leads enter from the day after the
    /// records end; without a deal size, deals are as the history's won deals were.
    ///
    /// # Errors
    /// `not_identified` for a step without a rate, `deal_size_missing` and `mixed_currency` for a goal in money,
    /// `deadline_before_start`, `deadline_passed`, `too_late`, `out_of_range`; `schedule_period` for a schedule without
    /// both days, and whatever [`Arrival::shares`](crate::plan::Arrival::shares) refuses.
    pub fn plan(&self, rates: &Rates) -> Result<Plan> {
        let (goal, rates) = self.made_ready(rates)?;
        goal.answered(|| planned(&goal, &rates))
    }

    /// The smallest number of newcomers to the first stage that meets this goal with its confidence: the plan's `needed`, and
    /// nothing else of the plan. `None` without a confidence, and where no number is enough.
    ///
    /// # Errors
    /// As [`Goal::plan`].
    ///
    /// # Example
    /// ```
    /// use backcast::{Conversion, Funnel, Goal, Rates};
    /// let rates = Rates::new(Funnel::new(["lead", "customer"])?, vec![Conversion::stated("2 %".parse()?)?])?;
    /// let goal = Goal::customers(50)?.at(0.8)?;
    /// assert_eq!(goal.needed(&rates)?, Some(2_789));
    /// let curve = goal.curve(&rates, &[2_500, 2_789, 3_000])?;
    /// assert!(curve[0] < 0.8 && curve[1] >= 0.8 && curve[2] > curve[1]);
    /// let outlook = goal.outlook(&rates, 2_500)?;
    /// assert_eq!((outlook.expected(), outlook.quantile(0.5)), (50.0, 50.0));
    /// # Ok::<(), backcast::Error>(())
    /// ```
    pub fn needed(&self, rates: &Rates) -> Result<Option<u64>> {
        let (goal, rates) = self.made_ready(rates)?;
        let Some(confidence) = &goal.confidence else { return Ok(None) };
        goal.answered(|| {
            let question = Question::of(&goal, &rates, 0)?;
            let reach = question.volumes.reach(question.least_wins);
            Ok(reach.needed(confidence).ok().map(|enough| enough.entrants))
        })
    }

    /// P(goal met) for each of these numbers of newcomers to the first stage, with what is in flight.
    ///
    /// # Errors
    /// As [`Goal::plan`].
    pub fn curve(&self, rates: &Rates, leads: &[u64]) -> Result<Vec<f64>> {
        let (goal, rates) = self.made_ready(rates)?;
        goal.answered(|| {
            let question = Question::of(&goal, &rates, 0)?;
            let reach = question.volumes.reach(question.least_wins);
            Ok(leads.iter().map(|leads| reach.value(*leads)).collect())
        })
    }

    /// The distribution of what follows if so many newly enter the first stage, with what is in flight: of revenue for a goal
    /// in money, else of customers.
    ///
    /// # Errors
    /// As [`Goal::plan`].
    pub fn outlook(&self, rates: &Rates, leads: u64) -> Result<Outlook> {
        let (goal, rates) = self.made_ready(rates)?;
        goal.answered(|| {
            let question = Question::of(&goal, &rates, leads)?;
            Ok(question.volumes.outlook(leads, question.volumes.in_money))
        })
    }

    /// What is computed within the limits of this goal.
    fn answered<T>(&self, compute: impl FnOnce() -> Result<T>) -> Result<T> {
        let steps = self.limits.steps(self.channels.is_some());
        work::within(steps, compute).unwrap_or_else(|| {
            let steps = shown::count(steps.unwrap_or(u64::MAX));
            Err(Error::new(Kind::TooLarge, format!("more than {steps} steps")))
        })
    }

    fn made_ready<'a>(&self, rates: &'a Rates) -> Result<(Self, Cow<'a, Rates>)> {
        self.check_days(rates.as_of())?;
        Ok((self.starting_after(rates.as_of()), rates.sized_in(self.currency())?))
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
    if let Some(stated) = &found.stated {
        plan.probability = Some(stated.probability);
        plan.probability_error = Some(stated.probability_error);
        plan.headline = headline(&plan);
    }
    let currency = plan.currency.map(|currency| currency.to_string());
    plan.statements.extend(channel_statements::statements(channels, &found, currency.as_deref(), channels.blended));
    plan.channels = Some(found);
    say(&mut plan);
    Ok(plan)
}
