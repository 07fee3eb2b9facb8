//! The regularised incomplete gamma function: the cumulative probability of a gamma distribution.

/// P(a, x) = P(X ≤ x) for X ~ Gamma(shape a, scale 1); a > 0, x ≥ 0.
///
/// # Method
/// The series x^a e^(−x) Σ xⁿ / Γ(a + n + 1) below a + 1, the continued fraction of Q = 1 − P above (DLMF 8.11.4, 8.9.2);
/// relative error about 1e-13 for shapes up to 1e6.
pub(crate) fn lower(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if x < a + 1.0 {
        series(a, x)
    } else {
        1.0 - fraction(a, x)
    }
}

/// Q(a, x) = 1 − P(a, x), accurate in the tail.
pub(crate) fn upper(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        1.0
    } else if x < a + 1.0 {
        1.0 - series(a, x)
    } else {
        fraction(a, x)
    }
}

/// x^a e^(−x) / Γ(a + 1).
fn prefix(a: f64, x: f64) -> f64 {
    if a < 20.0 {
        return libm::exp(a * libm::log(x) - x - libm::lgamma(a + 1.0));
    }
    // By Stirling's series around x = a, where the large terms cancel.
    let miss = (x - a) / a;
    let inverse = 1.0 / (a * a);
    let tail = (1.0 / 12.0 - inverse * (1.0 / 360.0 - inverse * (1.0 / 1260.0 - inverse / 1680.0))) / a;
    let exponent = a * (libm::log1p(miss) - miss) - tail;
    libm::exp(exponent) / (2.0 * core::f64::consts::PI * a).sqrt()
}

fn series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut n) = (1.0, 1.0, a);
    while term > sum * 1e-17 {
        n += 1.0;
        term *= x / n;
        sum += term;
    }
    (prefix(a, x) * sum).min(1.0)
}

fn fraction(a: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - a;
    let mut c = 1e300;
    let mut d = 1.0 / b;
    let mut sum = d;
    for i in (1..100_000).map(f64::from) {
        let term = -i * (i - a);
        b += 2.0;
        d = 1.0 / (term * d + b);
        c = b + term / c;
        let factor = c * d;
        sum *= factor;
        if (factor - 1.0).abs() < 1e-16 {
            break;
        }
    }
    (prefix(a, x) * a * sum).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.special.gammainc` and `gammaincc`.
    #[test]
    fn agrees_with_scipy() {
        for (a, x, p, q) in TABLE {
            assert!((lower(a, x) / p - 1.0).abs() < 2e-13, "{a} {x}: {} {p}", lower(a, x));
            assert!((upper(a, x) / q - 1.0).abs() < 2e-12, "{a} {x}: {} {q}", upper(a, x));
        }
    }

    #[expect(clippy::unreadable_literal, reason = "as SciPy prints them")]
    const TABLE: [(f64, f64, f64, f64); 8] = [
        (0.05, 0.001, 0.7271792290529225, 0.27282077094707735),
        (0.5, 0.2, 0.47291074313446196, 0.5270892568655381),
        (1.7, 3.0, 0.8562221524570095, 0.14377784754299047),
        (3.0, 0.1, 0.00015465307026467172, 0.9998453469297354),
        (20.0, 25.0, 0.8664251659143496, 0.1335748340856504),
        (150.0, 140.0, 0.2095436239186071, 0.790456376081393),
        (5000.0, 5200.0, 0.9974151865046462, 0.0025848134953538114),
        (1000000.0, 999000.0, 0.15865521357430365, 0.8413447864256963),
    ];
}
