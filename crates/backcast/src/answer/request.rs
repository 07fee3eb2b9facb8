//! What is asked: the JSON document that all bindings and the shell send.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::channels::ChannelRequest;
use super::evidence::{DealSizeRequest, LagRequest, OpenLeads};
use super::forms::At;
use super::goal::GoalRequest;
use super::object::objects;
use super::rate::RateRequest;
use super::schedule::{ScheduleRequest, ownership};
use super::volume::{LeadsRequest, PaceRequest};
use crate::error::{Error, Kind, Result};
use crate::funnel::Funnel;
use crate::plan::{Channels, Goal, Rounding};
use crate::quantity::{Currency, Money, Number, Rate};
use crate::rates::{DealSize, Rates};

objects!(Request);

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
    /// So many leads, instead of the number that it takes: the answer says what becomes of them. A whole number of newcomers
    /// to the first stage, or with `channels` one per channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leads: Option<LeadsRequest>,
    /// How many leads come in of late: the plan says how many times as many it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<PaceRequest>,
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

    /// The rates that a plan starts from where the request states none of its own: those of its first channel.
    fn stated_rates(&self) -> (&[RateRequest], &'static str) {
        let first = self.channels.iter().flatten().next().and_then(|channel| channel.rates.as_deref());
        match first {
            Some(rates) if self.rates.is_empty() => (rates, "channels[0].rates"),
            _ => (&self.rates, "rates"),
        }
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
        if let Some(pace) = &self.pace {
            rates = rates.at_pace(pace.read()?);
        }
        rates = self.notes.iter().flatten().fold(rates, Rates::noting);
        if let Some(lags) = &self.lags {
            let read = |(i, lag): (usize, &LagRequest)| lag.read(&format!("lags[{i}]"));
            let lags = lags.iter().enumerate().map(read).collect::<Result<_>>()?;
            rates = rates.with_lags(lags).at("lags")?;
        }
        let goal = goal.owned(ownership(self.owners.as_ref(), self.sources.as_ref())?);
        let goal = self.through_channels(goal, &rates, currency)?;
        let goal = match self.leads.as_ref().map(LeadsRequest::all).transpose()?.flatten() {
            Some(leads) => goal.with_leads(leads).at("leads")?,
            None => goal,
        };
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

    /// The goal with the request's channels.
    fn through_channels(&self, goal: Goal, rates: &Rates, currency: Option<Currency>) -> Result<Goal> {
        let Some(list) = &self.channels else {
            let by_channel = matches!(self.leads, Some(LeadsRequest::Channels(_)));
            let alone = [
                ("budget", self.budget.is_some()),
                ("shared_shock", self.shared_shock.is_some()),
                ("leads", by_channel),
            ];
            return match alone.iter().find(|(_, given)| *given) {
                Some((name, _)) => Err(Error::new(Kind::NoChannels, name).at(*name)),
                None => Ok(goal),
            };
        };
        let currency = currency.or_else(|| rates.deal_size().map(DealSize::currency));
        // A history brings rates of its own; otherwise, without stated ones, the plan's are those of the mix.
        let blending = self.rates.is_empty() && !self.funnel.is_empty();
        let read = |(at, channel): (usize, &ChannelRequest)| {
            channel.read(&format!("channels[{at}]"), (!blending).then_some(rates), currency)
        };
        let list = list.iter().enumerate().map(read).collect::<Result<Vec<_>>>()?;
        let names: Vec<String> = list.iter().map(|channel| channel.name().to_owned()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut channels = Channels::new(list).at("channels")?;
        let stated = self.leads.as_ref().map(|leads| leads.of(&names)).transpose()?.flatten();
        let goal = match stated {
            Some(leads) => {
                let all = leads.iter().copied().try_fold(0_u64, u64::checked_add);
                let all = all.ok_or_else(|| Error::new(Kind::OutOfRange, "the sum of all leads").at("leads"))?;
                channels = channels.stating(leads).at("leads")?;
                goal.with_leads(all).at("leads")?
            }
            None => goal,
        };
        if let Some(budget) = &self.budget {
            let money: Money = budget.text().parse().at("budget")?;
            if let Some(other) = currency.filter(|other| *other != money.currency()) {
                return Err(Error::new(Kind::MixedCurrency, format!("{other} and {}", money.currency())).at("budget"));
            }
            channels = channels.with_budget(money).at("budget")?;
        }
        if let Some(share) = &self.shared_shock {
            let share = share.text().parse::<Rate>().at("shared_shock")?;
            channels = channels.sharing(share.to_f64()).at("shared_shock")?;
        }
        Ok(goal.through(if blending { channels.blending() } else { channels }))
    }

    fn with_pipeline(&self, goal: Goal, rates: &Rates) -> Result<Goal> {
        let Some(pipeline) = &self.pipeline else { return Ok(goal) };
        let read = |(i, open): (usize, &OpenLeads)| open.read(rates.funnel(), &format!("pipeline[{i}]"));
        let open = pipeline.iter().enumerate().map(read).collect::<Result<_>>()?;
        let as_of = self.pipeline_as_of.as_ref().map(|day| day.parse().at("pipeline_as_of")).transpose()?;
        Ok(goal.with_pipeline(open, as_of))
    }
}
