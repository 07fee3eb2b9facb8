//! The Beta distribution: cumulative probability and quantile, for shapes from 0.01 to 1e12.

use super::gamma::{ln_beta, stirling_beta_tail};
use super::product::Product;

/// From these shapes on Stirling's formula is exact.
const LARGE: f64 = 42.0;
/// Points of the rule that compares two distributions, and the share left out at either end.
const POINTS: u32 = 96;
const EDGE: f64 = 1e-12;
/// From this many leads on the continued fraction takes too many terms.
const VERY_LARGE: f64 = 1e6;

/// P(X ≤ x) for X ~ Beta(a, b).
///
/// By Lentz's continued fraction with a prefix that subtracts no large logarithms; where it would take too many terms, as
/// the tail of a binomial with a real number of entrants. (AS 63, as in ready-made crates, needs a term per lead.)
pub(crate) fn cdf(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if x >= 1.0 {
        1.0
    } else {
        with_prefix(a, b, x, ln_power(a, b, x))
    }
}

/// The same for 0 < x < 1, with the prefix of the continued fraction known.
fn with_prefix(a: f64, b: f64, x: f64, ln_power: f64) -> f64 {
    if a > LARGE && b > LARGE && a + b > VERY_LARGE {
        Product::new(x, 1.0 - x, Vec::new()).at_least(a + b - 1.0, a)
    } else if x <= (a + 1.0) / (a + b + 2.0) {
        (libm::exp(ln_power) * lentz(a, b, x) / a).clamp(0.0, 1.0)
    } else {
        1.0 - (libm::exp(ln_power) * lentz(b, a, 1.0 - x) / b).clamp(0.0, 1.0)
    }
}

/// The continued fraction of the incomplete beta function (DLMF 8.17.22), modified Lentz, for x below the mean.
fn lentz(a: f64, b: f64, x: f64) -> f64 {
    let coefficient = |m: f64, even: bool| {
        if even {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        }
    };
    let (mut c, mut d) = (1.0, 1.0 / (1.0 + coefficient(0.0, false)));
    let mut fraction = d;
    for m in (1..100_000).map(f64::from) {
        let mut factor = 1.0;
        for even in [true, false] {
            let term = coefficient(m, even);
            d = 1.0 / (1.0 + term * d);
            c = 1.0 + term / c;
            factor *= c * d;
        }
        fraction *= factor;
        if (factor - 1.0).abs() < 3e-16 {
            break;
        }
    }
    fraction
}

/// ln [xᵃ (1 − x)ᵇ / B(a, b)]: the density of logit(X), and the prefix of the continued fraction.
fn ln_power(a: f64, b: f64, x: f64) -> f64 {
    if a <= LARGE || b <= LARGE {
        return a * libm::log(x) + b * libm::log1p(-x) - ln_beta(a, b);
    }
    // Around the mean both logarithms are small, and Stirling's formula has no large terms left.
    let n = a + b;
    let mean = a / n;
    let miss = x - mean;
    let exponents = a * libm::log1p(miss / mean) + b * libm::log1p(-miss / (1.0 - mean));
    exponents + 0.5 * libm::log(a * b / (2.0 * core::f64::consts::PI * n)) + stirling_beta_tail(a, b)
}

/// The x with P(X ≤ x) = `p`, 0 < `p` < 1: Halley's method on the logit y, kept inside a bracket.
///
/// # Formula
/// F' = xᵃ(1 − x)ᵇ/B(a, b), F″/F' = a − (a + b)x; with the Newton step s = (F − p)/F' the next y is y − s/(1 − s F″/2F').
/// What is left after a step is about its cube.
pub(crate) fn quantile(a: f64, b: f64, p: f64) -> f64 {
    let at = |logit: f64| 1.0 / (1.0 + libm::exp(-logit));
    let (mut low, mut high) = (-700.0, 36.0);
    // A rough normal quantile (Tukey's lambda) is near enough for three or four steps.
    let normal = 4.91 * (libm::pow(p, 0.14) - libm::pow(1.0 - p, 0.14));
    let spread = if a.min(b) > 1.0 { normal * (1.0 / a + 1.0 / b).sqrt() } else { 0.0 };
    let mut logit = (libm::log(a / b) + spread).clamp(-690.0, 35.0);
    for _ in 0..200 {
        let x = at(logit);
        let ln_density = ln_power(a, b, x);
        let miss = with_prefix(a, b, x, ln_density) - p;
        if miss > 0.0 {
            high = logit;
        } else {
            low = logit;
        }
        let newton = miss / libm::exp(ln_density);
        let bend = 1.0 - 0.5 * newton * (a - (a + b) * x);
        let next = logit - if bend > 0.5 { newton / bend } else { newton };
        let inside = next > low && next < high;
        let next = if inside { next } else { 0.5 * (low + high) };
        let moved = (next - logit).abs() / (1.0 + logit.abs());
        // The cube of a step, in units of the distribution's own width, is what is left.
        let width = (1.0 / a + 1.0 / b).sqrt().min(1.0);
        let done = if inside && bend > 0.5 && bend < 2.0 { 1e-5 * width } else { 1e-12 };
        logit = next;
        if moved < done || high - low < 1e-14 {
            break;
        }
    }
    at(logit)
}

