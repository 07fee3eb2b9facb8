//! Segments of two dimensions (channel and persona): what the values of each suggest beside those of the other.

use std::collections::BTreeMap;

use super::pooling::{Cell, pool};
use crate::funnel::Segment;
use crate::math::beta_binomial::{Moments, logistic, logit};
use crate::rates::curve::Effective;

/// How often the values of every dimension are estimated anew beside those of the others.
const ROUNDS: usize = 4;

/// What is known of no lead.
const NONE: Effective = Effective { rate: 0.0, leads: 0.0 };

/// The cells to pool, in the order of the segments; `common` is the rate of all of them together.
///
/// # Formula
/// Per value of a dimension its leads are summed and pooled with those of the other values (backfitting): each around
/// logit(Σ n p ÷ Σ n), where p is what the other dimension says of the value's leads. How far the pooled rate lies from
/// there is the value's effect, on the logit; its posterior variance ÷ (p(1 − p))² is how unsure it is. A cell lies where
/// its effects add up, as unsure as both together: a cell that is pooled around a point that is not known exactly, as if
/// it were, has an 80 % interval that covers 60 %.
pub(in crate::rates) fn cells(
    segments: &[Segment],
    own: &[Option<Effective>],
    dimensions: usize,
    common: f64,
) -> Vec<Cell> {
    let own: Vec<Effective> = own.iter().map(|own| own.unwrap_or(NONE)).collect();
    if dimensions < 2 {
        return own.into_iter().map(Cell::of).collect();
    }
    let centre = logit(common.clamp(1e-9, 1.0 - 1e-9));
    let mut ways: Vec<Dimension> = (0..dimensions).map(|dimension| Dimension::of(segments, dimension)).collect();
    for _ in 0..ROUNDS {
        for turn in 0..dimensions {
            let beside = |segment: usize| {
                let others = ways.iter().enumerate().filter(|(dimension, _)| *dimension != turn);
                centre + others.map(|(_, way)| way.effect(segment).mean).sum::<f64>()
            };
            let Some(effects) = ways.get(turn).and_then(|way| way.effects(&own, beside, centre)) else { continue };
            if let Some(way) = ways.get_mut(turn) {
                way.effects = effects;
            }
        }
    }
    let cell = |(segment, own): (usize, &Effective)| Cell {
        own: *own,
        offset: ways.iter().map(|way| way.effect(segment).mean).sum(),
        doubt: ways.iter().map(|way| way.effect(segment).variance).sum::<f64>().sqrt(),
    };
    own.iter().enumerate().map(cell).collect()
}

/// One dimension: which value each segment has, and what each value does to the logit of a rate.
struct Dimension {
    value_of: Vec<usize>,
    effects: Vec<Moments>,
}

impl Dimension {
    fn of(segments: &[Segment], dimension: usize) -> Self {
        let value = |segment: &Segment| segment.values().get(dimension).cloned().unwrap_or_default();
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        let mut place = |segment: &Segment| {
            let next = known.len();
            *known.entry(value(segment)).or_insert(next)
        };
        let value_of = segments.iter().map(&mut place).collect();
        Self { value_of, effects: vec![Moments { mean: 0.0, variance: 0.0 }; known.len()] }
    }

    fn effect(&self, segment: usize) -> Moments {
        let effect = self.value_of.get(segment).and_then(|value| self.effects.get(*value));
        effect.copied().unwrap_or(Moments { mean: 0.0, variance: 0.0 })
    }

    /// The effects of the values, where `beside` is what the other dimensions say of each segment (a logit); `None` for
    /// fewer than two values with leads.
    fn effects(&self, own: &[Effective], beside: impl Fn(usize) -> f64, centre: f64) -> Option<Vec<Moments>> {
        let mut sums = vec![(0.0, 0.0, 0.0); self.effects.len()];
        for (segment, (own, value)) in own.iter().zip(&self.value_of).enumerate() {
            if let Some((leads, converted, expected)) = sums.get_mut(*value) {
                *leads += own.leads;
                *converted += own.leads * own.rate;
                *expected += own.leads * logistic(beside(segment));
            }
        }
        let margin = |(leads, converted, expected): &(f64, f64, f64)| {
            if *leads > 0.0 {
                let own = Effective { rate: converted / leads, leads: *leads };
                Cell { offset: logit(expected / leads) - centre, ..Cell::of(own) }
            } else {
                Cell::of(NONE)
            }
        };
        let margins: Vec<Cell> = sums.iter().map(margin).collect();
        let effect = |(pooled, margin): (Moments, &Cell)| {
            let slope = pooled.mean * (1.0 - pooled.mean);
            let mean = logit(pooled.mean) - centre - margin.offset;
            Moments { mean, variance: pooled.variance / (slope * slope) }
        };
        Some(pool(&margins)?.into_iter().zip(&margins).map(effect).collect())
    }
}
