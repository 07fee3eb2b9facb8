//! What comes back: a plan, or a refusal in the user's words.

use serde::{Deserialize, Serialize};

use super::Request;
use crate::error::{Error, Kind, Result};
use crate::plan::Plan;
use crate::rates::Rates;

/// `{"plan": …}` or `{"error": …}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// What must be true for the goal.
    Plan(Box<Plan>),
    /// Why there is no plan.
    Error(Refusal),
}

/// An [`Error`] as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Refusal {
    /// A stable word, such as `ambiguous_rate`.
    pub kind: String,
    /// The sentence to show.
    pub message: String,
    /// What was given.
    pub given: String,
    /// What is allowed instead.
    pub allowed: String,
    /// Where in the request it stands, such as `rates[0].rate`.
    pub at: Option<String>,
}

impl From<&Error> for Refusal {
    fn from(error: &Error) -> Self {
        Self {
            kind: error.kind().code().to_owned(),
            message: error.to_string(),
            given: error.given().to_owned(),
            allowed: error.allowed_in_request(),
            at: error.place().map(str::to_owned),
        }
    }
}

impl From<Result<Plan>> for Answer {
    fn from(result: Result<Plan>) -> Self {
        match result {
            Ok(plan) => Self::Plan(Box::new(plan)),
            Err(error) => Self::Error(Refusal::from(&error)),
        }
    }
}

/// The answer to a request; a refusal is an answer too, and nothing panics.
#[must_use]
pub fn answer(request: &Request) -> Answer {
    let plan = || {
        let (goal, rates) = request.read()?;
        goal.plan(&rates)
    };
    plan().into()
}

/// The answer to a request without `funnel` and `rates`, over rates that were learned from a history.
///
/// Without `deal_size` the mean of the history's won deals is used; the deadline must lie after the history's `as_of`.
#[must_use]
pub fn answer_with(request: &Request, known: &Rates) -> Answer {
    let plan = || {
        let (goal, rates) = request.read_with(known)?;
        goal.plan(&rates)
    };
    plan().into()
}

/// The same from JSON text to JSON text: what every binding calls.
///
/// # Example
/// ```
/// let answer = backcast::answer_json(r#"{"goal": {"customers": 1}, "funnel": ["lead", "customer"], "rates": [{"rate": 5}]}"#);
/// assert!(answer.starts_with(r#"{"error":{"kind":"ambiguous_rate","message":"a rate of `5`: 5 or 5 %?""#));
/// ```
#[must_use]
pub fn answer_json(request: &str) -> String {
    to_json(read_json(request).map(|request| answer(&request)))
}

/// [`answer_with`] from JSON text to JSON text.
#[must_use]
pub fn answer_json_with(request: &str, known: &Rates) -> String {
    to_json(read_json(request).map(|request| answer_with(&request, known)))
}

fn read_json(request: &str) -> Result<Request> {
    let mut reader = serde_json::Deserializer::from_str(request);
    serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| malformed(&error.path().to_string(), &error.inner().to_string()))
        .and_then(|request| reader.end().map(|()| request).map_err(|error| malformed(".", &error.to_string())))
}

fn to_json(answer: Result<Answer>) -> String {
    let answer = answer.unwrap_or_else(|error| Answer::Error(Refusal::from(&error)));
    serde_json::to_string(&answer).unwrap_or_default()
}

/// A document of the wrong shape: the place, and what the reader says of it.
fn malformed(path: &str, says: &str) -> Error {
    // `?` is how the reader writes a place that it never reached.
    let path = if path.ends_with('?') { "." } else { path };
    let says = says.split(" at line ").next().unwrap_or_default();
    let says = &says.replace("a sequence", "a list").replace(": sequence", ": a list").replace(": map", ": an object");
    let quoted = |after: &str| says.strip_prefix(after).and_then(|rest| rest.split('`').next());
    let error = match (quoted("missing field `"), quoted("unknown field `")) {
        (Some(key), _) => Error::new(Kind::MissingKey, key),
        (None, Some(key)) => match says.split_once("expected ") {
            Some((_, keys)) => Error::new(Kind::UnknownKey, key).allowing(keys),
            None => Error::new(Kind::UnknownKey, key),
        },
        (None, None) if path == "." => Error::new(Kind::Malformed, says),
        (None, None) => Error::new(Kind::Malformed, format!("{says} in `{path}`")),
    };
    if path == "." { error } else { error.at(path) }
}
