//! The calendar: days since 1970-01-01, their ISO text and their quarter.

/// The day number of a date of the Gregorian calendar: whole days since 1970-01-01.
///
/// `month` is 1 to 12 and `day` 1 to 31; a day beyond the end of its month runs on into the next.
///
/// Source: Howard Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.
///
/// ```
/// assert_eq!(simulate::day_of(1970, 1, 1), 0);
/// assert_eq!(simulate::day_of(2025, 12, 31), 20_453);
/// ```
#[must_use]
pub const fn day_of(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month (1 to 12) and day of the month (1 to 31): the inverse of [`day_of`] (`civil_from_days`).
const fn date_of(day: i32) -> (i32, i32, i32) {
    let shifted = day.saturating_add(719_468);
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

/// A day as ISO 8601 text, `YYYY-MM-DD`, for the years 0 to 9999.
///
/// ```
/// assert_eq!(simulate::iso_day(20_453), "2025-12-31");
/// ```
#[must_use]
pub fn iso_day(day: i32) -> String {
    let (year, month, day) = date_of(day);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The calendar quarter of a day, counted from the first quarter of year 0: `4 · year + quarter − 1`.
///
/// ```
/// use simulate::{day_of, quarter_of};
/// assert_eq!(quarter_of(day_of(2026, 1, 1)) - quarter_of(day_of(2025, 12, 31)), 1);
/// ```
#[must_use]
pub const fn quarter_of(day: i32) -> i32 {
    let (year, month, _) = date_of(day);
    year * 4 + (month - 1) / 3
}

#[cfg(test)]
mod tests {
    use super::{date_of, day_of, iso_day};

    #[test]
    fn every_day_of_two_centuries_comes_back() {
        for day in day_of(1900, 1, 1)..=day_of(2100, 12, 31) {
            let (year, month, of_month) = date_of(day);
            assert_eq!(day_of(year, month, of_month), day);
        }
        assert_eq!(iso_day(day_of(2024, 2, 29)), "2024-02-29");
    }
}
