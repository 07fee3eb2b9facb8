//! What is asked: the JSON document that all bindings and the shell send.

use std::borrow::Cow;
use std::collections::BTreeMap;

use num_traits::Signed;
use serde::{Deserialize, Serialize};

use super::channels::ChannelRequest;
use super::evidence::{DealSizeRequest, LagRequest, OpenLeads};
use super::object::objects;
use super::schedule::{ScheduleRequest, ownership};
use crate::error::{Error, Kind, Result};
use crate::funnel::Funnel;
use crate::plan::{Goal, Rounding};
use crate::quantity::{Currency, Day, Money, Number, Rate};
use crate::rates::{Conversion, Rates};

objects!(Request, GoalRequest, GrowthRequest, RateRequest);

/// A request. Unknown keys are refused: a misspelt one must not be ignored.
///
/// # Example
/// ```
/// let request: backcast::Request = serde_json::from_str(r#"{
///     "goal": {"customers": 50, "confidence": 0.8}, "funnel": ["lead", "customer"], "rates": [{"rate": "2 %"}]
/// }"#)?;
/// let backcast::Answer::Plan(plan) = backcast::answer(&request) else { panic!() };
/// assert_eq!(plan.stages[0].needed, Some(2789));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object", remote = "Self")]
pub struct Request {
    /// The target, its period and how sure one wants to be.
    pub goal: GoalRequest,
    /// Stage names, first to last; 2 to 12, all different. Left out only where rates from a history bring it along.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(required))]
    pub funnel: Vec<String>,
    /// One per step, the first step first. Left out only where rates from a history are used.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(required))]
    pub rates: Vec<RateRequest>,
    /// The revenue of one won deal, in the goal's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deal_size: Option<DealSizeRequest>,
    /// One per step: whole days from entering a stage to entering the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lags: Option<Vec<LagRequest>>,
    /// Open leads as of `goal.start`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline: Option<Vec<OpenLeads>>,
    /// The last day that the ages of open leads count; without it `goal.start`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipeline_as_of: Option<String>,
    /// Whether to compute what takes longer: `uncertainty`, `distribution`, `sensitivity`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<bool>,
    /// `ceil` (default), `end`, `nearest` or `exact`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounding: Option<String>,
    /// How the plan is spread over time; it needs `goal.start` and `goal.by`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<ScheduleRequest>,
    /// Stage and the department that owns it; else marketing owns the first half of the stages, sales the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owners: Option<BTreeMap<String, String>>,
    /// Source (a channel, a department) and the share of revenue that it must bring; they sum to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<BTreeMap<String, Number>>,
    /// Channels to choose from: the plan then has the cheapest mix. Without `rates` the plan's rates are those of that mix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<ChannelRequest>>,
    /// Money, such as `50000 EUR`, for which the best mix of channels is sought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Number>,
    /// The share (0 to 1) of the variance of the channels' rates that they have in common; 0.5 where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_shock: Option<Number>,
    /// The ISO 4217 code of `deal_size` where the goal itself has none (a goal in customers).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The last day whose records were known when the rates were learned, as `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// Lines that `explain` repeats: where the rates come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Vec<String>>,
}

/// Exactly one of `revenue`, `customers`, `growth`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object", remote = "Self")]
pub struct GoalRequest {
    /// Money, such as `500000 USD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revenue: Option<Number>,
    /// A whole number of customers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customers: Option<Number>,
    /// Growth over a baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub growth: Option<GrowthRequest>,
    /// The first day, as `YYYY-MM-DD`, included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// The last day, as `YYYY-MM-DD`, included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// A probability above 0 and below 1; without it the expected-value plan alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Number>,
}

/// target = baseline × (1 + percent / 100).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object", remote = "Self")]
pub struct GrowthRequest {
    /// Money, such as `1000000 USD`.
    pub baseline: Number,
    /// Percent, such as `10`.
    pub percent: Number,
}

/// Exactly one form: `rate`, or `converted` and `entered`, or `mean` and `ess`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object", remote = "Self")]
pub struct RateRequest {
    /// Stated and taken as exactly true: `0.02`, `2 %`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Number>,
    /// How many converted, of those that `entered`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub converted: Option<Number>,
    /// How many entered, all old enough to have converted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entered: Option<Number>,
    /// The mean of an estimate, above 0 and below 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<Number>,
    /// The effective sample size of an estimate, above 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ess: Option<Number>,
}

