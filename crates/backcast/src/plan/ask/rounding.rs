//! How the exact chain of expected values becomes whole numbers.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;
use serde::{Deserialize, Serialize};

use crate::math::decimal;

/// How the exact chain becomes whole numbers.
///
/// 26.67 customers at 20 %: `Ceil` 27 → 135 (round up at each stage and carry), `End` 27 and 134 (round the exact
/// chain up once per stage), `Nearest` 27 → 135 (ties up, at least 1, carried), `Exact` 26.67 and 133.33.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rounding {
    /// Round up at each stage and carry the whole number; the goals that people receive.
    #[default]
    Ceil,
    /// Round the exact chain up once per stage.
    End,
    /// Round to the nearest whole number (ties up, at least 1) and carry it.
    Nearest,
    /// Do not round.
    Exact,
}

impl Rounding {
    pub(crate) const ALL: [(&'static str, Self); 4] =
        [("ceil", Self::Ceil), ("end", Self::End), ("nearest", Self::Nearest), ("exact", Self::Exact)];

    pub(in crate::plan) fn round(self, value: &BigRational) -> BigRational {
        BigRational::from(match self {
            Self::Ceil | Self::End => decimal::ceil(value),
            Self::Nearest => decimal::nearest(value).max(BigInt::one()),
            Self::Exact => return value.clone(),
        })
    }
}
