//! An amount of money in one currency, in whole minor units (cents), never in floating point.

use core::cmp::Ordering;
use core::fmt;
use core::str::FromStr;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::ToPrimitive;

use super::shown;
use super::text::as_text;
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

as_text!(Currency, |currency| currency.code().to_owned());

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

    /// The sum of two amounts in one currency.
    ///
    /// # Errors
    /// `mixed_currency`, `out_of_range` beyond ±10¹⁵ units.
    ///
    /// # Example
    /// ```
    /// use backcast::Money;
    /// let (a, b): (Money, Money) = ("10.50 EUR".parse()?, "0.50 EUR".parse()?);
    /// assert_eq!(a.plus(b)?.to_string(), "11 EUR");
    /// assert!(a.plus("1 USD".parse()?).is_err());
    /// # Ok::<(), backcast::Error>(())
    /// ```
    pub fn plus(self, other: Self) -> Result<Self> {
        self.with_same(other)?;
        let sum = self.minor.checked_add(other.minor);
        sum.map_or_else(
            || Err(Error::new(Kind::OutOfRange, format!("{self} + {other}"))),
            |minor| Self::from_minor(minor, self.currency),
        )
    }

    /// The sum of amounts in one currency; nothing in `currency` where there are none.
    ///
    /// # Errors
    /// As [`Money::plus`].
    ///
    /// # Example
    /// ```
    /// use backcast::Money;
    /// let amounts: Vec<Money> = vec!["10 EUR".parse()?, "5 EUR".parse()?];
    /// assert_eq!(Money::sum(amounts, "EUR".parse()?)?.to_string(), "15 EUR");
    /// # Ok::<(), backcast::Error>(())
    /// ```
    pub fn sum(amounts: impl IntoIterator<Item = Self>, currency: Currency) -> Result<Self> {
        amounts.into_iter().try_fold(Self { minor: 0, currency }, Self::plus)
    }

    fn with_same(self, other: Self) -> Result<()> {
        if self.currency == other.currency {
            return Ok(());
        }
        Err(Error::new(Kind::MixedCurrency, format!("{} and {}", self.currency, other.currency)))
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

/// The amount as text without grouping, such as `1250000 EUR`.
fn plain(money: &Money) -> String {
    format!("{} {}", decimal::write(&money.exact(), money.currency.decimals()), money.currency)
}

as_text!(Money, plain);

/// Amounts of one currency are ordered by their size; of two, the currencies by their codes.
impl Ord for Money {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.currency.code(), self.minor).cmp(&(other.currency.code(), other.minor))
    }
}

impl PartialOrd for Money {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The sum, as [`Money::plus`]: `a + b` is a `Result`, because their currencies may differ.
impl core::ops::Add for Money {
    type Output = Result<Self>;

    fn add(self, other: Self) -> Result<Self> {
        self.plus(other)
    }
}

/// The sum of at least one amount: as [`Money::plus`], and `not_money` where there is none, since it has no currency.
impl core::iter::Sum<Money> for Result<Money> {
    fn sum<I: Iterator<Item = Money>>(mut amounts: I) -> Self {
        let first = amounts.next().ok_or_else(|| Error::new(Kind::NotMoney, "the sum of no amounts"))?;
        amounts.try_fold(first, Money::plus)
    }
}