/// `error.at(place)` for any fallible expression.
pub(super) trait At<T> {
    fn at(self, place: &str) -> Result<T>;
}

impl<T> At<T> for Result<T> {
    fn at(self, place: &str) -> Self {
        self.map_err(|error| error.at(place))
    }
}

/// The names of the forms that were given, in words: `none`, `rate and mean`.
pub(super) fn given_forms(forms: &[(&str, bool)]) -> String {
    let given: Vec<_> = forms.iter().filter(|(_, given)| *given).map(|(name, _)| format!("`{name}`")).collect();
    if given.is_empty() { "none".to_owned() } else { given.join(" and ") }
}

impl Request {
    /// The goal and the rates that the request states.
    pub(super) fn read(&self) -> Result<(Goal, Rates)> {
        let (stated, place) = self.stated_rates();
        if self.funnel.is_empty() && stated.is_empty() {
            return Err(Error::new(Kind::MissingKey, "funnel"));
        }
        let funnel = Funnel::new(self.funnel.clone()).at("funnel")?;
        let conversions: Vec<_> =
            stated.iter().enumerate().map(|(i, rate)| rate.read(&format!("{place}[{i}]"))).collect::<Result<_>>()?;
        self.complete(Rates::new(funnel, conversions).at(place)?)
    }

    /// The goal that the request states, over rates that are known from a history.
    pub(super) fn read_with(&self, known: &Rates) -> Result<(Goal, Rates)> {
        if self.funnel.is_empty() && self.rates.is_empty() {
            self.complete(known.clone())
        } else {
            Err(Error::new(Kind::RateForms, "rates in the request and from a history").at("rates"))
        }
    }

    fn complete(&self, mut rates: Rates) -> Result<(Goal, Rates)> {
        let (goal, currency) = self.goal.read(self.rounding()?)?;
        rates = self.with_deal_size(rates, currency)?;
        if let Some(as_of) = &self.as_of {
            rates = rates.known_until(as_of.parse().at("as_of")?);
        }
        rates = self.notes.iter().flatten().fold(rates, Rates::noting);
        if let Some(lags) = &self.lags {
            let read = |(i, lag): (usize, &LagRequest)| lag.read(&format!("lags[{i}]"));
            let lags = lags.iter().enumerate().map(read).collect::<Result<_>>()?;
            rates = rates.with_lags(lags).at("lags")?;
        }
        let goal = goal.owned(ownership(self.owners.as_ref(), self.sources.as_ref())?);
        let goal = self.through_channels(goal, &rates, currency)?;
        let goal = if let Some(how) = &self.schedule { goal.scheduled(how.read()?) } else { goal };
        let goal = self.with_pipeline(goal, &rates)?;
        Ok((if self.detail == Some(true) { goal.in_detail() } else { goal }, rates))
    }

    fn rounding(&self) -> Result<Rounding> {
        let Some(name) = &self.rounding else { return Ok(Rounding::default()) };
        let known = Rounding::ALL.iter().find(|(known, _)| known == name);
        known.map(|(_, rounding)| *rounding).ok_or_else(|| Error::new(Kind::UnknownRounding, name)).at("rounding")
    }

    /// With the stated deal size, or else with the mean of the history's won deals.
    fn with_deal_size(&self, rates: Rates, goal_currency: Option<Currency>) -> Result<Rates> {
        let stated: Option<Currency> = self.currency.as_ref().map(|code| code.parse().at("currency")).transpose()?;
        let currency = match (goal_currency, stated) {
            (Some(goal), Some(stated)) if goal != stated => {
                return Err(Error::new(Kind::MixedCurrency, format!("{goal} and {stated}")).at("currency"));
            }
            (Some(currency), _) | (None, Some(currency)) => Some(currency),
            (None, None) => rates.amount_currency(),
        };
        let alike = "so all deals are taken as alike";
        match (&self.deal_size, currency) {
            (Some(size), Some(currency)) => {
                let sized = rates.with_deal_size(size.read(currency)?);
                let spread_unknown = size.mean.is_some() && size.cv.is_none();
                Ok(if spread_unknown {
                    sized.noting(format!("deal size: no spread (`cv`) was given, {alike}"))
                } else {
                    sized
                })
            }
            // A goal in customers without any currency: the deal size is checked under ISO 4217's code for no currency,
            // and revenue stays unknown.
            (Some(size), None) => size.read("XXX".parse()?).map(|_| rates),
            (None, currency) => rates.sized_in(currency).map(Cow::into_owned).at("deal_size"),
        }
    }

