//! How well each method did over all cohorts: coverage with its own uncertainty, bias, CRPS, pinball, reliability.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{Method, Prediction, TestedCohort};
use crate::math::scores::share_interval;
use crate::quantity::Month;

/// The reliability chart has a point at every so many percent.
const CHART_PERCENT: u32 = 5;

/// How often a statement that should hold with a probability did hold.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Coverage {
    /// The share of cohorts in which it should hold, from 0 to 1.
    pub nominal: f64,
    /// The share in which it did.
    pub observed: f64,
    /// Lower end of the 95 % interval of the true share: Beta(hits + ½, misses + ½), counted in independent cohorts.
    pub low: f64,
    /// Upper end of that interval.
    pub high: f64,
}

impl Coverage {
    /// # Formula
    /// `hits` of `cohorts` weigh as much as the same share of `independent` ones.
    fn of(nominal: f64, hits: usize, cohorts: usize, independent: usize) -> Self {
        let observed = hits as f64 / cohorts as f64;
        let (low, high) = share_interval(observed * independent as f64, independent as f64);
        Self { nominal, observed, low, high }
    }
}

/// One method over all cohorts of which it predicted something.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MethodScore {
    /// Who predicted.
    pub method: Method,
    /// Cohorts of which it predicted something.
    pub cohorts: usize,
    /// Calendar quarters in which these lie: cohorts of one quarter share what moves the rates, so they count as one.
    pub independent: usize,
    /// Customers predicted ÷ customers that came, all cohorts together: above 1 too hopeful; `None` if none came.
    pub bias: Option<f64>,
    /// Coverage of the central 50, 80 and 95 % intervals.
    pub coverage: [Coverage; 3],
    /// How often the number that an 80 % plan promises was reached.
    pub promises: Coverage,
    /// The mean continuous ranked probability score, in customers; 0 is perfect.
    pub crps: f64,
    /// 1 − (the library's CRPS ÷ this method's) over the same cohorts: above 0 the library is nearer; `None` where this
    /// method was perfect.
    pub skill: Option<f64>,
    /// The mean pinball losses of the quantiles at [`Prediction::LEVELS`], in customers; 0 is perfect.
    pub pinball: [f64; 7],
}

/// A point of the reliability chart: quantiles at a nominal level, and how often what came did not exceed them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Reliability {
    /// Who predicted.
    pub method: Method,
    /// The level of the quantile, and how often it was not exceeded (by the randomised transform).
    pub coverage: Coverage,
}

/// What one method predicted, each beside its cohort.
struct Predicted<'a> {
    method: Method,
    pairs: Vec<(&'a TestedCohort, &'a Prediction)>,
    independent: usize,
}

impl<'a> Predicted<'a> {
    fn of(method: Method, cohorts: &'a [TestedCohort]) -> Option<Self> {
        let of_cohort = |cohort: &'a TestedCohort| Some((cohort, prediction(cohort, method)?));
        let pairs: Vec<_> = cohorts.iter().filter_map(of_cohort).collect();
        let quarters: BTreeSet<i32> = pairs.iter().map(|(cohort, _)| Month::of(cohort.from).quarter()).collect();
        (!pairs.is_empty()).then_some(Self { method, pairs, independent: quarters.len() })
    }

    fn coverage(&self, nominal: f64, holds: impl Fn(&Prediction) -> bool) -> Coverage {
        let hits = self.pairs.iter().filter(|(_, prediction)| holds(prediction)).count();
        Coverage::of(nominal, hits, self.pairs.len(), self.independent)
    }

    fn mean(&self, value: impl Fn(&TestedCohort, &Prediction) -> f64) -> f64 {
        self.pairs.iter().map(|(cohort, prediction)| value(cohort, prediction)).sum::<f64>() / self.pairs.len() as f64
    }

    #[expect(clippy::indexing_slicing, reason = "the arrays of a score are as long as those of a prediction")]
    fn score(&self) -> MethodScore {
        let expected = self.mean(|_, prediction| prediction.expected);
        let actual = self.mean(|cohort, _| cohort.actual as f64);
        let crps = self.mean(|_, prediction| prediction.crps);
        let own = self.mean(|cohort, _| prediction(cohort, Method::Backcast).map_or(0.0, |own| own.crps));
        let loss = |at: usize| self.mean(|_, prediction| prediction.pinball[at]);
        let interval = |at: usize| self.coverage(Prediction::SHARES[at], |prediction| prediction.intervals[at].holds);
        MethodScore {
            method: self.method,
            cohorts: self.pairs.len(),
            independent: self.independent,
            bias: (actual > 0.0).then(|| expected / actual),
            coverage: core::array::from_fn(interval),
            promises: self.coverage(0.8, |prediction| prediction.kept),
            crps,
            skill: (crps > 0.0).then(|| 1.0 - own / crps),
            pinball: core::array::from_fn(loss),
        }
    }

    fn chart(&self) -> impl Iterator<Item = Reliability> {
        (1..100 / CHART_PERCENT).map(|step| f64::from(step * CHART_PERCENT) / 100.0).map(|level| Reliability {
            method: self.method,
            coverage: self.coverage(level, |prediction| prediction.pit <= level),
        })
    }
}

fn prediction(cohort: &TestedCohort, method: Method) -> Option<&Prediction> {
    cohort.predictions.iter().find(|prediction| prediction.method == method)
}

/// A row per method, the library's own first.
pub(super) fn scores(cohorts: &[TestedCohort]) -> Vec<MethodScore> {
    Method::ALL.into_iter().filter_map(|method| Predicted::of(method, cohorts)).map(|all| all.score()).collect()
}

/// The chart of each method.
pub(super) fn reliability(cohorts: &[TestedCohort]) -> Vec<Reliability> {
    let chart = |method| Predicted::of(method, cohorts).map(|all| all.chart().collect::<Vec<_>>());
    Method::ALL.into_iter().filter_map(chart).flatten().collect()
}