/// P(X > Y) for independent X and Y with Beta distributions of these shapes.
///
/// ∫ f(x) F(x) dx by the trapezoidal rule on the logit, over the narrower of both; the integrand is analytic and falls off
/// exponentially at both ends, so the error does too (below 1e-8 with 96 points).
pub(crate) fn exceeds(x: (f64, f64), y: (f64, f64)) -> f64 {
    let spread = |(a, b): (f64, f64)| 1.0 / a + 1.0 / b;
    if spread(y) < spread(x) {
        return 1.0 - exceeds(y, x);
    }
    let logit = |p: f64| libm::log(p) - libm::log1p(-p);
    let (low, high) = (logit(quantile(x.0, x.1, EDGE)), logit(quantile(x.0, x.1, 1.0 - EDGE)));
    let width = (high - low) / f64::from(POINTS);
    let (mut mass, mut above) = (0.0, 0.0);
    for point in 0..=POINTS {
        let at = 1.0 / (1.0 + libm::exp(-(low + width * f64::from(point))));
        let density = libm::exp(ln_power(x.0, x.1, at));
        mass += density;
        above += density * cdf(y.0, y.1, at);
    }
    above / mass
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.beta.ppf` (`SciPy` 1.17).
    #[expect(clippy::unreadable_literal, reason = "as SciPy prints them")]
    const QUANTILES: [(f64, f64, f64, f64); 9] = [
        (0.5, 60.5, 0.1, 0.0001310340487028621),
        (0.5, 60.5, 0.9, 0.022202098704775675),
        (20.5, 980.5, 0.1, 0.01498778257834634),
        (1.5, 0.5, 0.9, 0.9938187560615703),
        (0.01, 0.01, 0.3, 6.42811993571847e-23),
        (100.5, 900.5, 0.9, 0.11272936506863127),
        (50000.0, 200000.0, 0.1, 0.19897527468177106),
        (1000000.5, 0.5, 0.1, 0.9999986472295261),
        (300000000.0, 700000000.0, 0.9, 0.3000185715322008),
    ];

    #[test]
    fn quantiles_agree_with_scipy() {
        for (a, b, p, expected) in QUANTILES {
            let got = quantile(a, b, p);
            assert!((got / expected - 1.0).abs() < 1e-10, "{a} {b} {p}: {got} {expected}");
            assert!((cdf(a, b, expected) - p).abs() < 1e-10, "{a} {b} {p}");
        }
    }

    /// `scipy.integrate.quad` of the density of one times `scipy.stats.beta.sf` of the other (`SciPy` 1.17).
    #[expect(clippy::unreadable_literal, reason = "as SciPy prints them")]
    const EXCEEDS: [([(f64, f64); 2], f64); 7] = [
        ([(3.0, 7.0), (2.5, 9.0)], 0.6760197930677107),
        ([(0.5, 60.5), (1.5, 30.5)], 0.09378413810739784),
        ([(20.5, 980.5), (30.5, 970.5)], 0.07570165569835638),
        ([(400.5, 600.5), (2.5, 3.5)], 0.48699973131401547),
        ([(0.5, 0.5), (0.5, 0.5)], 0.5),
        ([(1.5, 0.5), (0.5, 40.5)], 0.9990828851314812),
        ([(50000.0, 200000.0), (50300.0, 199700.0)], 0.1446918258970732),
    ];

    #[test]
    fn probability_of_being_higher_agrees_with_scipy() {
        for ([x, y], expected) in EXCEEDS {
            assert!((exceeds(x, y) - expected).abs() < 1e-8, "{x:?} {y:?}: {} {expected}", exceeds(x, y));
            assert!((exceeds(y, x) + expected - 1.0).abs() < 1e-8);
        }
    }
}
