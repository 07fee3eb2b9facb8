//! Sub-goals: which department owns each stage, what each source must bring, and what one newcomer is worth.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};
use serde::Serialize;

use super::Schedule;
use super::schedule::SchedulePart;
use crate::error::{Error, Kind, Result};
use crate::math::{apportion::sainte_lague, decimal};
use crate::quantity::Rate;

/// Who owns what: stages by department, and the share of revenue that each source (a channel, a department) must bring.
///
/// By default marketing owns the first half of the stages, rounded up (lead and MQL of lead → MQL → SQL → customer), and
/// sales the rest; no sources are told apart.
///
/// # Example
/// ```
/// use backcast::{Conversion, Funnel, Goal, Rates};
/// use backcast::plan::Ownership;
/// let rates = Rates::new(Funnel::new(["lead", "customer"])?, vec![Conversion::stated("2 %".parse()?)?])?;
/// let sources = [("partner".to_owned(), "1/3".parse()?), ("web".to_owned(), "2/3".parse()?)];
/// let plan = Goal::customers(50)?.owned(Ownership::default().with_sources(sources)?).plan(&rates)?;
/// assert_eq!(plan.departments.goals[0].department, "marketing");
/// assert_eq!(plan.departments.sources[1].entries, [Some(1667), Some(33)]);
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ownership {
    owners: BTreeMap<String, String>,
    sources: BTreeMap<String, Rate>,
}

impl Ownership {
    /// Stages by the department that owns them, where it is not the default.
    ///
    /// # Errors
    /// `no_name` for a blank department.
    pub fn of(owners: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        let owners: BTreeMap<_, _> = owners.into_iter().collect();
        if let Some((stage, _)) = owners.iter().find(|(_, department)| department.trim().is_empty()) {
            return Err(Error::new(Kind::NoName, format!("the department that owns `{stage}`")));
        }
        Ok(Self { owners, sources: BTreeMap::new() })
    }

    /// And the share of revenue that each source must bring; none at all where sources are not told apart.
    ///
    /// # Errors
    /// `no_name` for a blank source, `shares_sum` unless the shares sum to 1.
    pub fn with_sources(mut self, sources: impl IntoIterator<Item = (String, Rate)>) -> Result<Self> {
        self.sources = sources.into_iter().collect();
        if self.sources.keys().any(|source| source.trim().is_empty()) {
            return Err(Error::new(Kind::NoName, "a source"));
        }
        let sum = self.sources.values().fold(BigRational::zero(), |sum, share| sum + share.exact());
        if !self.sources.is_empty() && !sum.is_one() {
            return Err(Error::new(Kind::SharesSum, decimal::write(&sum, 12)));
        }
        Ok(self)
    }

    /// The department of each stage.
    ///
    /// # Errors
    /// `unknown_stage` where a stage is owned that the funnel does not have.
    pub(super) fn departments(&self, stages: &[String]) -> Result<Vec<&str>> {
        if let Some(stage) = self.owners.keys().find(|stage| !stages.contains(stage)) {
            let names: Vec<_> = stages.iter().map(|stage| format!("`{stage}`")).collect();
            return Err(Error::new(Kind::UnknownStage, stage).allowing(format!("one of {}", names.join(", "))));
        }
        let default = |at: usize| if at < stages.len().div_ceil(2) { "marketing" } else { "sales" };
        let owner = |(at, stage): (usize, &String)| self.owners.get(stage).map_or(default(at), String::as_str);
        Ok(stages.iter().enumerate().map(owner).collect())
    }

    /// The names of the sources, in the order of the alphabet.
    pub(super) fn source_names(&self) -> Vec<String> {
        self.sources.keys().cloned().collect()
    }

    /// The shares as whole numbers: over their common denominator, or in steps of 2⁻⁶⁰ where that has over 64 bits.
    fn weights(&self) -> Vec<u64> {
        let common = self.sources.values().fold(BigInt::one(), |common, share| common.lcm(share.exact().denom()));
        let over = |of: &BigInt| -> Option<Vec<u64>> {
            let weight = |share: &Rate| decimal::nearest(&(share.exact() * BigRational::from(of.clone()))).to_u64();
            self.sources.values().map(weight).collect()
        };
        over(&common).or_else(|| over(&BigInt::from(1_u64 << 60))).unwrap_or_default()
    }

    /// A stage's number by source: whole numbers that sum to it, none of which falls as it rises.
    pub(super) fn split(&self, total: u64) -> Vec<u64> {
        sainte_lague(total, &self.weights()).unwrap_or_default()
    }
}

/// Sub-goals that add up to the plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Departments {
    /// One per stage, first to last, with the department that owns it.
    pub goals: Vec<StageGoal>,
    /// One per source, in the order of the alphabet; empty where none are told apart.
    pub sources: Vec<SourceGoal>,
}

/// The goal of the department that owns a stage.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct StageGoal {
    /// Who answers for it.
    pub department: String,
    /// The stage that must be entered.
    pub stage: String,
    /// How many must enter it; `None` where no number can be planned.
    pub total: Option<u64>,
    /// The revenue expected of one newcomer: the mean rates downstream × the share won in time × the mean deal. `None`
    /// without a deal size.
    pub worth: Option<f64>,
    /// The total over `schedule.weeks`; empty without a schedule.
    pub weeks: Vec<u64>,
    /// The total over `schedule.months`.
    pub months: Vec<u64>,
    /// The total over `schedule.quarters`.
    pub quarters: Vec<u64>,
}

/// What one source must bring.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SourceGoal {
    /// A channel or a department.
    pub source: String,
    /// Its share of revenue, from 0 to 1.
    pub share: f64,
    /// The same in units of the currency; `None` without a deal size.
    pub revenue: Option<f64>,
    /// How many of it must enter each stage, first to last; over time in the schedule.
    pub entries: Vec<Option<u64>>,
}

/// What sub-goals are made of, one entry per stage.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts<'a> {
    /// Stage names, first to last.
    pub(super) stages: &'a [String],
    /// The planned numbers.
    pub(super) totals: &'a [Option<u64>],
    /// The mean rate to the next stage; none for the last.
    pub(super) rates: &'a [f64],
    /// The share of newcomers won in time, of those won at all; empty: all are.
    pub(super) on_time: &'a [f64],
    /// Units of the currency that a deal brings.
    pub(super) deal: Option<&'a BigRational>,
    /// Won deals that the goal takes, exact.
    pub(super) wins: &'a BigRational,
    /// The plan over time.
    pub(super) schedule: Option<&'a Schedule>,
}

/// The sub-goals of a plan.
pub(super) fn departments(ownership: &Ownership, parts: &Parts<'_>) -> Result<Departments> {
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
