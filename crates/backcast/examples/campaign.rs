//! A campaign planned backward, and looked at forward, as an application would: `cargo run --example campaign`.

use backcast::{Conversion, DealSize, Funnel, Goal, Rates};

fn main() -> Result<(), backcast::Error> {
    // What last year showed, step by step: so many of so many went on. Counts, not percentages: 20 of 100 is known less
    // well than 2,000 of 10,000, and the plan allows for that.
    let funnel = Funnel::new(["lead", "mql", "sql", "customer"])?;
    let steps = vec![Conversion::learned(290, 1_000)?, Conversion::learned(100, 290)?, Conversion::learned(20, 100)?];
    // Every deal brings 10,000 EUR; where deals differ, `DealSize` can say by how much.
    let rates = Rates::new(funnel, steps)?.with_deal_size(DealSize::mean(&"10000".into(), "EUR".parse()?)?);
    let goal = Goal::revenue("500000 EUR".parse()?)?;

    // Backward: what does it take to be 80 % sure? Beside it plain division, which is right about half of the time.
    let plan = goal.clone().at(0.8)?.plan(&rates)?;
    println!("{}", plan.headline.unwrap_or_default());
    println!("{:<10}{:>10}{:>10}", "stage", "division", "needed");
    for stage in &plan.stages {
        let (division, needed) = (stage.exact.unwrap_or_default(), stage.needed.unwrap_or_default());
        println!("{:<10}{division:>10.0}{needed:>10}", stage.stage);
    }

    // Forward: the budget pays for 2,800 leads. What will become of them?
    let forward = goal.with_leads(2_800)?.plan(&rates)?;
    println!("{}", forward.headline.unwrap_or_default());
    if let Some(revenue) = forward.revenue {
        println!("revenue {:.0} EUR, 80 % interval {:.0} to {:.0}", revenue.expected, revenue.low, revenue.high);
    }
    Ok(())
}
