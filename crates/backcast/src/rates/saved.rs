//! Rates as a document, and what is checked when one is loaded again.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::deals::DealSizes;
use super::rates::{Rates, WonAmounts};
use super::{Conversion, DealSize, Estimate, Lag, Pace};
use crate::error::{Error, Kind, Result};
use crate::funnel::Funnel;
use crate::quantity::Day;
use crate::saved;

/// The format, and the version that is written.
const KNOWN: (&str, u64) = ("backcast-rates", 1);

/// The keys of the document.
#[derive(Serialize, Deserialize)]
struct Saved {
    format: String,
    version: u64,
    /// Stage names, first to last.
    funnel: Funnel,
    /// Per step what is believed of its rate, in one of the forms of a request's `rates`; null where nothing is known.
    rates: Vec<Option<Conversion>>,
    deal_size: Option<DealSize>,
    /// The last day whose records are complete.
    as_of: Option<Day>,
    notes: Vec<String>,
    warnings: Vec<String>,
    /// The estimates that are shown.
    table: Vec<Estimate>,
    /// The amounts of won deals.
    amounts: Option<WonAmounts>,
    deal_sizes: DealSizes,
    /// Per step the probability of each whole number of days.
    lags: Option<Vec<Lag>>,
    /// Per step the share of its losers whose loss is recorded within each number of days.
    losses: Vec<Vec<f64>>,
    #[serde(default)]
    pace: Option<Pace>,
}

impl From<Rates> for Saved {
    fn from(rates: Rates) -> Self {
        Self {
            format: KNOWN.0.to_owned(),
            version: KNOWN.1,
            funnel: rates.funnel,
            rates: rates.conversions,
            deal_size: rates.deal_size,
            as_of: rates.as_of,
            notes: rates.notes,
            warnings: rates.warnings,
            table: rates.table,
            amounts: rates.amounts,
            deal_sizes: rates.deal_sizes,
            lags: rates.lags,
            losses: rates.losses,
            pace: rates.pace,
        }
    }
}

impl TryFrom<Saved> for Rates {
    type Error = Error;

    fn try_from(saved: Saved) -> Result<Self> {
        saved.check().map_err(|(place, given)| Error::new(Kind::Damaged, given).at(place))?;
        Ok(Self {
            funnel: saved.funnel,
            conversions: saved.rates,
            deal_size: saved.deal_size,
            as_of: saved.as_of,
            notes: saved.notes,
            warnings: saved.warnings,
            table: saved.table,
            amounts: saved.amounts,
            deal_sizes: saved.deal_sizes,
            lags: saved.lags,
            losses: saved.losses,
            pace: saved.pace,
        })
    }
}

impl Saved {
    /// What the parts do not check by themselves, with its place.
    fn check(&self) -> core::result::Result<(), (&'static str, String)> {
        let steps = self.funnel.steps().len();
        let per_step = |place: &'static str, many: usize| {
            if many == steps { Ok(()) } else { Err((place, format!("{many} entries for {steps} steps"))) }
        };
        per_step("rates", self.rates.len())?;
        if let Some(lags) = &self.lags {
            per_step("lags", lags.len())?;
        }
        let shares = self.losses.iter().flatten();
        if let Some(share) = shares.into_iter().find(|share| !(0.0..=1.0).contains(*share)) {
            return Err(("losses", format!("a share of {share}")));
        }
        if self.losses.len() > steps + 1 {
            return Err(("losses", format!("{} entries for {steps} steps", self.losses.len())));
        }
        if let Some(row) = self.table.iter().find(|row| !row.is_sound()) {
            return Err(("table", format!("the row of `{}`", row.step)));
        }
        if let Some(row) = self.deal_sizes.table.iter().find(|row| !row.fitted.is_sound()) {
            return Err(("deal_sizes.table", format!("a mean of {}", row.mean)));
        }
        match &self.amounts {
            Some(amounts) if !amounts.is_sound() => Err(("amounts", "counts that do not fit each other".to_owned())),
            _ => Ok(()),
        }
    }
}

impl Serialize for Rates {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        Saved::from(self.clone()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Rates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
        let saved = Saved::deserialize(deserializer)?;
        let known = saved::check((&saved.format, saved.version), KNOWN);
        known.and_then(|()| saved.try_into()).map_err(de::Error::custom)
    }
}

impl Rates {
    /// The rates as a document, from which [`Rates::from_json`] makes equal ones: save it, and load it in another process.
    ///
    /// It begins with `{"format": "backcast-rates", "version": 1`. Releases read all versions up to their own; days are ISO
    /// texts, rates and deal sizes exact decimals.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The rates that [`Rates::to_json`] has written.
    ///
    /// # Errors
    /// `unknown_format` for something else, `unknown_version` for rates of a newer release, `damaged` for what was changed.
    ///
    /// # Example
    /// ```
    /// use backcast::{Conversion, ErrorKind, Funnel, Rates};
    /// let rates = Rates::new(Funnel::new(["lead", "customer"])?, vec![Conversion::learned(20, 1000)?])?;
    /// assert_eq!(Rates::from_json(&rates.to_json())?, rates);
    /// assert_eq!(Rates::from_json("{}").unwrap_err().kind(), ErrorKind::UnknownFormat);
    /// # Ok::<(), backcast::Error>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Self> {
        saved::read::<Saved>(text, KNOWN)?.try_into()
    }
}
