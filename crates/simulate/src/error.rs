//! What is wrong with a world: the field, the value given and the range allowed.

use std::fmt;

/// A field of a [`World`](crate::World) is outside its range.
///
/// ```
/// let world = simulate::World { tau: -1.0, ..Default::default() };
/// assert_eq!(world.check().unwrap_err().to_string(), "tau is `-1`, allowed is 0 to 2");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    field: String,
    given: String,
    allowed: String,
}

impl Error {
    pub(crate) fn new(field: impl Into<String>, given: impl fmt::Display, allowed: impl Into<String>) -> Self {
        Self { field: field.into(), given: given.to_string(), allowed: allowed.into() }
    }

    /// The field that is out of range, as it is written in [`World`](crate::World).
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is `{}`, allowed is {}", self.field, self.given, self.allowed)
    }
}

impl std::error::Error for Error {}

/// Passes when `low ≤ value ≤ high`; NaN never does.
pub(crate) fn within(field: impl Into<String>, value: f64, low: f64, high: f64) -> Result<(), Error> {
    if (low..=high).contains(&value) { Ok(()) } else { Err(Error::new(field, value, format!("{low} to {high}"))) }
}
