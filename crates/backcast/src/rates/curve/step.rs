//! The curve of all leads in a step: how far it may be read, its delay, and what it says of any group of leads.

use super::incidence::{Counts, Incidence, LEVEL, RiskSet};
use super::shared_lag::{Effective, shared_lag};
use super::tail::Tail;
use crate::rates::Lag;

/// The curve of all leads in a step: what every segment shares.
#[derive(Clone, Debug)]
pub(in crate::rates) struct StepCurve {
    curve: Incidence,
    horizon: usize,
    lag_cdf: Option<Vec<f64>>,
    tail: Option<Tail>,
}

impl StepCurve {
    pub(in crate::rates) fn of(counts: &Counts, asked_days: Option<u32>) -> Self {
        let curve = Incidence::of(counts, RiskSet::Subdistribution);
        let horizon = match asked_days {
            Some(days) => (days as usize).min(curve.last_day()),
            None => curve.horizon(counts),
        };
        let lag_cdf = curve.lag_cdf(horizon);
        let tail = Tail::of(counts, &curve);
        Self { curve, horizon, lag_cdf, tail }
    }

    /// Share of those that convert within the horizon who have done so by `day`; `None` without a conversion.
    pub(in crate::rates) fn share_by(&self, day: usize) -> Option<f64> {
        let cdf = self.lag_cdf.as_ref()?;
        cdf.get(day).or(cdf.last()).copied()
    }

    /// The delay of those that convert within the horizon.
    pub(in crate::rates) fn lag(&self) -> Option<Lag> {
        self.lag_cdf.as_deref().map(Lag::from_cdf)
    }

    /// The last lag at which a conversion counts.
    pub(in crate::rates) fn horizon(&self) -> usize {
        self.horizon
    }

    /// So many leads must be under observation for a day to be read.
    pub(in crate::rates) fn enough(&self) -> u64 {
        self.curve.enough()
    }

    /// F at the horizon, and its variance.
    pub(in crate::rates) fn rate(&self) -> (f64, f64) {
        (self.curve.within(self.horizon), self.curve.variance(self.horizon))
    }

    /// What comes after the horizon, as far as a fit can say.
    pub(in crate::rates) fn tail(&self) -> Option<&Tail> {
        self.tail.as_ref()
    }

    /// The delay of all that ever convert, where a fit can say it.
    pub(in crate::rates) fn lag_in_the_end(&self) -> Option<Lag> {
        let tail = self.tail().filter(|tail| tail.identified())?;
        Some(tail.lag(&self.curve))
    }

    /// Whether little converted in the second half of the horizon; `None` without a conversion.
    pub(in crate::rates) fn levelled_off(&self) -> Option<bool> {
        let end = self.curve.within(self.horizon);
        (end > 0.0).then(|| (end - self.curve.within(self.horizon / 2)) / end <= LEVEL)
    }

    /// All leads together, by Kaplan–Meier; worth F(1 − F)/V leads.
    pub(in crate::rates) fn together(&self, counts: &Counts) -> Option<Effective> {
        let cdf = self.lag_cdf.as_ref()?;
        let rate = self.curve.within(self.horizon).min(1.0);
        let variance = self.curve.variance(self.horizon);
        // Everyone has converted (or rounding hides who has not): the curve shows no spread, so count the leads that had
        // the time. No curve is worth more leads than entered.
        let spread = rate * (1.0 - rate) / variance;
        let leads = if rate < 1.0 - 1e-12 && spread.is_finite() {
            spread.min(counts.entered() as f64)
        } else {
            shared_lag(counts, cdf).leads
        };
        Some(Effective { rate, leads })
    }

    /// One segment, by the likelihood that shares the lag curve; `None` while no lead has had any time to convert.
    pub(in crate::rates) fn segment(&self, counts: &Counts) -> Option<Effective> {
        let effective = shared_lag(counts, self.lag_cdf.as_ref()?);
        (effective.leads > 0.0).then_some(effective)
    }
}
