//! One row of the table of rates: a step's conversion within a horizon, its interval, and what it rests on.

use super::Lag;
use super::incidence::{Counts, Incidence, RiskSet};
use super::shared_lag::{Effective, shared_lag};
use crate::funnel::Segment;
use crate::math::beta;
use crate::math::beta_binomial::Moments;
use crate::quantity::shown;

/// The interval shown: from the 10 % to the 90 % quantile of the posterior.
const INTERVAL: (f64, f64) = (0.1, 0.9);
/// A curve has levelled off if at most this share of its conversions fell in the second half of the horizon.
const LEVEL: f64 = 0.05;

/// The conversion of one step for one segment, or for all leads together.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Estimate {
    /// `None`: all leads together.
    pub segment: Option<Segment>,
    /// The step, written `lead->mql`.
    pub step: String,
    /// Leads under observation in this step: `converted + lost + open`.
    pub entered: u64,
    /// Those that reached the next stage by `as_of`.
    pub converted: u64,
    /// Those lost in the stage by `as_of`.
    pub lost: u64,
    /// Those still in the stage.
    pub open: u64,
    /// converted ÷ entered: too low wherever leads are still open; `None` without leads.
    pub naive: Option<f64>,
    /// Share that converts within `horizon_days`, from 0 to 1; `None` where nobody has converted, or no lead has had time.
    pub estimate: Option<f64>,
    /// Lower end of the 80 % interval.
    pub low: f64,
    /// Upper end of the 80 % interval.
    pub high: f64,
    /// Whole days from entering the stage within which a conversion counts.
    pub horizon_days: u32,
    /// Whether the curve has levelled off by then (at most 5 % of it fell in the second half); `None` without curve.
    pub levelled_off: Option<bool>,
    /// The effective number of leads behind the estimate, before pooling.
    pub effective_leads: f64,
    /// A segment's estimate from its own leads alone, before it was pooled with the others.
    pub own: Option<f64>,
    /// How far pooling has moved the estimate from the segment's own towards the others: 0 not at all, 1 all the way.
    pub shrinkage: Option<f64>,
    /// All leads together: the rate to expect in the next quarter, with what rates have moved between quarters.
    pub next: Option<f64>,
    /// Lower end of the 80 % interval of `next`.
    pub next_low: Option<f64>,
    /// Upper end of the 80 % interval of `next`.
    pub next_high: Option<f64>,
    /// `kaplan-meier` (all leads together), `pooled` (a segment among several), `shared-lag` (a segment by itself), `none`.
    pub method: &'static str,
    /// Mean and effective sample size of the posterior; `None` where nothing is known.
    pub posterior: Option<(f64, f64)>,
}

impl Estimate {
    fn believe(&mut self, estimate: f64, (a, b): (f64, f64), method: &'static str) {
        self.estimate = Some(estimate);
        self.low = beta::quantile(a, b, INTERVAL.0);
        self.high = beta::quantile(a, b, INTERVAL.1);
        self.method = method;
        self.posterior = Some((a / (a + b), a + b));
    }

    /// The row in words, for `explain`.
    pub(super) fn in_words(&self) -> String {
        let so_far = format!(
            "{}: {} of {} converted so far",
            self.step,
            shown::count(self.converted),
            shown::count(self.entered)
        );
        let (Some(naive), Some(estimate)) = (self.naive, self.estimate) else { return so_far };
        let known = format!(
            "{so_far} ({}); within {} days {} will, 80 % interval {} to {} ({})",
            shown::percent(naive),
            self.horizon_days,
            shown::percent(estimate),
            shown::percent(self.low),
            shown::percent(self.high),
            self.method
        );
        match (self.next, self.next_low, self.next_high) {
            (Some(next), Some(low), Some(high)) => {
                let interval = format!("80 % interval {} to {}", shown::percent(low), shown::percent(high));
                format!("{known}; in the next quarter {}, {interval}, as rates move", shown::percent(next))
            }
            _ => known,
        }
    }
}

/// The curve of all leads in a step: what every segment shares.
#[derive(Clone, Debug)]
pub(super) struct Pooled {
    curve: Incidence,
    horizon: usize,
    lag_cdf: Option<Vec<f64>>,
}

