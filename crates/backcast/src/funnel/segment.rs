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
/// // What holds the sign between two values is quoted: different segments have different names.
/// assert_eq!(Segment::new([Some("a"), Some("b / c")]).to_string(), "a / “b / c”");
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

    /// The segments in their natural order, all different, and where each of those given has gone.
    pub(crate) fn ranked(segments: &[Self]) -> (Vec<Self>, Vec<u32>) {
        let mut order = segments.to_vec();
        order.sort();
        order.dedup();
        let place = |segment| u32::try_from(order.binary_search(segment).unwrap_or(0)).unwrap_or(0);
        let ranks = segments.iter().map(place).collect();
        (order, ranks)
    }

    /// The values, one per dimension.
    #[must_use]
    pub fn values(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &String| {
            let quoted = self.0.len() > 1 && (value.contains(" / ") || value.starts_with('“'));
            if quoted { format!("“{value}”") } else { value.clone() }
        };
        f.write_str(&self.0.iter().map(shown).collect::<Vec<_>>().join(" / "))
    }
}
