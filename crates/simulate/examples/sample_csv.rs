//! Writes the sample CRM as CSV to standard output: `cargo run -p simulate --example sample_csv [SEED] > leads.csv`.

use std::io::Write;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let seed = std::env::args().nth(1).map_or(Ok(1), |text| text.parse())?;
    let crm = simulate::sample_crm(seed);
    std::io::stdout().write_all(crm.to_csv().as_bytes())?;
    eprintln!("{} rows, as of {}\n{:#?}", crm.len(), simulate::iso_day(crm.as_of), crm.dirt);
    Ok(())
}
