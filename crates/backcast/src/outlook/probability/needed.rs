//! How likely newcomers to one stage reach a goal, and how many of them it takes.

use num_rational::BigRational;

use super::checked::Computed;
use super::forecast::Forecast;
use super::ready::Ready;
use crate::math::search::{MAX_WHOLE, Tried, smallest, to_whole};
use crate::math::{decimal, normal};
use crate::outlook::compound::Ways;
use crate::outlook::customers::ConversionPath;

/// Searches begin anew, with more nodes, at most so often.
const ROUNDS: usize = 4;
/// The share of nodes that a first search takes.
const ROUGH: f64 = 0.5;
/// A number above this many, and above so many times what division gives, is no plan: only doubt asks for it.
const MANY: f64 = 1e8;
const TIMES: f64 = 100.0;

/// P(goal) as a function of how many newly enter one stage.
#[derive(Clone, Debug)]
pub(crate) enum Reach {
    /// Nothing is open and deals are alike: a number of customers, exact.
    Customers { path: ConversionPath, least: u64 },
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

/// The most that was tried, with the probability that falls short of the confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Short {
    pub(crate) entrants: u64,
    pub(crate) probability: f64,
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

    /// The smallest number that reaches the goal with this confidence.
    pub(crate) fn needed(&self, confidence: &BigRational) -> Result<Enough, Short> {
        let level = decimal::to_f64(confidence);
        let most = self.most();
        let found = match self {
            Self::Customers { path, least } => path.entrants_for(*least, confidence, most).map(|entrants| {
                let probability = |n: u64| path.customers(n).probability_of(*least);
                let one_less = (entrants > *least).then(|| probability(entrants - 1));
                Enough { entrants, probability: probability(entrants), one_less }
            }),
            Self::Revenue { ways, target } if most > 0 => needed(ways, target, level, most),
            Self::Revenue { .. } => {
                let probability = self.value(0);
                (probability >= level).then_some(Enough { entrants: 0, probability, one_less: None })
            }
        };
        found.ok_or_else(|| Short { entrants: most, probability: self.value(most) })
    }

    /// So many are tried at most: 0 where newcomers bring nothing.
    fn most(&self) -> u64 {
        let divided = match self {
            Self::Customers { path, least } => path.divided(*least),
            Self::Revenue { ways, target } => {
                let outline = ways.outline();
                let mean = |n: f64| ways.moments(&outline, &[n]).0;
                target.amount / (mean(1.0) - mean(0.0)).max(0.0)
            }
        };
        if divided.is_finite() { to_whole((TIMES * divided).max(MANY)) } else { 0 }
    }
}

fn needed(ways: &Ways, target: &Ready, level: f64, most: u64) -> Option<Enough> {
    let mut guess = rough(ways, target.amount, level);
    for round in 1..=ROUNDS {
        // Few nodes first: they find where to look.
        let search = |forecast: &Forecast, from: f64| {
            let tried = |n: u64| {
                let probability = forecast.at_least(&[n as f64]);
                Tried { probability, meets: probability >= level }
            };
            smallest(0..=most, to_whole(from), level, tried)
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
fn rough(ways: &Ways, target: f64, level: f64) -> f64 {
    let outline = ways.outline();
    let moments = |n: f64| ways.moments(&outline, &[n]);
    let (none, _) = moments(0.0);
    let each = moments(1.0).0 - none;
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
    n.min(MAX_WHOLE as f64)
}
