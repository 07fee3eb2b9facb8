//! Do the steps one by one say what the whole way says? Where the delays of one lead go together, they do not.

use super::estimate::Estimate;
use crate::quantity::shown;
use crate::rates::Lag;
use crate::rates::curve::StepCurve;

/// So many standard errors apart is more than chance allows.
const APART: f64 = 2.0;

/// A sentence if the product of the steps and the whole way differ by more than two combined standard errors.
///
/// # Formula
/// Π `F_i`(`H_i`) · (g₁ * g₂ * …)(H) against F(H) of the whole way, H its horizon: what the steps expect within the same days.
/// Var(Π) = Π² Σ `V_i`/`F_i`². The two are not independent, which makes the test the more careful.
/// Source: induced dependent censoring, Lin, Sun & Ying 1999 (gap times).
pub(in crate::rates) fn dependence(pooled: &[StepCurve], table: &[Estimate], steps: usize) -> Option<String> {
    let (whole, each) = (pooled.get(steps)?, pooled.get(..steps)?);
    let name = &table.get(steps)?.step;
    let lag = each.iter().try_fold(Lag::none(), |way, step| Some(way.then(&step.lag()?)))?;
    let days = u32::try_from(whole.horizon()).unwrap_or(u32::MAX);
    let product = each.iter().map(|step| step.rate().0).product::<f64>() * lag.within(days);
    let relative: f64 = each.iter().map(StepCurve::rate).map(|(rate, variance)| variance / (rate * rate)).sum();
    let (rate, variance) = whole.rate();
    let error = (product * product * relative + variance).sqrt();
    (rate > 0.0 && (product - rate).abs() > APART * error).then(|| {
        format!(
            "{name}: the steps one by one come to {} within {days} days, the whole way to {}, which is more than chance \
             allows: how long a lead takes in one step seems to go with what it does in the next; the whole way is the one \
             to trust, and a plan from step to step is off by about as much",
            shown::percent(product),
            shown::percent(rate)
        )
    })
}
