//! P(Bin(n, p₁·p₂·…) ≥ k) for independent known or Beta-distributed rates, by inverting a Mellin transform.
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
use super::search::{to_index, to_whole};
use super::work;

/// Aliasing is pushed below e⁻³⁶ ≈ 2e-16.
const ALIAS: f64 = 36.0;
/// Up to so many failures the chain of (beta-)binomials is summed directly: there the transform decays too slowly.
const FEW_LOSSES: f64 = 40.0;
/// A line that would take more terms is left for a bent one.
const MANY: f64 = 1000.0;
/// How far a contour is bent, in radians: less than π/4, or what is all but normal would grow along it.
const BEND: f64 = 0.4;
/// A term so large (its square) has lost three digits to the others: the contour is bent the wrong way.
const GROWN: f64 = 1e6;

/// A product of independent rates: one exactly known part and any number of Beta(a, b) parts.
#[derive(Clone, Debug)]
pub(crate) struct Product {
    known: f64,
    known_loss: f64,
    betas: Vec<(f64, f64)>,
}

impl Product {
    /// `known` in [0, 1] and `known_loss` = 1 − `known`, both rounded once; `betas` with positive shapes.
    pub(crate) fn new(known: f64, known_loss: f64, betas: Vec<(f64, f64)>) -> Self {
        Self { known, known_loss, betas }
    }

    /// Of independent rates, each known (`Err`) or Beta distributed (`Ok`).
    pub(crate) fn of(rates: impl Iterator<Item = Result<(f64, f64), f64>>) -> Self {
        let (mut known, mut betas) = (1.0, Vec::new());
        for rate in rates {
            match rate {
                Ok(shapes) => betas.push(shapes),
                Err(rate) => known *= rate,
            }
        }
        Self::new(known, 1.0 - known, betas)
    }

    /// P(p₁·p₂·… ≥ x): as many of so many that counting has no noise left.
    pub(crate) fn exceeds(&self, x: f64) -> f64 {
        self.exceeds_on_average(&[(x, 1.0)])
    }

    /// Σ w P(p₁·p₂·… ≥ x) over these x with their weights w > 0: at once.
    pub(crate) fn exceeds_on_average(&self, points: &[(f64, f64)]) -> f64 {
        const MANY: f64 = 1e15;
        let (mut surely, mut all, mut open) = (0.0, 0.0, Vec::new());
        for (x, weight) in points {
            if *x <= 0.0 {
                surely += weight;
            } else if *x < self.known {
                if self.betas.is_empty() {
                    surely += weight;
                } else {
                    all += weight;
                    open.push((*x, *weight));
                }
            }
        }
        // Beside the largest all others vanish to the left, where the contour may be bent.
        let Some(first) = open.iter().map(|(x, _)| libm::ceil(x * MANY)).reduce(f64::max) else { return surely };
        let further: Vec<(f64, f64)> = open.iter().map(|(x, w)| (libm::log(x * MANY / first), w / all)).collect();
        let average = if let [_] = open.as_slice() { Average::None } else { Average::Ratios(&further) };
        surely + all * self.inverted(MANY, first, average).clamp(0.0, 1.0)
    }

    /// E[p₁·p₂·…].
    pub(crate) fn mean(&self) -> f64 {
        self.betas.iter().fold(self.known, |mean, (a, b)| mean * (a / (a + b)))
    }

    /// The squared coefficient of variation: Π (1 + bᵢ/(aᵢ(aᵢ + bᵢ + 1))) − 1.
    pub(crate) fn cv2(&self) -> f64 {
        let log: f64 = self.betas.iter().map(|(a, b)| libm::log1p(b / (a * (a + b + 1.0)))).sum();
        libm::expm1(log)
    }

    /// P(at least `k` of `n` pass all steps); `n` and `k` whole and at most 2⁵³.
    pub(crate) fn at_least(&self, n: f64, k: f64) -> f64 {
        if k <= 0.0 {
            return 1.0;
        }
        if n < k || self.known <= 0.0 {
            return 0.0;
        }
        if self.betas.is_empty() && self.known_loss <= 0.0 {
            return 1.0;
        }
        if n - k <= FEW_LOSSES {
            let losses = usize::try_from(to_whole(n - k)).unwrap_or(0);
            return self.by_losses(n, losses).clamp(0.0, 1.0);
        }
        self.inverted(n, k, Average::None).clamp(0.0, 1.0)
    }

    /// Σ wⱼ P(at least `k` + j of `n` pass all steps) for j = 0, 1, …, of weights that add up to at most 1: at once.
    pub(crate) fn at_least_on_average(&self, n: f64, k: f64, weights: &[f64]) -> f64 {
        let each = |from: usize| -> f64 {
            let all = weights.iter().zip(0_u32..).skip(from).filter(|(weight, _)| **weight != 0.0);
            all.map(|(weight, j)| weight * self.at_least(n, k + f64::from(j))).sum()
        };
        // Where there is no room for many failures, and where all are certain, each by itself.
        let many = to_index((n - k - FEW_LOSSES).max(0.0)).min(weights.len());
        let all: f64 = weights.iter().take(many).sum();
        if k <= 0.0 || self.known <= 0.0 || self.betas.is_empty() || all <= 0.0 {
            return each(0);
        }
        let shares: Vec<f64> = weights.iter().take(many).map(|weight| weight / all).collect();
        all * self.inverted(n, k, Average::Counts(&shares)).clamp(0.0, 1.0) + each(many)
    }

