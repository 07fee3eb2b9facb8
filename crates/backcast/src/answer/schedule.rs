//! What is asked about time and about the departments: arrival, days without entries, quarters, owners and sources.

use std::collections::BTreeMap;

use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::forms::{At, given_forms};
use super::object::objects;
use crate::error::{Error, Kind, Result};
use crate::math::decimal;
use crate::plan::{Arrival, Campaign, DaysOff, Ownership, Scheduling};
use crate::quantity::{Day, FiscalYear, Number, Rate};

objects!(ScheduleRequest, ShapeRequest, RampRequest, CampaignRequest);

/// How the plan is spread over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object", remote = "Self")]
pub struct ScheduleRequest {
    /// How planned leads enter the first stage: `flat` (default), `solved`, or a shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrival: Option<ArrivalRequest>,
    /// Days on which no lead enters, as `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holidays: Option<Vec<String>>,
    /// Whether Saturdays and Sundays are days without entries too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekends: Option<bool>,
    /// The month in which a fiscal year starts, 1 (default) to 12.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fiscal_year_start: Option<Number>,
    /// The chance that a last useful day leaves, above 0 and at most 1; `0.05` by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_useful_share: Option<Number>,
    /// The most leads that can enter in one week; with the arrival `solved`, and only there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekly_cap: Option<Number>,
}

/// `flat`, `solved`, or a shape.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum ArrivalRequest {
    /// `flat`: evenly; `solved`: as early as `weekly_cap` allows.
    Named(String),
    /// Anything else.
    Shape(ShapeRequest),
}

/// Exactly one form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object", remote = "Self")]
pub struct ShapeRequest {
    /// In a straight line between two weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ramp: Option<RampRequest>,
    /// Twelve weights by calendar month, January first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seasonal: Option<Vec<Number>>,
    /// The dates of campaigns, whose shares sum to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaigns: Option<Vec<CampaignRequest>>,
}

/// A straight line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object", remote = "Self")]
pub struct RampRequest {
    /// The weight at the start, 0 or more.
    pub from: Number,
    /// The weight at the deadline, 0 or more.
    pub to: Number,
}

/// Exactly one form: `day`, or `from` and `to`, both included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object", remote = "Self")]
pub struct CampaignRequest {
    /// The only day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
    /// The first day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// The share of all planned leads: `0.4`, `40 %`.
    pub share: Number,
}

