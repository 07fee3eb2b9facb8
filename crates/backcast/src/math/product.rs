//! P(Bin(n, p₁·p₂·…) ≥ k) for independent known or Beta-distributed rates, by inverting a Mellin transform.
//!
//! # Method
//! P(Bin(n, p) ≥ k) = P(U ≤ p) with U ~ Beta(k, n − k + 1) independent of p, so the answer is P(Z ≤ 0) with
//! Z = ln U − Σ ln pᵢ. Every factor's moments are ratios of gamma functions, hence φ(s) = E[e^(−sZ)] is known in closed
//! form on the strip −min aᵢ < Re s < k, and P(Z ≤ 0) = (1/2πi) ∫ φ(s)/s ds along Re s = c > 0.
//! The trapezoidal rule on that line converges exponentially; its error is at most e⁻³⁶ in either direction of aliasing.
//!
//! Against the Gauss rule for a product of Betas this needs no node count that grows with n: it is as exact for a
//! posterior worth two leads and a million entrants as for a narrow one (the tests compare with the brute-force chain).
//! Sources: Springer, *The Algebra of Random Variables* (1979), ch. 4; Trefethen & Weideman, SIAM Review 56 (2014) 385.

use super::complex::Complex;
use super::gamma::ln_beta_moment_centred;
use super::search::to_whole;

/// Aliasing is pushed below e⁻³⁶ ≈ 2e-16.
const ALIAS: f64 = 36.0;
/// Up to so many failures the chain of (beta-)binomials is summed directly: there the transform decays too slowly.
const FEW_LOSSES: f64 = 40.0;
/// Beyond this ratio of variances (rates to counting noise) the counting noise is extrapolated from three coarser ones.
const NARROW: f64 = 1e4;

/// A product of independent rates: one exactly known part and any number of Beta(a, b) parts.
#[derive(Clone, Debug)]
pub(crate) struct Product {
    known: f64,
    known_loss: f64,
    betas: Vec<(f64, f64)>,
}

impl Product {
    /// `known` in (0, 1] and `known_loss` = 1 − `known`, both rounded once; `betas` with positive shapes.
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
        const MANY: f64 = 1e15;
        if x <= 0.0 {
            1.0
        } else if x >= self.known {
            0.0
        } else if self.betas.is_empty() {
            1.0
        } else {
            self.at_least(MANY, libm::ceil(x * MANY))
        }
    }

    /// E[p₁·p₂·…].
    pub(crate) fn mean(&self) -> f64 {
        self.betas.iter().fold(self.known, |mean, (a, b)| mean * (a / (a + b)))
    }

    /// P(at least `k` of `n` pass all steps); `n` and `k` whole and at most 2⁵³.
    pub(crate) fn at_least(&self, n: f64, k: f64) -> f64 {
        if k <= 0.0 {
            return 1.0;
        }
        if n < k {
            return 0.0;
        }
        if self.betas.is_empty() && self.known_loss <= 0.0 {
            return 1.0;
        }
        if n - k <= FEW_LOSSES {
            let losses = usize::try_from(to_whole(n - k)).unwrap_or(0);
            return self.by_losses(n, losses).clamp(0.0, 1.0);
        }
        let ln_rho = libm::log(self.mean() * ((n + 1.0) / k));
        let spread: f64 = self.betas.iter().map(|(a, b)| b / (a * (a + b))).sum();
        // A coarser counting noise must keep enough losses, or its transform decays too slowly.
        let k1 = if spread > 0.0 { f64::max(NARROW / spread, FEW_LOSSES * k / (n - k + 1.0)) } else { k };
        let probability = if 4.0 * k1 >= k {
            Inversion { ln_rho, k, losses: n - k + 1.0, betas: &self.betas }.value()
        } else {
            // P is smooth in the counting variance v = 1/k: the parabola through three coarser ones, read off at v.
            let coarse = |times: f64| {
                let k_coarse = k1 * times;
                let losses = (n - k + 1.0) * (k_coarse / k);
                Inversion { ln_rho, k: k_coarse, losses, betas: &self.betas }.value()
            };
            // In units of 1/k1 the three lie at 1, 1/2 and 1/4.
            let v = k1 / k;
            coarse(1.0) * (v - 0.5) * (v - 0.25) / 0.375 - coarse(2.0) * (v - 1.0) * (v - 0.25) / 0.125
                + coarse(4.0) * (v - 1.0) * (v - 0.5) / 0.1875
        };
        probability.clamp(0.0, 1.0)
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

/// One inversion: P(ln U ≤ Σ ln pᵢ) with U ~ Beta(k, losses), by the trapezoidal rule on a vertical line.
struct Inversion<'a> {
    ln_rho: f64,
    k: f64,
    losses: f64,
    betas: &'a [(f64, f64)],
}

impl Inversion<'_> {
    /// ln φ(s) = s ln ρ + ln E[U⁻ˢ]′ + Σ ln E[pᵢˢ]′, the primes meaning: after division by the mean to the power.
    fn ln_phi(&self, s: Complex) -> Complex {
        let counting = s.scale(self.ln_rho) + ln_beta_moment_centred(self.k, self.losses, -s);
        self.betas.iter().fold(counting, |sum, (a, b)| sum + ln_beta_moment_centred(*a, *b, s))
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
        let at = |t: f64| {
            let s = Complex::new(c, t);
            self.ln_phi(s).exp() / s
        };
        let mut sum = 0.5 * at(0.0).re;
        let mut t = h;
        loop {
            let term = at(t);
            sum += term.re;
            // |φ| falls monotonically along the line, so nothing is hidden behind a small term.
            if term.norm_sqr() * (t + c) * (t + c) < 1e-36 || !term.re.is_finite() {
                break;
            }
            t += h;
        }
        sum * h / core::f64::consts::PI
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
        while chernoff.iter().map(|(extra, ln_phi)| ln_phi - extra * y).fold(f64::INFINITY, f64::min) > -ALIAS {
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

    /// `scipy.stats.binom.sf` and `betabinom.sf`, from the reference file.
    #[test]
    fn agrees_with_the_reference_file() {
        let known = Product::new(0.1, 0.9, vec![]);
        assert!((known.at_least(700.0, 64.0) - 0.792_031_588_828_079_8).abs() < 1e-12);
        let learned = Product::new(1.0, 0.0, vec![(20.0, 180.0)]);
        assert!((learned.at_least(700.0, 64.0) - 0.629_903_792_969_092).abs() < 1e-12);
        assert!((Product::new(0.4, 0.6, vec![]).at_least(8.0, 5.0) - 0.173_670_4).abs() < 1e-12);
    }

    /// Where rates are much wider than counting noise the extrapolated value joins the plain one.
    #[test]
    fn the_narrow_limit_joins_the_plain_inversion() {
        let betas = vec![(0.5, 60.5), (3.5, 9.5)];
        let spread: f64 = betas.iter().map(|(a, b)| b / (a * (a + b))).sum();
        let product = Product::new(1.0, 0.0, betas.clone());
        for times in [4.000_001, 10.0, 100.0] {
            let k = NARROW / spread * times;
            let n = k * 700.0;
            let ln_rho = libm::log(product.mean() * ((n + 1.0) / k));
            let plain = Inversion { ln_rho, k, losses: n - k + 1.0, betas: &betas };
            assert!((product.at_least(n, k) - plain.value()).abs() < 1e-10);
        }
    }
}
