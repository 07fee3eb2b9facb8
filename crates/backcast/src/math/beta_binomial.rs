//! The beta-binomial kernel, and the Beta distribution that has a given mean and variance.

/// The beta-binomial likelihood for fixed shapes, without its binomial coefficient.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kernel {
    a: f64,
    b: f64,
    ln_beta: f64,
}

impl Kernel {
    /// For shapes a, b > 0.
    pub(crate) fn of(a: f64, b: f64) -> Self {
        Self { a, b, ln_beta: libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b) }
    }

    pub(crate) fn a(&self) -> f64 {
        self.a
    }

    pub(crate) fn b(&self) -> f64 {
        self.b
    }

    pub(crate) fn mean(&self) -> f64 {
        self.a / (self.a + self.b)
    }

    /// ln B(d + a, n − d + b) − ln B(a, b) for d of n, which may be fractional (effective numbers), 0 ≤ d ≤ n.
    pub(crate) fn ln(&self, d: f64, n: f64) -> f64 {
        let (a, b) = (self.a + d, self.b + (n - d));
        libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b) - self.ln_beta
    }
}

/// A mean and a variance, and the Beta distribution that has them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Moments {
    pub(crate) mean: f64,
    pub(crate) variance: f64,
}

impl Moments {
    /// Of Beta(a, b).
    pub(crate) fn of_beta(a: f64, b: f64) -> Self {
        let n = a + b;
        Self { mean: a / n, variance: a * b / (n * n * (n + 1.0)) }
    }

    /// Of a mixture with weights that sum to 1, by the law of total variance.
    pub(crate) fn of_mixture(parts: impl Iterator<Item = (f64, Self)>) -> Self {
        let (mut mean, mut square) = (0.0, 0.0);
        for (weight, part) in parts {
            mean += weight * part.mean;
            square += weight * (part.variance + part.mean * part.mean);
        }
        Self { mean, variance: (square - mean * mean).max(0.0) }
    }

    /// The shapes (a, b) of the Beta distribution with these moments.
    pub(crate) fn shapes(self) -> (f64, f64) {
        let mean = self.mean.clamp(1e-12, 1.0 - 1e-12);
        // A variance so small is what rounding leaves of a difference of squares, not knowledge.
        let n = (mean * (1.0 - mean) / self.variance.max(1e-300) - 1.0).clamp(1e-3, 1e9);
        (mean * n, (1.0 - mean) * n)
    }
}

/// Weights that are proportional to e^(ln w) and sum to 1.
pub(crate) fn normalised(ln_weights: &[f64]) -> Vec<f64> {
    let top = ln_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = ln_weights.iter().map(|ln_weight| libm::exp(ln_weight - top)).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

pub(crate) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

pub(crate) fn logit(p: f64) -> f64 {
    libm::log(p) - libm::log1p(-p)
}

/// M, the weight (a + b) of a Beta whose logit has standard deviation `spread` at this centre.
pub(crate) fn precision(centre: f64, spread: f64) -> f64 {
    let mean = logistic(centre);
    (1.0 / (mean * (1.0 - mean) * spread * spread) - 1.0).max(1e-3)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.betabinom.logpmf(7, 40, .2 * 12, .8 * 12)`.
    #[test]
    fn kernel_agrees_with_scipy() {
        let choose = libm::lgamma(41.0) - libm::lgamma(8.0) - libm::lgamma(34.0);
        let got = choose + Kernel::of(0.2 * 12.0, 0.8 * 12.0).ln(7.0, 40.0);
        assert!((got + 2.548_717_455_772_087_5).abs() < 1e-12, "{got}");
    }

    #[test]
    fn shapes_are_recovered_from_moments() {
        for (a, b) in [(0.5, 60.5), (20.5, 980.5), (3.0, 7.0)] {
            let (got_a, got_b) = Moments::of_beta(a, b).shapes();
            assert!((got_a / a - 1.0).abs() < 1e-12 && (got_b / b - 1.0).abs() < 1e-12);
        }
    }
}
