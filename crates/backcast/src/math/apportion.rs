//! Apportionment: shares become whole numbers that sum to a fixed total (largest remainder, Sainte-Laguë, two margins).

/// A share counts in steps of 2⁻⁴⁰ of all: what floating point left in the last bits must not decide a tie.
const STEPS: f64 = (1_u64 << 40) as f64;

/// The weights as whole numbers with their sum; `None` unless one is above 0 and all are finite.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 2⁴⁰")]
fn steps(weights: &[f64]) -> Option<(Vec<u128>, u128)> {
    let sum = weights.iter().fold(0.0, |sum, weight| sum + weight.max(0.0));
    if !(sum > 0.0 && sum.is_finite()) {
        return None;
    }
    let steps: Vec<_> = weights.iter().map(|weight| libm::round(weight.max(0.0) / sum * STEPS) as u128).collect();
    let all = steps.iter().sum();
    Some((steps, all))
}

/// Whole numbers that sum to `total`, each the quota `total`·wᵢ/Σw rounded down or up (Hamilton's method).
///
/// The largest fractions are rounded up; of equal weights (within 2⁻⁴⁰ of all) the earlier. `None` without a weight
/// above 0.
pub(crate) fn largest_remainder(total: u64, weights: &[f64]) -> Option<Vec<u64>> {
    let (steps, all) = steps(weights)?;
    let product = |step: &u128| u128::from(total) * step;
    let mut parts: Vec<u64> = steps.iter().map(|step| whole(product(step) / all)).collect();
    let missing = total - parts.iter().sum::<u64>();
    let mut order: Vec<_> = parts.iter_mut().zip(steps.iter().map(|step| product(step) % all)).collect();
    // A stable sort: the earlier of two equal fractions stays first.
    order.sort_by(|(_, a), (_, b)| b.cmp(a));
    for (part, _) in order.into_iter().take(usize::try_from(missing).unwrap_or(usize::MAX)) {
        *part += 1;
    }
    Some(parts)
}

/// Whole numbers that sum to `total` by the divisors 1, 3, 5 … (Sainte-Laguë, Webster): no part falls as the total rises.
///
/// The units go to the largest wᵢ/(2aᵢ + 1); of equal ones, which whole weights decide exactly, to the earlier. `None`
/// without a weight above 0.
/// Source: Balinski & Young, *Fair Representation*, 2nd ed. 2001; the jump to the rounded quotas: Pukelsheim 2014.
pub(crate) fn sainte_lague(total: u64, weights: &[u64]) -> Option<Vec<u64>> {
    let all: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    if all == 0 {
        return None;
    }
    // Quotas rounded with ties down: exactly the units with wᵢ/(2aᵢ + 1) > Σw/(2·total), so the first of all in order.
    let quota = |weight: &u64| whole((2 * u128::from(total) * u128::from(*weight) + all - 1) / (2 * all));
    let mut parts: Vec<u64> = weights.iter().map(quota).collect();
    let mut given: u64 = parts.iter().sum();
    while given < total {
        let next = best(weights, &parts, |part| Some(2 * u128::from(part) + 1), false)?;
        *parts.get_mut(next)? += 1;
        given += 1;
    }
    while given > total {
        let last = best(weights, &parts, |part| (2 * u128::from(part)).checked_sub(1), true)?;
        *parts.get_mut(last)? -= 1;
        given -= 1;
    }
    Some(parts)
}

/// The first index with the largest weight/divisor; `least`: the last index with the smallest. No divisor: no candidate.
fn best(weights: &[u64], parts: &[u64], divisor: impl Fn(u64) -> Option<u128>, least: bool) -> Option<usize> {
    let mut found: Option<(usize, u128, u128)> = None;
    for (index, (weight, part)) in weights.iter().zip(parts).enumerate() {
        let weight = u128::from(*weight);
        let Some(divisor) = divisor(*part) else { continue };
        let better = found.is_none_or(|(_, best, over)| {
            let (this, that) = (weight * over, best * divisor);
            if least { this <= that } else { this > that }
        });
        if better {
            found = Some((index, weight, divisor));
        }
    }
    found.map(|(index, _, _)| index)
}

