//! The browser: one request as JSON text in, one answer as JSON text out.

use wasm_bindgen::prelude::wasm_bindgen;

/// Answers one request; both are JSON text in the shape that all languages share.
#[wasm_bindgen]
#[must_use]
pub fn answer(request: &str) -> String {
    backcast::answer_json(request)
}
