//! Numbers as people read them: thousands grouped, rates in percent, rounded once.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

use crate::math::decimal;

/// `1234567` → `1,234,567`; the sign and what follows a point stay as they are.
fn grouped(text: &str) -> String {
    let (sign, text) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, rest) = text.find('.').map_or((text, ""), |at| text.split_at(at));
    let mut out = String::from(sign);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

/// A count: `2,500`.
pub(crate) fn count(value: u64) -> String {
    grouped(&value.to_string())
}

/// A number with its noun: `1 step`, `3 steps`.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// An exact number with at most `places` decimals: `26.67`.
pub(crate) fn exact(value: &BigRational, places: u32) -> String {
    grouped(&decimal::write(value, places))
}

/// A double with at most `places` decimals: `42.83`.
pub(crate) fn decimal(value: f64, places: u32) -> String {
    decimal::from_f64(value).map_or_else(|| value.to_string(), |value| exact(&value, places))
}

/// An amount with either no decimals or all of the currency's: `10,000`, `10.50`.
pub(crate) fn amount(value: &BigRational, decimals: u32) -> String {
    let text = decimal::write(value, decimals);
    let missing = text.split_once('.').map_or(0, |(_, fraction)| decimals as usize - fraction.len());
    grouped(&text) + &"0".repeat(missing)
}

/// Units of a currency, with two decimals below 1,000: `1,250,000`, `12.35`.
pub(crate) fn money(value: f64) -> String {
    let places = if value.abs() < 1000.0 { 2 } else { 0 };
    decimal::from_f64(value).map_or_else(String::new, |exact| amount(&exact, places))
}
/// So many decimals of a percentage are shown at most.
const FINEST: u32 = 12;

/// A probability or rate in percent with three significant digits or one decimal: `12.3 %`, `0.0451 %`, `80 %`.
///
/// What is not certain never reads as `100 %`, what is not impossible never as `0 %`: `99.999 %`.
pub(crate) fn percent(value: f64) -> String {
    let exact = decimal::from_f64(value).unwrap_or_else(BigRational::zero);
    percent_with(&exact, usual_places(value))
}

/// The decimals of [`percent`].
pub(crate) fn usual_places(value: f64) -> u32 {
    let magnitude = (value * 100.0).abs();
    if magnitude >= 10.0 || magnitude == 0.0 {
        return 1;
    }
    (2 - libm::floor(libm::log10(magnitude)).to_i32().unwrap_or(0)).unsigned_abs().clamp(1, FINEST)
}

/// The smallest share that is written out.
pub(crate) const LEAST_SHARE: f64 = 1e-14;

/// The same with at most so many decimals, or as many more as keep it apart from 0 and 100 %.
pub(crate) fn percent_with(value: &BigRational, places: u32) -> String {
    let hundred = BigRational::from(BigInt::from(100));
    let percent = value * &hundred;
    let text = (places..=places.max(FINEST)).map(|places| decimal::write(&percent, places));
    let open = value.is_positive() && *value < BigRational::one();
    match text.into_iter().find(|text| !open || (text != "0" && text != "100")) {
        Some(text) => format!("{text} %"),
        None if percent < BigRational::one() => "less than 0.000000000001 %".to_owned(),
        None => "more than 99.999999999999 %".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_can_read_it() {
        assert_eq!(count(1_250_000), "1,250,000");
        assert_eq!(count(999), "999");
        assert_eq!(percent(0.123_456), "12.3 %");
        assert_eq!(percent(0.8), "80 %");
        assert_eq!(percent(0.020_000_1), "2 %");
        assert_eq!(percent(0.000_451_23), "0.0451 %");
        assert_eq!(percent(0.0), "0 %");
        assert_eq!([money(1_250_000.4), money(12.346), money(12.0)], ["1,250,000", "12.35", "12"]);
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(amount(&BigRational::new(BigInt::from(-21), BigInt::from(2)), 2), "-10.50");
    }

    #[test]
    fn nearly_certain_is_not_certain() {
        for (value, text) in [
            (0.9994, "99.9 %"),
            (0.9996, "99.96 %"),
            (0.999_99, "99.999 %"),
            (0.999_999_96, "99.999996 %"),
            (1.0 - 1e-12, "99.9999999999 %"),
            (1.0 - f64::EPSILON / 2.0, "more than 99.999999999999 %"),
            (1e-9, "0.0000001 %"),
            (1e-13, "0.00000000001 %"),
            (1e-15, "less than 0.000000000001 %"),
            (5e-324, "less than 0.000000000001 %"),
        ] {
            assert_eq!(percent(value), text);
        }
        let with =
            |value: f64, places| percent_with(&decimal::from_f64(value).unwrap_or_else(BigRational::zero), places);
        assert_eq!(with(0.800_041, 3), "80.004 %");
        assert_eq!(with(0.999_999_9, 3), "99.99999 %");
    }
}
