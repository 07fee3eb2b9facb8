//! The stages on the way to purchase, in order, and the steps between them.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};

/// How many stages a funnel has.
const STAGES: core::ops::RangeInclusive<usize> = 2..=12;

/// The stages from the first to the last, such as lead → MQL → SQL → customer; 2 to 12, all different.
///
/// # Example
/// ```
/// use backcast::Funnel;
/// let funnel = Funnel::new(["lead", "mql", "sql", "customer"])?;
/// assert_eq!(funnel.steps().map(|s| s.to_string()).collect::<Vec<_>>(), ["lead->mql", "mql->sql", "sql->customer"]);
/// assert_eq!(funnel.end_to_end().to_string(), "lead->customer");
/// assert_eq!((funnel.to_string().as_str(), &funnel), ("lead -> mql -> sql -> customer", &Funnel::default()));
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct Funnel(Vec<String>);

/// Lead, MQL, SQL, customer: the funnel that most companies share.
impl Default for Funnel {
    fn default() -> Self {
        Self(["lead", "mql", "sql", "customer"].map(str::to_owned).to_vec())
    }
}

/// All stages: `lead -> mql -> sql -> customer`.
impl fmt::Display for Funnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" -> "))
    }
}

impl Funnel {
    /// A funnel from its stage names, first stage first.
    ///
    /// # Errors
    /// `stage_count`, `empty_stage`, `same_stage`.
    pub fn new<S: Into<String>>(stages: impl IntoIterator<Item = S>) -> Result<Self> {
        let stages: Vec<String> = stages.into_iter().map(Into::into).collect();
        if !STAGES.contains(&stages.len()) {
            return Err(Error::new(Kind::StageCount, stages.len()));
        }
        let mut seen = std::collections::BTreeSet::new();
        for stage in &stages {
            if stage.trim().is_empty() {
                return Err(Error::new(Kind::EmptyStage, stage));
            }
            if !seen.insert(stage.as_str()) {
                return Err(Error::new(Kind::SameStage, stage));
            }
        }
        Ok(Self(stages))
    }

    /// Stage names, first to last.
    #[must_use]
    pub fn stages(&self) -> &[String] {
        &self.0
    }

    /// The last stage: the won deal.
    #[must_use]
    pub fn last(&self) -> &str {
        self.0.last().map_or("", String::as_str)
    }

    /// The steps between neighbouring stages, first to last.
    #[must_use]
    pub fn steps(&self) -> impl ExactSizeIterator<Item = Step<'_>> {
        self.0.windows(2).map(|pair| match pair {
            [from, to] => Step { from, to },
            _ => Step { from: "", to: "" },
        })
    }

    /// The whole way, first stage to last.
    #[must_use]
    pub fn end_to_end(&self) -> Step<'_> {
        Step { from: self.0.first().map_or("", String::as_str), to: self.last() }
    }
}

impl TryFrom<Vec<String>> for Funnel {
    type Error = Error;

    fn try_from(stages: Vec<String>) -> Result<Self> {
        Self::new(stages)
    }
}

/// A step from one stage to a later one; written `lead->mql`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step<'a> {
    /// The stage that leads enter.
    pub from: &'a str,
    /// The stage that they convert to.
    pub to: &'a str,
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}->{}", self.from, self.to)
    }
}
