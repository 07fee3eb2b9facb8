//! Won deals by how long they took and what they were worth: whether large deals close later.

use serde::{Deserialize, Serialize};

use super::buckets::bucket;

/// Lags are told apart to an eighth, amounts to a quarter: below 16 days and below 8 minor units each has its own.
const LAG_BITS: u32 = 3;
const AMOUNT_BITS: u32 = 2;

/// The buckets of every lag (at most 2³² − 1 days) and of every amount (below 2⁶³).
const LAGS: usize = 240;
const AMOUNTS: usize = 248;

/// Won deals with a known amount by the days from the first stage to the last, in buckets. Merging is commutative and
/// associative to the bit: all is whole numbers, and their number is bounded by that of the buckets.
///
/// # Formula
/// The bucket of m is 2ᵇ s + ⌊m / 2^s⌋ with s = max(0, bits of m − b − 1): b = 3 for lags, 2 for amounts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DealLags {
    /// By (lag, amount), sorted, no zero counts.
    deals: Vec<((u16, u16), u64)>,
    /// What the deals of each lag are worth together, in minor units; sorted.
    sums: Vec<(u16, i128)>,
}

impl DealLags {
    /// The deals of both.
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        Self {
            deals: together(&self.deals, &other.deals, |a, b| a + b),
            sums: together(&self.sums, &other.sums, |a, b| a + b),
        }
    }

    /// Whether the parts agree: buckets that there are, in order, and a sum for each lag.
    pub(super) fn is_sound(&self) -> bool {
        let known = |((lag, amount), count): &((u16, u16), u64)| {
            usize::from(*lag) < LAGS && usize::from(*amount) < AMOUNTS && *count > 0
        };
        let lags = self.deals.chunk_by(|a, b| a.0.0 == b.0.0).filter_map(|run| run.first()).map(|((lag, _), _)| *lag);
        self.deals.is_sorted_by(|a, b| a.0 < b.0)
            && self.deals.iter().all(known)
            && lags.eq(self.sums.iter().map(|(lag, _)| *lag))
    }

    /// Deals by bucket of lag and bucket of amount, both ascending.
    #[must_use]
    pub fn deals(&self) -> &[((u16, u16), u64)] {
        &self.deals
    }

    /// By bucket of lag, ascending: how many deals there are, and what they are worth together in minor units.
    pub(crate) fn by_lag(&self) -> impl Iterator<Item = (u16, u64, i128)> + '_ {
        let runs = self.deals.chunk_by(|a, b| a.0.0 == b.0.0).zip(&self.sums);
        runs.map(|(run, (lag, sum))| (*lag, run.iter().map(|(_, count)| count).sum(), *sum))
    }

    /// The bucket of a lag in days.
    #[must_use]
    pub fn lag_bucket(days: u32) -> u16 {
        u16::try_from(bucket(i64::from(days), LAG_BITS)).unwrap_or(u16::MAX)
    }

    /// The bucket of an amount in minor units, 0 or more.
    #[must_use]
    pub fn amount_bucket(minor: i64) -> u16 {
        u16::try_from(bucket(minor.max(0), AMOUNT_BITS)).unwrap_or(u16::MAX)
    }
}

/// Two sorted lists as one; what both have is added.
fn together<K: Ord + Copy, N: Copy>(ours: &[(K, N)], theirs: &[(K, N)], add: impl Fn(N, N) -> N) -> Vec<(K, N)> {
    let mut both = [ours, theirs].concat();
    both.sort_by_key(|(key, _)| *key);
    both.dedup_by(|later, first| {
        let same = later.0 == first.0;
        if same {
            first.1 = add(first.1, later.1);
        }
        same
    });
    both
}

/// What one worker counts: a counter for each pair of buckets, once there is a deal.
#[derive(Debug, Default)]
pub(super) struct DealLagsCounter {
    deals: Vec<u64>,
    sums: Vec<i128>,
}

