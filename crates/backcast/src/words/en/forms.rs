//! How numbers, days and lists stand in a sentence.

use crate::quantity::{Day, shown};

/// An 80 % interval.
pub(super) fn interval(low: f64, high: f64) -> String {
    format!("80 % interval {} to {}", shown::decimal(low, 0), shown::decimal(high, 0))
}

/// Two more digits than usual: neighbours differ late.
pub(super) fn precise(probability: f64) -> String {
    let usual = format!("{:.3} %", probability * 100.0);
    match usual.as_str() {
        "100.000 %" if probability < 1.0 => shown::percent(probability),
        "0.000 %" if probability > 0.0 => shown::percent(probability),
        _ => usual,
    }
}

/// A probability in a sentence in which more than three digits would say nothing.
pub(super) fn roughly(probability: f64) -> String {
    const LEAST: f64 = 0.001;
    if probability > 0.0 && probability < LEAST {
        format!("less than {}", shown::percent(LEAST))
    } else if probability < 1.0 && probability > 1.0 - LEAST {
        format!("more than {}", shown::percent(1.0 - LEAST))
    } else {
        shown::percent(probability)
    }
}

/// `31 Dec 2026`.
pub(super) fn day(day: Day) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, of_month) = day.ymd();
    let name = MONTHS.get(month.saturating_sub(1) as usize).copied().unwrap_or_default();
    format!("{of_month} {name} {year}")
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
