//! Whole numbers in buckets of a relative width, and sums of what falls into the same.

/// The bucket of a whole number that is not negative, 2^−`bits` of it wide.
pub(super) const fn bucket(value: i64, bits: u32) -> i64 {
    let shift = (i64::BITS - value.leading_zeros()).saturating_sub(bits + 1);
    ((shift as i64) << bits) + (value >> shift)
}

/// Sorts by what is counted, and adds up the counts of equal ones.
pub(super) fn sum_equal<K: Ord>(counts: &mut Vec<(K, u64)>) {
    counts.sort_by(|a, b| a.0.cmp(&b.0));
    counts.dedup_by(|later, first| {
        let same = later.0 == first.0;
        if same {
            first.1 += later.1;
        }
        same
    });
}
