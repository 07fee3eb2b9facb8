//! What is said of a backtest: what was counted, what was left out, and how little few cohorts prove.

use crate::quantity::{Day, Month, shown};

/// Within how many days a customer counts, and where that number is from if nobody asked for it.
pub(crate) fn what_counts(way: &str, days: u32, asked: bool) -> String {
    let counts = format!("{way}: a customer counts within {days} days of entering the first stage");
    if asked { counts } else { format!("{counts}; by then nine in ten customers of the whole history had been won") }
}

pub(crate) fn what_was_known(keyed_late: u32) -> String {
    let delay = if keyed_late == 0 { String::new() } else { format!(" (keyed {keyed_late} days late)") };
    format!(
        "each origin knows what is dated up to its day{delay}; what was corrected in the records later cannot be told"
    )
}

/// So many of the origins, from one to another, had rates that came with warnings.
pub(crate) fn warned(many: usize, origins: usize, (first, last): (Day, Day)) -> String {
    format!(
        "at {many} of {} (from {first} to {last}) the rates came with warnings, which stand beside each cohort",
        shown::counted(origins, "origin")
    )
}

/// Cohorts of a month or a quarter each, and why they were left out.
pub(crate) fn left_out(many: usize, monthly: bool, span: Option<(Month, Month)>, because: &str) -> String {
    let noun = if monthly { "monthly cohort" } else { "quarterly cohort" };
    let span =
        span.map_or_else(
            String::new,
            |(first, last)| {
                if first == last { first.to_string() } else { format!("{first} to {last}") }
            },
        );
    format!("{} left out ({span}): {because}", shown::counted(many, noun))
}

pub(crate) fn nobody_entered() -> String {
    "nobody entered".to_owned()
}

pub(crate) fn came_late() -> String {
    "some of the leads came under observation only after they had entered".to_owned()
}

pub(crate) fn nothing_converted() -> String {
    "at their origins a step had no conversion, so there was no rate to plan with".to_owned()
}

pub(crate) fn too_short(days: u32) -> String {
    format!("at their origins too few leads had been followed for {days} days to say how many are won by then")
}

/// Why there is nothing to test.
pub(crate) fn nothing_to_test((first, as_of): (Day, Day), days: u32, because: Option<&str>) -> String {
    let because = because.unwrap_or("no later cohort is that old");
    format!("records from {first} to {as_of}, customers count within {days} days; {because}")
}

/// How little so many cohorts prove: the share of intervals that held, and what that says of the true one.
pub(crate) fn little(cohorts: usize, quarters: usize, (observed, low, high): (f64, f64, f64)) -> String {
    format!(
        "{} in {} prove little: {} of the 80 % intervals held, which fits a true share of {} to {}",
        shown::counted(cohorts, "cohort"),
        shown::counted(quarters, "quarter"),
        shown::percent(observed),
        shown::percent(low),
        shown::percent(high)
    )
}
