//! How many leads a goal takes at 80 %, beside bisection over simulated campaigns.

use backcast_benches::clock::{Found, Table};
use backcast_benches::question::Question;
use backcast_benches::{Result, peers};
use serde_json::{Value, json};

pub(crate) fn tables() -> Result<()> {
    let learned = |steps: &[(u32, u32)], customers: u32| {
        let rates = steps.iter().map(|(converted, entered)| json!({"converted": converted, "entered": entered}));
        let stages = ["lead", "mql", "sql"].iter().take(steps.len()).chain(["customer"].iter());
        json!({
            "goal": {"customers": customers, "confidence": 0.8},
            "funnel": stages.collect::<Vec<_>>(),
            "rates": rates.collect::<Vec<_>>(),
        })
    };
    table("leads needed for 50 customers: one learned step", learned(&[(20, 1000)], 50))?;
    let steps = [(300, 1000), (120, 300), (30, 120)];
    table("leads needed for 50 customers: three learned steps", learned(&steps, 50))?;
    table("leads needed for 16,000 customers: one learned step", learned(&[(20, 1000)], 16_000))?;
    for target in [300_000, 2_000_000, 10_000_000, 30_000_000, 300_000_000] {
        let mut request = crate::outlook::campaign();
        if let Some(keys) = request.as_object_mut() {
            keys.insert("goal".into(), json!({"revenue": format!("{target} EUR"), "confidence": 0.8}));
        }
        table(
            &format!(
                "leads needed for {target} EUR, {} deals on average: three estimated steps, log-normal deals",
                target / 10_000
            ),
            request,
        )?;
    }
    Ok(())
}

fn table(title: &str, request: Value) -> Result<()> {
    let mut table = Table::new(title);
    let asked = Question::ask("needed", request)?;
    let leads = Found { value: asked.number("/stages/0/needed")?, error: 0.0 };
    let said = asked.peers("needed.py", "needed")?;
    table.row("backcast, the whole answer, with the number needed at every stage", asked.seconds(), Some(leads));
    peers::show(&mut table, Some(leads), said)?;
    table.print();
    Ok(())
}
