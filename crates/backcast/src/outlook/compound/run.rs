//! A run of steps as one rate: its spread, and how many nodes of it are enough.

use crate::math::even::even_product;
use crate::math::quadrature::{self, Node};
use crate::math::search::to_index;
use crate::rates::Conversion;

/// A run of steps whose rates matter only as their product: no lead is open within, nobody enters within.
#[derive(Clone, Copy, Debug)]
pub(in crate::outlook) struct Run<'a> {
    pub(in crate::outlook) stage: usize,
    pub(in crate::outlook) steps: &'a [Conversion],
}

/// A rate so many times wider than the noise is not resolved by evenly spaced nodes.
const MOST_EVEN: f64 = 60.0;

/// The squared coefficient of variation of a product of independent rates.
pub(super) fn cv2(steps: &[Conversion]) -> f64 {
    steps.iter().map(|step| 1.0 + step.cv2()).product::<f64>() - 1.0
}

/// Nodes that resolve a rate whose spread is `ratio` times that of the noise around it, to about 1e-7 (found with a normal
/// rate under normal noise, at all thresholds).
pub(in crate::outlook) fn nodes_for(ratio: f64, finer: f64) -> usize {
    let beyond = (ratio - 1.0).max(0.0);
    let nodes = (quadrature::gauss_for(ratio) + 9.0 * beyond * beyond).min(192.0);
    to_index(libm::ceil(nodes * finer).max(4.0))
}

impl Run<'_> {
    pub(super) fn cv(&self) -> f64 {
        cv2(self.steps).max(0.0).sqrt()
    }

    /// Evenly spaced nodes of the logit, where the rate is much wider than the noise: Gauss's would be more.
    pub(super) fn even_rule(&self, noise: f64, finer: f64) -> Option<Vec<Node>> {
        const EVEN: f64 = 2.5;
        let cv = self.cv();
        if cv <= EVEN * noise {
            return None;
        }
        // The noise at high rates is half of that at the mean.
        let noise = 0.5 * noise.max(cv / MOST_EVEN) / finer;
        let known: f64 = self.steps.iter().filter(|step| step.beta().is_none()).map(Conversion::mean).product();
        let rule = even_product(self.steps.iter().filter_map(Conversion::beta), noise);
        Some(rule.into_iter().map(|(rate, weight)| (known * rate, weight)).collect())
    }

    /// The rule of the product, each factor with as many nodes as its own spread takes.
    pub(in crate::outlook) fn rule(&self, nodes_for: impl Fn(f64) -> usize) -> Vec<Node> {
        let all = nodes_for(self.cv());
        let mut rule: Vec<Node> = vec![(1.0, 1.0)];
        for step in self.steps {
            match step.beta() {
                None => rule.iter_mut().for_each(|(rate, _)| *rate *= step.mean()),
                Some((a, b)) => {
                    let next = quadrature::beta(a, b, nodes_for(step.cv2().sqrt()));
                    rule = quadrature::product(&rule, &next, all);
                }
            }
        }
        rule
    }
}
