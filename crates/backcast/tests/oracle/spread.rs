//! Delays day by day, as the definitions read.

/// The first `length` entries of a * b.
pub(crate) fn convolved(a: &[f64], b: &[f64], length: usize) -> Vec<f64> {
    let term = |day: usize, other: usize| a.get(other).unwrap_or(&0.0) * b.get(day - other).unwrap_or(&0.0);
    (0..length).map(|day| (0..=day).map(|other| term(day, other)).sum()).collect()
}

/// P(delay ≤ days); 0 before the first day.
pub(crate) fn within(pmf: &[f64], days: i32) -> f64 {
    usize::try_from(days).map_or(0.0, |days| pmf.iter().take(days + 1).sum())
}

/// The share of those spread like this, the last day the deadline, whose delay ends in time.
pub(crate) fn in_time(spread: &[f64], pmf: &[f64]) -> f64 {
    let all: f64 = spread.iter().sum();
    let left = |day: usize| i32::try_from(spread.len() - 1 - day).unwrap();
    spread.iter().enumerate().map(|(day, share)| share / all * within(pmf, left(day))).sum()
}
