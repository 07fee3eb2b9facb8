//! What a user must know of the estimates, in sentences: nothing converts yet, the curve still rises, rates have moved.

use super::dependence::dependence;
use super::estimate::Estimate;
use crate::history::{Cell, Outcome, Tally};
use crate::math::search::to_whole;
use crate::rates::LearnOptions;
use crate::rates::curve::{Counts, DISAGREE, FAR, StepCurve, Tail};
use crate::rates::periods::{Drift, PeriodRate, QUARTERS, breakpoint, movement};
use crate::words::en::estimates as words;

/// So many conversions expected and none seen: the records began later than the leads.
const MISSED: f64 = 5.0;
/// More of the conversions than this beyond the horizon are worth a word.
const LATE: f64 = 0.05;

/// What the estimates were made from.
pub(in crate::rates) struct Seen<'a> {
    pub(in crate::rates) tally: &'a Tally,
    pub(in crate::rates) how: &'a LearnOptions,
    /// Per step, the whole way last.
    pub(in crate::rates) counts: &'a [Counts],
    pub(in crate::rates) pooled: &'a [StepCurve],
    pub(in crate::rates) months: &'a [Vec<PeriodRate>],
    pub(in crate::rates) quarters: &'a [Vec<PeriodRate>],
}

pub(in crate::rates) fn warnings(seen: &Seen, table: &[Estimate], drift: &Drift) -> Vec<String> {
    let mut warnings = Vec::new();
    let rows = seen.pooled.iter().zip(seen.counts).zip(table);
    for (step, ((pooled, counts), row)) in rows.enumerate() {
        warnings.extend(unfinished(row, pooled.tail()));
        if seen.how.horizon_days.is_none() {
            warnings.extend(beyond(row, counts, pooled.enough()));
        }
        warnings.extend(late_first_conversion(seen.tally, step, pooled, row));
    }
    warnings.extend(changes(seen, table));
    warnings.extend(dependence(seen.pooled, table, seen.tally.funnel().steps().len()));
    if drift.quarters < QUARTERS {
        warnings.push(words::drift_from_elsewhere(drift.quarters));
    }
    warnings
}

/// Where a step's rate has broken, or moves; of the whole way only if no step by itself does.
fn changes(seen: &Seen, table: &[Estimate]) -> Vec<String> {
    let steps = seen.tally.funnel().steps().len();
    let each = seen.months.iter().zip(seen.quarters).zip(table);
    let change = |((months, quarters), row): ((&Vec<PeriodRate>, &Vec<PeriodRate>), &Estimate)| {
        row.estimate?;
        let told = match breakpoint(months) {
            Some(found) => found.in_words(&row.step),
            None => movement(quarters)?.in_words(&row.step, quarters)?,
        };
        Some(words::planned_with(&told, row.next))
    };
    let by_step: Vec<String> = each.clone().take(steps).filter_map(change).collect();
    if by_step.is_empty() { each.skip(steps).filter_map(change).collect() } else { by_step }
}

fn unfinished(row: &Estimate, tail: Option<&Tail>) -> Option<String> {
    match (row.estimate, row.levelled_off) {
        (None, _) => Some(words::no_rate(&row.step, &row.why_none())),
        (Some(_), Some(false)) => Some(words::not_levelled_off(&row.step, row.horizon_days, &ultimate(row, tail))),
        // A tail that could not be believed is of interest only where it matters: where it claims much.
        (Some(_), _) if tail.is_some_and(|tail| !tail.identified() && tail.extrapolated() > LATE) => {
            Some(words::of_step(&row.step, &ultimate(row, tail)))
        }
        _ => None,
    }
}

/// How many convert in the end, or why that cannot be said.
fn ultimate(row: &Estimate, tail: Option<&Tail>) -> String {
    let Some(tail) = tail else { return words::too_few_for_the_end() };
    if let Some(ultimate) = row.ultimate {
        return words::in_the_end(ultimate, tail.extrapolated(), tail.best.family.name());
    }
    let why = match tail.other {
        _ if tail.extrapolated() > FAR => words::too_far(tail.extrapolated(), FAR),
        Some(other) if tail.disagreement() > DISAGREE => {
            words::tails_disagree((tail.best.family.name(), tail.best.ultimate), (other.family.name(), other.ultimate))
        }
        _ => words::no_smooth_tail(),
    };
    words::not_identified(&why)
}

/// Conversions that were seen, but so late that too few leads were still under observation: few leads, or young ones.
fn beyond(row: &Estimate, counts: &Counts, enough: u64) -> Option<String> {
    let late: u64 = counts.converted.iter().skip(row.horizon_days as usize + 1).sum();
    (row.converted > 0 && late as f64 > LATE * row.converted as f64)
        .then(|| words::beyond_the_horizon(&row.step, (late, row.converted), row.horizon_days, enough))
}

/// Leads that entered long before the first conversion, when conversions should have been seen: left truncation.
fn late_first_conversion(tally: &Tally, step: usize, pooled: &StepCurve, row: &Estimate) -> Option<String> {
    let (entry, conversion) = tally.first_days().get(step).copied()?;
    let (entry, conversion) = (entry?, conversion?);
    let late = |cell: &Cell| usize::from(cell.step) == step && cell.outcome == Outcome::Delayed;
    if tally.cells().iter().any(|(cell, _)| late(cell)) {
        return None;
    }
    // Each lead once: a loss is counted by its age too, a delayed lead beside what became of it.
    let once =
        |outcome: Outcome| matches!(outcome, Outcome::Converted | Outcome::Undated | Outcome::Lost | Outcome::Open);
    let entered = tally.cells().iter().filter(|(cell, _)| usize::from(cell.step) == step && once(cell.outcome));
    let expected: f64 = entered
        .filter_map(|(cell, count)| {
            let age = conversion.days_since(cell.month.period().end());
            let share = pooled.share_by(usize::try_from(age).ok()?)?;
            Some(*count as f64 * share * row.estimate?)
        })
        .sum();
    (expected > MISSED).then(|| words::late_first_conversion(&row.step, entry, conversion, to_whole(expected)))
}
