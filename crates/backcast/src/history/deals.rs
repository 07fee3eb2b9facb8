//! The amounts of won deals, counted: exact while there are few different ones, then in buckets narrower than 1 %.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::buckets::{bucket, sum_equal};
use super::deal_lags::{DealLags, DealLagsCounter};

/// Up to so many different amounts are kept as they are; more are kept in buckets.
const EXACT: usize = 4096;

/// A bucket is 2^−7 of its amount wide: amounts below 2^8 have their own.
const BITS: u32 = 7;

/// Won deals by amount, in minor units. Merging is commutative and associative to the bit, because what is kept depends
/// only on which deals there are: whoever has seen more than 4,096 different amounts will not see fewer after merging.
///
/// # Formula
/// The bucket of an amount m is 2⁷ s + ⌊m / 2^s⌋, with s = max(0, bits of m − 8): whole numbers only, so that SQL agrees.
///
/// # Example
/// ```
/// use backcast::{Funnel, History, Table};
/// use backcast::history::{Chunk, Days};
/// let chunk = Chunk {
///     stages: vec![Days::Read(vec![0; 3]), Days::Read(vec![9; 3])],
///     amounts: Some(vec![500, 700, 500]),
///     ..Chunk::default()
/// };
/// let history = History::read(&Table::new(Funnel::new(["lead", "customer"])?, vec![chunk]))?;
/// let deals = history.tally().deals();
/// assert_eq!((deals.count(), deals.sum()), (3, 1700));
/// assert_eq!(deals.amounts().collect::<Vec<_>>(), [(500, 2), (700, 1)]);
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deals {
    count: u64,
    sum: i128,
    sizes: Sizes,
}

/// Sorted, all different, no zero counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Sizes {
    Exact(Vec<(i64, u64)>),
    Buckets(Vec<(i64, u64)>),
}

impl Default for Sizes {
    fn default() -> Self {
        Self::Exact(Vec::new())
    }
}

impl Deals {
    /// Counts amounts, none negative, with how often each occurs, in any order.
    pub(super) fn of(mut amounts: Vec<(i64, u64)>) -> Self {
        sum_equal(&mut amounts);
        let count = amounts.iter().map(|(_, count)| count).sum();
        let sum = amounts.iter().map(|(amount, count)| i128::from(*amount) * i128::from(*count)).sum();
        Self { count, sum, sizes: Sizes::of(amounts) }
    }

    /// The deals of both.
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        Self {
            count: self.count + other.count,
            sum: self.sum + other.sum,
            sizes: match (&self.sizes, &other.sizes) {
                (Sizes::Exact(ours), Sizes::Exact(theirs)) => Sizes::of(together(ours, theirs)),
                (ours, theirs) => Sizes::Buckets(together(&ours.buckets(), &theirs.buckets())),
            },
        }
    }

    /// The deals of all parts, merged two by two, so that no part is copied more often than parts can be halved.
    pub(super) fn of_all(mut parts: Vec<Self>) -> Self {
        while parts.len() > 1 {
            let pair = |pair: &[Self]| match pair {
                [one, two] => one.merge(two),
                alone => alone.first().cloned().unwrap_or_default(),
            };
            parts = parts.chunks(2).map(pair).collect();
        }
        parts.pop().unwrap_or_default()
    }

    /// Whether the parts agree: sizes in order, none negative or counted zero times, that sum to what is known of all.
    pub(super) fn is_sound(&self) -> bool {
        let (Sizes::Exact(sizes) | Sizes::Buckets(sizes)) = &self.sizes;
        let most = if self.is_exact() { 1 << 62 } else { bucket(1 << 62, BITS) };
        let in_order = sizes.is_sorted_by(|a, b| a.0 < b.0) && sizes.iter().all(|(_, count)| *count > 0);
        let count = sizes.iter().fold(0_u64, |sum, (_, count)| sum.saturating_add(*count));
        let sum = sizes.iter().fold(0_i128, |sum, (size, count)| sum + i128::from(*size) * i128::from(*count));
        let in_range = sizes.iter().all(|(size, _)| (0..=most).contains(size));
        in_order && in_range && count == self.count && (!self.is_exact() || sum == self.sum)
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// What they are worth together in minor units, exact.
    #[must_use]
    pub fn sum(&self) -> i128 {
        self.sum
    }

    /// Whether [`Deals::amounts`] are the amounts themselves.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        matches!(self.sizes, Sizes::Exact(_))
    }

    /// Amounts in minor units, ascending, with how many deals have each: exact ones, or the middle of each bucket, which
    /// is off by less than 0.4 %.
    pub fn amounts(&self) -> impl Iterator<Item = (i64, u64)> + '_ {
        let (sizes, exact) = match &self.sizes {
            Sizes::Exact(sizes) => (sizes, true),
            Sizes::Buckets(sizes) => (sizes, false),
        };
        sizes.iter().map(move |(size, count)| (if exact { *size } else { middle(*size) }, *count))
    }
}

impl Sizes {
    fn of(exact: Vec<(i64, u64)>) -> Self {
        let sizes = Self::Exact(exact);
        match &sizes {
            Self::Exact(exact) if exact.len() > EXACT => Self::Buckets(sizes.buckets()),
            _ => sizes,
        }
    }

