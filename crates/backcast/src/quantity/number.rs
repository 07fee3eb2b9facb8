//! A number as stated in a request: text or JSON number, kept as the exact decimal it means.

use core::fmt;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Signed;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::error::{Error, Kind, Result};
use crate::math::{decimal, search::MAX_WHOLE};

/// A number as a person or a program states it.
///
/// A JSON string is an exact decimal; a JSON number means its shortest decimal that reads back as the same double.
/// What the text means (a rate, an amount, a count) is decided where it is used.
///
/// # Example
/// ```
/// use backcast::quantity::Number;
/// assert_eq!(Number::from(0.1).to_string(), "0.1");
/// assert_eq!(Number::from("1_000.50").to_string(), "1_000.50");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    text: String,
    /// Written as a JSON number: its point is a decimal point beyond doubt.
    numeric: bool,
}

impl Number {
    /// Whether it was stated as a number rather than as text.
    #[must_use]
    pub fn is_numeric(&self) -> bool {
        self.numeric
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn decimal(&self) -> Result<decimal::Decimal> {
        decimal::read(&self.text).ok_or_else(|| Error::new(Kind::NotANumber, self))
    }

    /// The exact value of a decimal with no more digits than any sensible statement has.
    pub(crate) fn exact(&self) -> Result<BigRational> {
        Ok(self.decimal()?.value)
    }

    /// A whole number from 0 to 2⁵³ − 1.
    pub(crate) fn whole(&self) -> Result<u64> {
        let exact = decimal::read(&self.text).ok_or_else(|| Error::new(Kind::NotAWholeNumber, self))?.value;
        if !exact.is_integer() || exact.is_negative() {
            return Err(Error::new(Kind::NotAWholeNumber, self));
        }
        let whole = exact.to_integer();
        if whole > BigInt::from(MAX_WHOLE) {
            return Err(Error::new(Kind::OutOfRange, self));
        }
        u64::try_from(whole).map_err(|_| Error::new(Kind::OutOfRange, self))
    }

    /// A double above 0.
    pub(crate) fn positive(&self) -> Result<f64> {
        let exact = self.exact()?;
        let value = decimal::to_f64(&exact);
        if !exact.is_positive() || value <= 0.0 {
            return Err(Error::new(Kind::NotPositive, self));
        }
        if value.is_finite() { Ok(value) } else { Err(Error::new(Kind::OutOfRange, self)) }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<f64> for Number {
    fn from(value: f64) -> Self {
        Self { text: value.to_string(), numeric: true }
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self { text: value.to_string(), numeric: true }
    }
}

impl From<&str> for Number {
    fn from(text: &str) -> Self {
        Self { text: text.to_owned(), numeric: false }
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        match self.text.parse::<f64>() {
            Ok(value) if self.numeric => serializer.serialize_f64(value),
            _ => serializer.serialize_str(&self.text),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
        struct Either;
        impl de::Visitor<'_> for Either {
            type Value = Number;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or a number as text")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> core::result::Result<Number, E> {
                Ok(Number::from(text))
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> core::result::Result<Number, E> {
                Ok(Number::from(value))
            }
            // JavaScript has no whole numbers besides doubles: all languages read a JSON number as a double.
            fn visit_u64<E: de::Error>(self, value: u64) -> core::result::Result<Number, E> {
                Ok(Number::from(value as f64))
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> core::result::Result<Number, E> {
                Ok(Number::from(value as f64))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Number {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Decimal".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["number", "string"],
            "description": "An exact decimal as text, or a number, which means its shortest round-trip decimal."
        })
    }
}
