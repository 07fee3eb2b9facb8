//! What is said of rates and deals that a history shows: how they move, how they differ, what is not enough.

use crate::quantity::{Day, Month, shown};

const MOVING: &str = "rates are moving, so past intervals understate what the next quarter may bring";

/// Up or down all along, from one quarter's rate to another's.
pub(crate) fn trend(step: &str, (from, first): (f64, Month), (to, last): (f64, Month)) -> String {
    format!(
        "{step}: the rate has been {} from quarter to quarter, from about {} of those that entered in {first} to about {} in {last}; \
         {MOVING}",
        rising(from, to),
        shown::percent(from),
        shown::percent(to)
    )
}

/// Away from the mean for several quarters: the lowest and the highest.
pub(crate) fn wandering(step: &str, lowest: (Month, f64), highest: (Month, f64)) -> String {
    format!(
        "{step}: the rate has wandered for several quarters at a time, between {} (from {}) and {} (from {}); {MOVING}",
        shown::percent(lowest.1),
        lowest.0,
        shown::percent(highest.1),
        highest.0
    )
}

/// From a day on another rate than before.
pub(crate) fn changed(step: &str, from: Day, before: f64, after: f64) -> String {
    format!(
        "{step}: the rate has changed: {} of those that entered before {from}, {} of those since; if that lasts, read only \
         leads from then on",
        shown::percent(before),
        shown::percent(after)
    )
}

/// All along: the rates of the first and of the last third of the time.
pub(crate) fn steady(step: &str, (before, until): (f64, Month), (after, since): (f64, Month)) -> String {
    format!(
        "{step}: the rate has been {} from month to month: {} of those that entered up to {until}, {} of those from {since} \
         on; {MOVING}",
        rising(before, after),
        shown::percent(before),
        shown::percent(after)
    )
}

fn rising(before: f64, after: f64) -> &'static str {
    if after > before { "rising" } else { "falling" }
}

/// The best segment cannot be told from others, of which the first are named and so many more are not.
pub(crate) fn not_ranked(way: &str, best: (&str, f64), rivals: &[String], more: usize, clear: f64) -> String {
    let named: Vec<String> = rivals.iter().map(|name| format!("`{name}`")).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!(
        "not enough data to rank the segments by {way}: `{}` is highest so far ({}), but {}{more} may be as good (the \
         first is better with a probability below {})",
        best.0,
        shown::percent(best.1),
        named.join(", "),
        shown::percent(clear)
    )
}

pub(crate) fn stated_rate(rate: &str) -> String {
    format!("a stated rate of {rate}, taken as exactly true")
}

pub(crate) fn learned_rate(converted: u64, entered: u64, share: f64) -> String {
    format!("{} of {} converted, {}", shown::count(converted), shown::count(entered), shown::percent(share))
}

/// An estimate with the weight of so many leads, as they are written.
pub(crate) fn estimated_rate(mean: f64, weight: &str) -> String {
    format!("an estimate of {} with the weight of {weight} leads", shown::percent(mean))
}

/// How deals differ: their coefficient of variation, by a law.
pub(crate) fn deals_differ(cv: f64, law: &str) -> String {
    format!("deals differ with a standard deviation of {} of their mean ({law})", shown::percent(cv))
}

pub(crate) fn by_amounts(deals: u64) -> String {
    format!("each of {} amounts as often as it occurs", shown::count(deals))
}

/// Deals that have an amount are too few.
pub(crate) fn few_deals(deals: u64, fewest: u64) -> String {
    let deals =
        if deals == 1 { "1 won deal has".to_owned() } else { format!("{} won deals have", shown::count(deals)) };
    format!(
        "only {deals} an amount, too few to say how deals differ: state the size of a deal with its `mean` and `cv` \
         ({fewest} deals are the fewest)"
    )
}

pub(crate) fn deals_alike(deals: u64) -> String {
    format!("all {} won deals have the same amount, taken for the price of every deal", shown::count(deals))
}

pub(crate) fn deals_of_nothing(zeros: u64, deals: u64) -> String {
    format!(
        "{} of {} won deals have an amount of 0 and count as deals that bring nothing; leave an amount blank where it is \
         not known",
        shown::count(zeros),
        shown::count(deals)
    )
}

/// Large deals close later (or sooner) than small ones; amounts as they are written.
pub(crate) fn size_and_delay(rho: f64, deals: u64, average: &str, corrected: &str) -> String {
    let (when, bias) = if rho > 0.0 { ("later", "low") } else { ("sooner", "high") };
    format!(
        "large deals close {when} than small ones (rank correlation {rho:.2} over {} won deals), so the mean of those won \
         so far is too {bias} while the history is young: {average}; weighted for what is still open it is {corrected}",
        shown::count(deals)
    )
}

/// Deals out of line, from one amount to another (or of one), and the median.
pub(crate) fn out_of_line(many: u64, deals: u64, (first, last): (&str, &str), median: &str) -> String {
    let range = if first == last { String::new() } else { format!("{first} to ") };
    let is = if many == 1 { "is" } else { "are" };
    format!(
        "{} of {} won deals {is} out of line: {range}{last}, where the median is {median}",
        shown::count(many),
        shown::count(deals)
    )
}

/// They are kept: what the mean deal is without them, and with the nearest amounts in line.
pub(crate) fn outliers_kept(found: &str, many: u64, (kept, trimmed, held): (&str, &str, &str), change: f64) -> String {
    let them = if many == 1 { "it" } else { "them" };
    let direction = if change < 0.0 { "lower" } else { "higher" };
    format!(
        "{found}; the mean deal is {kept}, without {them} {trimmed} ({} {direction}); if a slip of the keyboard made {them}, \
         correct the records; `outliers` as `trim` leaves {them} out, as `winsorise` gives {held}",
        shown::percent(change.abs())
    )
}

pub(crate) fn outliers_left_out(found: &str, trimmed: &str, kept: &str) -> String {
    format!("{found}; left out as asked: the mean deal is {trimmed}, not {kept}")
}

pub(crate) fn outliers_held(found: &str, held: &str, kept: &str) -> String {
    format!("{found}; counted as the nearest amount in line, as asked: the mean deal is {held}, not {kept}")
}
