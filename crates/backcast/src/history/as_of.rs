//! Up to which day a table is complete, where nobody says so: the last day on which entries are as dense as usual.

use super::buckets::sum_equal;
use super::lead::NEVER_AFTER;

/// Entries lie as dense as usual at a tenth of the usual density: weekends and holidays do, stray dates do not.
const DENSE: f64 = 0.1;
/// More entries than this share are no strays, however thin they lie.
const STRAY: f64 = 0.1;
/// Fewer entries than these say nothing of what is usual.
const FEW: u64 = 20;
/// Density is counted over a week, or as many weeks as usually hold so many entries, up to a year and a quarter.
const ENTRIES: u64 = 20;
const WEEKS: [i32; 7] = [7, 14, 28, 56, 112, 224, 448];
/// Twenty-two years.
const FAR: i32 = 8_035;

/// The last day that is used, and what lies beyond it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) until: i32,
    /// Entries that are dated later.
    pub(super) later: u64,
    /// All entries.
    pub(super) entries: u64,
    /// The latest day of all.
    pub(super) latest: i32,
}

/// The day up to which the entries of a table's columns are known; `None` without entries.
///
/// That of all columns together; and where a column has more than a tenth of its entries later than that, which are then no
/// strays (deals that are won long after the last lead came), that of the column by itself.
pub(super) fn known_until(columns: &[Vec<(i32, u64)>]) -> Option<Known> {
    let mut by_day: Vec<(i32, u64)> = columns.concat();
    sum_equal(&mut by_day);
    let together = dense_until(&by_day)?;
    let later = |days: &[(i32, u64)], until: i32| -> u64 {
        days.iter().filter(|(day, _)| (until + 1..=together.latest).contains(day)).map(|(_, entries)| entries).sum()
    };
    let own = |column: &Vec<(i32, u64)>| {
        let all: u64 = column.iter().map(|(_, entries)| entries).sum();
        let strays = later(column, together.until) as f64 <= STRAY * all as f64;
        if strays { None } else { dense_until(column) }
    };
    let until = columns.iter().filter_map(own).map(|known| known.until).fold(together.until, i32::max);
    Some(Known { until, later: later(&by_day, until), ..together })
}

/// The day up to which entries lie dense: by day, ascending, with how many there are. `None` without entries.
///
/// # Formula
/// n(d) entries on day d, w(d) in the window of L days up to d. Usual is the median of w over all entries; the window is the
/// shortest that usually holds 20. The last d with w(d) ≥ usual / 10 and n(d) ≥ usual / (10 L); the latest day of all where
/// more than a tenth of the entries would lie beyond it.
fn dense_until(by_day: &[(i32, u64)]) -> Option<Known> {
    let middle = median(by_day.iter().map(|(day, entries)| (i64::from(*day), *entries)))?;
    let stands_for_never = |day: i32| NEVER_AFTER.contains(&day) && i64::from(day) > middle + i64::from(FAR);
    let days: Vec<(i32, u64)> = by_day.iter().copied().filter(|(day, _)| !stands_for_never(*day)).collect();
    let entries: u64 = days.iter().map(|(_, entries)| entries).sum();
    let latest = days.last()?.0;
    let all = Known { until: latest, later: 0, entries, latest };
    if entries < FEW {
        return Some(all);
    }
    let windows = WEEKS.map(|length| (length, within(&days, length)));
    let usual = |within: &[u64]| {
        median(within.iter().zip(&days).map(|(within, (_, entries))| (within.cast_signed(), *entries))).unwrap_or(0)
    };
    let enough = windows.iter().find(|(_, within)| usual(within) >= ENTRIES.cast_signed());
    let Some((length, within)) = enough.or(windows.last()) else { return Some(all) };
    let least = DENSE * usual(within) as f64;
    let dense = |((_, entries), within): (&(i32, u64), &u64)| {
        *within as f64 >= least && *entries as f64 >= least / f64::from(*length)
    };
    let last = days.iter().zip(within).rposition(dense)?;
    let later: u64 = days.iter().skip(last + 1).map(|(_, entries)| entries).sum();
    let stray = later as f64 <= STRAY * entries as f64;
    days.get(last).filter(|_| stray).map(|(until, _)| Known { until: *until, later, ..all }).or(Some(all))
}

/// Per day the entries of the window that ends with it.
fn within(days: &[(i32, u64)], length: i32) -> Vec<u64> {
    let mut first = days.iter().peekable();
    let mut sum = 0;
    let of_day = |(day, entries): &(i32, u64)| {
        sum += entries;
        while let Some((_, gone)) = first.next_if(|(old, _)| day.saturating_sub(*old) >= length) {
            sum -= gone;
        }
        sum
    };
    days.iter().map(of_day).collect()
}

/// The weighted median.
fn median(values: impl Iterator<Item = (i64, u64)>) -> Option<i64> {
    let mut values: Vec<(i64, u64)> = values.collect();
    values.sort_unstable();
    let half = values.iter().map(|(_, weight)| weight).sum::<u64>().div_ceil(2);
    let mut passed = 0;
    let found = values.iter().find(|(_, weight)| {
        passed += weight;
        passed >= half
    });
    found.map(|(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many entries on each working day of two years.
    fn working_days(each: u64) -> Vec<(i32, u64)> {
        (0..730).filter(|day| day % 7 < 5).map(|day| (20_000 + day, each)).collect()
    }

    fn until(days: &[(i32, u64)]) -> (i32, u64) {
        let known = known_until(&[days.to_vec()]).unwrap();
        (known.until - 20_000, known.later)
    }

    #[test]
    fn strays_do_not_move_the_day() {
        for each in [1, 3, 50] {
            let days = working_days(each);
            assert_eq!(until(&days), (729, 0), "{each}");
            assert_eq!(until(&[&days[..], &[(33_000, 1)]].concat()), (729, 1), "{each}");
            // The day before christening a server, and the end of all calendars.
            let never = [(20_000 + 9_000, 1), (2_932_896, 400)];
            assert_eq!(until(&[&days[..], &never].concat()), (729, 1), "{each}");
        }
        // Close dates of open deals, one every third day of half a year.
        let expected: Vec<(i32, u64)> = (731..911).step_by(3).map(|day| (20_000 + day, 1)).collect();
        assert_eq!(until(&[working_days(50), expected].concat()), (729, 60));
    }

    #[test]
    fn what_is_no_stray_counts() {
        // Fewer than twenty entries, a fair once a quarter, and conversions that come late.
        assert_eq!(until(&[(20_000, 2), (20_031, 1), (20_400, 1)]), (400, 0));
        let fairs: Vec<(i32, u64)> = (0..8).map(|fair| (20_000 + 91 * fair, 40)).collect();
        assert_eq!(until(&fairs), (637, 0));
        let early = (0..60).map(|day| (20_000 + day, 20));
        let late = (0..40_i32).map(|week| (20_100 + 7 * week, u64::from(40 - week.unsigned_abs() / 2)));
        assert_eq!(until(&early.chain(late).collect::<Vec<(i32, u64)>>()), (373, 0));
        assert_eq!(known_until(&[]), None);
        assert_eq!(known_until(&[vec![], vec![]]), None);
        // Deals are won for months after the last lead came, fewer and fewer: their column by itself is dense to its end.
        let wins: Vec<(i32, u64)> = (400..900).filter(|day| day % 3 == 0).map(|day| (20_000 + day, 2)).collect();
        let known = known_until(&[working_days(50), wins]).unwrap();
        assert_eq!((known.until - 20_000, known.later), (897, 0));
    }
}