    /// `k` above 0 and more than a few below `n`.
    fn inverted(&self, n: f64, k: f64, average: Average<'_>) -> f64 {
        let ln_rho = libm::log(self.mean() * ((n + 1.0) / k));
        Inversion { ln_rho, k, losses: n - k + 1.0, average, betas: &self.betas }.value()
    }

    /// The same by following the failures through the steps: exact, O(steps · losses²).
    fn by_losses(&self, n: f64, losses: usize) -> f64 {
        let mut alive = vec![1.0];
        let steps = self.betas.iter().map(|shapes| Some(*shapes)).chain([None]);
        for step in steps {
            let mut next = vec![0.0; losses + 1];
            for (lost, weight) in alive.iter().enumerate() {
                let entrants = n - lost as f64;
                let room = losses - lost;
                for (slot, mass) in next.iter_mut().skip(lost).zip(self.loss_pmf(step, entrants, room)) {
                    *slot += weight * mass;
                }
            }
            alive = next;
        }
        alive.iter().sum()
    }

    /// P(0 lost), P(1 lost), … P(`room` lost) of `entrants` in one step.
    fn loss_pmf(&self, step: Option<(f64, f64)>, entrants: f64, room: usize) -> Vec<f64> {
        let none_lost = match step {
            None => libm::exp(entrants * libm::log1p(-self.known_loss)),
            Some((a, b)) => {
                let centred = ln_beta_moment_centred(a, b, Complex::real(entrants)).re;
                libm::exp(centred - entrants * libm::log1p(b / a))
            }
        };
        let mut mass = none_lost;
        let mut pmf = Vec::with_capacity(room + 1);
        for g in (0..=room).map(|g| g as f64) {
            pmf.push(mass);
            let odds = match step {
                None => self.known_loss / self.known,
                Some((a, b)) => (b + g) / (a + entrants - g - 1.0),
            };
            mass *= (entrants - g).max(0.0) / (g + 1.0) * odds;
        }
        pmf
    }
}