impl Pooled {
    pub(super) fn of(counts: &Counts, asked_days: Option<u32>) -> Self {
        let curve = Incidence::of(counts, RiskSet::Subdistribution);
        let horizon = match asked_days {
            Some(days) => (days as usize).min(curve.last_day()),
            None => curve.horizon(counts),
        };
        let lag_cdf = curve.lag_cdf(horizon);
        Self { curve, horizon, lag_cdf }
    }

    /// Share of those that convert within the horizon who have done so by `day`; `None` without a conversion.
    pub(super) fn share_by(&self, day: usize) -> Option<f64> {
        let cdf = self.lag_cdf.as_ref()?;
        cdf.get(day).or(cdf.last()).copied()
    }

    /// The delay of those that convert within the horizon.
    pub(super) fn lag(&self) -> Option<Lag> {
        self.lag_cdf.as_deref().map(Lag::from_cdf)
    }

    fn levelled_off(&self) -> Option<bool> {
        let end = self.curve.within(self.horizon);
        (end > 0.0).then(|| (end - self.curve.within(self.horizon / 2)) / end <= LEVEL)
    }

    /// All leads together, by Kaplan–Meier; worth F(1 − F)/V leads.
    pub(super) fn together(&self, counts: &Counts) -> Option<Effective> {
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
    pub(super) fn segment(&self, counts: &Counts) -> Option<Effective> {
        let effective = shared_lag(counts, self.lag_cdf.as_ref()?);
        (effective.leads > 0.0).then_some(effective)
    }

    /// The row of all leads together.
    pub(super) fn row(&self, step: String, counts: &Counts, next: Option<Moments>) -> Estimate {
        let known = self.together(counts).map(|effective| (effective, "kaplan-meier"));
        let mut row = self.described(step, counts);
        if let Some((effective, method)) = known {
            let (a, b) = shapes(effective);
            row.believe(effective.rate, (a, b), method);
            row.effective_leads = effective.leads;
        }
        if let Some((moments, _)) = next.zip(known) {
            let (a, b) = moments.shapes();
            row.next = Some(moments.mean);
            (row.next_low, row.next_high) =
                (Some(beta::quantile(a, b, INTERVAL.0)), Some(beta::quantile(a, b, INTERVAL.1)));
        }
        row
    }

    /// The row of one segment: what its own leads say, and that pooled with the other segments.
    pub(super) fn segment_row(
        &self,
        segment: Segment,
        step: String,
        counts: &Counts,
        own: Option<Effective>,
        pooled: Option<(Moments, f64)>,
    ) -> Estimate {
        let mut row = self.described(step, counts);
        row.segment = Some(segment);
        row.effective_leads = own.map_or(0.0, |own| own.leads);
        row.own = own.map(|own| own.rate);
        match (own, pooled) {
            (own, Some((moments, common))) => {
                row.believe(moments.mean, moments.shapes(), "pooled");
                let way = own.map(|own| (own.rate - moments.mean) / (own.rate - common));
                row.shrinkage = Some(way.filter(|way| way.is_finite()).unwrap_or(1.0).clamp(0.0, 1.0));
            }
            (Some(own), None) => row.believe(own.rate, shapes(own), "shared-lag"),
            (None, None) => {}
        }
        row
    }

    /// The counts of a row about which nothing is believed yet.
    fn described(&self, step: String, counts: &Counts) -> Estimate {
        let entered = counts.entered();
        Estimate {
            segment: None,
            step,
            entered,
            converted: counts.conversions(),
            lost: counts.losses(),
            open: counts.still_open(),
            naive: (entered > 0).then(|| counts.conversions() as f64 / entered as f64),
            estimate: None,
            low: 0.0,
            high: 1.0,
            horizon_days: u32::try_from(self.horizon).unwrap_or(u32::MAX),
            levelled_off: self.levelled_off(),
            effective_leads: 0.0,
            own: None,
            shrinkage: None,
            next: None,
            next_low: None,
            next_high: None,
            posterior: None,
            method: "none",
        }
    }
}

/// The posterior Beta(F·n + ½, (1 − F)·n + ½) of an effective estimate.
pub(super) fn shapes(effective: Effective) -> (f64, f64) {
    (effective.rate * effective.leads + 0.5, (1.0 - effective.rate) * effective.leads + 0.5)
}
