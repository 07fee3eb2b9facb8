//! The revenue of one won deal.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Signed;

use crate::error::{Error, Kind, Result};
use crate::math::decimal;
use crate::quantity::{Currency, Money, Number, shown};

/// The size of a deal in one currency: today its mean, all deals taken as alike.
///
/// # Example
/// ```
/// use backcast::{DealSize, Number};
/// let size = DealSize::mean(&Number::from("10000"), "USD".parse()?)?;
/// assert_eq!(size.to_f64(), 10_000.0);
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DealSize {
    mean: BigRational,
    currency: Currency,
}

impl DealSize {
    /// All deals alike. A mean may have more decimals than the currency, but not the look of grouped thousands.
    ///
    /// # Errors
    /// `not_a_number`, `not_positive`, `out_of_range`; `ambiguous_amount` for a text such as `10.000`, which may be
    /// ten or ten thousand.
    pub fn mean(stated: &Number, currency: Currency) -> Result<Self> {
        let written = stated.decimal()?;
        // A JSON number has a decimal point; a text of one to three digits, a point and three digits may group by it.
        let like_thousands = written.places == 3 && (1..=3).contains(&written.whole_digits);
        if !stated.is_numeric() && like_thousands && currency.decimals() < 3 {
            return Err(Error::new(Kind::AmbiguousAmount, stated));
        }
        if !written.value.is_positive() {
            return Err(Error::new(Kind::NotPositive, stated));
        }
        if written.value > Money::largest() {
            return Err(Error::new(Kind::OutOfRange, stated));
        }
        Ok(Self { mean: written.value, currency })
    }

    /// The mean of these amounts, in units of 10^−`decimals`.
    ///
    /// # Errors
    /// `deal_size_missing` without any amount, `not_positive` if they sum to nothing.
    pub(crate) fn mean_of(amounts: &[i64], decimals: u32, currency: Currency) -> Result<Self> {
        let sum: i128 = amounts.iter().map(|minor| i128::from(*minor)).sum();
        if amounts.is_empty() {
            return Err(Error::new(Kind::DealSizeMissing, 0));
        }
        if sum <= 0 {
            return Err(Error::new(Kind::NotPositive, sum));
        }
        let minor_per_unit = BigInt::from(10).pow(decimals);
        Ok(Self { mean: BigRational::new(BigInt::from(sum), BigInt::from(amounts.len()) * minor_per_unit), currency })
    }

    /// Units of the currency, exact.
    pub(crate) fn exact(&self) -> &BigRational {
        &self.mean
    }

    /// The currency.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// Units of the currency, as the nearest double.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        decimal::to_f64(&self.mean)
    }

    pub(crate) fn in_words(&self) -> String {
        format!("{} {}", shown::amount(&self.mean, self.currency.decimals()), self.currency)
    }
}
