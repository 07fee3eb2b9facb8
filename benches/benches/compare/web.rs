//! The npm package beside the native library: the same request, the same answer to the bit.

use backcast_benches::clock::Table;
use backcast_benches::question::Question;
use backcast_benches::{Result, peers};
use serde_json::{Value, json};

pub(crate) fn tables() -> Result<()> {
    let package = peers::target().join("../bindings/wasm/pkg/index.js");
    if !package.exists() {
        eprintln!("the npm package is not built, so it is not timed: `make web`");
        return Ok(());
    }
    let plan = crate::outlook::campaign();
    let mut needed = plan.clone();
    if let Some(goal) = needed.get_mut("goal").and_then(Value::as_object_mut) {
        goal.insert("confidence".into(), json!(0.8));
    }
    for (name, request) in [("a plan, 200 deals expected", plan), ("the same with the leads needed at 80 %", needed)] {
        let mut table = Table::new(format!("in the browser's engine: {name}"));
        let asked = Question::ask("web", request)?;
        let file = asked.write()?.display().to_string();
        let said = peers::ask("web.mjs", &[&package.display().to_string(), &file])?;
        table.row("backcast, native", asked.seconds(), None);
        peers::show(&mut table, None, said)?;
        table.print();
    }
    Ok(())
}
