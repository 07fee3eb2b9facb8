//! Who owns which stage, and the share that each source must bring.

use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, ToPrimitive, Zero};

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
    pub(in crate::plan) sources: BTreeMap<String, Rate>,
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
    pub(in crate::plan) fn departments(&self, stages: &[String]) -> Result<Vec<&str>> {
        if let Some(stage) = self.owners.keys().find(|stage| !stages.contains(stage)) {
            let names: Vec<_> = stages.iter().map(|stage| format!("`{stage}`")).collect();
            return Err(Error::new(Kind::UnknownStage, stage).allowing(format!("one of {}", names.join(", "))));
        }
        let default = |at: usize| if at < stages.len().div_ceil(2) { "marketing" } else { "sales" };
        let owner = |(at, stage): (usize, &String)| self.owners.get(stage).map_or(default(at), String::as_str);
        Ok(stages.iter().enumerate().map(owner).collect())
    }

    /// Whether nobody has named an owner.
    pub(in crate::plan) fn is_guessed(&self) -> bool {
        self.owners.is_empty()
    }

    /// The names of the sources, in the order of the alphabet.
    pub(in crate::plan) fn source_names(&self) -> Vec<String> {
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
    pub(in crate::plan) fn split(&self, total: u64) -> Vec<u64> {
        sainte_lague(total, &self.weights()).unwrap_or_default()
    }
}
