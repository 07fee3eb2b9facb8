//! The values that split leads: one per dimension (channel, persona, region …).

use core::fmt;

use serde::{Deserialize, Serialize};

/// What a blank value is called: it is a segment of its own, never dropped.
pub const BLANK: &str = "(blank)";

/// One value per dimension; all leads together have none.
///
/// # Example
/// ```
/// use backcast::Segment;
/// let segment = Segment::new([Some(" paid search "), None]);
/// assert_eq!(segment.values(), ["paid search", "(blank)"]);
/// assert_eq!(segment.to_string(), "paid search / (blank)");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Segment(Vec<String>);

impl Segment {
    /// The segment of these values; surrounding white space is dropped, and nothing at all is [`BLANK`].
    pub fn new<'a>(values: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let named = |value: Option<&str>| match value.map(str::trim) {
            None | Some("") => BLANK.to_owned(),
            Some(value) => value.to_owned(),
        };
        Self(values.into_iter().map(named).collect())
    }

    /// The values, one per dimension.
    #[must_use]
    pub fn values(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" / "))
    }
}
