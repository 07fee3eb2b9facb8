//! Money of this crate and decimals of `rust_decimal`, which have no currency.

use ::rust_decimal::Decimal;

use super::{Currency, Money};
use crate::error::{Error, Kind, Result};

/// The units of an amount, with as many decimals as its currency has.
///
/// # Example
/// ```
/// use backcast::Money;
/// use rust_decimal::Decimal;
/// let money: Money = "10.50 EUR".parse()?;
/// assert_eq!(Decimal::from(money).to_string(), "10.50");
/// assert_eq!(Money::from_decimal(Decimal::new(105, 1), money.currency())?, money);
/// # Ok::<(), backcast::Error>(())
/// ```
impl From<Money> for Decimal {
    fn from(money: Money) -> Self {
        Self::new(money.minor_units(), money.currency().decimals())
    }
}

impl Money {
    /// So many units of a currency, exactly.
    ///
    /// # Errors
    /// `too_many_decimals` for a part of a minor unit, `out_of_range` beyond ±10¹⁵ units.
    pub fn from_decimal(units: Decimal, currency: Currency) -> Result<Self> {
        let plain = units.normalize().to_string();
        Self::parse_in(&plain, currency).map_err(|error| match error.kind() {
            Kind::NotANumber => Error::new(Kind::OutOfRange, plain),
            _ => error,
        })
    }
}
