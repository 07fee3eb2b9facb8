//! Spearman's rank correlation of a table of counts, ties at their mid-ranks.

use std::collections::BTreeMap;

use super::beta;

/// ρ, and the two-sided probability of one at least as far from 0 if rows and columns had nothing to do with each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RankCorrelation {
    pub(crate) rho: f64,
    pub(crate) p_value: f64,
}

/// Of counts by (row, column), both in their order; `None` for fewer than three counts, or where one side is all tied.
///
/// # Formula
/// ρ = Σ n c r / √(Σ n c² · Σ n r²), with c and r twice the centred mid-ranks: the sums are whole numbers, exact up to
/// 10¹² counts. p = I_{1−ρ²}((n − 2)/2, ½): Student's t with n − 2 degrees of freedom, as in `scipy.stats.spearmanr`.
pub(crate) fn spearman(table: &[((u16, u16), u64)]) -> Option<RankCorrelation> {
    let total: u64 = table.iter().map(|(_, count)| count).sum();
    if total < 3 {
        return None;
    }
    let rows = centred_ranks(table.iter().map(|((row, _), count)| (*row, *count)), total);
    let columns = centred_ranks(table.iter().map(|((_, column), count)| (*column, *count)), total);
    let (mut both, mut row_square, mut column_square) = (0, 0, 0);
    for ((row, column), count) in table {
        let (r, c) = (*rows.get(row)?, *columns.get(column)?);
        let count = i128::from(*count);
        both += count * r * c;
        row_square += count * r * r;
        column_square += count * c * c;
    }
    if row_square == 0 || column_square == 0 {
        return None;
    }
    let rho = (both as f64 / ((row_square as f64).sqrt() * (column_square as f64).sqrt())).clamp(-1.0, 1.0);
    let p_value = beta::cdf(0.5 * (total as f64 - 2.0), 0.5, (1.0 - rho) * (1.0 + rho));
    Some(RankCorrelation { rho, p_value })
}

/// Twice the mid-rank of each key, less its mean: 2·(before) + (of the same key) − (all).
fn centred_ranks(counts: impl Iterator<Item = (u16, u64)>, total: u64) -> BTreeMap<u16, i128> {
    let mut by_key: BTreeMap<u16, u64> = BTreeMap::new();
    for (key, count) in counts {
        *by_key.entry(key).or_default() += count;
    }
    let mut before = 0;
    let rank = |(key, count): (u16, u64)| {
        let rank = 2 * i128::from(before) + i128::from(count) - i128::from(total);
        before += count;
        (key, rank)
    };
    by_key.into_iter().map(rank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `scipy.stats.spearmanr` (`SciPy` 1.17) of the same counts written out.
    #[test]
    fn agrees_with_scipy() {
        let few = vec![((1, 1), 4), ((1, 2), 3), ((2, 1), 1), ((2, 2), 5), ((3, 3), 2), ((5, 2), 6)];
        let many: Vec<_> = (0..40).map(|i| ((i, i * 7 % 11), u64::from(1 + i % 3))).collect();
        let strong: Vec<_> = (0..40).map(|i| ((i, i * 7 % 11 + i / 2), u64::from(100 * (1 + i % 3)))).collect();
        for (table, rho, p_value) in [
            (few, 0.532_971_145_007_232, 0.012_856_234_600_311_57),
            (many, 0.103_389_001_788_980_63, 0.364_550_963_954_971),
            (strong, 0.900_774_625_300_390_4, 0.0),
            (vec![((1, 5), 2), ((2, 3), 1), ((9, 1), 1)], -1.0, 0.0),
        ] {
            let found = spearman(&table).unwrap();
            assert!((found.rho - rho).abs() < 1e-14, "{found:?} {rho}");
            assert!((found.p_value - p_value).abs() < 1e-12, "{found:?} {p_value}");
        }
        assert_eq!(spearman(&[((1, 1), 2)]), None);
        assert_eq!(spearman(&[((1, 1), 2), ((1, 4), 2)]), None);
    }

    proptest! {
        #[test]
        fn turning_the_table_changes_nothing(table in prop::collection::vec(((0_u16..9, 0_u16..9), 1_u64..50), 1..40)) {
            let turned: Vec<_> = table.iter().rev().map(|((row, column), count)| ((*column, *row), *count)).collect();
            prop_assert_eq!(spearman(&table), spearman(&turned));
            let against: Vec<_> = table.iter().map(|((row, column), count)| ((*row, 99 - *column), *count)).collect();
            prop_assert_eq!(spearman(&against).map(|found| -found.rho), spearman(&table).map(|found| found.rho));
        }
    }
}
