//! What the rates of all ways have in common: a factor that moves them together.

use super::run::Run;
use super::way::Way;
use super::ways::Ways;
use crate::math::digamma::{log_minus_digamma, trigamma};
use crate::math::quadrature::{self, Node};
use crate::rates::Conversion;

/// The largest standard deviation of a common factor on the logit: beyond, a mean is not kept to second order.
const MOST_SHOCK: f64 = 1.0;
/// Nodes of the common factor, and where nearly all is common.
const SHOCKS: usize = 9;
const MORE_SHOCKS: usize = 17;
/// Nearly all.
const NEARLY_ALL: f64 = 0.7;
/// Of what is wholly common as much is coupled as the nodes resolve.
const MOST_COUPLED: f64 = 0.98;
/// Rounds in which weights are brought back to their sums.
const ROUNDS: usize = 30;

/// Nodes of the common factor.
pub(in crate::outlook) fn shocks(ways: &Ways) -> Vec<Node> {
    let most = ways.ways.iter().map(|(way, _)| if way.is_shared() { way.coupled.max(1e-9) } else { 0.0 });
    match most.fold(0.0, f64::max) {
        0.0 => vec![(0.0, 1.0)],
        most => quadrature::normal(if most > NEARLY_ALL { MORE_SHOCKS } else { SHOCKS }),
    }
}

