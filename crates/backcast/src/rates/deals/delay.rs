//! Whether large deals close later: then those that are still open would move the mean of the won ones.

use std::collections::BTreeMap;

use super::sample::Unit;
use crate::history::{DealLags, Tally};
use crate::math::rank_correlation::{RankCorrelation, spearman};
use crate::rates::curve::{Counts, Incidence, RiskSet};
use crate::words::en::evidence as words;

/// A correlation is material if it would come about by chance less often than this …
const SIGNIFICANT: f64 = 0.05;
/// … and is at least so strong.
const STRONG: f64 = 0.2;
/// No deal counts more than this many times the one that counts least.
const CAP: f64 = 5.0;

/// A material correlation of delay and size, and the mean with each deal weighted for those still open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Delay {
    rho: f64,
    deals: u64,
    average: f64,
    /// In units of the currency.
    pub(super) corrected: f64,
}

impl Delay {
    /// `None` unless p < 0.05 and |ρ| > 0.2, with ρ Spearman's over buckets of lag and amount.
    ///
    /// # Formula
    /// m = Σ w(l) Σx(l) / Σ w(l) c(l) over buckets l of the delay from the first stage to the last, with x and c the
    /// amounts and number of won deals, w = ΔF/d the Kaplan–Meier mass per conversion, at most 5 times the smallest.
    /// Weights lower the bias (−5 % to +1 % in simulation) but widen the error more, so m is shown, not used by default.
    pub(super) fn of(tally: &Tally, unit: Unit) -> Option<Self> {
        let lags = tally.deal_lags();
        let RankCorrelation { rho, p_value } = spearman(lags.deals())?;
        if p_value >= SIGNIFICANT || rho.abs() <= STRONG {
            return None;
        }
        let weights = weights(&whole_way(tally));
        let known: Vec<(f64, u64, i128)> =
            lags.by_lag().filter_map(|(lag, deals, sum)| Some((*weights.get(&lag)?, deals, sum))).collect();
        let least = known.iter().map(|(weight, ..)| *weight).fold(f64::INFINITY, f64::min);
        let (mut worth, mut weight) = (0.0, 0.0);
        for (own, deals, sum) in &known {
            let own = own.min(CAP * least);
            worth += own * *sum as f64;
            weight += own * *deals as f64;
        }
        let (deals, sum) = lags.by_lag().fold((0, 0), |(deals, sum), (_, more, worth)| (deals + more, sum + worth));
        let average = sum as f64 / deals as f64 / unit.minor;
        (weight > 0.0).then(|| Self { rho, deals, average, corrected: worth / weight / unit.minor })
    }

    pub(super) fn in_words(&self, unit: Unit) -> String {
        words::size_and_delay(self.rho, self.deals, &unit.about(self.average), &unit.about(self.corrected))
    }
}

/// The counts of the way from the first stage to the last.
fn whole_way(tally: &Tally) -> Counts {
    Counts::by_step(tally.cells(), tally.first_days().len()).pop().unwrap_or_default()
}

/// Per bucket of lags, the share of all leads that converts in it by one conversion seen in it.
fn weights(counts: &Counts) -> BTreeMap<u16, f64> {
    let curve = Incidence::of(counts, RiskSet::Subdistribution);
    let mut buckets: BTreeMap<u16, (f64, u64)> = BTreeMap::new();
    let mut before = 0.0;
    for ((converted, within), day) in counts.converted.iter().zip(&curve.converted).zip(0..) {
        let bucket = buckets.entry(DealLags::lag_bucket(day)).or_default();
        bucket.0 += within - before;
        bucket.1 += converted;
        before = *within;
    }
    buckets
        .into_iter()
        .filter(|(_, (_, seen))| *seen > 0)
        .map(|(lag, (mass, seen))| (lag, mass / seen as f64))
        .collect()
}
