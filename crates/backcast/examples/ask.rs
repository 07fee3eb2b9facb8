//! Times requests: `ask FILE…`.
fn main() {
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let start = std::time::Instant::now();
        let out = backcast::answer_json(&text);
        let took = start.elapsed().as_secs_f64();
        let v: serde_json::Value = serde_json::from_str(&out).unwrap_or_default();
        let p = &v["plan"];
        let needed: Vec<String> =
            p["stages"].as_array().map(|s| s.iter().map(|s| s["needed"].to_string()).collect()).unwrap_or_default();
        println!(
            "{took:.3}s {path} planned {} P {} err {} needed {needed:?} {}",
            p["planned"], p["probability"], p["probability_error"], v["error"]
        );
    }
}