impl Way {
    /// The same way when this share (from 0 to 1) of the variance of its rate is common to all ways. Newcomers keep their own
    /// posterior exactly, whatever is common; what is open keeps mean and variance of the rate from every stage on to first
    /// order.
    ///
    /// # Formula
    /// Newcomers: see [`coupled`]. What is open: with cv² of the rate from stage i on, Aᵢ = √(κ·cvᵢ²) of its logarithm is common. A
    /// run of steps from i to j with the mean m is moved by (Aᵢ − Aⱼ)/(1 − m)·(z − Aⱼ) on the logit, and every step keeps 1 − κ of
    /// its variance. Where that would be more than [`MOST_SHOCK`] less is common.
    pub(crate) fn sharing(self, share: f64) -> Self {
        let last = self.steps.len();
        let common = |share: f64| (0..last).map(|stage| (share * self.cv2_from(stage)).sqrt()).collect();
        if share <= 0.0 || self.cv2_from(0) <= 0.0 {
            return self;
        }
        if self.open.is_empty() {
            return Self { coupled: share, ..self };
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
        !self.shared.is_empty() || self.coupled > 0.0
    }

    /// What is common to all ways of the rate from a stage on: the standard deviation of its logarithm.
    pub(crate) fn shared_from(&self, stage: usize) -> f64 {
        if self.coupled > 0.0 {
            return (self.coupled * self.cv2_from(stage)).sqrt();
        }
        self.shared.get(stage).copied().unwrap_or(0.0)
    }

    /// The squared coefficient of variation of newcomers' rate that is the way's own.
    pub(crate) fn own_cv2(&self) -> f64 {
        (1.0 - self.coupled) * self.cv2_from(self.entry)
    }

    /// How far the common factor moves the logit of the rate of a run of steps, and the logarithm of the rate after it.
    fn shock(&self, from: usize, to: usize) -> (f64, f64) {
        if self.shared.is_empty() {
            return (0.0, 0.0);
        }
        (self.unbounded_shock(from, to).min(MOST_SHOCK), self.shared_from(to))
    }

    fn unbounded_shock(&self, from: usize, to: usize) -> f64 {
        let moved = self.shared_from(from) - self.shared_from(to);
        let mean: f64 = self.steps.get(from..to).unwrap_or(&[]).iter().map(Conversion::mean).product();
        if moved > 0.0 { moved / (1.0 - mean).max(1e-12) } else { 0.0 }
    }

    /// The rule of a run, moved by what is common to all ways, whose standardised factor is `z`.
    pub(in crate::outlook) fn rule_of(&self, run: Run<'_>, nodes_for: impl Fn(f64) -> usize, z: f64) -> Vec<Node> {
        shifted(run.rule(nodes_for), self.shock(run.stage, run.stage + run.steps.len()), z)
    }

    /// A rule of newcomers' rate, by node of the common factor: the same nodes with other weights, which are those of the rule
    /// on average.
    ///
    /// # Formula
    /// The weight of y given z is in proportion to w(y) exp(−(ρ²(x² + z²) − 2ρxz)/(2(1 − ρ²))), ρ² the share in common and x the
    /// standardised ln y: the density of a normal copula. Both margins are then restored by turns (Sinkhorn & Knopp, Pacific J.
    /// Math. 21 (1967) 343), the rule's last, so that it holds to the last digit.
    pub(in crate::outlook) fn coupled(&self, rule: &[Node], factor: &[Node]) -> Vec<Vec<Node>> {
        let share = self.coupled.min(MOST_COUPLED);
        if share <= 0.0 || rule.len() <= 1 {
            return factor.iter().map(|_| rule.to_vec()).collect();
        }
        let (mean, deviation) = self.logarithm();
        let place = |rate: f64| ((libm::log(rate.max(1e-300)) - mean) / deviation).clamp(-9.0, 9.0);
        let rho = share.sqrt();
        let density =
            |x: f64, z: f64| libm::exp(-(share * (x * x + z * z) - 2.0 * rho * x * z) / (2.0 * (1.0 - share)));
        let table: Vec<Vec<f64>> = factor
            .iter()
            .map(|(z, _)| rule.iter().map(|(rate, _)| density(place(*rate), *z).max(1e-300)).collect())
            .collect();
        let mut of_node = vec![1.0; rule.len()];
        let mut of_factor = vec![1.0; factor.len()];
        for _ in 0..ROUNDS {
            for (scale, row) in of_factor.iter_mut().zip(&table) {
                let sum: f64 = row.iter().zip(&of_node).zip(rule).map(|((k, c), (_, weight))| k * c * weight).sum();
                *scale = if sum > 0.0 { 1.0 / sum } else { 0.0 };
            }
            let mut sums = vec![0.0; rule.len()];
            for ((row, scale), (_, weight)) in table.iter().zip(&of_factor).zip(factor) {
                sums.iter_mut().zip(row).for_each(|(sum, k)| *sum += weight * scale * k);
            }
            of_node.iter_mut().zip(sums).for_each(|(c, sum)| *c = if sum > 0.0 { 1.0 / sum } else { 1.0 });
        }
        let given = |(row, scale): (&Vec<f64>, &f64)| {
            let weights = row.iter().zip(&of_node).zip(rule);
            weights.map(|((k, c), (rate, weight))| (*rate, weight * k * c * scale)).collect()
        };
        table.iter().zip(&of_factor).map(given).collect()
    }

    /// Mean and standard deviation of the logarithm of newcomers' rate.
    ///
    /// # Formula
    /// Σ ψ(a) − ψ(a + b) and Σ ψ′(a) − ψ′(a + b).
    fn logarithm(&self) -> (f64, f64) {
        let (mut mean, mut variance) = (0.0, 0.0);
        for step in self.steps_from(self.entry) {
            match step.beta() {
                None => mean += libm::log(step.mean().max(1e-300)),
                Some((a, b)) => {
                    mean += libm::log(a / (a + b)) - log_minus_digamma(a) + log_minus_digamma(a + b);
                    variance += trigamma(a) - trigamma(a + b);
                }
            }
        }
        (mean, variance.max(1e-300).sqrt())
    }
}

/// Rates moved by a common factor on the logit, their mean kept to second order; beside a factor of the same kind with the
/// standard deviation `beside` of its logarithm the mean of the product is.
fn shifted(rule: Vec<Node>, (shock, beside): (f64, f64), z: f64) -> Vec<Node> {
    if shock <= 0.0 {
        return rule;
    }
    let mean: f64 = rule.iter().map(|(rate, weight)| rate * weight).sum();
    let shift = libm::exp(shock * (z - beside) - 0.5 * shock * shock * (1.0 - 2.0 * mean));
    rule.into_iter().map(|(rate, weight)| (rate * shift / (1.0 - rate + rate * shift), weight)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::way::Cell;
    use super::*;
    use crate::math::complex::Complex;
    use crate::math::quadrature::normal;
    use crate::outlook::mixing::{Chain, Sizes, Worths};
    use crate::outlook::open::Odds;

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
                for cells in [vec![open(0)], vec![open(0), open(1)]] {
                    let steps =
                        vec![Conversion::estimated(mean, ess).unwrap(), Conversion::estimated(0.5, 100.0).unwrap()];
                    let whole = Way { steps, entry, on_time: 1.0, open: cells, shared: vec![], coupled: 0.0 };
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

    /// Whatever is common, a way keeps its posterior: the weights of its rule, on average over the factor.
    #[test]
    fn newcomers_keep_their_own_posterior() {
        for (converted, entered) in [(1, 3), (0, 20), (5, 250), (300, 900)] {
            for share in [0.1, 0.5, 0.9, 1.0] {
                let steps = vec![Conversion::learned(converted, entered).unwrap(), Conversion::learned(7, 20).unwrap()];
                let way =
                    Way { steps, entry: 0, on_time: 1.0, open: vec![], shared: vec![], coupled: 0.0 }.sharing(share);
                let (rule, factor) = (way.newcomers(0.1, 1.0), normal(if share > 0.7 { 17 } else { 9 }));
                let given = way.coupled(&rule, &factor);
                for (at, (_, weight)) in rule.iter().enumerate() {
                    let sum: f64 = given.iter().zip(&factor).map(|(row, (_, share))| share * row[at].1).sum();
                    assert!((sum - weight).abs() < 1e-14, "{converted} {share}: {sum} {weight}");
                }
                // What is common moves the rate with the factor.
                let mean = |row: &Vec<Node>| {
                    let all: f64 = row.iter().map(|(_, weight)| weight).sum();
                    row.iter().map(|(rate, weight)| rate * weight).sum::<f64>() / all
                };
                let likely = given.iter().zip(&factor).filter(|(_, (_, share))| *share > 1e-6);
                let means: Vec<f64> = likely.map(|(row, _)| mean(row)).collect();
                assert!(means.windows(2).all(|pair| pair[0] < pair[1] + 1e-9), "{converted} {share}: {means:?}");
                assert!(means[0] < means[means.len() - 1], "{converted} {share}: {means:?}");
            }
        }
    }
}
