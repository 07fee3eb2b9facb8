//! The channels to choose from, and how a plan over them is made.

use super::cost_curve::{Response, Saturation};
use crate::error::{Error, Kind, Result};
use crate::quantity::{Money, shown};
use crate::rates::{Conversion, DealSize, Lag, Rates};

/// The share of the variance of rates that all channels have in common, where it is not stated.
const SHARED: f64 = 0.5;
/// The most channels.
const MOST: usize = 1_000;

/// One channel: what its leads are worth and what they cost.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    pub(in crate::plan) name: String,
    pub(in crate::plan) steps: Vec<Conversion>,
    pub(in crate::plan) lags: Option<Vec<Lag>>,
    pub(in crate::plan) deal_size: Option<DealSize>,
    cost_per_lead: f64,
    saturation: Option<Saturation>,
    capacity: Option<u64>,
    pub(in crate::plan) today: Option<u64>,
}

impl Channel {
    /// A channel with one conversion per step and the price of its (first) leads, 0 or more.
    ///
    /// # Errors
    /// `no_name`, `negative`.
    pub fn new(name: impl Into<String>, steps: Vec<Conversion>, cost_per_lead: f64) -> Result<Self> {
        let name = name.into();
        if name.trim().is_empty() {
            return Err(Error::new(Kind::NoName, "a channel"));
        }
        if !(cost_per_lead >= 0.0 && cost_per_lead.is_finite()) {
            return Err(Error::new(Kind::Negative, cost_per_lead));
        }
        Ok(Self {
            name,
            steps,
            lags: None,
            deal_size: None,
            cost_per_lead,
            saturation: None,
            capacity: None,
            today: None,
        })
    }

    /// With a delay per step.
    #[must_use]
    pub fn with_lags(mut self, lags: Vec<Lag>) -> Self {
        self.lags = Some(lags);
        self
    }

    /// With deals of its own size.
    #[must_use]
    pub fn with_deal_size(mut self, size: DealSize) -> Self {
        self.deal_size = Some(size);
        self
    }

    /// With at most so many leads in the period.
    #[must_use]
    pub fn with_capacity(mut self, leads: u64) -> Self {
        self.capacity = Some(leads);
        self
    }

    /// With leads that become dearer.
    ///
    /// # Errors
    /// `not_positive`: less than one lead can ever be had.
    pub fn saturating(mut self, saturation: Saturation) -> Result<Self> {
        let (Saturation::HalfAt(leads) | Saturation::Ceiling(leads)) = saturation;
        if !(leads > 0.0 && leads.is_finite()) {
            return Err(Error::new(Kind::NotPositive, leads));
        }
        self.saturation = Some(saturation);
        Ok(self)
    }

    /// With so many leads in today's mix.
    #[must_use]
    pub fn bringing_today(mut self, leads: u64) -> Self {
        self.today = Some(leads);
        self
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(in crate::plan) fn response(&self) -> Response {
        Response { price: self.cost_per_lead, saturation: self.saturation, capacity: self.capacity }
    }
}

/// The channels of a plan, with a budget and what they have in common.
///
/// # Example
/// ```
/// use backcast::{Channel, Channels, Conversion, Funnel, Goal, Rates};
/// let search = Channel::new("search", vec![Conversion::learned(20, 1000)?], 40.0)?;
/// let fair = Channel::new("fair", vec![Conversion::learned(9, 150)?], 150.0)?.with_capacity(200);
/// let rates = Rates::new(Funnel::new(["lead", "customer"])?, vec![Conversion::learned(29, 1150)?])?;
/// let plan = Goal::customers(50)?.at(0.8)?.through(Channels::new(vec![search, fair])?).plan(&rates)?;
/// let cheapest = plan.channels.and_then(|channels| channels.cheapest).unwrap();
/// assert!(cheapest.probability >= 0.8);
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Channels {
    pub(in crate::plan) list: Vec<Channel>,
    pub(in crate::plan) budget: Option<Money>,
    shared: Option<f64>,
    pub(in crate::plan) blended: bool,
    /// Leads per channel, where they were stated.
    pub(in crate::plan) stated: Option<Vec<u64>>,
}

impl Channels {
    /// At least one channel, all of different names.
    ///
    /// # Errors
    /// `channel_count`, `same_channel`, `free_channel`.
    pub fn new(list: Vec<Channel>) -> Result<Self> {
        if list.is_empty() || list.len() > MOST {
            return Err(Error::new(Kind::ChannelCount, shown::count(list.len() as u64)));
        }
        for (at, channel) in list.iter().enumerate() {
            if list.iter().take(at).any(|other| other.name == channel.name) {
                return Err(Error::new(Kind::SameChannel, &channel.name));
            }
            if channel.cost_per_lead <= 0.0 && channel.response().limit().is_infinite() {
                return Err(Error::new(Kind::FreeChannel, &channel.name));
            }
        }
        Ok(Self { list, budget: None, shared: None, blended: false, stated: None })
    }

    /// With a budget, for which the best mix is sought too.
    ///
    /// # Errors
    /// `not_positive`.
    pub fn with_budget(mut self, budget: Money) -> Result<Self> {
        if budget.minor_units() <= 0 {
            return Err(Error::new(Kind::NotPositive, budget));
        }
        self.budget = Some(budget);
        Ok(self)
    }

