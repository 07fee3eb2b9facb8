//! Quantities in documents: each is written as the text that reads back as the same quantity, fractions exactly.

use num_rational::BigRational;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::math::decimal;

/// Reading and writing by `FromStr` and a function that gives the text.
macro_rules! as_text {
    ($name:ty, $text:expr) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
                let text: fn(&$name) -> String = $text;
                serializer.serialize_str(&text(self))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(super) use as_text;

/// An exact fraction as a decimal, or as `1/3` where it has no end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Exact(pub(crate) BigRational);

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&decimal::write_exactly(&self.0))
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let exact = decimal::read_exactly(&text);
        exact.map(Self).ok_or_else(|| de::Error::custom(format!("`{text}` is not an exact number")))
    }
}