/// What is asked for at once, by weights that add up to 1.
#[derive(Clone, Copy, Debug)]
enum Average<'a> {
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
struct Inversion<'a> {
    ln_rho: f64,
    k: f64,
    losses: f64,
    average: Average<'a>,
    betas: &'a [(f64, f64)],
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

    fn value(&self) -> f64 {
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
    use super::*;

    /// The oracle: push the whole distribution through every step, term by term.
    fn brute_force(n: usize, k: usize, betas: &[(f64, f64)]) -> f64 {
        let mut entrants = vec![0.0; n + 1];
        entrants[n] = 1.0;
        for (a, b) in betas {
            let mut next = vec![0.0; n + 1];
            for (m, weight) in entrants.iter().enumerate().filter(|(_, w)| **w > 0.0) {
                let none = |i: usize| libm::log((b + i as f64) / (a + b + i as f64));
                let mut ln_pmf: f64 = (0..m).map(none).sum();
                for (j, slot) in next.iter_mut().enumerate().take(m + 1) {
                    *slot += weight * libm::exp(ln_pmf);
                    let (j, m) = (j as f64, m as f64);
                    if j < m {
                        ln_pmf += libm::log((m - j) * (a + j) / ((j + 1.0) * (b + m - j - 1.0)));
                    }
                }
            }
            entrants = next;
        }
        entrants[k..].iter().sum()
    }

    #[test]
    fn agrees_with_the_brute_force_chain() {
        let beliefs: [&[(f64, f64)]; 7] = [
            &[(20.5, 980.5)],
            &[(0.5, 60.5)],
            &[(20.5, 0.5)],
            &[(1.5, 1.5), (0.5, 4.5)],
            &[(30.5, 70.5), (12.5, 40.5), (8.5, 30.5)],
            &[(2.5, 0.5), (7.5, 0.5)],
            &[(300.5, 700.5), (0.5, 0.5), (40.5, 10.5)],
        ];
        for betas in beliefs {
            let product = Product::new(1.0, 0.0, betas.to_vec());
            for n in [1, 5, 40, 60, 200, 400] {
                for k in [1, 2, 7, n / 10, n / 3, n / 2, n - n / 20, n] {
                    if k == 0 || k > n {
                        continue;
                    }
                    let (got, expected) = (product.at_least(n as f64, k as f64), brute_force(n, k, betas));
                    assert!((got - expected).abs() < 3e-12, "{betas:?} n {n} k {k}: {got} {expected}");
                }
            }
        }
    }

    /// An average over counts is the average of what each comes to.
    #[test]
    fn an_average_is_taken_at_once() {
        let beliefs: [&[(f64, f64)]; 5] = [
            &[(0.6, 60.5)],
            &[(9.0, 17.2), (9.5, 14.3), (7.2, 15.3)],
            &[(1.5, 1.5), (0.5, 4.5)],
            &[(300.5, 700.5)],
            &[],
        ];
        for betas in beliefs {
            for (known, n, k, many) in [
                (1.0, 60.0, 1.0, 30),
                (0.3, 2_000.0, 1.0, 3),
                (0.7, 1e6, 200.0, 400),
                (1.0, 1e9, 3.0, 40),
                (0.9, 5.0, 1.0, 9),
            ] {
                let product = Product::new(known, 1.0 - known, betas.to_vec());
                let weights: Vec<f64> = (0..many).map(|j| f64::from(j % 7) / (4.0 * f64::from(many))).collect();
                let each = |(j, weight): (usize, &f64)| weight * product.at_least(n, k + j as f64);
                let expected: f64 = weights.iter().enumerate().map(each).sum();
                let got = product.at_least_on_average(n, k, &weights);
                assert!((got - expected).abs() < 1e-11, "{betas:?} {known} {n} {k} {many}: {got} {expected}");
            }
            let product = Product::new(0.4, 0.6, betas.to_vec());
            let points: Vec<(f64, f64)> = (0..30).map(|j| (f64::from(j * j) / 1_500.0, 0.02)).collect();
            let expected: f64 = points.iter().map(|(x, weight)| weight * product.exceeds(*x)).sum();
            let got = product.exceeds_on_average(&points);
            assert!((got - expected).abs() < 1e-11, "{betas:?}: {got} {expected}");
        }
    }

    /// `scipy.stats.binom.sf` and `betabinom.sf`, from the reference file.
    #[test]
    fn agrees_with_the_reference_file() {
        let known = Product::new(0.1, 0.9, vec![]);
        assert!((known.at_least(700.0, 64.0) - 0.792_031_588_828_079_8).abs() < 1e-12);
        let learned = Product::new(1.0, 0.0, vec![(20.0, 180.0)]);
        assert!((learned.at_least(700.0, 64.0) - 0.629_903_792_969_092).abs() < 1e-12);
        assert!((Product::new(0.4, 0.6, vec![]).at_least(8.0, 5.0) - 0.173_670_4).abs() < 1e-12);
    }

    /// A known part of 0, as of a deadline before which nobody can be won.
    #[test]
    fn where_none_can_pass_none_pass() {
        for betas in [vec![], vec![(20.5, 980.5)], vec![(5.0, 11.2), (2.3, 7.9)]] {
            let product = Product::new(0.0, 1.0, betas);
            for (n, k) in [(28.0, 1.0), (28.0, 28.0), (5000.0, 3.0)] {
                assert_eq!((product.at_least(n, k), product.at_least(n, 0.0)), (0.0, 1.0));
            }
        }
    }

    /// A wide posterior beside narrow ones, and large numbers. The oracle (`SciPy`): P(p₁ ≥ U/p₂) = `betainc` of the wide
    /// factor, summed over the quantiles of U and p₂ by the tanh-sinh rule with 321 points each.
    #[test]
    fn bent_contours_agree_with_scipy() {
        type Case = (&'static [(f64, f64)], f64, f64, f64);
        let cases: [Case; 9] = [
            (&[(0.5, 1.5), (1_000_000.5, 50.5)], 40_193_803.0, 1e6, 0.800_000_000_385_576_7),
            (&[(1.5, 0.5), (1_000_000.5, 50.5)], 1_894_164.0, 1e6, 0.800_000_003_722_366_2),
            (&[(0.5, 1.5), (46_800_000.5, 1.5)], 1_607_671_409.0, 4e7, 0.800_000_000_015_828_5),
            (&[(0.5, 1.5), (1000.5, 5.5)], 4_041_279.0, 1e5, 0.800_000_020_058_379_7),
            (&[(2.5, 2.5)], 3_093_270_000.0, 309_327_000.0, 0.984_625_279_498_165_9),
            (&[(0.5, 3.5)], 8_215_828_840_000.0, 821_582_884.0, 0.979_629_864_863_660_8),
            (&[(5.5, 5.5), (3_175_531_579.5, 1.5)], 2e10, 8_567_844_747.0, 0.679_664_162_814_648_6),
            (&[(2.5, 0.5), (750_175.5, 437.5)], 1e10, 4_725_261_642.0, 0.935_345_196_752_498_2),
            (&[(4.5, 3.5), (9703.5, 9703.5)], 5e8, 2e7, 0.999_716_341_156_890_7),
        ];
        for (betas, n, k, expected) in cases {
            let got = Product::new(1.0, 0.0, betas.to_vec()).at_least(n, k);
            assert!((got - expected).abs() < 1e-13, "{betas:?} n {n} k {k}: {got} {expected}");
        }
    }

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
