//! Ratios of gamma functions in the complex plane, without the cancellation of two large logarithms (Stirling's series).

use super::complex::Complex;

/// From here on seven terms of Stirling's series are exact to the last bit.
const STIRLING_FROM: f64 = 12.0;

/// B₂ₙ / (2n (2n − 1)), n = 1 … 7: the coefficients of Stirling's series (DLMF 5.11.1).
const STIRLING: [f64; 7] =
    [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0, 1.0 / 156.0];

/// The tail of Stirling's series, ln Γ(z) − [(z − ½) ln z − z + ½ ln 2π], for |z| of at least [`STIRLING_FROM`].
fn stirling_tail(z: Complex) -> Complex {
    let inverse = Complex::ONE / z;
    let square = inverse * inverse;
    STIRLING.iter().rev().fold(Complex::real(0.0), |sum, c| sum * square + Complex::real(*c)) * inverse
}

/// (1 + w) ln(1 + w) − w and ln(1 + w); the first is w²/2 − w³/6 + … and would lose its digits for small `w`.
fn entropy_and_log(w: Complex) -> (Complex, Complex) {
    if w.norm_sqr() > 0.01 {
        let log = w.ln_1p();
        return ((Complex::ONE + w) * log - w, log);
    }
    // Both alternating series by Horner's rule; |w| ≤ 0.1 makes the 17th term smaller than 1e-17.
    let (mut entropy, mut log) = (Complex::real(0.0), Complex::real(0.0));
    for n in (1..=17_u32).rev() {
        let n = f64::from(n);
        entropy = Complex::real(1.0 / (n * (n + 1.0))) - w * entropy;
        log = Complex::real(1.0 / n) - w * log;
    }
    (w * w * entropy, w * log)
}

/// ln Γ(x + s) − ln Γ(x) − s ln x for x > 0 and x + s off the poles, up to a multiple of 2πi.
///
/// # Formula
/// x·f(s/x) − ½ ln(1 + s/x) + R(x + s) − R(x) with f(w) = (1 + w) ln(1 + w) − w and Stirling's tail R;
/// below 12 the argument is first shifted up by Γ(z + 1) = z Γ(z).
fn ln_rising_centred(x: f64, s: Complex) -> Complex {
    let mut shifted = x;
    let mut shift = Complex::ONE;
    // Off the negative axis Stirling's series holds in the left half-plane too.
    let off_axis = |re: f64| s.im.abs() >= f64::max(STIRLING_FROM, -2.0 * re);
    while shifted < STIRLING_FROM || (shifted + s.re < STIRLING_FROM && !off_axis(shifted + s.re)) {
        shift = shift * (Complex::real(shifted) + s).scale(1.0 / shifted);
        shifted += 1.0;
    }
    let (entropy, log) = entropy_and_log(s.scale(1.0 / shifted));
    let tail = stirling_tail(Complex::real(shifted) + s) - stirling_tail(Complex::real(shifted));
    let centred = entropy.scale(shifted) - log.scale(0.5) + tail;
    if shifted > x {
        let log_shift = Complex::new(0.5 * libm::log(shift.norm_sqr()), libm::atan2(shift.im, shift.re));
        centred + s.scale(libm::log(shifted / x)) - log_shift
    } else {
        centred
    }
}

/// ln E[Xˢ] − s ln E[X] for X ~ Beta(a, b): what a Beta factor adds to a Mellin transform besides its mean.
///
/// `a`, `b` > 0 and Re(s) > −a. Guarantee: absolute error about 1e-15·(1 + |value|) for shapes from 1e-3 to 1e15,
/// because no two large logarithms are ever subtracted.
pub(crate) fn ln_beta_moment_centred(a: f64, b: f64, s: Complex) -> Complex {
    ln_rising_centred(a, s) - ln_rising_centred(a + b, s)
}

/// R(a + b) − R(a) − R(b): what Stirling's formula leaves of −ln B(a, b); both shapes at least [`STIRLING_FROM`].
pub(crate) fn stirling_beta_tail(a: f64, b: f64) -> f64 {
    let tail = |x: f64| stirling_tail(Complex::real(x)).re;
    tail(a + b) - tail(a) - tail(b)
}

/// ln B(a, b), accurate for one shape up to 1e15 as long as the other is moderate.
pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    let rising = ln_rising_centred(large, Complex::real(small)).re + small * libm::log(large);
    libm::lgamma(small) - rising
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Γ(a+1)Γ(a+b)/(Γ(a)Γ(a+b+1)) = a/(a+b): the first moment is the mean, so the centred value is 0.
    #[test]
    fn first_moment_is_the_mean() {
        for (a, b) in [(0.5, 0.5), (0.5, 60.5), (20.5, 980.5), (3.0, 1e9), (1e12, 5e13), (1e15, 1.0)] {
            let centred = ln_beta_moment_centred(a, b, Complex::ONE);
            assert!(centred.re.abs() < 4e-15 && centred.im.abs() < 1e-15, "{a} {b} {centred:?}");
        }
    }

    /// E[X³] = a(a+1)(a+2) / ((a+b)(a+b+1)(a+b+2)).
    #[test]
    fn third_moment_is_the_closed_form() {
        for (a, b) in [(0.5, 0.5), (2.25, 7.0), (100.5, 900.5), (1e6, 3e6)] {
            let n: f64 = a + b;
            let expected = libm::log1p(1.0 / a) + libm::log1p(2.0 / a) - libm::log1p(1.0 / n) - libm::log1p(2.0 / n);
            let got = ln_beta_moment_centred(a, b, Complex::real(3.0)).re;
            assert!((got - expected).abs() < 5e-15, "{a} {b}: {got} {expected}");
        }
    }

    /// On the imaginary axis against mpmath: loggamma(0.5+10j) - loggamma(0.5) - loggamma(3+10j) + loggamma(3).
    #[test]
    fn complex_moment_agrees_with_mpmath() {
        let s = Complex::new(0.0, 10.0);
        let got = (ln_beta_moment_centred(0.5, 2.5, s) + s.scale(libm::log(0.5 / 3.0))).exp();
        let expected = Complex::new(-0.003_094_832_575_807_130_4, 0.001_594_830_563_378_804_8);
        assert!((got - expected).norm_sqr() < 1e-30, "{got:?}");
    }

    #[test]
    fn ln_beta_of_halves_is_ln_pi() {
        assert!((ln_beta(0.5, 0.5) - libm::log(core::f64::consts::PI)).abs() < 1e-15);
        assert!((ln_beta(3.0, 7.0) - libm::log(1.0 / 252.0)).abs() < 1e-14);
    }
}
