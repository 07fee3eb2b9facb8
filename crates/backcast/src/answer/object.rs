//! Objects are read from objects alone: a list must not pass for one by the order of its items.

use serde::de::{Deserializer, Visitor};

/// A reader that gives its structs from objects only, whatever else the format allows.
pub(super) struct ByKey<D>(pub(super) D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for ByKey<D> {
    type Error = D::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.0.deserialize_map(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.0.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Reading and writing for types that derive both with `remote = "Self"`.
macro_rules! objects {
    ($($name:ty),*) => {
        $(
            impl serde::Serialize for $name {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
                    Self::serialize(self, serializer)
                }
            }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
                    Self::deserialize(super::object::ByKey(deserializer))
                }
            }
        )*
    };
}
pub(super) use objects;
