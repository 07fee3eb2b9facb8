//! Words of a fixed list: what is written as one of them is read as the same.

use serde::{Deserialize, Deserializer, de};

/// One of a few words.
pub(crate) type Word = &'static str;

/// The word of a list that stands in a document.
pub(crate) fn one_of<'de, D: Deserializer<'de>>(deserializer: D, words: &[Word]) -> Result<Word, D::Error> {
    let text = String::deserialize(deserializer)?;
    let known = words.iter().find(|word| **word == text);
    known.copied().ok_or_else(|| de::Error::custom(format!("`{text}` is none of {}", words.join(", "))))
}
