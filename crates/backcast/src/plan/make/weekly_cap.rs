//! The number of leads where it decides when they arrive: the smallest that is enough for the weeks that it fills.

use super::recipe::make;
use crate::error::Result;
use crate::plan::ask::goal::Goal;
use crate::plan::result::plan::Plan;
use crate::plan::solve::days::room;
use crate::rates::Rates;

/// The plan of a goal. Under a weekly cap more leads fill later weeks, of whom fewer are won in time.
///
/// # Formula
/// The least n with f(n) ≤ n, where f(n) is the number needed at the on-time share of n leads. f never falls, so n < f(m)
/// for some m ≤ n is never enough; the search goes up from below by f itself (and by doubled steps where f crawls), then
/// down by halves.
pub(in crate::plan) fn settled(goal: &Goal, rates: &Rates) -> Result<Plan> {
    if let Some(stated) = goal.leads {
        return make(goal, rates, stated);
    }
    let Some(room) = room(goal)? else { return make(goal, rates, 0) };
    let (mut least, mut tried, mut step) = (1, 1_u64, 1_u64);
    let mut plan = make(goal, rates, tried)?;
    while let Some(wanted) = plan.planned.filter(|wanted| *wanted > tried) {
        least = wanted;
        // Beyond the room the arrival refuses, and says how many it has room for.
        tried = wanted.max(tried.saturating_add(step).min(room));
        step = step.saturating_mul(2);
        plan = make(goal, rates, tried)?;
    }
    while least < tried {
        let middle = least + (tried - least) / 2;
        let candidate = make(goal, rates, middle)?;
        if let Some(wanted) = candidate.planned.filter(|wanted| *wanted > middle) {
            least = wanted;
        } else {
            (tried, plan) = (middle, candidate);
        }
    }
    Ok(plan)
}
