//! A plan as a document, and what is checked when one is loaded again.

use serde::{Deserialize, Serialize};

use super::plan::{Plan, StagePlan};
use super::unreachable::Unreachable;
use crate::error::{Error, Kind, Result};
use crate::saved;

/// The format, and the version that is written.
const KNOWN: (&str, u64) = ("backcast-plan", 1);

/// The keys of the document.
#[derive(Serialize)]
struct Written<'a> {
    format: &'a str,
    version: u64,
    plan: &'a Plan,
}

/// The same as it is read.
#[derive(Deserialize)]
struct Read {
    plan: Plan,
}

/// What a plan comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome<'a> {
    /// So many newcomers to the first stage are planned.
    Planned(u64),
    /// No number of newcomers meets the goal with the confidence: the best that can be reached, and why.
    Unreachable(&'a Unreachable),
    /// Without a confidence: nothing has converted yet, so division has no answer.
    Unknown,
}

impl Plan {
    /// The stage of this name.
    ///
    /// # Errors
    /// `unknown_stage`.
    pub fn stage(&self, name: &str) -> Result<&StagePlan> {
        self.stages.iter().find(|stage| stage.stage == name).ok_or_else(|| {
            let names: Vec<_> = self.stages.iter().map(|stage| format!("`{}`", stage.stage)).collect();
            Error::new(Kind::UnknownStage, name).allowing(format!("one of {}", names.join(", ")))
        })
    }

    /// What it comes to.
    ///
    /// # Example
    /// ```
    /// use backcast::plan::Outcome;
    /// use backcast::{Conversion, Funnel, Goal, Rates};
    /// let rates = Rates::new(Funnel::new(["lead", "customer"])?, vec![Conversion::stated("2 %".parse()?)?])?;
    /// let plan = Goal::customers(50)?.at(0.8)?.plan(&rates)?;
    /// assert_eq!(plan.outcome(), Outcome::Planned(2789));
    /// # Ok::<(), backcast::Error>(())
    /// ```
    #[must_use]
    pub fn outcome(&self) -> Outcome<'_> {
        match (&self.unreachable, self.planned) {
            (Some(unreachable), None) => Outcome::Unreachable(unreachable),
            (_, Some(planned)) => Outcome::Planned(planned),
            (None, None) => Outcome::Unknown,
        }
    }

    /// The plan as a document, from which [`Plan::from_json`] makes an equal one: freeze it, and compare with it later.
    ///
    /// It is `{"format": "backcast-plan", "version": 1, "plan": …}`; releases read all versions up to their own.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(&Written { format: KNOWN.0, version: KNOWN.1, plan: self }).unwrap_or_default()
    }

    /// The plan that [`Plan::to_json`] has written.
    ///
    /// # Errors
    /// `unknown_format` for something else, `unknown_version` for a plan of a newer release, `damaged` for what was changed.
    ///
    /// # Example
    /// ```
    /// use backcast::{Conversion, ErrorKind, Funnel, Goal, Plan, Rates};
    /// let rates = Rates::new(Funnel::new(["lead", "customer"])?, vec![Conversion::stated("2 %".parse()?)?])?;
    /// let plan = Goal::customers(50)?.at(0.8)?.plan(&rates)?;
    /// assert_eq!(Plan::from_json(&plan.to_json())?, plan);
    /// assert_eq!(Plan::from_json("{}").unwrap_err().kind(), ErrorKind::UnknownFormat);
    /// # Ok::<(), backcast::Error>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Self> {
        saved::read::<Read>(text, KNOWN).map(|read| read.plan)
    }
}
