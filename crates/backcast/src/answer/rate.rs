//! The rate of one step as a request states it: as exactly true, as counts, or as an estimate.

use serde::{Deserialize, Serialize};

use super::forms::{At, given_forms};
use super::object::objects;
use crate::error::{Error, Kind, Result};
use crate::quantity::{Number, Rate};
use crate::rates::Conversion;

objects!(RateRequest);

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
