//! A request as every binding sends it, and what comes of it: what users wait for, and what peers are given to answer.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::clock::{Found, best_within};
use crate::{Result, peers};

/// Seconds that the runs of one question may take together.
const ALLOWED: f64 = 1.0;

/// A request with its answer.
#[derive(Clone, Debug)]
pub struct Question {
    name: String,
    request: Value,
    answer: Value,
}

impl Question {
    /// Asks; the name is that of the file in which peers find it.
    ///
    /// # Errors
    /// If the answer is a refusal.
    pub fn ask(name: &str, request: Value) -> Result<Self> {
        let answer: Value = serde_json::from_str(&backcast::answer_json(&request.to_string()))?;
        if answer.get("plan").is_none() {
            return Err(format!("{name}: {answer}").into());
        }
        Ok(Self { name: name.to_owned(), request, answer })
    }

    /// A number in the plan, by its JSON pointer.
    ///
    /// # Errors
    /// Where no number stands there.
    pub fn number(&self, pointer: &str) -> Result<f64> {
        let found = self.answer.pointer(&format!("/plan{pointer}")).and_then(Value::as_f64);
        found.ok_or_else(|| format!("{}: no number in plan{pointer}", self.name).into())
    }

    /// The probability of the plan, with its error.
    ///
    /// # Errors
    /// Where nothing is planned.
    pub fn probability(&self) -> Result<Found> {
        Ok(Found { value: self.number("/probability")?, error: self.number("/probability_error")? })
    }

    /// Best seconds from the request's text to the answer's.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        let text = self.request.to_string();
        best_within(ALLOWED, || backcast::answer_json(&text))
    }

    /// Writes request and answer where peers can read them.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self) -> Result<PathBuf> {
        let folder = peers::target().join("bench-data");
        std::fs::create_dir_all(&folder)?;
        let file = folder.join(format!("{}.json", self.name));
        std::fs::write(&file, json!({"request": self.request, "answer": self.answer}).to_string())?;
        Ok(file)
    }

    /// What a script of `peers/` says to it.
    ///
    /// # Errors
    /// If the script fails.
    pub fn peers(&self, script: &str, part: &str) -> Result<Vec<peers::Said>> {
        peers::ask(script, &[part, &self.write()?.display().to_string()])
    }
}
