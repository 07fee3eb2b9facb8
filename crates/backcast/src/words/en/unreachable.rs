//! Why no number of newcomers is enough.

use super::nouns::{several, stage};
use crate::quantity::shown;

/// Nobody new can be won in time; what is open may reach the goal all the same.
pub(crate) fn too_late(at: &str, reached: Option<(&str, f64, f64)>) -> String {
    let open = reached.map_or_else(String::new, |(goal, probability, confidence)| {
        format!("; what is in flight reaches {}", instead(goal, probability, confidence))
    });
    format!("no number of new {} helps, because none of them can be won in time{open}", stage(at))
}

/// Even so many are not enough.
pub(crate) fn even(
    entrants: u64,
    at: &str,
    (goal, probability, confidence): (&str, f64, f64),
    because: &str,
) -> String {
    format!("even {} reach {}, because {because}", several(entrants, at), instead(goal, probability, confidence))
}

fn instead(goal: &str, probability: f64, confidence: f64) -> String {
    format!("{goal} with {} instead of {}", shown::percent(probability), shown::percent(confidence))
}

/// A rate that may be far smaller than it looks.
pub(crate) fn rate_may_be(step: &str, rate: &str, least: f64, chance: f64) -> String {
    let below = shown::percent(least.max(shown::LEAST_SHARE));
    format!("the rate of {step} ({rate}) is below {below} with a probability of {}", shown::percent(chance))
}

/// A mean deal that is hardly known.
pub(crate) fn deal_hardly_known(doubt: f64) -> String {
    format!("the mean deal is known to about ± {} only", shown::percent(doubt))
}
