//! Which chances of newcomers leave a goal open: below them it is missed for sure, above them it is met for sure.
//!
//! # Formula
//! Chernoff's bounds, with Poisson numbers of deals, which are more spread than binomial ones. With chance c and n newcomers,
//! P(S < T) ≤ e^(λT − nc(1 − L(λ))) and P(S ≥ T) ≤ e^(nc(M(λ) − 1) + A(λ) − λT) for every λ > 0, L and M the Laplace transform
//! and the moment-generating function of a deal, e^A the mean of that of all open leads over all rates; the best of some λ
//! counts.

use crate::math::complex::Complex;
use crate::outlook::compound::Ways;
use crate::outlook::mixing::{Grown, Seen};

/// What is less likely than e to this is nothing: 1e-13.
const SURE: f64 = 30.0;
/// The unknown factor on the mean deal lies within so many standard deviations.
const DOUBT: f64 = 7.2;
/// λ is tried at these powers of 2, over the mean deal.
const POWERS: core::ops::RangeInclusive<i32> = -40..=8;

/// The chances between which the goal is open; `None` for several ways.
pub(super) fn open_chances(grown: &Grown, ways: &Ways, n: f64, target: f64) -> Option<(f64, f64)> {
    let [(way, worth)] = ways.ways.as_slice() else { return None };
    if n < 1.0 || target <= 0.0 || way.is_shared() {
        return None;
    }
    let spread = ways.doubt().sqrt();
    let shift = |z: f64| target * libm::exp(0.5 * spread * spread - z * spread);
    let (lowest, highest) = (shift(DOUBT), shift(-DOUBT));
    let (mut low, mut high) = (0.0_f64, f64::INFINITY);
    for power in POWERS {
        let rate = libm::ldexp(1.0 / worth.mean(), power);
        let missed = worth.transform(Complex::real(rate)).re;
        if missed < 1.0 {
            high = high.min((SURE + rate * highest) / (n * (1.0 - missed)));
        }
        if let Some(met) = worth.generating(rate)
            && rate * lowest > SURE + low * n * met
            && let Some(open) = ln_open(grown, ways, met, rate)
        {
            low = low.max((rate * lowest - SURE - open) / (n * met));
        }
    }
    Some((low, high))
}

/// ln E[e^(λX)] of all that is open, over all rates; 0 where nothing is.
fn ln_open(grown: &Grown, ways: &Ways, met: f64, rate: f64) -> Option<f64> {
    if ways.ways.iter().all(|(way, _)| way.open.is_empty()) {
        return Some(0.0);
    }
    let known: Vec<Complex> = ways.known_f64().iter().map(|amount| Complex::real(libm::exp(rate * amount))).collect();
    let deals = vec![Complex::real(1.0 + met); ways.ways.len()];
    let nobody = vec![0.0; ways.ways.len()];
    let mean = Seen::of(grown, ways, &deals, &known, &nobody).transform(&nobody).re;
    Some(libm::log(mean)).filter(|open| open.is_finite())
}
