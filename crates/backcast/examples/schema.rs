//! Prints the JSON Schema of request and answer: `cargo run -p backcast --features schema --example schema`.

use backcast::{Answer, Request};

fn main() {
    let schemas = serde_json::json!({
        "request": schemars::schema_for!(Request),
        "answer": schemars::schema_for!(Answer),
    });
    println!("{schemas:#}");
}
