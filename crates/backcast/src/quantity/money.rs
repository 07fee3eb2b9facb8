//! An amount of money in one currency, in whole minor units (cents), never in floating point.

use core::fmt;
use core::str::FromStr;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::ToPrimitive;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::shown;
use crate::error::{Error, Kind, Result};
use crate::math::decimal;

/// The most units of a currency that are counted: 10¹⁵.
const MAX_UNITS: u64 = 1_000_000_000_000_000;

/// A currency by its ISO 4217 code.
///
/// # Example
/// ```
/// let yen: backcast::Currency = "JPY".parse()?;
/// assert_eq!((yen.code(), yen.decimals()), ("JPY", 0));
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The three-letter code, such as `EUR`.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimals its amounts have: 2 for EUR, 0 for JPY, 3 for KWD.
    #[must_use]
    pub fn decimals(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }

    fn minor_per_unit(self) -> BigInt {
        BigInt::from(10).pow(self.decimals())
    }
}

impl FromStr for Currency {
    type Err = Error;

    fn from_str(code: &str) -> Result<Self> {
        iso_currency::Currency::from_code(code).map(Self).ok_or_else(|| Error::new(Kind::UnknownCurrency, code))
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount in one currency, from −10¹⁵ to 10¹⁵ units, exact to the currency's last decimal.
///
/// # Example
/// ```
/// use backcast::Money;
/// let target: Money = "1_250_000 EUR".parse()?;
/// assert_eq!(target.minor_units(), 125_000_000);
/// assert_eq!(target.to_string(), "1,250,000 EUR");
/// assert!("1.000 EUR".parse::<Money>().is_err()); // one euro, or a thousand?
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// An amount from its minor units: 1050 is 10.50 EUR.
    ///
    /// # Errors
    /// `out_of_range` beyond ±10¹⁵ units.
    pub fn from_minor(minor: i64, currency: Currency) -> Result<Self> {
        Self::new(&BigRational::new(BigInt::from(minor), currency.minor_per_unit()), currency, &minor.to_string())
    }

    /// `amount` units, which must be a whole number of minor units.
    pub(crate) fn new(amount: &BigRational, currency: Currency, given: &str) -> Result<Self> {
        let minor = amount * BigRational::from(currency.minor_per_unit());
        if !minor.is_integer() {
            return Err(Error::new(Kind::TooManyDecimals, given).allowing(format!(
                "at most {} decimals in {currency}; a point is never a thousands separator",
                currency.decimals()
            )));
        }
        let limit = BigInt::from(MAX_UNITS) * currency.minor_per_unit();
        let minor = minor.to_integer();
        if minor.magnitude() > limit.magnitude() {
            return Err(Error::new(Kind::OutOfRange, given));
        }
        let minor = minor.to_i64().ok_or_else(|| Error::new(Kind::OutOfRange, given))?;
        Ok(Self { minor, currency })
    }

    /// `text` as an amount in a currency that is known from elsewhere: `"10000"`, `"8_333.50"`.
    ///
    /// # Errors
    /// `not_a_number`, `too_many_decimals` (also for `1.000`, which is one unit with three decimals), `out_of_range`.
    pub fn parse_in(text: &str, currency: Currency) -> Result<Self> {
        let written = decimal::read(text).ok_or_else(|| Error::new(Kind::NotANumber, text.trim()))?;
        // `1.000` is a whole number of cents, but whoever wrote three decimals may have meant a thousand.
        if written.places > currency.decimals() as usize {
            return Err(Error::new(Kind::TooManyDecimals, text.trim()).allowing(format!(
                "at most {} decimals in {currency}; a point is never a thousands separator",
                currency.decimals()
            )));
        }
        Self::new(&written.value, currency, text.trim())
    }

    /// Whole minor units: cents of EUR, yen of JPY.
    #[must_use]
    pub fn minor_units(self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// The largest amount of any currency, in units.
    pub(crate) fn largest() -> BigRational {
        BigRational::from(BigInt::from(MAX_UNITS))
    }

    /// Units as an exact fraction.
    pub(crate) fn exact(self) -> BigRational {
        BigRational::new(BigInt::from(self.minor), self.currency.minor_per_unit())
    }

    /// Units as the nearest double.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        decimal::to_f64(&self.exact())
    }
}

impl FromStr for Money {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let given = text.trim();
        let code_at = given.find(|c: char| c.is_alphabetic()).unwrap_or(given.len());
        let (amount, code) = given.split_at_checked(code_at).unwrap_or((given, ""));
        if code.is_empty() {
            let kind = if decimal::read(amount).is_some() { Kind::NoCurrency } else { Kind::NotMoney };
            return Err(Error::new(kind, given));
        }
        // `1e30 EUR` is a number with an exponent: the letter does not start the code.
        let (amount, code) = match given.rsplit_once(char::is_whitespace) {
            Some((amount, code)) => (amount, code),
            None => (amount, code),
        };
        if decimal::read(amount).is_none() {
            return Err(Error::new(Kind::NotMoney, given));
        }
        let currency = code.parse()?;
        Self::parse_in(amount, currency).map_err(|error| error.giving(given))
    }
}

/// Grouped by thousands, with the currency's decimals where they are not all zero: `1,250,000 EUR`, `10.50 EUR`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", shown::amount(&self.exact(), self.currency.decimals()), self.currency)
    }
}
