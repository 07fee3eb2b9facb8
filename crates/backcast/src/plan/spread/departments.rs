//! Sub-goals: which department owns each stage, what each source must bring, and what one newcomer is worth.

use num_rational::BigRational;

use crate::error::Result;
use crate::math::decimal;
use crate::plan::ask::ownership::Ownership;
use crate::plan::result::departments::{Departments, SourceGoal, StageGoal};
use crate::plan::result::schedule::{Schedule, SchedulePart};

/// What sub-goals are made of, one entry per stage.
#[derive(Clone, Copy, Debug)]
pub(in crate::plan) struct Parts<'a> {
    /// Stage names, first to last.
    pub(in crate::plan) stages: &'a [String],
    /// The planned numbers.
    pub(in crate::plan) totals: &'a [Option<u64>],
    /// The mean rate to the next stage; none for the last.
    pub(in crate::plan) rates: &'a [f64],
    /// The share of newcomers won in time, of those won at all; empty: all are.
    pub(in crate::plan) on_time: &'a [f64],
    /// Units of the currency that a deal brings.
    pub(in crate::plan) deal: Option<&'a BigRational>,
    /// Won deals that the goal takes, exact.
    pub(in crate::plan) wins: &'a BigRational,
    /// The plan over time.
    pub(in crate::plan) schedule: Option<&'a Schedule>,
}

/// The sub-goals of a plan.
pub(in crate::plan) fn departments(ownership: &Ownership, parts: &Parts<'_>) -> Result<Departments> {
    let owners = ownership.departments(parts.stages)?;
    let over = |of: fn(&Schedule) -> &[SchedulePart], stage: usize| {
        let parts = parts.schedule.map_or(&[][..], of);
        parts.iter().filter_map(|part| part.entries.get(stage).copied()).collect()
    };
    let goals = owners.into_iter().zip(parts.stages).zip(parts.totals).enumerate();
    let goals = goals.map(|(stage, ((owner, name), total))| StageGoal {
        department: owner.to_owned(),
        stage: name.clone(),
        total: *total,
        worth: parts.worth(stage),
        weeks: over(|schedule| &schedule.weeks, stage),
        months: over(|schedule| &schedule.months, stage),
        quarters: over(|schedule| &schedule.quarters, stage),
    });
    let splits: Vec<_> = parts.totals.iter().map(|total| total.map(|total| ownership.split(total))).collect();
    let sources = ownership.sources.iter().enumerate().map(|(at, (source, share))| SourceGoal {
        source: source.clone(),
        share: share.to_f64(),
        revenue: parts.deal.map(|deal| decimal::to_f64(&(deal * parts.wins * share.exact()))),
        entries: splits.iter().map(|split| split.as_ref()?.get(at).copied()).collect(),
    });
    Ok(Departments { goals: goals.collect(), sources: sources.collect() })
}

impl Parts<'_> {
    /// # Formula
    /// Π rᵢ over the steps from this stage on × the on-time share × the mean deal.
    fn worth(&self, stage: usize) -> Option<f64> {
        let won: f64 = self.rates.get(stage..).unwrap_or(&[]).iter().product();
        let on_time = self.on_time.get(stage).copied().unwrap_or(1.0);
        Some(won * on_time * decimal::to_f64(self.deal?))
    }
}
