//! Decimals as people write them, read without rounding into ratios of whole numbers.

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// The most digits before or after the point that are read: every double fits, a pasted megabyte does not.
const MAX_DIGITS: usize = 400;

/// A decimal as written: its exact value, and how many digits stood after the point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    pub(crate) value: BigRational,
    pub(crate) places: usize,
    /// Digits before the point, leading zeros not counted.
    pub(crate) whole_digits: usize,
}

/// Reads `-1_234.50`, `1 234.5`, `1,234,567`, `.5`, `2e-3`. Digits may be grouped by single `_`, in threes by single spaces,
/// and, before the point, in several threes by commas (one comma alone may stand for a decimal point). `None`: not a decimal.
pub(crate) fn read(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let (negative, text) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let (whole, fraction) = (ungroup(&without_commas(whole)?, false)?, ungroup(fraction, true)?);
    let shift = usize::try_from(exponent.unsigned_abs()).ok()?;
    if whole.len() + fraction.len() == 0 || whole.len() + fraction.len() + shift > MAX_DIGITS {
        return None;
    }
    let digits = BigInt::parse_bytes(format!("{whole}{fraction}").as_bytes(), 10)?;
    let places = i64::try_from(fraction.len()).ok()? - i64::from(exponent);
    let power = BigInt::from(10).pow(u32::try_from(places.unsigned_abs()).ok()?);
    let value = if places > 0 { BigRational::new(digits, power) } else { BigRational::from(digits * power) };
    let value = if negative { -value } else { value };
    Some(Decimal { whole_digits: whole_digits(&value), value, places: usize::try_from(places.max(0)).ok()? })
}

/// Digits without their grouping; `None` where anything else stands, a group sign does not stand between digits, or spaces
/// do not group by threes: `1 2 3` is three numbers. `from_point` says at which end groups may be short: a fraction's last,
/// a whole part's first.
fn ungroup(text: &str, from_point: bool) -> Option<String> {
    let is_space = |c: char| [' ', '\u{a0}', '\u{202f}'].contains(&c);
    let grouped = |c: char| c == '_' || is_space(c);
    let digits: String = text.chars().filter(|c| !grouped(*c)).collect();
    let well_formed = digits.bytes().all(|b| b.is_ascii_digit())
        && !text.starts_with(grouped)
        && !text.ends_with(grouped)
        && !text.chars().zip(text.chars().skip(1)).any(|(a, b)| grouped(a) && grouped(b));
    let mut groups: Vec<&str> = text.split(is_space).collect();
    if from_point {
        groups.reverse();
    }
    let in_threes = match groups.as_slice() {
        [short, threes @ ..] if !threes.is_empty() => {
            (short.len() <= 3 || short.contains('_')) && threes.iter().all(|group| group.len() == 3)
        }
        _ => true,
    };
    (well_formed && in_threes).then_some(digits)
}

/// A whole part without the commas of `1,234,567`; `None` for any other comma.
fn without_commas(text: &str) -> Option<String> {
    let groups: Vec<&str> = text.split(',').collect();
    match groups.as_slice() {
        [_] => Some(text.to_owned()),
        [first, rest @ ..] if rest.len() > 1 => {
            let digits = |group: &&str| group.bytes().all(|b| b.is_ascii_digit());
            let in_threes = (1..=3).contains(&first.len()) && rest.iter().all(|group| group.len() == 3);
            (groups.iter().all(digits) && in_threes).then(|| groups.concat())
        }
        _ => None,
    }
}

fn whole_digits(value: &BigRational) -> usize {
    let whole = value.trunc().to_integer();
    if whole.is_zero() { 0 } else { whole.magnitude().to_string().len() }
}

/// The nearest double, halves to even; infinite beyond the range of doubles.
pub(crate) fn to_f64(value: &BigRational) -> f64 {
    value.to_f64().unwrap_or(f64::NAN)
}

/// The exact value of a double's shortest decimal that reads back as the same double; `None` for NaN and infinities.
pub(crate) fn from_f64(value: f64) -> Option<BigRational> {
    if !value.is_finite() {
        return None;
    }
    read(&format!("{value:e}")).map(|decimal| decimal.value)
}

/// Smallest whole number that is not below `value`.
pub(crate) fn ceil(value: &BigRational) -> BigInt {
    value.numer().div_ceil(value.denom())
}

/// Nearest whole number, ties up.
pub(crate) fn nearest(value: &BigRational) -> BigInt {
    let two = BigInt::from(2);
    (value.numer() * &two + value.denom()).div_floor(&(value.denom() * two))
}

