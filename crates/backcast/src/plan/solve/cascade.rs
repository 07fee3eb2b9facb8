//! The backward chain of expected values: from the target to each stage, exact, then rounded by a named rule.

use num_rational::BigRational;

use crate::plan::ask::rounding::Rounding;

/// One stage of the chain: the exact expected value and the same under the rounding.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::plan) struct Link {
    pub(in crate::plan) exact: BigRational,
    pub(in crate::plan) whole: BigRational,
}

/// The chain from the last stage up to the first; `rates` run first step first.
/// `None` from the first stage on (seen from the end) whose step has no plain rate.
///
/// # Formula
/// xₛ = xₛ₊₁ / rₛ, starting from target ÷ deal size; under `Ceil` and `Nearest` each xₛ is rounded before it is carried.
pub(in crate::plan) fn chain(
    wins: &BigRational,
    rates: &[Option<BigRational>],
    rounding: Rounding,
) -> Vec<Option<Link>> {
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
