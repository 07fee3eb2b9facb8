//! What all parts of a request need to read it: where an error stands, and which of several forms were given.

use crate::error::Result;

/// `error.at(place)` for any fallible expression.
pub(super) trait At<T> {
    fn at(self, place: &str) -> Result<T>;
}

impl<T> At<T> for Result<T> {
    fn at(self, place: &str) -> Self {
        self.map_err(|error| error.at(place))
    }
}

/// The names of the forms that were given, in words: `none`, `rate and mean`.
pub(super) fn given_forms(forms: &[(&str, bool)]) -> String {
    let given: Vec<_> = forms.iter().filter(|(_, given)| *given).map(|(name, _)| format!("`{name}`")).collect();
    if given.is_empty() { "none".to_owned() } else { given.join(" and ") }
}
