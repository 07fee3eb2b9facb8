//! Newcomers of a rate that is hardly known, with nothing open: deals are counted, whatever their law.
//!
//! # Formula
//! P(at least the target) = Σₖ P(K ≥ k)(v(k − 1) − v(k)), v(k) the probability that k deals bring less: no nodes of the rate are
//! needed, which would be many, and all K are asked for at once.

use num_rational::BigRational;

use super::nearly::{extrapolated_below, lattice_error, nearly_below};
use super::shortfall::exactly_below;
use crate::math::decimal;
use crate::math::search::to_whole;
use crate::outlook::compound::{Ways, Worth};
use crate::outlook::customers::ConversionPath;

/// More deals than this are not counted.
const MOST_DEALS: u64 = 2_000;
/// Fewer deals that are enough so rarely are none.
const NEVER: f64 = 1e-13;
/// What quadrature leaves.
const INVERSION: f64 = 1e-9;

/// How likely the k-th deal is the one that is enough, from the first k on for which that is anything.
#[derive(Clone, Debug)]
struct Enough {
    first: u64,
    shares: Vec<f64>,
}

impl Enough {
    fn of(below: &[f64]) -> Self {
        let before = core::iter::once(&1.0).chain(below);
        let shares: Vec<f64> = before.zip(below.iter().chain([&0.0])).map(|(before, here)| before - here).collect();
        let first = shares.iter().position(|share| *share > NEVER).unwrap_or(0);
        Self { first: first as u64, shares: shares.into_iter().skip(first).collect() }
    }
}

/// A target as so many deals; where that is nearly known, with twice the step too.
#[derive(Clone, Debug)]
pub(in crate::outlook) struct Deals {
    enough: Enough,
    coarser: Option<Enough>,
}

impl Deals {
    /// `None` where the target takes too many.
    pub(in crate::outlook) fn of(worth: &Worth, target: &BigRational) -> Option<Self> {
        if decimal::to_f64(target) > MOST_DEALS as f64 * worth.mean() {
            return None;
        }
        let exactly = exactly_below(worth, core::slice::from_ref(target), 2 * MOST_DEALS);
        if let Some(below) = exactly.and_then(|below| below.into_iter().next()) {
            return Some(Self { enough: Enough::of(&below), coarser: None });
        }
        let below = |coarser: u32| {
            let certain = worth.prices().is_some() && worth.doubt() <= 0.0;
            if certain { nearly_below(worth, target, coarser) } else { extrapolated_below(worth, target, coarser) }
        };
        Some(Self { enough: Enough::of(&below(0)?), coarser: Some(Enough::of(&below(1)?)) })
    }
}

/// Newcomers on their way, and the deals that are enough.
#[derive(Clone, Debug)]
pub(in crate::outlook) struct Alone {
    path: ConversionPath,
    deals: Deals,
}

impl Alone {
    /// `None` where anything is open, or newcomers share rates with others.
    pub(in crate::outlook) fn of(ways: &Ways, deals: &Deals) -> Option<Self> {
        let [(way, _)] = ways.ways.as_slice() else { return None };
        let path = || ConversionPath::sharing_time(way.steps_from(way.entry), way.on_time);
        (way.open.is_empty() && !way.is_shared()).then(|| Self { path: path(), deals: deals.clone() })
    }

    /// P(at least the target) when so many newly enter.
    pub(in crate::outlook) fn at_least(&self, n: f64) -> f64 {
        self.reached(n, &self.deals.enough)
    }

    /// How far that may be off.
    pub(in crate::outlook) fn error(&self, n: f64) -> f64 {
        let coarser = |coarser| lattice_error((self.reached(n, coarser) - self.at_least(n)).abs());
        INVERSION + self.deals.coarser.as_ref().map_or(0.0, coarser)
    }

    fn reached(&self, n: f64, enough: &Enough) -> f64 {
        self.path.customers(to_whole(n)).probability_on_average(enough.first, &enough.shares).clamp(0.0, 1.0)
    }
}
