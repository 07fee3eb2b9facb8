//! Which channels may bring the leads: price, capacity, saturation and rates as a request states them.

use num_traits::Signed;
use serde::{Deserialize, Serialize};

use super::evidence::{DealSizeRequest, LagRequest};
use super::forms::{At, given_forms};
use super::object::objects;
use super::rate::RateRequest;
use crate::error::{Error, Kind, Result};
use crate::math::decimal;
use crate::plan::{Channel, Saturation};
use crate::quantity::{Currency, Number};
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

impl ChannelRequest {
    pub(super) fn read(&self, place: &str, defaults: Option<&Rates>, currency: Option<Currency>) -> Result<Channel> {
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
