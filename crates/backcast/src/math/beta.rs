//! The Beta distribution: cumulative probability and quantile, for shapes from 0.01 to 1e12.

use super::gamma::ln_beta;
use super::product::Product;
use special::Beta as _;

/// From this shape on the inverted Mellin transform is both faster and more exact than the continued fraction.
const LARGE: f64 = 42.0;

/// P(X ≤ x) for X ~ Beta(a, b).
///
/// Small shapes by the `special` crate (AS 63); large ones as the tail of a binomial with a real number of entrants.
pub(crate) fn cdf(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if x >= 1.0 {
        1.0
    } else if a > LARGE && b > LARGE {
        Product::new(x, 1.0 - x, Vec::new()).at_least(a + b - 1.0, a)
    } else {
        x.inc_beta(a, b, ln_beta(a, b)).clamp(0.0, 1.0)
    }
}

/// ln of the density of logit(X), whose derivative Newton's method needs: a ln x + b ln(1 − x) − ln B(a, b).
fn ln_density_on_logit(a: f64, b: f64, logit: f64) -> f64 {
    let ln_x = -libm::log1p(libm::exp(-logit));
    let ln_rest = -libm::log1p(libm::exp(logit));
    a * ln_x + b * ln_rest - ln_beta(a, b)
}

/// The x with P(X ≤ x) = `p`, 0 < `p` < 1: Newton's method on the logit, kept inside a bracket.
pub(crate) fn quantile(a: f64, b: f64, p: f64) -> f64 {
    let at = |logit: f64| 1.0 / (1.0 + libm::exp(-logit));
    let (mut low, mut high) = (-700.0, 36.0);
    let mut logit = (libm::log(a / b)).clamp(-690.0, 35.0);
    for _ in 0..200 {
        let miss = cdf(a, b, at(logit)) - p;
        if miss > 0.0 {
            high = logit;
        } else {
            low = logit;
        }
        let step = miss / libm::exp(ln_density_on_logit(a, b, logit));
        let next = logit - step;
        let next = if next > low && next < high { next } else { 0.5 * (low + high) };
        let moved = (next - logit).abs();
        logit = next;
        if moved < 1e-14 * (1.0 + logit.abs()) || high - low < 1e-14 {
            break;
        }
    }
    at(logit)
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
}
