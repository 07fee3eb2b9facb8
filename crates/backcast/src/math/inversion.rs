//! P(U ≤ p₁·p₂·…) for a Beta-distributed U and independent Beta-distributed rates, by inverting a Mellin transform.
//!
//! # Method
//! P(Bin(n, p) ≥ k) = P(U ≤ p) with U ~ Beta(k, n − k + 1) independent of p, so the answer is P(Z ≤ 0) with
//! Z = ln U − Σ ln pᵢ. Every factor's moments are ratios of gamma functions, hence φ(s) = E[e^(−sZ)] is known in closed
//! form on the strip −min aᵢ < Re s < k, and P(Z ≤ 0) = (1/2πi) ∫ φ(s)/s ds along Re s = c > 0.
//! The trapezoidal rule on that line converges exponentially; its error is at most e⁻³⁶ in either direction of aliasing.
//! Where a wide factor beside a narrow one asks for a long line in short steps, the line is bent to where φ falls, into a
//! hyperbola whose points lie ever further apart: a few hundred terms at any magnitude.
//!
//! Against the Gauss rule for a product of Betas this needs no node count that grows with n: it is as exact for a
//! posterior worth two leads and a million entrants as for a narrow one (the tests compare with the brute-force chain).
//! Sources: Springer, *The Algebra of Random Variables* (1979), ch. 4; Trefethen & Weideman, SIAM Review 56 (2014) 385;
//! the hyperbola: Weideman & Trefethen, Math. Comp. 76 (2007) 1341.

use super::complex::Complex;
use super::gamma::ln_beta_moment_centred;
use super::work;

/// Aliasing is pushed below e⁻³⁶ ≈ 2e-16.
const ALIAS: f64 = 36.0;
/// A line that would take more terms is left for a bent one.
const MANY: f64 = 1000.0;
/// How far a contour is bent, in radians: less than π/4, or what is all but normal would grow along it.
const BEND: f64 = 0.4;
/// A term so large (its square) has lost three digits to the others: the contour is bent the wrong way.
const GROWN: f64 = 1e6;

/// What is asked for at once, by weights that add up to 1.
#[derive(Clone, Copy, Debug)]
pub(super) enum Average<'a> {
    /// A single k.
    None,
    /// k, k + 1, …: the weight of each.
    Counts(&'a [f64]),
    /// Of so large a k that counting has no noise: the logarithm of each ÷ k, and its weight.
    Ratios(&'a [(f64, f64)]),
}

impl Average<'_> {
    fn work(self) -> usize {
        match self {
            Self::None => 0,
            Self::Counts(shares) => shares.len() / 4,
            Self::Ratios(ratios) => ratios.len(),
        }
    }
}

/// One inversion: P(ln U ≤ Σ ln pᵢ) with U ~ Beta(k, losses), by the trapezoidal rule on a vertical line.
pub(super) struct Inversion<'a> {
    pub(super) ln_rho: f64,
    pub(super) k: f64,
    pub(super) losses: f64,
    pub(super) average: Average<'a>,
    pub(super) betas: &'a [(f64, f64)],
}

