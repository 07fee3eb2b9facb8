//! How likely newcomers to one stage reach a goal, and how many of them it takes.

use num_rational::BigRational;

use super::checked::Computed;
use super::customers::Path;
use super::forecast::{Forecast, Ready, Ways};
use crate::math::search::{MAX_WHOLE, Tried, smallest, to_whole};
use crate::math::{decimal, normal};

/// Searches begin anew, with more nodes, at most so often.
const ROUNDS: usize = 4;
/// The share of nodes that a first search takes.
const ROUGH: f64 = 0.5;

/// P(goal) as a function of how many newly enter one stage.
#[derive(Clone, Debug)]
pub(crate) enum Reach {
    /// Nothing is open and deals are alike: a number of customers, exact.
    Customers { path: Path, least: u64 },
    /// Deals differ, or leads are open.
    Revenue { ways: Box<Ways>, target: Ready },
}

/// A number of newcomers with the probability that it reaches the goal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Enough {
    pub(crate) entrants: u64,
    pub(crate) probability: f64,
    /// P with one less; `None` where none are needed.
    pub(crate) one_less: Option<f64>,
}

impl Reach {
    /// P(goal) if `entrants` enter, with a bound of its error.
    pub(crate) fn probability(&self, entrants: u64) -> Computed {
        match self {
            Self::Customers { path, least } => {
                Computed { value: path.customers(entrants).probability_of(*least), error: 1e-9 }
            }
            Self::Revenue { ways, target } => {
                let volumes = [entrants as f64];
                ways.forecast(target, &volumes, 1.0).checked(&volumes)
            }
        }
    }

    /// P(goal) if `entrants` enter.
    pub(crate) fn value(&self, entrants: u64) -> f64 {
        match self {
            Self::Customers { path, least } => path.customers(entrants).probability_of(*least),
            Self::Revenue { ways, target } => {
                let volumes = [entrants as f64];
                ways.forecast(target, &volumes, 1.0).at_least(&volumes)
            }
        }
    }

    /// The smallest number that reaches the goal with this confidence; `None` beyond 2⁵³ − 1.
    pub(crate) fn needed(&self, confidence: &BigRational) -> Option<Enough> {
        match self {
            Self::Customers { path, least } => {
                let entrants = path.entrants_for(*least, confidence)?;
                let probability = |n: u64| path.customers(n).probability_of(*least);
                let one_less = (entrants > *least).then(|| probability(entrants - 1));
                Some(Enough { entrants, probability: probability(entrants), one_less })
            }
            Self::Revenue { ways, target } => needed(ways, target, decimal::to_f64(confidence)),
        }
    }
}

fn needed(ways: &Ways, target: &Ready, level: f64) -> Option<Enough> {
    let mut guess = rough(ways, target.amount, level)?;
    for round in 1..=ROUNDS {
        // Few nodes first: they find where to look.
        let search = |forecast: &Forecast, from: f64| {
            let tried = |n: u64| {
                let probability = forecast.at_least(&[n as f64]);
                Tried { probability, meets: probability >= level }
            };
            smallest(0, to_whole(from), level, tried)
        };
        let near = search(&ways.forecast(target, &[guess], ROUGH), guess)? as f64;
        let forecast = ways.forecast(target, &[near], 1.0);
        let entrants = search(&forecast, near)?;
        guess = near;
        // The nodes were chosen for the guess: far beyond it they are too few.
        let far = entrants as f64 > 1.5 * guess + 4.0;
        if !far || round == ROUNDS {
            let at = |n: u64| forecast.at_least(&[n as f64]);
            return Some(Enough { entrants, probability: at(entrants), one_less: entrants.checked_sub(1).map(at) });
        }
        guess = entrants as f64;
    }
    None
}

/// Where to look first: what follows taken as normal, with its own mean and variance.
fn rough(ways: &Ways, target: f64, level: f64) -> Option<f64> {
    let outline = ways.outline();
    let moments = |n: f64| ways.moments(&outline, &[n]);
    let (none, _) = moments(0.0);
    let each = moments(1.0).0 - none;
    if each <= 0.0 {
        return None;
    }
    let z = normal::quantile(level);
    let mut n = ((target - none) / each).max(1.0);
    for _ in 0..6 {
        let (mean, variance) = moments(n);
        // A spread of the rates that grows with n cannot be outrun by the mean: take it as a factor.
        let spread = (variance.sqrt() / mean).min(1.0);
        let factor = libm::exp(z * libm::log1p(spread * spread).sqrt()).clamp(0.2, 20.0);
        let next = ((target * factor - none) / each).max(1.0);
        if (next - n).abs() < 0.02 * n {
            break;
        }
        n = next;
    }
    (n < MAX_WHOLE as f64).then_some(n)
}