impl DealLagsCounter {
    pub(super) fn push(&mut self, days: u32, minor: i64) {
        if self.deals.is_empty() {
            self.deals.resize(LAGS * AMOUNTS, 0);
            self.sums.resize(LAGS, 0);
        }
        let (lag, amount) = (usize::from(DealLags::lag_bucket(days)), usize::from(DealLags::amount_bucket(minor)));
        if let (Some(count), Some(sum)) = (self.deals.get_mut(lag * AMOUNTS + amount), self.sums.get_mut(lag)) {
            *count += 1;
            *sum += i128::from(minor);
        }
    }

    pub(super) fn add(&mut self, other: &Self) {
        if self.deals.is_empty() {
            self.deals.clone_from(&other.deals);
            self.sums.clone_from(&other.sums);
            return;
        }
        self.deals.iter_mut().zip(&other.deals).for_each(|(ours, theirs)| *ours += theirs);
        self.sums.iter_mut().zip(&other.sums).for_each(|(ours, theirs)| *ours += theirs);
    }

    pub(super) fn finish(&self) -> DealLags {
        let small = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
        let of_lag = |(lag, counts): (usize, &[u64])| {
            let known = counts.iter().enumerate().filter(|(_, count)| **count > 0);
            known.map(|(amount, count)| ((small(lag), small(amount)), *count)).collect::<Vec<_>>()
        };
        let deals: Vec<_> = self.deals.chunks(AMOUNTS).enumerate().flat_map(of_lag).collect();
        let lags = deals.chunk_by(|a, b| a.0.0 == b.0.0).filter_map(|run| run.first());
        let sums = lags.map(|((lag, _), _)| (*lag, self.sums.get(usize::from(*lag)).copied().unwrap_or(0))).collect();
        DealLags { deals, sums }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counted(deals: &[(u32, i64)]) -> DealLags {
        let mut counter = DealLagsCounter::default();
        for (days, minor) in deals {
            counter.push(*days, *minor);
        }
        counter.finish()
    }

    fn deals() -> impl Strategy<Value = Vec<(u32, i64)>> {
        let days = prop_oneof![4 => 0_u32..400, 1 => any::<u32>()];
        let minor = prop_oneof![4 => 0_i64..5_000_000, 1 => 0_i64..1 << 62];
        prop::collection::vec((days, minor), 0..80)
    }

    #[test]
    fn buckets_are_narrow() {
        assert_eq!((DealLags::lag_bucket(15), DealLags::lag_bucket(16), DealLags::lag_bucket(18)), (15, 16, 17));
        assert_eq!((DealLags::amount_bucket(7), DealLags::amount_bucket(8), DealLags::amount_bucket(10)), (7, 8, 9));
        assert_eq!(usize::from(DealLags::lag_bucket(u32::MAX)), LAGS - 1);
        assert_eq!(usize::from(DealLags::amount_bucket(i64::MAX)), AMOUNTS - 1);
        for days in 0..5000_u32 {
            let next = DealLags::lag_bucket(days + days.div_ceil(8).max(1));
            assert!(DealLags::lag_bucket(days) < next, "{days}");
        }
    }

    proptest! {
        #[test]
        fn merging_is_a_sum(a in deals(), b in deals(), c in deals()) {
            let [one, two, three] = [&a, &b, &c].map(|deals| counted(deals));
            prop_assert_eq!(one.merge(&two), two.merge(&one));
            prop_assert_eq!(one.merge(&two).merge(&three), one.merge(&two.merge(&three)));
            prop_assert_eq!(&one.merge(&DealLags::default()), &one);
            let all = [a.clone(), b.clone(), c].concat();
            prop_assert_eq!(&one.merge(&two).merge(&three), &counted(&all));
            let mut worker = DealLagsCounter::default();
            for part in [&a, &b] {
                let mut other = DealLagsCounter::default();
                for (days, minor) in part {
                    other.push(*days, *minor);
                }
                worker.add(&other);
            }
            prop_assert_eq!(worker.finish(), one.merge(&two));
            let sum: i128 = all.iter().map(|(_, minor)| i128::from(*minor)).sum();
            prop_assert_eq!(counted(&all).by_lag().map(|(_, _, sum)| sum).sum::<i128>(), sum);
            prop_assert_eq!(counted(&all).by_lag().map(|(_, count, _)| count).sum::<u64>(), all.len() as u64);
        }
    }
}