impl Inversion<'_> {
    /// ln φ(s) = s ln ρ + ln E[U⁻ˢ]′ + Σ ln E[pᵢˢ]′, the primes meaning: after division by the mean to the power.
    fn ln_phi(&self, s: Complex) -> Complex {
        if !work::take(10 + 10 * self.betas.len() + self.average.work()) {
            return Complex::real(f64::NEG_INFINITY);
        }
        let counting = s.scale(self.ln_rho) + ln_beta_moment_centred(self.k, self.losses, -s) + self.ln_average(s);
        self.betas.iter().fold(counting, |sum, (a, b)| sum + ln_beta_moment_centred(*a, *b, s))
    }

    /// ln Σ wⱼ E[Uⱼ⁻ˢ]/E[U⁻ˢ]. With Uⱼ ~ Beta(k + j, n − k − j + 1): E[Uⱼ₊₁⁻ˢ]/E[Uⱼ⁻ˢ] = 1 − s/(k + j); where counting has no
    /// noise, the ratio to the power of −s.
    fn ln_average(&self, s: Complex) -> Complex {
        let (mut sum, mut largest) = (Complex::real(0.0), 0.0);
        match self.average {
            Average::None => return sum,
            Average::Counts(shares) => {
                let mut ratio = Complex::ONE;
                for (share, j) in shares.iter().zip(0_u32..) {
                    sum = sum + ratio.scale(*share);
                    ratio = ratio * (Complex::ONE - s.scale(1.0 / (self.k + f64::from(j))));
                }
            }
            Average::Ratios(ratios) => {
                // The largest of them may be larger than any double.
                largest = ratios.iter().map(|(log, _)| -s.re * log).fold(f64::NEG_INFINITY, f64::max);
                for (log, share) in ratios {
                    sum = sum + (-s.scale(*log) - Complex::real(largest)).exp().scale(*share);
                }
            }
        }
        Complex::new(largest + 0.5 * libm::log(sum.norm_sqr()), libm::atan2(sum.im, sum.re))
    }

    fn ln_phi_real(&self, c: f64) -> f64 {
        self.ln_phi(Complex::real(c)).re
    }

    /// Whether P(Z > 0) ≤ φ(−c) is below e⁻⁴⁰ for some c: there the line would need a term per standard deviation.
    fn surely(&self) -> bool {
        let limit = self.betas.iter().fold(1e12 * self.k, |least, (a, _)| f64::min(least, 0.999 * a));
        let mut c = limit;
        while c > 1e-3 {
            if self.ln_phi_real(-c) < -40.0 {
                return true;
            }
            c *= 0.7;
        }
        false
    }

    pub(super) fn value(&self) -> f64 {
        if self.ln_rho > 0.0 && self.surely() {
            return 1.0;
        }
        let c = self.saddle();
        let h = 2.0 * core::f64::consts::PI / self.alias_distance(c);
        // |φ| falls monotonically along the line: what is left at its end says whether it is long enough.
        if Self::is_done(self.at(Complex::new(c, MANY * h)), MANY * h + c) {
            return self.along_line(c, h);
        }
        let bent = self.along_bend(c, BEND).or_else(|| self.along_bend(c, -BEND));
        bent.unwrap_or_else(|| self.along_line(c, h))
    }

    /// Whether a term of a sum is too small to count: it is below 1e-18 of its distance from the real axis.
    fn is_done(term: Complex, distance: f64) -> bool {
        term.norm_sqr() * distance * distance < 1e-36 || !term.re.is_finite()
    }

    /// φ(s)/s.
    fn at(&self, s: Complex) -> Complex {
        self.ln_phi(s).exp() / s
    }

    /// The trapezoidal rule on the line Re s = c with steps of h.
    fn along_line(&self, c: f64, h: f64) -> f64 {
        let mut sum = 0.5 * self.at(Complex::real(c)).re;
        let mut t = h;
        loop {
            let term = self.at(Complex::new(c, t));
            sum += term.re;
            if Self::is_done(term, t + c) {
                return sum * h / core::f64::consts::PI;
            }
            t += h;
        }
    }

    /// The trapezoidal rule on the hyperbola s(u) = c + r (i sinh u cos α − (cosh u − 1) sin α), whose points lie ever
    /// further apart; α > 0 bends it to the left. `None` where φ grows on the way.
    fn along_bend(&self, c: f64, angle: f64) -> Option<f64> {
        let (sin, cos) = libm::sincos(angle);
        let r = f64::min(c, self.k - c);
        // The imaginary part of φ(s)/s·s′(u), which is what both halves of the contour come to.
        let term = |u: f64| {
            let (sinh, cosh) = (libm::sinh(u), libm::cosh(u));
            let s = Complex::new(c - r * sin * (cosh - 1.0), r * cos * sinh);
            self.at(s) * Complex::new(-r * sin * sinh, r * cos * cosh)
        };
        let sum = |first: f64, step: f64| {
            let mut sum = 0.0;
            for u in (0..).map(|n| first + step * f64::from(n)) {
                let term = term(u);
                sum += term.im;
                // From a point where it is as good as nothing the contour could as well go straight up, where |φ| falls.
                if Self::is_done(term, 1.0) {
                    return Some(sum);
                }
                if term.norm_sqr() > GROWN {
                    return None;
                }
            }
            None
        };
        let mut h = 0.125;
        let mut all = 0.5 * term(0.0).im + sum(h, h)?;
        for _ in 0..4 {
            let finer = all + sum(0.5 * h, h)?;
            let off = (0.5 * finer - all).abs() * h;
            (h, all) = (0.5 * h, finer);
            // Halving the step squares the error.
            if off < 1e-9 {
                break;
            }
        }
        Some(all * h / core::f64::consts::PI)
    }

    /// The c > 0 that minimises φ(c)/c, a log-convex function: golden section in ln c.
    fn saddle(&self) -> f64 {
        const GOLDEN: f64 = 0.618_033_988_749_894_9;
        let height = |ln_c: f64| {
            let c = libm::exp(ln_c);
            self.ln_phi_real(c) - ln_c
        };
        let (mut low, mut high) = (libm::log(1e-3), libm::log(0.999 * self.k));
        let (mut left, mut right) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
        let (mut at_left, mut at_right) = (height(left), height(right));
        while high - low > 0.01 {
            if at_left < at_right {
                (high, right, at_right) = (right, left, at_left);
                left = high - GOLDEN * (high - low);
                at_left = height(left);
            } else {
                (low, left, at_left) = (left, right, at_right);
                right = low + GOLDEN * (high - low);
                at_right = height(right);
            }
        }
        libm::exp(0.5 * (low + high))
    }

    /// 2π/h so large that both neighbours in the aliasing sum vanish: e^(−c·y) and e^(c·y)·P(Z ≤ −y) below e⁻³⁶.
    fn alias_distance(&self, c: f64) -> f64 {
        const SHARES: [f64; 9] = [0.001, 0.01, 0.03, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95];
        let chernoff: Vec<(f64, f64)> = SHARES
            .iter()
            .map(|share| c + (self.k - c) * share)
            .chain([1.5, 2.0, 3.0, 5.0, 10.0].iter().map(|times| c * times).filter(|tilt| *tilt < self.k))
            .map(|tilt| (tilt - c, self.ln_phi_real(tilt)))
            .collect();
        let mut y = ALIAS / c;
        while y < 1e300
            && chernoff.iter().map(|(extra, ln_phi)| ln_phi - extra * y).fold(f64::INFINITY, f64::min) > -ALIAS
        {
            y *= 1.25;
        }
        y
    }
}

