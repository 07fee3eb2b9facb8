//! P(Bin(n, p₁·p₂·…) ≥ k) for independent known or Beta-distributed rates, by inverting a Mellin transform.
//!
//! Where few fail the failures are followed through the steps; everything else is [`Inversion`]'s.

use super::complex::Complex;
use super::gamma::ln_beta_moment_centred;
use super::inversion::{Average, Inversion};
use super::search::{to_index, to_whole};

/// Up to so many failures the chain of (beta-)binomials is summed directly: there the transform decays too slowly.
const FEW_LOSSES: f64 = 40.0;

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
}
