//! The backward chain of expected values: from the target to each stage, exact, then rounded by a named rule.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;

use crate::math::decimal;

/// How the exact chain becomes whole numbers.
///
/// 26.67 customers at 20 %: `Ceil` 27 → 135 (round up at each stage and carry), `End` 27 and 134 (round the exact
/// chain up once per stage), `Nearest` 27 → 135 (ties up, at least 1, carried), `Exact` 26.67 and 133.33.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
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

    pub(crate) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, rounding)| *rounding == self).map_or("", |(name, _)| name)
    }

    fn round(self, value: &BigRational) -> BigRational {
        BigRational::from(match self {
            Self::Ceil | Self::End => decimal::ceil(value),
            Self::Nearest => decimal::nearest(value).max(BigInt::one()),
            Self::Exact => return value.clone(),
        })
    }
}

/// One stage of the chain: the exact expected value and the same under the rounding.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Link {
    pub(super) exact: BigRational,
    pub(super) whole: BigRational,
}

/// The chain from the last stage up to the first; `rates` run first step first.
/// `None` from the first stage on (seen from the end) whose step has no plain rate.
///
/// # Formula
/// xₛ = xₛ₊₁ / rₛ, starting from target ÷ deal size; under `Ceil` and `Nearest` each xₛ is rounded before it is carried.
pub(super) fn chain(wins: &BigRational, rates: &[Option<BigRational>], rounding: Rounding) -> Vec<Option<Link>> {
    let carries = matches!(rounding, Rounding::Ceil | Rounding::Nearest);
    let last = Link { exact: wins.clone(), whole: rounding.round(wins) };
    let mut links = vec![Some(last.clone())];
    let mut below = Some(last);
    for rate in rates.iter().rev() {
        below = match (below, rate) {
            (Some(link), Some(rate)) => {
                let exact = &link.exact / rate;
                let whole = if carries { rounding.round(&(&link.whole / rate)) } else { rounding.round(&exact) };
                Some(Link { exact, whole })
            }
            _ => None,
        };
        links.push(below.clone());
    }
    links.reverse();
    links
}
