//! One row of the table of rates: a step's conversion within a horizon, its interval, and what it rests on.

use serde::{Deserialize, Deserializer, Serialize};

use crate::funnel::Segment;
use crate::math::beta;
use crate::math::beta_binomial::Moments;
use crate::rates::Lag;
use crate::rates::conversion::INTERVAL;
use crate::rates::curve::{Counts, Effective, StepCurve, TAILS};
use crate::rates::periods::Faded;
use crate::saved::{Word, one_of};
use crate::words::en::estimates as words;

/// The method of an estimate from quarters of which the old ones fade.
const RECENCY: &str = "recency-weighted";
/// All methods.
const METHODS: &[Word] = &["kaplan-meier", "shared-lag", "pooled", RECENCY, "pooled-recency-weighted", "none"];

/// The conversion of one step for one segment, or for all leads together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// All leads together: the share that ever converts, later than `horizon_days` too, by a fitted tail; `None` where that
    /// cannot be told (too few conversions, more than 20 % would be extrapolated, or two families of tails differ by more
    /// than 10 %).
    pub ultimate: Option<f64>,
    /// Lower end of the 80 % interval of `ultimate`.
    pub ultimate_low: Option<f64>,
    /// Upper end of the 80 % interval of `ultimate`.
    pub ultimate_high: Option<f64>,
    /// Share of all conversions, from 0 to 1, that the fitted tail puts beyond the last lag with enough leads at risk; also
    /// where it is too much for `ultimate` to be given.
    pub extrapolated: Option<f64>,
    /// The family of the tail: `log-normal` or `weibull`, whichever has the smaller AIC.
    #[serde(deserialize_with = "read_tail")]
    pub tail: Option<Word>,
    /// All leads together: whole days within which half of those that convert within the horizon have done so.
    pub median_days: Option<u32>,
    /// All leads together: whole days within which 90 % of those that convert within the horizon have done so.
    pub p90_days: Option<u32>,
    /// The effective number of leads behind the estimate, before pooling; with a half-life, Kish's of the weighted leads.
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
    /// `kaplan-meier` (all leads together), `pooled` (a segment among several), `shared-lag` (a segment by itself), `none`;
    /// with a half-life `recency-weighted` and `pooled-recency-weighted`.
    #[serde(deserialize_with = "read_method")]
    pub method: Word,
    /// The shapes of the Beta posterior whose interval is shown.
    pub(in crate::rates) posterior: Option<(f64, f64)>,
    /// The delay of all that ever convert, where `ultimate` is given.
    pub(in crate::rates) lag_in_the_end: Option<Lag>,
}

/// The columns of a table of rates, one per field of [`Estimate`].
const COLUMNS: [&str; 26] = [
    "segment",
    "step",
    "entered",
    "converted",
    "lost",
    "open",
    "naive",
    "estimate",
    "low",
    "high",
    "horizon_days",
    "levelled_off",
    "ultimate",
    "ultimate_low",
    "ultimate_high",
    "extrapolated",
    "tail",
    "median_days",
    "p90_days",
    "effective_leads",
    "own",
    "shrinkage",
    "next",
    "next_low",
    "next_high",
    "method",
];

fn read_method<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Word, D::Error> {
    one_of(deserializer, METHODS)
}

fn read_tail<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Word>, D::Error> {
    struct Tail(Word);
    impl<'de> Deserialize<'de> for Tail {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            one_of(deserializer, TAILS).map(Self)
        }
    }
    Ok(Option::<Tail>::deserialize(deserializer)?.map(|tail| tail.0))
}

impl Estimate {
    /// The names of the columns that hold the values of segment dimensions beside the fields: a dimension's own name, or,
    /// where a field or another dimension has it already, the same after `segment_`.
    ///
    /// # Example
    /// ```
    /// use backcast::rates::Estimate;
    /// let dimensions = ["channel".to_owned(), "open".to_owned()];
    /// assert_eq!(Estimate::dimension_columns(&dimensions), ["channel", "segment_open"]);
    /// ```
    #[must_use]
    pub fn dimension_columns(dimensions: &[String]) -> Vec<String> {
        let column = |name: &String| {
            let mut column = name.clone();
            while COLUMNS.contains(&column.as_str()) || (column != *name && dimensions.contains(&column)) {
                column = format!("segment_{column}");
            }
            column
        };
        dimensions.iter().map(column).collect()
    }

    fn believe(&mut self, estimate: f64, (a, b): (f64, f64), method: &'static str) {
        self.estimate = Some(estimate);
        (self.low, self.high) = interval(estimate, (a, b));
        self.method = method;
        self.posterior = Some((a, b));
    }

    /// Whether all numbers are such as an estimate has: what is loaded may have been changed.
    pub(in crate::rates) fn is_sound(&self) -> bool {
        let share = |x: &f64| (0.0..=1.0).contains(x);
        let shares = [self.naive, self.estimate, Some(self.low), Some(self.high), self.own, self.next];
        let shape = |x: f64| x > 0.0 && x.is_finite();
        shares.iter().flatten().all(share) && self.posterior.is_none_or(|(a, b)| shape(a) && shape(b))
    }

