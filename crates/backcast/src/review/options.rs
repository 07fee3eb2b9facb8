//! What is tested: how long the cohorts are, within how many days a customer counts, and how many origins.

use core::str::FromStr;

use serde::Serialize;

use crate::error::{Error, Kind, Result};

/// How long the cohorts are: an origin is the day before each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Every {
    /// Calendar months.
    #[default]
    Month,
    /// Calendar quarters.
    Quarter,
}

impl Every {
    pub(super) fn months(self) -> i32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
        }
    }
}

impl FromStr for Every {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "month" => Ok(Self::Month),
            "quarter" => Ok(Self::Quarter),
            _ => Err(Error::new(Kind::UnknownEvery, text)),
        }
    }
}

/// What to test.
///
/// # Example
/// ```
/// use backcast::review::{BacktestOptions, Every};
/// let options = BacktestOptions::default().every(Every::Quarter).origins(8);
/// assert_eq!((options.origins, options.horizon_days), (Some(8), None));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BacktestOptions {
    /// How long the cohorts are.
    pub every: Every,
    /// Whole days after entering the first stage within which a customer counts; `None`: the days within which nine in
    /// ten of the customers that the whole history's delays promise are won.
    pub horizon_days: Option<u32>,
    /// Only the latest so many origins; `None`: all.
    pub origins: Option<usize>,
}

impl BacktestOptions {
    /// With cohorts of another length.
    #[must_use]
    pub fn every(self, every: Every) -> Self {
        Self { every, ..self }
    }

    /// With another horizon, in days; `None` for the default.
    #[must_use]
    pub fn horizon_days(self, days: impl Into<Option<u32>>) -> Self {
        Self { horizon_days: days.into(), ..self }
    }

    /// With only the latest so many origins; `None` for all.
    #[must_use]
    pub fn origins(self, latest: impl Into<Option<usize>>) -> Self {
        Self { origins: latest.into(), ..self }
    }
}
