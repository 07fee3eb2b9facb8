//! Reads a request as JSON from standard input and prints the answer: `cargo run --example answer < request.json`.

use std::io::Read as _;

fn main() -> std::io::Result<()> {
    let mut request = String::new();
    std::io::stdin().read_to_string(&mut request)?;
    println!("{}", backcast::answer_json(&request));
    Ok(())
}
