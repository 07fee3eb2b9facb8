//! What a user must know of the estimates, in sentences: nothing converts yet, the curve still rises, records begin late.

use super::drift::{Drift, QUARTERS};
use super::estimate::{Estimate, Pooled};
use crate::history::{Cell, Outcome, Tally};
use crate::math::search::to_whole;
use crate::quantity::shown;

/// So many conversions expected and none seen: the records began later than the leads.
const MISSED: f64 = 5.0;

pub(super) fn warnings(tally: &Tally, pooled: &[Pooled], table: &[Estimate], quarters: &Drift) -> Vec<String> {
    let mut warnings = Vec::new();
    for (step, (pooled, row)) in pooled.iter().zip(table).enumerate() {
        warnings.extend(unfinished(row));
        warnings.extend(late_first_conversion(tally, step, pooled, row));
    }
    if quarters.quarters < QUARTERS {
        warnings.push(format!(
            "how much rates move from quarter to quarter rests on experience elsewhere: only {} quarters have enough leads",
            quarters.quarters
        ));
    }
    warnings
}

fn unfinished(row: &Estimate) -> Option<String> {
    match (row.estimate, row.levelled_off) {
        (None, _) => Some(format!("{}: no rate can be estimated, because {}", row.step, row.why_none())),
        (Some(_), Some(false)) => Some(format!(
            "{}: the curve has not levelled off within {} days; later conversions are not counted",
            row.step, row.horizon_days
        )),
        _ => None,
    }
}

/// Leads that entered long before the first conversion, when conversions should have been seen: left truncation.
fn late_first_conversion(tally: &Tally, step: usize, pooled: &Pooled, row: &Estimate) -> Option<String> {
    let (entry, conversion) = tally.first_days().get(step).copied()?;
    let (entry, conversion) = (entry?, conversion?);
    let late = |cell: &Cell| usize::from(cell.step) == step && cell.outcome == Outcome::Delayed;
    if tally.cells().iter().any(|(cell, _)| late(cell)) {
        return None;
    }
    // Each lead once: a loss is counted by its age too, a delayed lead beside what became of it.
    let once = |outcome: Outcome| matches!(outcome, Outcome::Converted | Outcome::Lost | Outcome::Open);
    let entered = tally.cells().iter().filter(|(cell, _)| usize::from(cell.step) == step && once(cell.outcome));
    let expected: f64 = entered
        .filter_map(|(cell, count)| {
            let age = conversion.days_since(cell.month.period().end());
            let share = pooled.share_by(usize::try_from(age).ok()?)?;
            Some(*count as f64 * share * row.estimate?)
        })
        .sum();
    (expected > MISSED).then(|| {
        format!(
            "{}: leads enter from {entry}, but none converts before {conversion}, where about {} should have; \
             if the records began later than the leads, pass `observed_from`",
            row.step,
            shown::count(to_whole(expected))
        )
    })
}
