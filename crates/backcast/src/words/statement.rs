//! A fact with its numbers, and the sentence that says it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Topic {
    /// How many, by when, how many a month, how sure: the sentence to begin with.
    Headline,
    /// The target, and the won deals that it takes.
    Target,
    /// Where the rates come from.
    History,
    /// How deals differ.
    DealSize,
    /// How whole numbers are made.
    Rounding,
    /// The rate of a step and the division by it.
    Division,
    /// What plain division's number of leads would reach.
    PlainDivision,
    /// What is in flight, stage by stage and together.
    InFlight,
    /// The smallest number at a stage.
    Needed,
    /// Why no number is enough.
    Unreachable,
    /// The probability of the plan.
    Probability,
    /// How many are expected at each stage.
    Flow,
    /// What the deadline leaves.
    Deadline,
    /// Who enters when.
    Schedule,
    /// Until when a newcomer is of use.
    LastUsefulDay,
    /// Who is planned and won too late.
    TooLate,
    /// Who owns which stage.
    Departments,
    /// What each source must bring.
    Sources,
    /// What one newcomer is worth.
    Worth,
    /// The plan beside today's pace.
    Pace,
    /// The choice between channels: one mix.
    Mix,
    /// Channels that cannot be told apart.
    ChannelsAlike,
    /// What else to know of the channels.
    Channels,
}

/// A fact with its numbers, and the sentence that says it.
///
/// # Example
/// ```
/// use backcast::words::Topic;
/// use backcast::{Conversion, Funnel, Goal, Rates};
/// let rates = Rates::new(Funnel::new(["lead", "customer"])?, vec![Conversion::stated("2 %".parse()?)?])?;
/// let plan = Goal::customers(50)?.at(0.8)?.plan(&rates)?;
/// let needed = plan.statements.iter().find(|s| s.topic == Topic::Needed).unwrap();
/// assert_eq!((needed.about.as_deref(), needed.numbers["needed"]), (Some("lead"), 2789.0));
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Statement {
    /// What it is about.
    pub topic: Topic,
    /// The stage, the step or the channel that it is about; `None` where it is about the whole plan.
    pub about: Option<String>,
    /// Its numbers by name: counts, shares from 0 to 1, units of the currency.
    pub numbers: BTreeMap<String, f64>,
    /// The same in a sentence.
    pub sentence: String,
}

impl Statement {
    /// A sentence about a topic.
    pub(crate) fn new(topic: Topic, sentence: impl Into<String>) -> Self {
        Self { topic, about: None, numbers: BTreeMap::new(), sentence: sentence.into() }
    }

    /// About this stage, step or channel.
    pub(crate) fn about(mut self, name: &str) -> Self {
        self.about = Some(name.to_owned());
        self
    }

    /// With these numbers.
    pub(crate) fn with<const N: usize>(mut self, numbers: [(&str, f64); N]) -> Self {
        self.numbers.extend(numbers.into_iter().map(|(name, value)| (name.to_owned(), value)));
        self
    }

    /// With a number that there may be.
    pub(crate) fn and(mut self, name: &str, number: Option<f64>) -> Self {
        self.numbers.extend(number.map(|number| (name.to_owned(), number)));
        self
    }
}