    fn with_pipeline(&self, goal: Goal, rates: &Rates) -> Result<Goal> {
        let Some(pipeline) = &self.pipeline else { return Ok(goal) };
        let read = |(i, open): (usize, &OpenLeads)| open.read(rates.funnel(), &format!("pipeline[{i}]"));
        let open = pipeline.iter().enumerate().map(read).collect::<Result<_>>()?;
        let as_of = self.pipeline_as_of.as_ref().map(|day| day.parse().at("pipeline_as_of")).transpose()?;
        Ok(goal.with_pipeline(open, as_of))
    }
}

impl GoalRequest {
    fn read(&self, rounding: Rounding) -> Result<(Goal, Option<Currency>)> {
        let (goal, currency) = match (&self.revenue, &self.customers, &self.growth) {
            (Some(revenue), None, None) => {
                let target: Money = revenue.text().parse().at("goal.revenue")?;
                (Goal::revenue(target).at("goal.revenue")?, Some(target.currency()))
            }
            (None, Some(customers), None) => {
                if customers.exact().is_ok_and(|count| count.is_negative()) {
                    return Err(Error::new(Kind::GoalNotPositive, customers).at("goal.customers"));
                }
                (customers.whole().and_then(Goal::customers).at("goal.customers")?, None)
            }
            (None, None, Some(growth)) => {
                let baseline: Money = growth.baseline.text().parse().at("goal.growth.baseline")?;
                let percent = Number::from(growth.percent.text().trim().trim_end_matches('%'));
                let percent = percent.exact().at("goal.growth.percent")?;
                (Goal::growth(baseline, &percent).at("goal.growth")?, Some(baseline.currency()))
            }
            (revenue, customers, growth) => {
                let forms =
                    [("revenue", revenue.is_some()), ("customers", customers.is_some()), ("growth", growth.is_some())];
                return Err(Error::new(Kind::GoalForms, given_forms(&forms)).at("goal"));
            }
        };
        let mut goal = goal.rounded(rounding);
        if let Some(start) = &self.start {
            goal = goal.starting(start.parse::<Day>().at("goal.start")?);
        }
        if let Some(by) = &self.by {
            goal = goal.by(by.parse::<Day>().at("goal.by")?);
        }
        if let Some(confidence) = &self.confidence {
            goal = Goal::read_confidence(confidence.text())
                .and_then(|share| goal.at_exactly(share))
                .at("goal.confidence")?;
        }
        Ok((goal, currency))
    }
}

impl RateRequest {
    pub(super) fn read(&self, place: &str) -> Result<Conversion> {
        let part = |name: &str| format!("{place}.{name}");
        match (&self.rate, &self.converted, &self.entered, &self.mean, &self.ess) {
            (Some(rate), None, None, None, None) => {
                rate.text().parse::<Rate>().and_then(Conversion::stated).at(&part("rate"))
            }
            (None, Some(converted), Some(entered), None, None) => {
                let converted = converted.whole().at(&part("converted"))?;
                Conversion::learned(converted, entered.whole().at(&part("entered"))?).at(place)
            }
            (None, None, None, Some(mean), Some(ess)) => {
                let (mean, weight) = (mean.exact().at(&part("mean"))?, ess.exact().at(&part("ess"))?);
                ess.positive().at(&part("ess"))?;
                Conversion::estimated_exactly(mean, weight).at(&part("mean"))
            }
            (rate, converted, entered, mean, ess) => {
                let forms = [
                    ("rate", rate.is_some()),
                    ("converted", converted.is_some()),
                    ("entered", entered.is_some()),
                    ("mean", mean.is_some()),
                    ("ess", ess.is_some()),
                ];
                Err(Error::new(Kind::RateForms, given_forms(&forms)).at(place))
            }
        }
    }
}
