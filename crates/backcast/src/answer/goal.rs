//! The goal as a request states it: revenue, customers or growth, its period, and how sure one wants to be.

use num_traits::Signed;
use serde::{Deserialize, Serialize};

use super::forms::{At, given_forms};
use super::object::objects;
use crate::error::{Error, Kind, Result};
use crate::plan::{Goal, Rounding};
use crate::quantity::{Currency, Day, Money, Number};

objects!(GoalRequest, GrowthRequest);

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

impl GoalRequest {
    pub(super) fn read(&self, rounding: Rounding) -> Result<(Goal, Option<Currency>)> {
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
