//! The first two keys of everything saved, and what is said of a document that is something else, newer or damaged.
//!
//! `{"format": "backcast-rates", "version": 1, …}`: the format names what the rest holds, the version how. A release reads
//! all versions up to its own, and writes its own. Keys that it does not know are ignored within a version.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Kind, Result};

/// The first two keys.
#[derive(Deserialize)]
#[serde(expecting = "an object with `format` and `version`")]
struct Head {
    format: String,
    version: u64,
}

/// Whether a document of this format and version is one of those that are known here (up to that version).
///
/// # Errors
/// `unknown_format`, `unknown_version`.
pub(crate) fn check(given: (&str, u64), (format, version): (&str, u64)) -> Result<()> {
    if given.0 != format {
        let given = format!("`{}`", given.0);
        return Err(Error::new(Kind::UnknownFormat, given).allowing(format!("a document of the format `{format}`")));
    }
    if !(1..=version).contains(&given.1) {
        let allowed = format!("versions from 1 to {version}; a newer release reads newer ones");
        return Err(Error::new(Kind::UnknownVersion, given.1).allowing(allowed));
    }
    Ok(())
}

/// What a document of a known format, up to a known version, holds.
///
/// # Errors
/// `unknown_format` for what is no such document, `unknown_version` for a newer one, `damaged` for one that was changed.
pub(crate) fn read<T: DeserializeOwned>(text: &str, known: (&str, u64)) -> Result<T> {
    let head: Head = serde_json::from_str(text).map_err(|error| {
        // What is cut off began as the right thing.
        let kind = if error.is_eof() && !text.trim().is_empty() { Kind::Damaged } else { Kind::UnknownFormat };
        Error::new(kind, says(&error))
    })?;
    check((&head.format, head.version), known)?;
    let mut reader = serde_json::Deserializer::from_str(text);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let place = error.path().to_string();
        let refused = Error::new(Kind::Damaged, says(error.inner()));
        if place.trim_matches(['.', '?']).is_empty() { refused } else { refused.at(place) }
    })
}

/// What the reader says, without the line of a document that nobody reads.
fn says(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}
