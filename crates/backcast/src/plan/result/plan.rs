//! The plan: for each stage how many must enter it, with what probability the goal is then met, and why.

use serde::{Deserialize, Serialize};

use super::change::Change;
use super::channel_plan::ChannelPlan;
use super::credit::Credit;
use super::departments::Departments;
use super::division::PlainDivision;
use super::pace::PlanPace;
use super::projection::Projection;
use super::schedule::Schedule;
use super::unreachable::Unreachable;
use crate::plan::ask::rounding::Rounding;
use crate::quantity::{Currency, Day};
use crate::words::Statement;

/// What must be true for a goal; serialises to the answer's `plan`.
///
/// # Example
/// ```
/// use backcast::{Conversion, Funnel, Goal, Rates};
/// let rates = Rates::new(Funnel::new(["lead", "customer"])?, vec![Conversion::stated("2 %".parse()?)?])?;
/// let plan = Goal::customers(50)?.at(0.8)?.plan(&rates)?;
/// let lead = plan.stage("lead")?;
/// assert_eq!((lead.exact, lead.needed), (Some(2500.0), Some(2789)));
/// assert!(plan.probability.is_some_and(|p| p >= 0.8));
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Plan {
    /// How many, by when, how many a month, how many times today's pace, how sure: in a sentence. `None` where no number could
    /// be planned.
    pub headline: Option<String>,
    /// The target in words, such as `500,000 USD` or `50 customers`.
    pub target: String,
    /// The target of a goal in money, in units of the currency; `None` for a goal in customers, which is `customers_needed`.
    pub target_amount: Option<f64>,
    /// The ISO 4217 code of a goal in money, and of the deal size.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub currency: Option<Currency>,
    /// How sure the goal is to be met with the planned number; from 0 to 1.
    pub confidence: Option<f64>,
    /// The first day, as `YYYY-MM-DD`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub start: Option<Day>,
    /// The last day, as `YYYY-MM-DD`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub by: Option<Day>,
    /// The rounding of `whole`: `ceil`, `end`, `nearest` or `exact`.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub rounding: Rounding,
    /// The mean size of a deal in units of the currency.
    pub deal_size: Option<f64>,
    /// The standard deviation of a deal ÷ its mean; 0: all alike.
    pub deal_cv: Option<f64>,
    /// Won deals that the target takes: target ÷ mean deal, rounded up.
    pub customers_needed: u64,
    /// How many enter the first stage as planned: the number that was stated, else `needed` with a confidence, else `whole` (up, where it is not rounded); 0
    /// where none of them can be won in time, `None` where no number is enough.
    pub planned: Option<u64>,
    /// Whether that number was stated: what becomes of so many leads, instead of how many it takes.
    pub leads_stated: bool,
    /// Why no number of newcomers to the first stage meets the goal with the confidence, and the best that can be reached;
    /// `None` where one does, and without a confidence.
    pub unreachable: Option<Unreachable>,
    /// One per stage, first to last.
    pub stages: Vec<StagePlan>,
    /// P(goal met) if exactly the planned number enters the first stage; `None` where no number could be planned.
    pub probability: Option<f64>,
    /// How far that probability may be off, by the method that computed it.
    pub probability_error: Option<f64>,
    /// The customers that follow from that number and from what is open.
    pub customers: Option<Projection>,
    /// The revenue that follows, in units of the currency; `None` without a deal size.
    pub revenue: Option<Projection>,
    /// What plain division's number of leads would reach; `None` where division has no answer.
    pub division: Option<PlainDivision>,
    /// The plan beside the pace of history; `None` where no pace is known.
    pub pace: Option<PlanPace>,
    /// What open leads are worth by the deadline; `None` where none were given.
    pub pipeline: Option<Credit>,
    /// What makes the outcome uncertain; asked for by `detail`.
    pub uncertainty: Option<Vec<Doubt>>,
    /// The distribution of revenue (of customers without a deal size) for a chart; asked for by `detail`.
    pub distribution: Option<Vec<Point>>,
    /// Which single change helps most; asked for by `detail`.
    pub sensitivity: Option<Vec<Change>>,
    /// Whether delays and the deadline entered.
    pub deadline_used: bool,
    /// The numbers over weeks, months and quarters; `None` without both days, or where no number could be planned.
    pub schedule: Option<Schedule>,
    /// The cheapest mix of channels; `None` where no channels were given.
    pub channels: Option<ChannelPlan>,
    /// Who owns which number, and what one newcomer is worth.
    pub departments: Departments,
    /// What to know before trusting it, most of it about the estimates behind it.
    pub notices: Vec<Statement>,
    /// The sentences of `notices`.
    pub warnings: Vec<String>,
    /// The arithmetic, fact by fact: each with its topic, its numbers and a sentence.
    pub statements: Vec<Statement>,
    /// The sentences of `statements`: every number can be followed by hand.
    pub explain: Vec<String>,
}

/// How many must enter one stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct StagePlan {
    /// The stage's name.
    pub stage: String,
    /// The unrounded expected-value chain; `None` above a step in which nothing has converted.
    pub exact: Option<f64>,
    /// The same under the rounding.
    pub whole: Option<Whole>,
    /// The smallest number newly entering this stage that meets the goal with the confidence; `None` without a
    /// confidence, and where no number is enough.
    pub needed: Option<u64>,
    /// The share of those newly entering this stage and won at all who are won by the deadline; `None` without one.
    pub on_time: Option<f64>,
    /// The rate to the next stage: as stated, or the posterior's mean; `None` for the last stage.
    pub rate: Option<f64>,
    /// How many are expected to enter this stage by the deadline: `expected_new` and `expected_open` together.
    pub expected: Option<f64>,
    /// Those of them that follow from the planned newcomers to the first stage; times `rate_by_deadline` it is that of the
    /// next stage. `None` where no number could be planned.
    pub expected_new: Option<f64>,
    /// Those of them that follow from what is in flight; 0 for what has entered before.
    pub expected_open: Option<f64>,
    /// The share of `expected_new` that is expected to enter the next stage by the deadline: the rate, and as much less as
    /// time is short. `None` for the last stage.
    pub rate_by_deadline: Option<f64>,
    /// The chance that this stage's `needed` is kept if the stage before delivers exactly its own `needed`, evenly until the
    /// deadline; `None` for the first stage, and without a confidence.
    pub chance_kept: Option<f64>,
}

/// A number of the chain under its rounding: whole, or as it is under [`Rounding::Exact`](crate::plan::Rounding::Exact).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Whole {
    /// A whole number, at most 2⁵³ − 1.
    Count(u64),
    /// Not rounded.
    Exact(f64),
}

/// One source of uncertainty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Doubt {
    /// What is uncertain, in words.
    pub source: String,
    /// The share of the variance that would go away with perfect knowledge of it, from 0 to 1. Sources act together, so
    /// the shares need not sum to 1.
    pub share: f64,
}

/// A point of a cumulative distribution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Point {
    /// Revenue in units of the currency, or customers.
    pub at: f64,
    /// The probability of at most that.
    pub probability: f64,
}

impl Point {
    pub(in crate::plan) fn new(at: f64, probability: f64) -> Self {
        Self { at, probability }
    }
}