    fn buckets(&self) -> Vec<(i64, u64)> {
        match self {
            Self::Exact(exact) => {
                let mut buckets = exact.iter().map(|(amount, count)| (bucket(*amount, BITS), *count)).collect();
                sum_equal(&mut buckets);
                buckets
            }
            Self::Buckets(buckets) => buckets.clone(),
        }
    }
}

/// The middle of a bucket, rounded down.
fn middle(bucket: i64) -> i64 {
    let shift = ((bucket >> BITS) - 1).max(0);
    let width = 1 << shift;
    ((bucket - (shift << BITS)) << shift) + (width - 1) / 2
}

fn together(ours: &[(i64, u64)], theirs: &[(i64, u64)]) -> Vec<(i64, u64)> {
    let mut both = [ours, theirs].concat();
    sum_equal(&mut both);
    both
}

/// Deals by some number: what one worker counts. Memory is bounded by the different amounts that [`Deals`] keep.
#[derive(Debug, Default)]
pub(super) struct DealsBy {
    waiting: Vec<(u32, i64)>,
    counted: BTreeMap<u32, Deals>,
}

impl DealsBy {
    const WAITING: usize = 1 << 16;

    pub(super) fn push(&mut self, key: u32, amount: i64) {
        self.waiting.push((key, amount));
        if self.waiting.len() >= Self::WAITING {
            self.add_up();
        }
    }

    fn add_up(&mut self) {
        self.waiting.sort_unstable();
        for run in self.waiting.chunk_by(|a, b| a.0 == b.0) {
            let amounts = run.chunk_by(|a, b| a == b).filter_map(|run| Some((run.first()?.1, run.len() as u64)));
            let deals = Deals::of(amounts.collect());
            if let Some((key, _)) = run.first() {
                let counted = self.counted.entry(*key).or_default();
                *counted = counted.merge(&deals);
            }
        }
        self.waiting.clear();
    }

    pub(super) fn add(&mut self, other: Self) {
        for (key, deals) in other.finish() {
            let counted = self.counted.entry(key).or_default();
            *counted = counted.merge(&deals);
        }
    }

    /// Sorted.
    pub(super) fn finish(mut self) -> Vec<(u32, Deals)> {
        self.add_up();
        self.counted.into_iter().collect()
    }
}

/// Won deals by segment, and of all segments by lag.
#[derive(Debug, Default)]
pub(super) struct DealsBySegment {
    deals: DealsBy,
    lags: DealLagsCounter,
}

impl DealsBySegment {
    /// A deal that was won so many days after its lead entered the first stage, where that is known.
    pub(super) fn push(&mut self, segment: u32, amount: i64, days: Option<u32>) {
        if let Some(days) = days {
            self.lags.push(days, amount);
        }
        self.deals.push(segment, amount);
    }

    pub(super) fn add(&mut self, other: Self) {
        self.lags.add(&other.lags);
        self.deals.add(other.deals);
    }

    /// Sorted by segment; and by lag.
    pub(super) fn finish(self) -> (Vec<(u32, Deals)>, DealLags) {
        (self.deals.finish(), self.lags.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn buckets_are_narrow_and_in_order() {
        let edges = (0..62).flat_map(|bits| [-1, 0, 1].map(|off| ((1_i64 << bits) + off).max(0)));
        let mut amounts: Vec<i64> = (0..100_000).chain(edges).chain([(1 << 62) - 1]).collect();
        amounts.sort_unstable();
        for pair in amounts.windows(2) {
            assert!(bucket(pair[0], BITS) <= bucket(pair[1], BITS), "{pair:?}");
        }
        for amount in amounts {
            let middle = middle(bucket(amount, BITS));
            assert!((middle - amount).unsigned_abs() <= amount.unsigned_abs() >> 8, "{amount} {middle}");
            assert_eq!(bucket(middle, BITS), bucket(amount, BITS));
        }
        let at = |amount| bucket(amount, BITS);
        assert_eq!((at(255), at(256), at((1 << 62) - 1)), (255, 256, 7167));
    }

    /// So many deals from `start` on that some sets stay exact, some become buckets only when merged.
    fn some_deals() -> impl Strategy<Value = Vec<(i64, u64)>> {
        (0_i64..9000, 0_i64..5000, 1_i64..40, 1_u64..4)
            .prop_map(|(start, many, apart, each)| (0..many).map(|deal| (start + deal * apart, each)).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn merging_is_a_sum(a in some_deals(), b in some_deals(), c in some_deals()) {
            let [one, two, three] = [&a, &b, &c].map(|deals| Deals::of(deals.clone()));
            prop_assert_eq!(one.merge(&two), two.merge(&one));
            prop_assert_eq!(one.merge(&two).merge(&three), one.merge(&two.merge(&three)));
            prop_assert_eq!(&one.merge(&Deals::default()), &one);
            let all = Deals::of([a, b, c].concat());
            prop_assert_eq!(one.merge(&two).merge(&three), all.clone());
            prop_assert_eq!(Deals::of_all(vec![two, one, three]), all.clone());
            prop_assert_eq!(all.amounts().map(|(_, count)| count).sum::<u64>(), all.count());
        }
    }
}