    /// With this share (from 0 to 1) of the variance of every channel's rate in common; 0.5 where it is not stated.
    ///
    /// # Errors
    /// `share_out_of_range`.
    pub fn sharing(mut self, share: f64) -> Result<Self> {
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::new(Kind::ShareOutOfRange, share));
        }
        self.shared = Some(share);
        Ok(self)
    }

    /// With these numbers of leads instead of those that it takes, in the order of the channels: the plan says what becomes of
    /// them, with [`Goal::with_leads`](crate::Goal::with_leads) of their sum.
    ///
    /// # Errors
    /// `channel_count` unless there is a number for each.
    pub fn stating(mut self, leads: Vec<u64>) -> Result<Self> {
        if leads.len() != self.list.len() {
            return Err(Error::new(Kind::ChannelCount, shown::count(leads.len() as u64)));
        }
        self.stated = Some(leads);
        Ok(self)
    }

    /// The plan's own rates are those of the mix: the rates it is given are those of today's mix.
    #[must_use]
    pub(crate) fn blending(mut self) -> Self {
        self.blended = true;
        self
    }

    /// What is common: nothing where only one channel is in doubt.
    pub(in crate::plan) fn shared(&self) -> f64 {
        let doubtful = |channel: &&Channel| channel.steps.iter().any(|step| step.cv2() > 0.0);
        if self.list.iter().filter(doubtful).count() < 2 { 0.0 } else { self.shared.unwrap_or(SHARED) }
    }

    /// The rates of so many leads of each channel taken together, with their doubt; no leads at all count as equally many.
    ///
    /// # Formula
    /// Per step the mean weighted by those who enter it; its variance (1 − κ)Σf²v + κ(Σf√v)², f the share of the channel.
    pub(crate) fn blend(&self, rates: &Rates, leads: Option<&[u64]>) -> Result<Rates> {
        let none = leads.is_none_or(|leads| leads.iter().all(|n| *n == 0));
        let today: Vec<u64> = self.list.iter().map(|channel| channel.today.unwrap_or(0)).collect();
        let counts = if none { &today } else { leads.unwrap_or(&today) };
        let equal = counts.iter().all(|n| *n == 0);
        let mut flow: Vec<f64> = counts.iter().map(|n| if equal { 1.0 } else { *n as f64 }).collect();
        let shared = self.shared();
        let mut steps = Vec::new();
        for step in 0..rates.funnel().steps().len() {
            let each: Vec<&Conversion> = self.list.iter().filter_map(|channel| channel.steps.get(step)).collect();
            let all: f64 = flow.iter().sum();
            let parts =
                || each.iter().zip(&flow).map(|(rate, n)| (rate.mean(), n / all, rate.cv2().sqrt() * rate.mean()));
            let mean: f64 = parts().map(|(mean, share, _)| share * mean).sum();
            let own: f64 = parts().map(|(_, share, sd)| share * share * sd * sd).sum();
            let common: f64 = parts().map(|(_, share, sd)| share * sd).sum();
            let variance = (1.0 - shared) * own + shared * common * common;
            steps.push(match each.first() {
                Some(first) if each.iter().all(|other| other == first) && each.len() == 1 => (*first).clone(),
                _ => blended(mean, variance)?,
            });
            flow = flow.iter().zip(&each).map(|(n, rate)| n * rate.mean()).collect();
        }
        rates.blended(steps, self.deal(rates, &flow), self.delays(rates, &flow)?)
    }

    /// The delays of customers of the mix; `None` where the channels have none of their own, or some have none at all.
    fn delays(&self, rates: &Rates, customers: &[f64]) -> Result<Option<Vec<Lag>>> {
        if self.list.iter().all(|channel| channel.lags.is_none()) {
            return Ok(rates.lags().map(<[Lag]>::to_vec));
        }
        let each: Option<Vec<&[Lag]>> =
            self.list.iter().map(|channel| channel.lags.as_deref().or(rates.lags())).collect();
        let Some(each) = each else { return Ok(None) };
        let step = |step: usize| {
            let lags: Vec<&Lag> = each.iter().filter_map(|lags| lags.get(step)).collect();
            Lag::mixed(&lags, customers)
        };
        (0..rates.funnel().steps().len()).map(step).collect::<Result<_>>().map(Some)
    }

    /// The size of a deal of the mix; that of all where channels have none of their own.
    fn deal(&self, rates: &Rates, customers: &[f64]) -> Option<DealSize> {
        let each: Vec<DealSize> =
            self.list.iter().filter_map(|channel| channel.deal_size.as_ref().or(rates.deal_size())).cloned().collect();
        let first = each.first()?;
        if each.iter().all(|other| other == first) || each.len() != self.list.len() {
            return rates.deal_size().cloned().or_else(|| Some(first.clone()));
        }
        DealSize::mixed(&each, customers)
    }
}

/// A mean and a variance as an estimate, or as a stated rate where there is no doubt.
fn blended(mean: f64, variance: f64) -> Result<Conversion> {
    let most = mean * (1.0 - mean);
    if variance <= 1e-15 * most || most <= 0.0 {
        return Conversion::estimated(0.5, 1.0)?.without_doubt().with_mean(mean.min(1.0));
    }
    Conversion::estimated(mean, (most / variance - 1.0).max(1e-3))
}
