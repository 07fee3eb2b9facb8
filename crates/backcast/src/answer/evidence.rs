//! What is asked over: the size of a deal, delays and open leads as a request states them.

use num_traits::Signed;
use serde::{Deserialize, Serialize};

use super::forms::{At, given_forms};
use super::object::objects;
use crate::error::{Error, Kind, Result};
use crate::funnel::Funnel;
use crate::math::decimal;
use crate::outlook::Open;
use crate::quantity::{Currency, Money, Number};
use crate::rates::{DealSize, Lag};

objects!(DealSizeRequest, LagRequest, OpenLeads);

/// Exactly one form: `mean` (with `cv` or without), or `amounts`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object", remote = "Self")]
pub struct DealSizeRequest {
    /// The mean revenue of a won deal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean: Option<Number>,
    /// Coefficient of variation between deals; 0: all alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cv: Option<Number>,
    /// The amounts of won deals: the next deal is one of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amounts: Option<Vec<Number>>,
    /// How deals with a `cv` differ: `log_normal` (default) or `gamma`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// The number of deals from which the mean was learned; without it the mean is taken as exactly true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deals: Option<Number>,
}

/// Exactly one form: `pmf`, or `median_days` and `p90_days`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object", remote = "Self")]
pub struct LagRequest {
    /// Probability of each whole number of days, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pmf: Option<Vec<Number>>,
    /// Half of those that convert have done so after this many days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_days: Option<Number>,
    /// Nine of ten of those that convert have done so after this many days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p90_days: Option<Number>,
}

/// Leads that are neither won nor lost, as of the start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object", remote = "Self")]
pub struct OpenLeads {
    /// The stage they are in.
    pub stage: String,
    /// Whole days since they entered it.
    pub age_days: Number,
    /// How many.
    pub count: Number,
    /// The amount of each, in the goal's currency, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Number>,
}

impl OpenLeads {
    pub(super) fn read(&self, funnel: &Funnel, place: &str) -> Result<Open> {
        let part = |name: &str| format!("{place}.{name}");
        let age = self.age_days.whole().at(&part("age_days"))?;
        let count = self.count.whole().at(&part("count"))?;
        let open = Open::new(funnel, &self.stage, age, count).at(&part("stage"))?;
        match &self.amount {
            None => Ok(open),
            Some(amount) => {
                let exact = amount.exact().at(&part("amount"))?;
                if exact.is_negative() {
                    return Err(Error::new(Kind::Negative, amount).at(part("amount")));
                }
                open.worth(decimal::to_f64(&exact)).at(&part("amount"))
            }
        }
    }
}

impl LagRequest {
    pub(super) fn read(&self, place: &str) -> Result<Lag> {
        match (&self.pmf, &self.median_days, &self.p90_days) {
            (Some(pmf), None, None) => {
                let value = |p: &Number| p.exact().map(|exact| decimal::to_f64(&exact));
                let pmf: Vec<f64> = pmf.iter().map(value).collect::<Result<_>>().at(&format!("{place}.pmf"))?;
                Lag::from_pmf(&pmf).at(&format!("{place}.pmf"))
            }
            (None, Some(median), Some(p90)) => {
                let (median, p90) = (median.positive().at(place)?, p90.positive().at(place)?);
                Lag::log_normal(median, p90).at(place)
            }
            (pmf, median, p90) => {
                let forms = [("pmf", pmf.is_some()), ("median_days", median.is_some()), ("p90_days", p90.is_some())];
                Err(Error::new(Kind::LagForms, given_forms(&forms)).at(place))
            }
        }
    }
}

impl DealSizeRequest {
    /// With doubt about the mean, if it was learned from a number of deals.
    fn learned(&self, size: DealSize) -> Result<DealSize> {
        let Some(deals) = &self.deals else { return Ok(size) };
        deals.whole().and_then(|deals| size.learned_from(deals)).at("deal_size.deals")
    }

    pub(super) fn read(&self, currency: Currency) -> Result<DealSize> {
        match (&self.mean, &self.cv, &self.amounts) {
            (Some(mean), cv, None) => {
                let size = DealSize::mean(mean, currency).at("deal_size.mean")?;
                let cv =
                    cv.as_ref().map_or(Ok(0.0), |cv| cv.exact().map(|cv| decimal::to_f64(&cv))).at("deal_size.cv")?;
                let size = match self.family.as_deref() {
                    None | Some("log_normal") => size.with_spread(cv),
                    Some("gamma") => size.with_gamma_spread(cv),
                    Some(other) => return Err(Error::new(Kind::UnknownFamily, other).at("deal_size.family")),
                };
                self.learned(size.at("deal_size.cv")?)
            }
            (None, None, Some(amounts)) => {
                let minor: Vec<i64> = amounts
                    .iter()
                    .enumerate()
                    .map(|(i, amount)| {
                        let place = format!("deal_size.amounts[{i}]");
                        let minor = Money::parse_in(amount.text(), currency).at(&place)?.minor_units();
                        if minor < 0 { Err(Error::new(Kind::Negative, amount).at(place)) } else { Ok(minor) }
                    })
                    .collect::<Result<_>>()?;
                let counted = minor.into_iter().map(|amount| (amount, 1)).collect();
                self.learned(DealSize::of_amounts(counted, currency.decimals(), currency).at("deal_size.amounts")?)
            }
            (mean, cv, amounts) => {
                let forms = [("mean", mean.is_some()), ("cv", cv.is_some()), ("amounts", amounts.is_some())];
                Err(Error::new(Kind::DealForms, given_forms(&forms)).at("deal_size"))
            }
        }
    }
}
