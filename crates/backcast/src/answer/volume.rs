//! Volumes that a request states: so many leads instead of the number that it takes, and how many come in of late.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::forms::At;
use super::object::objects;
use crate::error::{Error, Kind, Result};
use crate::quantity::Number;
use crate::rates::Pace;

objects!(PaceRequest);

/// A number of leads, or one per channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "a whole number, or an object with one per channel")]
pub enum LeadsRequest {
    /// So many enter the first stage.
    All(Number),
    /// So many of each channel; of those that are not named none.
    Channels(BTreeMap<String, Number>),
}

/// How many leads entered the first stage in how many days before the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object", remote = "Self")]
pub struct PaceRequest {
    /// Leads.
    pub entered: Number,
    /// Days, at least 1.
    pub days: Number,
}

impl PaceRequest {
    pub(super) fn read(&self) -> Result<Pace> {
        let days = self.days.whole().at("pace.days")?;
        let days = u32::try_from(days).map_err(|_| Error::new(Kind::OutOfRange, days).at("pace.days"))?;
        Pace::new(self.entered.whole().at("pace.entered")?, days).at("pace.days")
    }
}

impl LeadsRequest {
    /// The number of all leads; `None` where channels are told apart.
    pub(super) fn all(&self) -> Result<Option<u64>> {
        match self {
            Self::All(leads) => leads.whole().at("leads").map(Some),
            Self::Channels(_) => Ok(None),
        }
    }

    /// The number of each of these channels; `None` where channels are not told apart.
    pub(super) fn of(&self, names: &[&str]) -> Result<Option<Vec<u64>>> {
        let Self::Channels(leads) = self else { return Ok(None) };
        if let Some(other) = leads.keys().find(|name| !names.contains(&name.as_str())) {
            let known: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let allowed = format!("one of {}", known.join(", "));
            return Err(Error::new(Kind::UnknownChannel, other).allowing(allowed).at("leads"));
        }
        let of = |name: &&str| {
            let stated = leads.get(*name).map(|leads| leads.whole().at(&format!("leads.{name}")));
            stated.transpose().map(|leads| leads.unwrap_or(0))
        };
        names.iter().map(of).collect::<Result<_>>().map(Some)
    }
}