#[cfg(test)]
mod tests {
    use super::super::product::Product;
    use super::*;

    /// Both contours where both are short, bent to either side, and φ that grows along the wrong one.
    #[test]
    fn bent_contours_agree_with_straight_ones() {
        let beliefs: [&[(f64, f64)]; 4] =
            [&[(0.5, 1.5)], &[(20.5, 980.5)], &[(1.5, 1.5), (0.5, 4.5)], &[(300.5, 700.5), (0.5, 0.5)]];
        let mut compared = 0;
        for betas in beliefs {
            for (k, times) in [(50.0, 1.5), (50.0, 4.0), (1000.0, 1.2), (1000.0, 9.0), (1e6, 3.0), (1e6, 90.0)] {
                let n: f64 = libm::floor(k * times);
                let ln_rho = libm::log(Product::new(1.0, 0.0, betas.to_vec()).mean() * ((n + 1.0) / k));
                let inversion = Inversion { ln_rho, k, losses: n - k + 1.0, average: Average::None, betas };
                let c = inversion.saddle();
                let straight = inversion.along_line(c, 2.0 * core::f64::consts::PI / inversion.alias_distance(c));
                for bent in [BEND, -BEND].iter().filter_map(|angle| inversion.along_bend(c, *angle)) {
                    assert!((bent - straight).abs() < 1e-11, "{betas:?} n {n} k {k}: {bent} {straight}");
                    compared += 1;
                }
            }
        }
        assert!(compared >= 24, "{compared}");
    }
}