/// `value` with at most `places` digits after the point, ties up.
pub(crate) fn rounded(value: &BigRational, places: u32) -> BigRational {
    let scale = BigInt::from(10).pow(places);
    BigRational::new(nearest(&(value * BigRational::from(scale.clone()))), scale)
}

/// The decimal text of `value` with at most `places` digits after the point, half away from zero, no trailing zeros.
pub(crate) fn write(value: &BigRational, places: u32) -> String {
    let scale = BigInt::from(10).pow(places);
    let scaled = nearest(&(value.abs() * BigRational::from(scale.clone())));
    let (whole, fraction) = scaled.div_rem(&scale);
    let mut text = whole.to_string();
    if !fraction.is_zero() {
        let width = places as usize;
        let digits = format!("{:0>width$}", fraction.to_string());
        text.push('.');
        text.push_str(digits.trim_end_matches('0'));
    }
    if value.is_negative() && !scaled.is_zero() { format!("-{text}") } else { text }
}

/// The exact text of a value: a decimal, or `1/3` where that has no end. [`read_exactly`] reads it back.
pub(crate) fn write_exactly(value: &BigRational) -> String {
    let (two, five) = (BigInt::from(2), BigInt::from(5));
    let mut rest = value.denom().clone();
    let mut places = 0_u32;
    for factor in [&two, &five] {
        let mut many = 0;
        while rest.is_multiple_of(factor) {
            rest /= factor;
            many += 1;
        }
        places = places.max(many);
    }
    if rest.is_one() { write(value, places) } else { format!("{}/{}", value.numer(), value.denom()) }
}

/// A decimal, or a fraction of two whole numbers such as `1/3`; `None` for anything else, or more than 400 digits.
pub(crate) fn read_exactly(text: &str) -> Option<BigRational> {
    let Some((part, whole)) = text.trim().split_once('/') else { return read(text).map(|decimal| decimal.value) };
    let count = |text: &str| {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_count = (1..=MAX_DIGITS).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        is_count.then(|| BigInt::parse_bytes(text.as_bytes(), 10))?
    };
    let (part, whole) = (count(part.trim())?, count(whole.trim())?);
    whole.is_positive().then(|| BigRational::new(part, whole))
}

/// 1 − `value`.
pub(crate) fn complement(value: &BigRational) -> BigRational {
    BigRational::one() - value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(numer: i64, denom: i64) -> BigRational {
        BigRational::new(numer.into(), denom.into())
    }

    #[test]
    fn reads_what_people_write() {
        for (text, value, places) in [
            ("0.07", ratio(7, 100), 2),
            (".5", ratio(1, 2), 1),
            ("5.", ratio(5, 1), 0),
            ("1_000 000.50", ratio(2_000_001, 2), 2),
            ("-3", ratio(-3, 1), 0),
            ("2e-3", ratio(2, 1000), 3),
            ("1.5E3", ratio(1500, 1), 0),
            ("1 250 000.125 5", ratio(12_500_001_255, 10_000), 4),
            ("1,250,000.50", ratio(2_500_001, 2), 2),
        ] {
            let decimal = read(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((decimal.value, decimal.places), (value, places), "{text}");
        }
        for text in [
            "",
            ".",
            "-",
            "1,000",
            "1__0",
            "_1",
            "1_",
            "0x10",
            "NaN",
            "inf",
            "1e999",
            "e5",
            "1.2.3",
            "²",
            "1 2 3",
            "1 2345",
            "1234 567",
            "1.00 0",
            "1,000",
            "1,00,000",
            "1234,567,890",
            "1,000,00",
            ",000,000",
            "1,000 000,000",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn rounds_and_writes() {
        assert_eq!(ceil(&ratio(80, 3)), BigInt::from(27));
        assert_eq!(ceil(&ratio(-80, 3)), BigInt::from(-26));
        assert_eq!(nearest(&ratio(5, 2)), BigInt::from(3));
        assert_eq!(nearest(&ratio(200, 9)), BigInt::from(22));
        assert_eq!(write(&ratio(80, 3), 2), "26.67");
        assert_eq!(write(&ratio(2500, 1), 2), "2500");
        assert_eq!(write(&ratio(-1, 8), 2), "-0.13");
        assert_eq!(write(&ratio(1, 1000), 2), "0");
    }

    #[test]
    fn a_double_is_its_shortest_decimal() {
        assert_eq!(from_f64(0.02), Some(ratio(1, 50)));
        assert_eq!(from_f64(1e15), Some(ratio(1_000_000_000_000_000, 1)));
        assert_eq!(from_f64(f64::NAN), None);
        assert!((to_f64(&ratio(1, 3)) - 1.0 / 3.0).abs() < f64::EPSILON / 4.0);
    }
}