/// A table of whole numbers with these margins, one row per entry of `rows`, one column per entry of `columns`, which have
/// equal sums: after each column every row has received what is due by then, rounded down or up.
///
/// # Formula
/// Row r is due mᵣ·S/N after columns with the sum S; the units that may come now go to the earliest deadline (the
/// smallest (given + 1)/mᵣ), ties to the earlier row. Earliest deadline first is feasible because the exact shares are.
/// Source: Still, *SIAM J. Appl. Math.* 37 (1979) 401; Baruah et al., *Algorithmica* 15 (1996) 600.
pub(crate) fn with_margins(rows: &[u64], columns: &[u64]) -> Vec<Vec<u64>> {
    let total = rows.iter().map(|row| u128::from(*row)).sum::<u128>().max(1);
    let mut given = vec![0_u64; rows.len()];
    let mut table = vec![Vec::with_capacity(columns.len()); rows.len()];
    let mut sum = 0_u128;
    for column in columns {
        sum += u128::from(*column);
        let before = given.clone();
        let mut open = Vec::new();
        for ((row, size), given) in rows.iter().enumerate().zip(given.iter_mut()) {
            let due = u128::from(*size) * sum;
            *given = (*given).max(whole(due / total));
            if u128::from(*given) * total < due {
                open.push(row);
            }
        }
        let taken: u64 = given.iter().zip(&before).map(|(now, before)| now - before).sum();
        let deadline = |row: usize| {
            let next = given.get(row).map_or(0, |given| u128::from(*given) + 1);
            (next, rows.get(row).map_or(1, |size| u128::from(*size)))
        };
        open.sort_by(|a, b| {
            let ((a, of_a), (b, of_b)) = (deadline(*a), deadline(*b));
            (a * of_b).cmp(&(b * of_a))
        });
        let left = usize::try_from(column.saturating_sub(taken)).unwrap_or(usize::MAX);
        for row in open.into_iter().take(left) {
            if let Some(given) = given.get_mut(row) {
                *given += 1;
            }
        }
        for (line, (now, before)) in table.iter_mut().zip(given.iter().zip(before)) {
            line.push(now - before);
        }
    }
    table
}

