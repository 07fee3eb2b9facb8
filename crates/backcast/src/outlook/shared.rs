//! What the rates of all ways have in common: a factor that moves them together.

use super::way::Way;
use crate::math::quadrature::Node;
use crate::rates::Conversion;

/// The largest standard deviation of a common factor on the logit: beyond, a mean is not kept to second order.
const MOST_SHOCK: f64 = 1.0;

impl Way {
    /// The same way when this share (from 0 to 1) of the variance of its rate is common to all ways: the total variance is
    /// kept to first order, of the rate from every stage on.
    ///
    /// # Formula
    /// With cv² of the rate from stage i on, Aᵢ = √(κ·cvᵢ²) of its logarithm is common. A run of steps from i to j with the mean m
    /// is moved by (Aᵢ − Aⱼ)/(1 − m)·(z − Aⱼ) on the logit, and every step keeps 1 − κ of its variance. Where that would be more than
    /// [`MOST_SHOCK`] less is common.
    pub(crate) fn sharing(self, share: f64) -> Self {
        let last = self.steps.len();
        let common = |share: f64| (0..last).map(|stage| (share * self.cv2_from(stage)).sqrt()).collect();
        if share <= 0.0 || self.cv2_from(0) <= 0.0 {
            return self;
        }
        let whole = Self { shared: common(share), ..self.clone() };
        let runs = (0..last).map(|stage| (stage, stage + 1)).chain([(self.entry, last)]);
        let most = runs.map(|(from, to)| whole.unbounded_shock(from, to)).fold(MOST_SHOCK, f64::max);
        let share = share * (MOST_SHOCK / most) * (MOST_SHOCK / most);
        let narrowed =
            |step: &Conversion| if share < 1.0 - 1e-9 { step.narrowed(1.0 - share) } else { step.without_doubt() };
        Self { steps: self.steps.iter().map(narrowed).collect(), shared: common(share), ..self }
    }

    pub(crate) fn is_shared(&self) -> bool {
        !self.shared.is_empty()
    }

    /// What is common to all ways of the rate from a stage on: the standard deviation of its logarithm.
    pub(crate) fn shared_from(&self, stage: usize) -> f64 {
        self.shared.get(stage).copied().unwrap_or(0.0)
    }

    /// How far the common factor moves the logit of the rate of a run of steps, and the logarithm of the rate after it.
    pub(super) fn shock(&self, from: usize, to: usize) -> (f64, f64) {
        (self.unbounded_shock(from, to).min(MOST_SHOCK), self.shared_from(to))
    }

    fn unbounded_shock(&self, from: usize, to: usize) -> f64 {
        let moved = self.shared_from(from) - self.shared_from(to);
        let mean: f64 = self.steps.get(from..to).unwrap_or(&[]).iter().map(Conversion::mean).product();
        if moved > 0.0 { moved / (1.0 - mean).max(1e-12) } else { 0.0 }
    }
}

/// Rates moved by a common factor on the logit, their mean kept to second order; beside a factor of the same kind with the
/// standard deviation `beside` of its logarithm the mean of the product is.
pub(super) fn shifted(rule: Vec<Node>, (shock, beside): (f64, f64), z: f64) -> Vec<Node> {
    if shock <= 0.0 {
        return rule;
    }
    let mean: f64 = rule.iter().map(|(rate, weight)| rate * weight).sum();
    let shift = libm::exp(shock * (z - beside) - 0.5 * shock * shock * (1.0 - 2.0 * mean));
    rule.into_iter().map(|(rate, weight)| (rate * shift / (1.0 - rate + rate * shift), weight)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::chain::{Chain, Sizes, Worths};
    use super::super::open::Odds;
    use super::super::way::Cell;
    use super::*;
    use crate::math::complex::Complex;
    use crate::math::quadrature::normal;

    /// Rate of newcomers, and weight.
    fn rates(way: &Way, z: f64) -> Vec<Node> {
        let sizes = Sizes { noise: 1.0, newcomers: 10.0, deal: 1.0, known: vec![], finer: 1.0 };
        let chain = Chain::of(way, &sizes, z);
        // Deals that bring nothing leave the weights.
        let chances = chain.chances().unwrap_or(&[]);
        let weights = chain.open(&Worths { deal: Complex::ONE, known: &[] }, &vec![true; chances.len()]);
        chances.iter().zip(weights).map(|((rate, _), weight)| (*rate, weight.re)).collect()
    }

    /// Mean and variance over both parts are those of the undivided posterior, to first order in the variance: of the rate
    /// from every stage on, whether its steps are told apart (because leads are open between them) or not.
    #[test]
    fn a_shared_part_keeps_mean_and_variance() {
        let open = |stage: usize| {
            let odds = Odds { reach: 1.0, seen: 0.0, lost: 0.0 };
            Cell { stage, odds, count: 1.0, amount: None, worthless: false }
        };
        for (mean, ess) in [(0.02, 900.0), (0.1, 300.0), (0.4, 200.0), (0.9, 400.0)] {
            for (share, entry) in [(0.2, 0), (0.5, 0), (1.0, 0), (0.5, 1), (1.0, 1)] {
                for cells in [vec![], vec![open(0), open(1)]] {
                    let steps =
                        vec![Conversion::estimated(mean, ess).unwrap(), Conversion::estimated(0.5, 100.0).unwrap()];
                    let whole = Way { steps, entry, on_time: 1.0, open: cells, shared: vec![] };
                    let expected = (whole.cv2_from(entry), whole.mean());
                    let split = whole.sharing(share);
                    let (mut first, mut second) = (0.0, 0.0);
                    for (z, weight) in normal(15) {
                        for (rate, share) in rates(&split, z) {
                            first += weight * share * rate;
                            second += weight * share * rate * rate;
                        }
                    }
                    let cv2 = second / (first * first) - 1.0;
                    assert!((first / expected.1 - 1.0).abs() < 0.01, "{mean} {share} {entry}: {first}");
                    assert!((cv2 / expected.0 - 1.0).abs() < 0.06, "{mean} {share} {entry}: {cv2} for {}", expected.0);
                }
            }
        }
    }
}
