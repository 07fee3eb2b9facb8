//! A campaign planned backward, as an application would: `cargo run --example campaign`.

use backcast::{Conversion, DealSize, Funnel, Goal, Rates};

fn main() -> Result<(), backcast::Error> {
    // What last year showed: so many of so many went on.
    let funnel = Funnel::new(["lead", "mql", "sql", "customer"])?;
    let steps = vec![Conversion::learned(290, 1_000)?, Conversion::learned(100, 290)?, Conversion::learned(20, 100)?];
    let rates = Rates::new(funnel, steps)?.with_deal_size(DealSize::mean(&"10000".into(), "EUR".parse()?)?);

    let plan = Goal::revenue("500000 EUR".parse()?)?.at(0.8)?.plan(&rates)?;
    for stage in &plan.stages {
        println!("{:<10}{:>6}", stage.stage, stage.needed.unwrap_or_default());
    }
    println!("probability {:.3}", plan.probability.unwrap_or_default());
    Ok(())
}
