//! The size of a deal as it is written, and checked when it is read again.

use num_traits::Signed;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::deal_size::{DealSize, Spread};
use crate::error::{Error, Kind, Result};
use crate::math::decimal;
use crate::quantity::{Currency, Exact, Money};

/// No logarithms of amounts differ by more: from a cent to 10¹⁵.
const MOST: f64 = 50.0;

/// The keys of a deal size.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    /// Units of the currency.
    mean: Exact,
    currency: Currency,
    /// How deals differ.
    #[serde(default)]
    spread: Law,
    /// The variance of the logarithm of the factor between this mean and the true one.
    #[serde(default)]
    doubt: f64,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Law {
    #[default]
    Alike,
    LogNormal {
        sigma: f64,
    },
    Gamma {
        shape: f64,
    },
    Amounts {
        /// In minor units, with how often each occurs.
        minor: Vec<(i64, u64)>,
        decimals: u32,
    },
}

impl From<DealSize> for Written {
    fn from(size: DealSize) -> Self {
        let spread = match size.spread {
            Spread::Alike => Law::Alike,
            Spread::LogNormal(sigma) => Law::LogNormal { sigma },
            Spread::Gamma(shape) => Law::Gamma { shape },
            Spread::Amounts(minor, decimals) => Law::Amounts { minor, decimals },
        };
        Self { mean: Exact(size.mean), currency: size.currency, spread, doubt: size.doubt }
    }
}

impl TryFrom<Written> for DealSize {
    type Error = Error;

    fn try_from(written: Written) -> Result<Self> {
        let Written { mean: Exact(mean), currency, spread, doubt } = written;
        if !(doubt >= 0.0 && doubt.is_finite()) {
            return Err(Error::new(Kind::Negative, doubt));
        }
        if !mean.is_positive() {
            return Err(Error::new(Kind::NotPositive, decimal::write(&mean, 2)));
        }
        if mean > Money::largest() {
            return Err(Error::new(Kind::OutOfRange, decimal::write(&mean, 2)));
        }
        let spread = match spread {
            Law::Alike => Spread::Alike,
            Law::LogNormal { sigma } if (0.0..=MOST).contains(&sigma) && sigma > 0.0 => Spread::LogNormal(sigma),
            Law::Gamma { shape } if shape > 0.0 && shape.is_finite() => Spread::Gamma(shape),
            Law::LogNormal { sigma: given } | Law::Gamma { shape: given } => {
                return Err(Error::new(Kind::CvOutOfRange, given));
            }
            Law::Amounts { minor, decimals } => {
                let sized = Self::of_counted(minor, decimals, currency)?;
                if sized.mean != mean {
                    return Err(Error::new(Kind::NotPositive, "a mean that is not that of its amounts"));
                }
                sized.spread
            }
        };
        Ok(Self { mean, currency, spread, doubt })
    }
}

impl Serialize for DealSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        Written::from(self.clone()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for DealSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
        Self::try_from(Written::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl DealSize {
    /// Amounts that were counted elsewhere.
    fn of_counted(minor: Vec<(i64, u64)>, decimals: u32, currency: Currency) -> Result<Self> {
        let deals = minor.iter().try_fold(0_u64, |sum, (_, count)| sum.checked_add(*count));
        if deals.is_none() || decimals > 9 {
            return Err(Error::new(Kind::OutOfRange, "amounts"));
        }
        if let Some((amount, _)) = minor.iter().find(|(amount, _)| *amount < 0) {
            return Err(Error::new(Kind::Negative, amount));
        }
        if minor.iter().any(|(_, count)| *count == 0) || !minor.is_sorted_by(|a, b| a.0 < b.0) {
            return Err(Error::new(Kind::NotPositive, "amounts that are not counted in order"));
        }
        Self::of_amounts(minor, decimals, currency)
    }
}
