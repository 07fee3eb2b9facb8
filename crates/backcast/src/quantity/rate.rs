//! A conversion rate that a person states: an exact fraction from 0 to 1.

use core::fmt;
use core::str::FromStr;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::text::as_text;
use crate::error::{Error, Kind, Result};
use crate::math::decimal;

/// A share from 0 to 1, exact: `0.07`, `7 %` and `7 of 100` are the same rate.
///
/// # Errors
/// Parsing refuses a number above 1 without a percent sign (`5`: 5 or 5 %?), and whatever is below 0 or above 100 %.
///
/// # Example
/// ```
/// use backcast::Rate;
/// let rate: Rate = "7 %".parse()?;
/// assert_eq!(rate, "0.07".parse()?);
/// assert_eq!(rate, Rate::of(7, 100)?);
/// assert_eq!(rate.to_f64(), 0.07);
/// assert_eq!(rate.to_string(), "7 %");
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(BigRational);

impl Rate {
    /// `part` of `whole`, such as 7 of 100.
    ///
    /// # Errors
    /// `zero_entered` if `whole` is 0, `rate_out_of_range` if `part` exceeds it.
    pub fn of(part: u64, whole: u64) -> Result<Self> {
        if whole == 0 {
            return Err(Error::new(Kind::ZeroEntered, whole));
        }
        Self::new(BigRational::new(BigInt::from(part), BigInt::from(whole)), &format!("{part} of {whole}"))
    }

    fn new(value: BigRational, given: &str) -> Result<Self> {
        if value.is_negative() || value > BigRational::one() {
            return Err(Error::new(Kind::RateOutOfRange, given));
        }
        Ok(Self(value))
    }

    /// A fraction from 0 to 1.
    pub(crate) fn exactly(value: BigRational) -> Result<Self> {
        let given = decimal::write(&value, 12);
        Self::new(value, &given)
    }

    /// The exact fraction.
    pub(crate) fn exact(&self) -> &BigRational {
        &self.0
    }

    /// The nearest double, from 0 to 1.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        decimal::to_f64(&self.0)
    }

    /// Whether nothing ever converts.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }
}

impl FromStr for Rate {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let given = text.trim();
        let unreadable = || Error::new(Kind::NotARate, given);
        if let Some((part, whole)) = given.split_once(" of ").or_else(|| given.split_once('/')) {
            let count = |text: &str| text.trim().parse::<u64>();
            return match (count(part), count(whole)) {
                (Ok(part), Ok(whole)) => Self::of(part, whole),
                // The counts of a fraction that was computed may be longer.
                _ => Self::new(decimal::read_exactly(given).ok_or_else(unreadable)?, given),
            };
        }
        if let Some(percent) = given.strip_suffix('%') {
            let value = decimal::read(percent).ok_or_else(unreadable)?.value;
            return Self::new(value / BigRational::from(BigInt::from(100)), given);
        }
        let value = decimal::read(given).ok_or_else(unreadable)?.value;
        if value > BigRational::one() && value <= BigRational::from(BigInt::from(100)) {
            return Err(Error::new(Kind::AmbiguousRate, given));
        }
        Self::new(value, given)
    }
}

/// As a percentage: `7 %`, `2.5 %`.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = &self.0 * BigRational::from(BigInt::from(100));
        write!(f, "{} %", decimal::write(&percent, 12))
    }
}

// As an exact fraction: `0.07`, or `1/3`.
as_text!(Rate, |rate| decimal::write_exactly(&rate.0));
