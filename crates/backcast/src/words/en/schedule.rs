//! The schedule, the departments and the sources.

use core::fmt::Write as _;

use super::forms::{day, listed};
use super::nouns::{one, several, stage};
use crate::quantity::{Day, shown};

/// How planned newcomers are spread.
pub(crate) fn spread(
    (total, first): (u64, &str),
    arrival: &str,
    (days, without): (u32, u32),
    (start, by): (Day, Day),
    with_delays: bool,
) -> String {
    let on = match without {
        0 => format!("on {}", shown::counted(days as usize, "day")),
        none => format!("on {} of {}", days.saturating_sub(none), shown::counted(days as usize, "day")),
    };
    let later = if with_delays {
        "later stages follow after the delays, as far as the deadline allows"
    } else {
        "no delays between the stages were given, so all stages are spread alike"
    };
    format!(
        "schedule: {} enter {arrival} {on} from {start} to {by}; {later}; each stage's number is rounded once, by week within a \
         month, so weeks, months and quarters add up to it",
        several(total, first)
    )
}

pub(crate) fn nobody_in_time(first: &str) -> String {
    format!("schedule: none, because no new {} can be won in time", one(first))
}

pub(crate) fn no_number(at: &str) -> String {
    format!("schedule: none, because no number of {} could be planned", stage(at))
}

pub(crate) fn too_long() -> String {
    "schedule: none, because the period is longer than ten years".to_owned()
}

/// Until when a newcomer is of use.
pub(crate) fn last_useful_day(
    share: f64,
    by: Day,
    days: &[(&str, Option<Day>)],
    still: Option<(Day, f64)>,
    last: &str,
) -> String {
    let each: Vec<String> = days
        .iter()
        .map(|(name, day)| format!("{} {}", one(name), day.map_or_else(|| "none".to_owned(), |day| day.to_string())))
        .collect();
    let mut line = format!(
        "last useful day: until then a newcomer that is won at all has a chance of at least {} to be won by {by}: {}",
        shown::percent(share),
        each.join(", ")
    );
    if let Some((day, wins)) = still {
        let _ = write!(
            line,
            "; after {day} those that have entered by then are still expected to bring {wins:.1} {}",
            stage(last)
        );
    }
    line
}

/// Who is planned and won too late.
pub(crate) fn too_late(by: Day, shares: &[(f64, &str)]) -> String {
    let each: Vec<String> =
        shares.iter().map(|(share, name)| format!("{} of {}", shown::percent(*share), stage(name))).collect();
    format!(
        "too late: of those that are planned to enter and are won at all, so many are won after {}: {}",
        day(by),
        each.join(", ")
    )
}

/// Who owns which stage.
pub(crate) fn owners(owned: &[(&str, Vec<&str>)]) -> String {
    let each: Vec<String> = owned
        .iter()
        .map(|(department, stages)| {
            let names: Vec<String> = stages.iter().map(|name| stage(name)).collect();
            format!("{department} owns {}", listed(&names))
        })
        .collect();
    format!("departments: {}", each.join(", "))
}

/// What each source must bring.
pub(crate) fn sources(each: &[(&str, f64, Option<f64>)], currency: &str) -> String {
    let each: Vec<String> = each
        .iter()
        .map(|(source, share, revenue)| {
            let money = revenue.map_or_else(String::new, |revenue| format!(", {} {currency}", shown::money(revenue)));
            format!("{source} {}{money}", shown::percent(*share))
        })
        .collect();
    format!("sources: {}; each stage's number is divided by Sainte-Laguë (ties in this order)", each.join("; "))
}

/// What one newcomer is worth.
pub(crate) fn worth(each: &[(&str, f64)], currency: &str, in_time: bool) -> String {
    let each: Vec<String> =
        each.iter().map(|(name, worth)| format!("one {} {} {currency}", one(name), shown::money(*worth))).collect();
    let in_time = if in_time { " × the share won in time" } else { "" };
    format!("worth in expected revenue (mean rates from there on{in_time} × mean deal): {}", each.join(", "))
}
