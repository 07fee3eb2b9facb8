//! Which channels may bring the leads: price, capacity, saturation and rates as a request states them.

use num_traits::Signed;
use serde::{Deserialize, Serialize};

use super::Request;
use super::evidence::{DealSizeRequest, LagRequest};
use super::object::objects;
use super::request::{At, RateRequest, given_forms};
use crate::error::{Error, Kind, Result};
use crate::math::decimal;
use crate::plan::{Channel, Channels, Goal, Saturation};
use crate::quantity::{Currency, Money, Number, Rate};
use crate::rates::{Conversion, Rates};

objects!(ChannelRequest, SaturationRequest);

/// A channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object", remote = "Self")]
pub struct ChannelRequest {
    /// Its name.
    pub channel: String,
    /// One per step, the first step first; without them the plan's rates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rates: Option<Vec<RateRequest>>,
    /// One per step; without them the plan's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lags: Option<Vec<LagRequest>>,
    /// The revenue of one won deal; without it the plan's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deal_size: Option<DealSizeRequest>,
    /// What a lead costs, in the goal's currency; with a saturation, what the first leads cost.
    pub cost_per_lead: Number,
    /// The most leads in the period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<Number>,
    /// How leads become dearer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saturation: Option<SaturationRequest>,
    /// The leads of today's mix.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub today: Option<Number>,
}

/// Exactly one form, in leads.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object", remote = "Self")]
pub struct SaturationRequest {
    /// Michaelis–Menten: half of all leads that can ever be had; there the average lead costs twice as much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub half_at: Option<Number>,
    /// Exponential: all leads that can ever be had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<Number>,
}

impl Request {
    /// The rates that a plan starts from where the request states none of its own: those of its first channel.
    pub(super) fn stated_rates(&self) -> (&[RateRequest], &'static str) {
        let first = self.channels.iter().flatten().next().and_then(|channel| channel.rates.as_deref());
        match first {
            Some(rates) if self.rates.is_empty() => (rates, "channels[0].rates"),
            _ => (&self.rates, "rates"),
        }
    }

    /// The goal with the request's channels.
    pub(super) fn through_channels(&self, goal: Goal, rates: &Rates, currency: Option<Currency>) -> Result<Goal> {
        let Some(list) = &self.channels else {
            let alone = [("budget", self.budget.is_some()), ("shared_shock", self.shared_shock.is_some())];
            return match alone.iter().find(|(_, given)| *given) {
                Some((name, _)) => Err(Error::new(Kind::NoChannels, name).at(*name)),
                None => Ok(goal),
            };
        };
        let currency = currency.or_else(|| rates.deal_size().map(crate::rates::DealSize::currency));
        // A history brings rates of its own; otherwise, without stated ones, the plan's are those of the mix.
        let blending = self.rates.is_empty() && !self.funnel.is_empty();
        let read = |(at, channel): (usize, &ChannelRequest)| {
            channel.read(&format!("channels[{at}]"), (!blending).then_some(rates), currency)
        };
        let list = list.iter().enumerate().map(read).collect::<Result<Vec<_>>>()?;
        let mut channels = Channels::new(list).at("channels")?;
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
}

impl ChannelRequest {
    fn read(&self, place: &str, defaults: Option<&Rates>, currency: Option<Currency>) -> Result<Channel> {
        let part = |name: &str| format!("{place}.{name}");
        let steps: Vec<Conversion> = match (&self.rates, defaults) {
            (Some(rates), _) => {
                let read = |(at, rate): (usize, &RateRequest)| rate.read(&format!("{place}.rates[{at}]"));
                rates.iter().enumerate().map(read).collect::<Result<_>>()?
            }
            (None, Some(known)) => known.conversions().at(&part("rates"))?,
            (None, None) => return Err(Error::new(Kind::MissingKey, part("rates")).at(place)),
        };
        let cost = self.cost_per_lead.exact().at(&part("cost_per_lead"))?;
        if cost.is_negative() {
            return Err(Error::new(Kind::Negative, &self.cost_per_lead).at(part("cost_per_lead")));
        }
        let mut channel = Channel::new(&self.channel, steps, decimal::to_f64(&cost)).at(&part("channel"))?;
        if let Some(lags) = &self.lags {
            let read = |(at, lag): (usize, &LagRequest)| lag.read(&format!("{place}.lags[{at}]"));
            channel = channel.with_lags(lags.iter().enumerate().map(read).collect::<Result<_>>()?);
        }
        if let Some(size) = &self.deal_size {
            // Without any currency revenue stays unknown; the size is checked all the same.
            let read = currency.map_or_else(|| "XXX".parse(), Ok).and_then(|currency| size.read(currency));
            let size = read.map_err(|error| error.within(place))?;
            if currency.is_some() {
                channel = channel.with_deal_size(size);
            }
        }
        if let Some(capacity) = &self.capacity {
            channel = channel.with_capacity(capacity.whole().at(&part("capacity"))?);
        }
        if let Some(saturation) = &self.saturation {
            let place = part("saturation");
            channel = channel.saturating(saturation.read(&place)?).at(&place)?;
        }
        if let Some(today) = &self.today {
            channel = channel.bringing_today(today.whole().at(&part("today"))?);
        }
        Ok(channel)
    }
}

impl SaturationRequest {
    fn read(&self, place: &str) -> Result<Saturation> {
        match (&self.half_at, &self.ceiling) {
            (Some(half), None) => half.positive().map(Saturation::HalfAt).at(&format!("{place}.half_at")),
            (None, Some(all)) => all.positive().map(Saturation::Ceiling).at(&format!("{place}.ceiling")),
            (half, all) => {
                let forms = [("half_at", half.is_some()), ("ceiling", all.is_some())];
                Err(Error::new(Kind::SaturationForms, given_forms(&forms)).at(place))
            }
        }
    }
}
