//! One way to the customer: where newcomers enter, what is open along it, and the runs of steps that must be told apart.

use super::open::Odds;
use super::shared::shifted;
use crate::math::even::even_product;
use crate::math::quadrature::{self, Node};
use crate::math::search::to_index;
use crate::rates::Conversion;

/// Nodes for means and variances: smooth in the rates, whatever the volumes.
const FOR_MOMENTS: usize = 14;

/// One way to the customer: where newcomers enter, and what is open along it.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    /// All steps of the funnel, the first step first.
    pub(crate) steps: Vec<Conversion>,
    /// The stage that newcomers enter; the number of steps is the last stage.
    pub(crate) entry: usize,
    /// The share of newcomers won at all who are won in time.
    pub(crate) on_time: f64,
    pub(crate) open: Vec<Cell>,
    /// What all ways have in common: the standard deviation of the logarithm of the rate from each stage on, by a common
    /// factor; empty: nothing.
    pub(crate) shared: Vec<f64>,
    /// The share of the variance of newcomers' rate that all ways have in common, where nothing is open.
    pub(crate) coupled: f64,
}

/// Open leads that are alike.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) stage: usize,
    pub(crate) odds: Odds,
    pub(crate) count: f64,
    /// Where the amount of each stands in a list of known amounts, if it is known.
    pub(crate) amount: Option<usize>,
    /// Customers who bring nothing: their amount is known to be 0.
    pub(crate) worthless: bool,
}

/// A run of steps whose rates matter only as their product: no lead is open within, nobody enters within.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run<'a> {
    pub(super) stage: usize,
    pub(super) steps: &'a [Conversion],
}

impl Way {
    /// The mean share of newcomers who are won in time.
    pub(crate) fn mean(&self) -> f64 {
        self.on_time * self.steps_from(self.entry).iter().map(Conversion::mean).product::<f64>()
    }

    /// Whether newcomers are won deals.
    pub(crate) fn enters_last(&self) -> bool {
        self.entry >= self.steps.len()
    }

    pub(crate) fn without_doubt(&self) -> Self {
        let steps = self.steps.iter().map(Conversion::without_doubt).collect();
        Self { steps, shared: vec![], coupled: 0.0, ..self.clone() }
    }

    pub(super) fn steps_from(&self, stage: usize) -> &[Conversion] {
        self.steps.get(stage..).unwrap_or(&[])
    }

    /// The squared coefficient of variation of the rate from a stage on.
    pub(crate) fn cv2_from(&self, stage: usize) -> f64 {
        cv2(self.steps_from(stage))
    }

    /// The way's runs, first step first: cut before and after each step that open leads stand before, and where newcomers
    /// enter.
    pub(super) fn runs(&self) -> Vec<Run<'_>> {
        let last = self.steps.len();
        let mut cuts: Vec<usize> = self.open.iter().flat_map(|cell| [cell.stage, cell.stage + 1]).collect();
        cuts.extend([self.entry.min(last), last]);
        cuts.sort_unstable();
        cuts.dedup();
        let starts = cuts.iter().zip(cuts.iter().skip(1));
        starts.map(|(stage, end)| Run { stage: *stage, steps: self.steps.get(*stage..*end).unwrap_or(&[]) }).collect()
    }

    /// The rule of a run, moved by what is common to all ways, whose standardised factor is `z`.
    pub(super) fn rule_of(&self, run: Run<'_>, nodes_for: impl Fn(f64) -> usize, z: f64) -> Vec<Node> {
        shifted(run.rule(nodes_for), self.shock(run.stage, run.stage + run.steps.len()), z)
    }

    /// The rule of the rate of newcomers, with nodes enough for this noise, before any common factor.
    pub(super) fn newcomers(&self, noise: f64, finer: f64) -> Vec<Node> {
        // Given the common factor less is left of its spread, which is to be resolved too.
        let own = (1.0 - self.coupled).max(0.16).sqrt();
        let noise = if self.coupled > 0.0 { 0.7 * own * noise.min(self.cv2_from(self.entry).sqrt()) } else { noise };
        let run = Run { stage: self.entry, steps: self.steps_from(self.entry) };
        run.even_rule(noise, finer).unwrap_or_else(|| run.rule(|cv| nodes_for(cv / noise.max(1e-12), finer)))
    }

    /// Chance and weight of the open leads of one cell, over the rates.
    pub(crate) fn chances(&self, cell: &Cell) -> Vec<Node> {
        let own = self.steps.get(cell.stage..=cell.stage).unwrap_or(&[]);
        let own = Run { stage: cell.stage, steps: own }.rule(|_| FOR_MOMENTS);
        let later = Run { stage: cell.stage + 1, steps: self.steps_from(cell.stage + 1) }.rule(|_| FOR_MOMENTS);
        let own: Vec<Node> = own.into_iter().map(|(rate, weight)| (cell.odds.chance(rate, 1.0), weight)).collect();
        quadrature::product(&own, &later, 2 * FOR_MOMENTS)
    }
}

/// The squared coefficient of variation of a product of independent rates.
pub(super) fn cv2(steps: &[Conversion]) -> f64 {
    steps.iter().map(|step| 1.0 + step.cv2()).product::<f64>() - 1.0
}

/// Nodes that resolve a rate whose spread is `ratio` times that of the noise around it, to about 1e-7 (found with a normal
/// rate under normal noise, at all thresholds).
pub(super) fn nodes_for(ratio: f64, finer: f64) -> usize {
    let beyond = (ratio - 1.0).max(0.0);
    let nodes = (6.0 + 10.0 * ratio + 9.0 * beyond * beyond).min(192.0);
    to_index(libm::ceil(nodes * finer).max(4.0))
}

impl Run<'_> {
    pub(super) fn cv(&self) -> f64 {
        cv2(self.steps).max(0.0).sqrt()
    }

    /// Evenly spaced nodes of the logit, where the rate is much wider than the noise: Gauss's would be more.
    pub(super) fn even_rule(&self, noise: f64, finer: f64) -> Option<Vec<Node>> {
        const EVEN: f64 = 2.5;
        const MOST_EVEN: f64 = 60.0;
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
    pub(super) fn rule(&self, nodes_for: impl Fn(f64) -> usize) -> Vec<Node> {
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
