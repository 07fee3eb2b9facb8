//! One way to the customer: where newcomers enter, what is open along it, and where its steps are cut into runs.

use super::run::{Run, cv2, nodes_for};
use crate::math::quadrature::{self, Node};
use crate::outlook::open::Odds;
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

    pub(in crate::outlook) fn steps_from(&self, stage: usize) -> &[Conversion] {
        self.steps.get(stage..).unwrap_or(&[])
    }

    /// The squared coefficient of variation of the rate from a stage on.
    pub(crate) fn cv2_from(&self, stage: usize) -> f64 {
        cv2(self.steps_from(stage))
    }

    /// The way's runs, first step first: cut before and after each step that open leads stand before, and where newcomers
    /// enter.
    pub(in crate::outlook) fn runs(&self) -> Vec<Run<'_>> {
        let last = self.steps.len();
        let mut cuts: Vec<usize> = self.open.iter().flat_map(|cell| [cell.stage, cell.stage + 1]).collect();
        cuts.extend([self.entry.min(last), last]);
        cuts.sort_unstable();
        cuts.dedup();
        let starts = cuts.iter().zip(cuts.iter().skip(1));
        starts.map(|(stage, end)| Run { stage: *stage, steps: self.steps.get(*stage..*end).unwrap_or(&[]) }).collect()
    }

    /// The rule of the rate of newcomers, with nodes enough for this noise, before any common factor.
    pub(in crate::outlook) fn newcomers(&self, noise: f64, finer: f64) -> Vec<Node> {
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