/// A part of a total that is itself a `u64`.
fn whole(part: u128) -> u64 {
    u64::try_from(part).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::search::MAX_WHOLE;
    use super::*;
    use proptest::prelude::*;

    /// Seat by seat, as the definition reads.
    fn highest_averages(total: u64, weights: &[u32]) -> Vec<u64> {
        let mut parts = vec![0; weights.len()];
        for _ in 0..total {
            let mut winner = 0;
            for i in 1..weights.len() {
                let (this, best) = (u64::from(weights[i]), u64::from(weights[winner]));
                if this * (2 * parts[winner] + 1) > best * (2 * parts[i] + 1) {
                    winner = i;
                }
            }
            parts[winner] += 1;
        }
        parts
    }

    fn doubles(weights: &[u32]) -> Vec<f64> {
        weights.iter().map(|weight| f64::from(*weight)).collect()
    }

    /// Balinski & Young's example (*Fair Representation*, table A1.1): 26 seats, populations as printed.
    #[test]
    fn the_textbook_example() {
        let populations = [9061, 7179, 5259, 3319, 1182];
        assert_eq!(largest_remainder(26, &doubles(&populations)), Some(vec![9, 7, 5, 4, 1]));
        assert_eq!(sainte_lague(26, &populations.map(u64::from)), Some(vec![9, 8, 5, 3, 1]));
    }

    #[test]
    fn ties_go_to_the_earlier() {
        assert_eq!(largest_remainder(2, &[1.0, 1.0, 1.0]), Some(vec![1, 1, 0]));
        assert_eq!(sainte_lague(4, &[1, 1, 1]), Some(vec![2, 1, 1]));
        assert_eq!(sainte_lague(2, &[1, 3]), Some(vec![1, 1]));
        // 0.1 + 0.2 is not 0.3 to the last bit, and is a tie all the same.
        assert_eq!(largest_remainder(1, &[0.3, 0.1 + 0.2]), Some(vec![1, 0]));
        assert_eq!(largest_remainder(5, &[0.0, 0.0]), None);
        assert_eq!(largest_remainder(5, &[f64::NAN]), None);
        assert_eq!(sainte_lague(5, &[0]), None);
    }

    #[test]
    fn the_largest_totals_are_split_exactly() {
        for weights in [&[1.0, 1.0, 1.0][..], &[1e-9, 1.0], &[1e300, 1e300, 3.0]] {
            assert_eq!(largest_remainder(MAX_WHOLE, weights).unwrap().iter().sum::<u64>(), MAX_WHOLE);
        }
        let weights = [u64::MAX, u64::MAX, 1, 0];
        assert_eq!(sainte_lague(MAX_WHOLE, &weights).unwrap().iter().sum::<u64>(), MAX_WHOLE);
        let (rows, columns) = ([MAX_WHOLE - 5, 5], [1, MAX_WHOLE - 2, 1]);
        let table = with_margins(&rows, &columns);
        assert!(table.iter().zip(rows).all(|(line, row)| line.iter().sum::<u64>() == row));
    }

    proptest! {
        #[test]
        fn remainders_stay_within_the_quota(total in 0_u64..100_000, weights in prop::collection::vec(0_u32..1000, 1..30)) {
            prop_assume!(weights.iter().any(|weight| *weight > 0));
            let parts = largest_remainder(total, &doubles(&weights)).unwrap();
            let all: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
            prop_assert_eq!(parts.iter().sum::<u64>(), total);
            let fraction = |i: usize| (total * u64::from(weights[i])) % all;
            for (i, part) in parts.iter().enumerate() {
                let down = total * u64::from(weights[i]) / all;
                prop_assert!(*part == down || (*part == down + 1 && fraction(i) > 0));
                // Nobody who was rounded up has the smaller fraction.
                for j in 0..parts.len() {
                    let up = |k: usize| parts[k] > total * u64::from(weights[k]) / all;
                    prop_assert!(!up(i) || up(j) || fraction(i) >= fraction(j));
                }
            }
        }

        #[test]
        fn seats_are_those_of_the_definition(total in 0_u64..400, weights in prop::collection::vec(0_u32..60, 1..12)) {
            prop_assume!(weights.iter().any(|weight| *weight > 0));
            let wide: Vec<u64> = weights.iter().map(|weight| u64::from(*weight)).collect();
            let parts = sainte_lague(total, &wide).unwrap();
            prop_assert_eq!(&parts, &highest_averages(total, &weights));
            let more = sainte_lague(total + 1, &wide).unwrap();
            prop_assert!(parts.iter().zip(&more).all(|(less, more)| less <= more));
        }

        #[test]
        fn both_margins_are_met(rows in prop::collection::vec(0_u64..50, 1..8), cuts in prop::collection::vec(0_u64..400, 0..12)) {
            let total: u64 = rows.iter().sum();
            let mut cuts: Vec<u64> = cuts.into_iter().map(|cut| cut.min(total)).chain([0, total]).collect();
            cuts.sort_unstable();
            let columns: Vec<u64> = cuts.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let table = with_margins(&rows, &columns);
            for (line, row) in table.iter().zip(&rows) {
                prop_assert_eq!(line.iter().sum::<u64>(), *row);
                let mut given = 0;
                for (part, cut) in line.iter().zip(&cuts[1..]) {
                    given += part;
                    let due = row * cut;
                    prop_assert!(given * total <= due + total && due <= given * total + total);
                }
            }
            for (column, size) in columns.iter().enumerate() {
                prop_assert_eq!(table.iter().map(|line| line[column]).sum::<u64>(), *size);
            }
        }
    }
}