    /// Why there is no estimate, in words.
    pub(in crate::rates) fn why_none(&self) -> String {
        match self.converted {
            0 => words::none_converted(),
            later => words::none_converted_within(self.horizon_days, later),
        }
    }

    /// The row in words, for `explain`.
    pub(in crate::rates) fn in_words(&self) -> String {
        let so_far = words::so_far(&self.step, self.converted, self.entered);
        let (Some(naive), Some(estimate)) = (self.naive, self.estimate) else { return so_far };
        let known = words::within(&so_far, naive, self.horizon_days, (estimate, self.low, self.high), self.method);
        match (self.next, self.next_low, self.next_high) {
            (Some(next), Some(low), Some(high)) => words::in_the_next_quarter(&known, (next, low, high)),
            _ => known,
        }
    }
}

/// The interval of an estimate under its posterior, which it lies in: where all have converted it reaches up to 1
/// (Jeffreys' interval, modified at its ends: Brown and others 2001, *Interval Estimation for a Binomial Proportion*).
fn interval(estimate: f64, (a, b): (f64, f64)) -> (f64, f64) {
    (beta::quantile(a, b, INTERVAL.0).min(estimate), beta::quantile(a, b, INTERVAL.1).max(estimate))
}

/// What is known of a row: an estimate, what it rests on, and by which method.
#[derive(Clone, Copy, Debug)]
pub(in crate::rates) struct Known {
    pub(in crate::rates) own: Effective,
    /// The leads to show behind it.
    pub(in crate::rates) leads: f64,
    pub(in crate::rates) method: &'static str,
}

impl Known {
    pub(in crate::rates) fn by(own: Effective, method: &'static str) -> Self {
        Self { own, leads: own.leads, method }
    }

    /// Of quarters of which the old ones fade.
    pub(in crate::rates) fn faded(faded: Faded) -> Self {
        Self { own: faded.own, leads: faded.kish, method: RECENCY }
    }
}

impl Estimate {
    /// The row of all leads together.
    pub(in crate::rates) fn of_all(
        curve: &StepCurve,
        step: String,
        counts: &Counts,
        known: Option<Known>,
        next: Option<Moments>,
    ) -> Self {
        let mut row = Self::described(curve, step, counts);
        if let Some(known) = known {
            // The interval of a weighted mean is that of as many leads as it is worth.
            let (a, b) = Effective { leads: known.leads, ..known.own }.shapes();
            row.believe(known.own.rate, (a, b), known.method);
            row.effective_leads = known.leads;
        }
        if let Some((moments, _)) = next.zip(known) {
            let (a, b) = moments.shapes();
            row.next = Some(moments.mean);
            let (low, high) = interval(moments.mean, (a, b));
            (row.next_low, row.next_high) = (Some(low), Some(high));
        }
        if let Some(lag) = curve.lag() {
            (row.median_days, row.p90_days) = (Some(lag.quantile(0.5)), Some(lag.quantile(0.9)));
        }
        if let Some(tail) = curve.tail() {
            (row.tail, row.extrapolated) = (Some(tail.best.family.name()), Some(tail.extrapolated()));
            if tail.identified() {
                let (ultimate, low, high) = tail.ultimate();
                (row.ultimate, row.ultimate_low, row.ultimate_high) = (Some(ultimate), Some(low), Some(high));
                row.lag_in_the_end = curve.lag_in_the_end();
            }
        }
        row
    }

    /// The row of one segment: what its own leads say, and that pooled with the other segments.
    pub(in crate::rates) fn of_segment(
        curve: &StepCurve,
        segment: Segment,
        step: String,
        counts: &Counts,
        known: Option<Known>,
        pooled: Option<(Moments, f64)>,
    ) -> Self {
        let mut row = Self::described(curve, step, counts);
        row.segment = Some(segment);
        row.effective_leads = known.map_or(0.0, |known| known.leads);
        row.own = known.map(|known| known.own.rate);
        match (known, pooled) {
            (known, Some((moments, common))) => {
                let faded = known.is_some_and(|known| known.method == RECENCY);
                let method = if faded { "pooled-recency-weighted" } else { "pooled" };
                row.believe(moments.mean, moments.shapes(), method);
                let way = known.map(|known| (known.own.rate - moments.mean) / (known.own.rate - common));
                row.shrinkage = Some(way.filter(|way| way.is_finite()).unwrap_or(1.0).clamp(0.0, 1.0));
            }
            (Some(known), None) => {
                row.believe(known.own.rate, Effective { leads: known.leads, ..known.own }.shapes(), known.method);
            }
            (None, None) => {}
        }
        row
    }

    /// The counts of a row about which nothing is believed yet.
    fn described(curve: &StepCurve, step: String, counts: &Counts) -> Self {
        let entered = counts.entered();
        Self {
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
            horizon_days: u32::try_from(curve.horizon()).unwrap_or(u32::MAX),
            levelled_off: curve.levelled_off(),
            ultimate: None,
            ultimate_low: None,
            ultimate_high: None,
            extrapolated: None,
            tail: None,
            median_days: None,
            p90_days: None,
            effective_leads: 0.0,
            own: None,
            shrinkage: None,
            next: None,
            next_low: None,
            next_high: None,
            posterior: None,
            method: "none",
            lag_in_the_end: None,
        }
    }
}
