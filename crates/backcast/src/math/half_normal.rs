//! A half-normal prior of a standard deviation on a grid that is even in its logarithm.
//! Source: Gelman 2006, *Prior distributions for variance parameters in hierarchical models*.

/// τ ~ half-normal: density ∝ e^(−τ²/(2·scale²)), τ > 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct HalfNormal {
    /// Above 0.
    pub(crate) scale: f64,
}

impl HalfNormal {
    /// Points for τ from 0.02 to `top` times the scale, evenly spaced in the logarithm.
    pub(crate) fn points(self, top: f64, points: u32) -> impl Iterator<Item = f64> {
        let (low, high) = (libm::log(0.02 * self.scale), libm::log(top * self.scale));
        (0..points).map(move |i| libm::exp(low + (high - low) * f64::from(i) / f64::from(points - 1)))
    }

    /// The log-weight of a point with this log-likelihood, up to a constant. The points are evenly spaced in ln τ, so the
    /// density in τ is multiplied by τ.
    pub(crate) fn ln_weight(self, tau: f64, ln_likelihood: f64) -> f64 {
        ln_likelihood + libm::log(tau) - tau * tau / (2.0 * self.scale * self.scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The half-normal has the mean scale·√(2/π); the grid leaves out what lies below 0.02 and above 6 scales.
    #[test]
    fn the_grid_has_the_mean_of_the_prior() {
        let prior = HalfNormal { scale: 0.35 };
        let weights: Vec<(f64, f64)> =
            prior.points(6.0, 400).map(|tau| (tau, libm::exp(prior.ln_weight(tau, 0.0)))).collect();
        let all: f64 = weights.iter().map(|(_, weight)| weight).sum();
        let mean = weights.iter().map(|(tau, weight)| tau * weight).sum::<f64>() / all;
        assert!((mean / (0.35 * (2.0 / core::f64::consts::PI).sqrt()) - 1.0).abs() < 0.02, "{mean}");
    }
}
