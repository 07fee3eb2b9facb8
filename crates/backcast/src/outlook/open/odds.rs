//! The chance that an open lead is won by a deadline, given its stage and age.

use crate::rates::Lag;

/// What delays make of an open lead's chance.
///
/// # Formula
/// P(won by the deadline) = p·b·reach / (1 − p·seen − (1 − p)·lost) with p the step's rate, b that of all later steps;
/// reach = Σ g(a + d)·G(h − d) over the days d = 1 … h that are left, with G the delay of all later steps, seen = G(a), lost = the share of those that
/// will be lost whose loss would have been recorded by age a. Without delays reach = 1 and seen = lost = 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Odds {
    pub(crate) reach: f64,
    pub(crate) seen: f64,
    pub(crate) lost: f64,
}

impl Odds {
    const ANY_AGE: Self = Self { reach: 1.0, seen: 0.0, lost: 0.0 };

    /// Whether the chance is in proportion to the rate of the step: age says nothing of it.
    pub(crate) fn is_in_proportion(&self) -> bool {
        (self.seen - self.lost).abs() <= 0.0
    }

    /// P(won in time) at these rates of the step and of all later ones.
    pub(crate) fn chance(&self, rate: f64, later: f64) -> f64 {
        let still_open = 1.0 - rate * self.seen - (1.0 - rate) * self.lost;
        if still_open > 1e-12 { (rate * later * self.reach / still_open).clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// Delays and losses of a funnel's steps as open leads see them on a day, with so many days left.
#[derive(Clone, Debug)]
pub(crate) struct Clock<'a> {
    lags: Option<(&'a [Lag], u32)>,
    /// Per step, the share of losers whose loss is recorded within each number of days.
    losses: &'a [Vec<f64>],
    /// Per step, the delay of all later steps together.
    later: Vec<Lag>,
}

impl<'a> Clock<'a> {
    /// With delays and the number of days left; without either, an open lead's age says nothing.
    pub(crate) fn of(lags: Option<(&'a [Lag], u32)>, losses: &'a [Vec<f64>]) -> Self {
        let mut later = Vec::new();
        let mut rest = Lag::none();
        // What takes longer than what is left does not matter.
        for (lag, left) in lags.iter().flat_map(|(lags, left)| lags.iter().rev().map(|lag| (lag, *left))) {
            later.push(rest.clone());
            rest = lag.up_to(left).then(&rest).up_to(left);
        }
        later.reverse();
        Self { lags, losses, later }
    }

    pub(crate) fn odds(&self, stage: usize, age_days: u32) -> Odds {
        let Some(((lags, left), later)) = self.lags.zip(self.later.get(stage)) else { return Odds::ANY_AGE };
        let Some(lag) = lags.get(stage) else { return Odds::ANY_AGE };
        let within = later.cumulative();
        let by = |days: usize| within.get(days).or(within.last()).copied().unwrap_or(1.0);
        let left = left as usize;
        let rest = lag.pmf().iter().skip(age_days as usize + 1).take(left).zip(1..);
        let losses = self.losses.get(stage).map_or(&[][..], Vec::as_slice);
        let lost = losses.get(age_days as usize).or(losses.last()).copied().unwrap_or(0.0);
        // An empty `sum` would be −0.
        let reach = rest.map(|(p, d)| p * by(left - d)).fold(0.0, |sum, p| sum + p);
        Odds { reach, seen: lag.within(age_days), lost }
    }
}