impl<'de> Deserialize<'de> for ArrivalRequest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
        struct Either;
        impl<'de> de::Visitor<'de> for Either {
            type Value = ArrivalRequest;
            fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("the name of an arrival, or an object")
            }
            fn visit_str<E: de::Error>(self, name: &str) -> core::result::Result<ArrivalRequest, E> {
                Ok(ArrivalRequest::Named(name.to_owned()))
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> core::result::Result<ArrivalRequest, A::Error> {
                ShapeRequest::deserialize(MapAccessDeserializer::new(map)).map(ArrivalRequest::Shape)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl ScheduleRequest {
    pub(super) fn read(&self) -> Result<Scheduling> {
        let arrival = self.arrival()?;
        let mut scheduling = Scheduling::default().arriving(arrival).without(self.days_off()?);
        if let Some(month) = &self.fiscal_year_start {
            let year = month.whole().and_then(FiscalYear::starting).at("schedule.fiscal_year_start")?;
            scheduling = scheduling.in_fiscal_year(year);
        }
        if let Some(share) = &self.last_useful_share {
            let refused = |_| Error::new(Kind::LastUsefulShare, share);
            let read = share.text().parse::<Rate>().map_err(refused);
            let read = read.and_then(|rate| scheduling.useful_from(rate.to_f64()).map_err(refused));
            scheduling = read.at("schedule.last_useful_share")?;
        }
        Ok(scheduling)
    }

    fn arrival(&self) -> Result<Arrival> {
        let name = match &self.arrival {
            Some(ArrivalRequest::Named(name)) => name.as_str(),
            Some(ArrivalRequest::Shape(_)) => "a shape",
            None => "flat",
        };
        let place = "schedule.weekly_cap";
        match (name, &self.weekly_cap, &self.arrival) {
            ("solved", Some(cap), _) => match cap.whole().at(place)? {
                0 => Err(Error::new(Kind::WeeklyCap, "0 a week leave room for nobody").at(place)),
                weekly_cap => Ok(Arrival::Solved { weekly_cap }),
            },
            ("solved", None, _) => Err(Error::new(Kind::WeeklyCap, "`solved` needs one").at("schedule.arrival")),
            ("flat", None, _) => Ok(Arrival::Flat),
            (_, None, Some(ArrivalRequest::Shape(shape))) => shape.read(),
            (_, None, _) => Err(Error::new(Kind::ArrivalForms, format!("`{name}`")).at("schedule.arrival")),
            (_, Some(_), _) => {
                let given = format!("the arrival is {name}, which has none");
                Err(Error::new(Kind::WeeklyCap, given).at(place))
            }
        }
    }

    fn days_off(&self) -> Result<DaysOff> {
        let day = |(i, day): (usize, &String)| day.parse::<Day>().at(&format!("schedule.holidays[{i}]"));
        let holidays = self.holidays.iter().flatten().enumerate().map(day).collect::<Result<Vec<_>>>()?;
        let off = DaysOff::on(holidays);
        Ok(if self.weekends == Some(true) { off.and_weekends() } else { off })
    }
}

impl ShapeRequest {
    fn read(&self) -> Result<Arrival> {
        let place = "schedule.arrival";
        match (&self.ramp, &self.seasonal, &self.campaigns) {
            (Some(ramp), None, None) => Ok(Arrival::Ramp {
                from: weight(&ramp.from).at(&format!("{place}.ramp.from"))?,
                to: weight(&ramp.to).at(&format!("{place}.ramp.to"))?,
            }),
            (None, Some(months), None) => {
                let place = format!("{place}.seasonal");
                let read = |(i, month): (usize, &Number)| weight(month).at(&format!("{place}[{i}]"));
                let weights = months.iter().enumerate().map(read).collect::<Result<Vec<_>>>()?;
                let months = <[f64; 12]>::try_from(weights)
                    .map_err(|weights| {
                        Error::new(Kind::ArrivalWeights, format!("weights for {} months", weights.len()))
                    })
                    .at(&place)?;
                Ok(Arrival::Seasonal(months))
            }
            (None, None, Some(campaigns)) => {
                let read = |(i, campaign): (usize, &CampaignRequest)| campaign.read(&format!("{place}.campaigns[{i}]"));
                campaigns.iter().enumerate().map(read).collect::<Result<_>>().map(Arrival::Campaigns)
            }
            (ramp, seasonal, campaigns) => {
                let forms =
                    [("ramp", ramp.is_some()), ("seasonal", seasonal.is_some()), ("campaigns", campaigns.is_some())];
                Err(Error::new(Kind::ArrivalForms, given_forms(&forms)).at(place))
            }
        }
    }
}

impl CampaignRequest {
    fn read(&self, place: &str) -> Result<Campaign> {
        let day = |text: &str, key: &str| text.parse::<Day>().at(&format!("{place}.{key}"));
        let share = self.share.text().parse::<Rate>().at(&format!("{place}.share"))?;
        match (&self.day, &self.from, &self.to) {
            (Some(only), None, None) => {
                let only = day(only, "day")?;
                Ok(Campaign { from: only, to: only, share })
            }
            (None, Some(from), Some(to)) => Ok(Campaign { from: day(from, "from")?, to: day(to, "to")?, share }),
            (only, from, to) => {
                let forms = [("day", only.is_some()), ("from", from.is_some()), ("to", to.is_some())];
                Err(Error::new(Kind::CampaignForms, given_forms(&forms)).at(place))
            }
        }
    }
}

/// A weight of 0 or more.
fn weight(stated: &Number) -> Result<f64> {
    let value = decimal::to_f64(&stated.exact()?);
    if value < 0.0 {
        return Err(Error::new(Kind::Negative, stated));
    }
    if value.is_finite() { Ok(value) } else { Err(Error::new(Kind::OutOfRange, stated)) }
}

/// Owners of stages, and the share of revenue that each source must bring.
pub(super) fn ownership(
    owners: Option<&BTreeMap<String, String>>,
    sources: Option<&BTreeMap<String, Number>>,
) -> Result<Ownership> {
    let owners = owners.into_iter().flatten().map(|(stage, department)| (stage.clone(), department.clone()));
    let share = |(source, share): (&String, &Number)| {
        let rate = share.text().parse::<Rate>().at(&format!("sources.{source}"))?;
        Ok((source.clone(), rate))
    };
    let shares = sources.into_iter().flatten().map(share).collect::<Result<Vec<_>>>()?;
    let owned = Ownership::of(owners).at("owners")?;
    if sources.is_some() && shares.is_empty() {
        return Err(Error::new(Kind::SharesSum, 0).at("sources"));
    }
    owned.with_sources(shares).at("sources")
}
