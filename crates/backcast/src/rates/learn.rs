//! From a tally to rates: one estimate per step and segment, and the posteriors that a plan uses.

use super::curve::{Counts, Effective, Incidence, RiskSet, StepCurve};
use super::periods::{self, Drift, Fading, PeriodRate, drift, widening};
use super::segments::{self, pool};
use super::table::{Known, Seen, warnings};
use super::{Conversion, Estimate, LearnOptions, Pace, Rates};
use crate::error::{Error, Kind, Result};
use crate::history::{Cell, History, Tally, available_threads, in_parallel};
use crate::math::beta_binomial::Moments;

impl Rates {
    /// What the tally supports: for all leads together by Kaplan–Meier, per segment by the shared-lag likelihood.
    ///
    /// `horizon_days` is how long after entering a stage a conversion still counts; without it each step's horizon is
    /// the last lag with enough leads at risk.
    ///
    /// # Errors
    /// `no_leads` if the tally is empty.
    ///
    /// # Example
    /// ```
    /// use backcast::{Funnel, History, Rates, Table};
    /// use backcast::history::{Chunk, Days};
    /// let won: Vec<i32> = (0..40).map(|lead| if lead < 10 { 30 } else { i32::MIN }).collect();
    /// let chunk = Chunk { stages: vec![Days::Read(vec![0; 40]), Days::Read(won)], ..Chunk::default() };
    /// let table = Table { as_of: Some("1970-12-31".parse()?), ..Table::new(Funnel::new(["lead", "won"])?, vec![chunk]) };
    /// let rates = Rates::learn(History::read(&table)?.tally(), None)?;
    /// assert_eq!(rates.table()[0].naive, Some(0.25));
    /// assert_eq!(rates.table()[0].estimate, Some(0.25));
    /// # Ok::<(), backcast::Error>(())
    /// ```
    pub fn learn(tally: &Tally, horizon_days: Option<u32>) -> Result<Self> {
        Self::learn_with(tally, &LearnOptions { horizon_days, ..LearnOptions::default() })
    }

    /// As [`Rates::learn`], with all options.
    ///
    /// # Errors
    /// `no_leads` if the tally is empty; `not_positive` for a half-life that is not above 0.
    #[expect(clippy::indexing_slicing, reason = "every list has an entry per step, the whole way last")]
    pub fn learn_with(tally: &Tally, how: &LearnOptions) -> Result<Self> {
        let fading = Fading::of(how.half_life_quarters, tally.as_of())?;
        if tally.cells().is_empty() {
            return Err(Error::new(Kind::NoLeads, tally.as_of()));
        }
        let funnel = tally.funnel().clone();
        let names: Vec<String> = funnel.steps().chain([funnel.end_to_end()]).map(|step| step.to_string()).collect();
        // Of hundreds of segments, all leads together have a hundredth of the cells.
        let all = tally.without_segments();
        let counts = Counts::by_step(all.cells(), tally.first_days().len());
        let pooled: Vec<StepCurve> = counts.iter().map(|counts| StepCurve::of(counts, how.horizon_days)).collect();
        let monthly = periods::by_month(all.cells(), pooled.len());
        let months = periods::rates(&monthly, &pooled);
        let quarters = periods::rates(&periods::by_quarter(&monthly), &pooled);
        let known = together(&pooled, &counts, &quarters, fading);
        let own: Vec<Option<Effective>> = known.iter().map(|known| known.map(|known| known.own)).collect();
        let drift = drift(&effective(&quarters, fading)).centred_if_few(&own);
        let row = |step: usize| {
            Estimate::of_all(&pooled[step], names[step].clone(), &counts[step], known[step], drift.next[step])
        };
        let mut table: Vec<_> = (0..pooled.len()).map(row).collect();
        let seen = Seen { tally: &all, how, counts: &counts, pooled: &pooled, months: &months, quarters: &quarters };
        let warnings = warnings(&seen, &table, &drift);
        let conversions = predictive(&table, &drift, funnel.steps().len())?;
        let notes: Vec<String> = table.iter().map(Estimate::in_words).collect();
        table.extend(segment_rows(tally, &pooled, &names, fading));
        let rates = Self::of_estimates(funnel, conversions, table, tally.as_of()).with_amounts(tally, how.outliers);
        let lags: Option<Vec<_>> = pooled.iter().take(rates.funnel().steps().len()).map(StepCurve::lag).collect();
        let rates = match lags {
            Some(lags) => rates.with_lags(lags)?.with_losses(losses(&counts, &own)),
            None => rates,
        };
        let rates = Pace::of(&all).into_iter().fold(rates, Self::at_pace);
        let rates = notes.into_iter().fold(rates, Self::noting);
        Ok(warnings.into_iter().fold(rates, Self::warning))
    }

    /// As [`Rates::learn_with`], with what the reading of the table left in doubt: every plan says it first.
    ///
    /// # Errors
    /// As [`Rates::learn_with`].
    pub fn of_history(history: &History, how: &LearnOptions) -> Result<Self> {
        Ok(Self::learn_with(history.tally(), how)?.warning_first(&history.warnings()))
    }
}

/// Per step, the share of those that never convert whose loss is recorded within each number of days: the cumulative
/// incidence of loss (Aalen–Johansen) ÷ the share that never converts.
fn losses(counts: &[Counts], together: &[Option<Effective>]) -> Vec<Vec<f64>> {
    let step = |(counts, effective): (&Counts, &Option<Effective>)| {
        let never = effective.map_or(1.0, |effective| 1.0 - effective.rate);
        let lost = Incidence::of(counts, RiskSet::AalenJohansen).lost;
        lost.into_iter().map(|lost| if never > 0.0 { (lost / never).min(1.0) } else { 0.0 }).collect()
    };
    counts.iter().zip(together).map(step).collect()
}

/// What all leads say of each step: by Kaplan–Meier, or by their quarters where old ones fade.
fn together(
    pooled: &[StepCurve],
    counts: &[Counts],
    quarters: &[Vec<PeriodRate>],
    fading: Option<Fading>,
) -> Vec<Option<Known>> {
    let each = pooled.iter().zip(counts).zip(quarters);
    each.map(|((pooled, counts), quarters)| {
        let together = Known::by(pooled.together(counts)?, "kaplan-meier");
        Some(fading.and_then(|fading| fading.together(quarters)).map_or(together, Known::faded))
    })
    .collect()
}

/// Per step the quarters' own estimates, each worth as many leads as it still counts for.
fn effective(quarters: &[Vec<PeriodRate>], fading: Option<Fading>) -> Vec<Vec<Effective>> {
    let own = |quarters: &[PeriodRate]| quarters.iter().map(|quarter| quarter.own).collect();
    let step = |quarters: &Vec<PeriodRate>| fading.map_or_else(|| own(quarters), |fading| own(&fading.each(quarters)));
    quarters.iter().map(step).collect()
}

/// What a plan believes of each step: the next quarter's rate, all steps widened alike where shocks are shared.
fn predictive(table: &[Estimate], quarters: &Drift, steps: usize) -> Result<Vec<Option<Conversion>>> {
    let factor = shared_shocks(table, quarters, steps);
    let conversion = |(row, next): (&Estimate, &Option<Moments>)| match (row.estimate, next) {
        (Some(_), Some(next)) => {
            let (a, b) = Moments { variance: next.variance * factor, ..*next }.shapes();
            Conversion::estimated(a / (a + b), a + b).map(Some)
        }
        _ => Ok(None),
    };
    table.iter().zip(&quarters.next).take(steps).map(conversion).collect()
}

/// How much wider the whole way is than independent steps make it: 1 without the wins that could tell.
fn shared_shocks(table: &[Estimate], quarters: &Drift, steps: usize) -> f64 {
    let Some(whole_way) = table.get(steps) else { return 1.0 };
    let each: Option<Vec<Moments>> = quarters.next.iter().take(steps).copied().collect();
    let enough = whole_way.converted >= 60 && quarters.whole_way_quarters >= 6;
    each.filter(|_| enough).map_or(1.0, |each| widening(&each, quarters.shared))
}

/// Per segment one row per step, pooled over the segments of the step.
fn segment_rows(tally: &Tally, pooled: &[StepCurve], names: &[String], fading: Option<Fading>) -> Vec<Estimate> {
    if tally.dimensions().is_empty() {
        return Vec::new();
    }
    let (segments, cells) = (tally.segments(), tally.cells_by_segment());
    let threads = available_threads(tally.cells().len());
    let counted = in_parallel(threads, &cells, |cells| Counted::of(cells, pooled, fading));
    let steps: Vec<usize> = (0..pooled.len()).collect();
    let posteriors: Vec<Posteriors> = in_parallel(threads, &steps, |step| {
        let own: Vec<Option<Effective>> = counted.iter().map(|counted| Some(counted.known(*step)?.own)).collect();
        let common = counts_mean(&own);
        let pooled = pool(&segments::cells(segments, &own, tally.dimensions().len(), common));
        pooled.map(|pooled| pooled.into_iter().map(|moments| (moments, common)).collect())
    });
    let numbers: Vec<usize> = (0..segments.len()).collect();
    let row = |number: &usize, step: usize| {
        let (segment, counted) = segments.get(*number).zip(counted.get(*number))?;
        let (pooled, name) = pooled.get(step).zip(names.get(step))?;
        let posterior = posteriors.get(step)?.as_ref().and_then(|all| all.get(*number)).copied();
        let counts = counted.counts.get(step)?;
        Some(Estimate::of_segment(pooled, segment.clone(), name.clone(), counts, counted.known(step), posterior))
    };
    let rows = in_parallel(threads, &numbers, |number| {
        steps.iter().filter_map(|step| row(number, *step)).collect::<Vec<Estimate>>()
    });
    rows.into_iter().flatten().collect()
}

/// The posterior of each segment in a step, with the rate common to all; `None` where they cannot be pooled.
type Posteriors = Option<Vec<(Moments, f64)>>;

/// A segment's own leads, by step.
struct Counted {
    counts: Vec<Counts>,
    known: Vec<Option<Known>>,
}

impl Counted {
    fn of(cells: &[(Cell, u64)], pooled: &[StepCurve], fading: Option<Fading>) -> Self {
        let counts = Counts::by_step(cells, pooled.len());
        let each = pooled.iter().zip(&counts);
        let alike = || each.map(|(pooled, counts)| Some(Known::by(pooled.segment(counts)?, "shared-lag"))).collect();
        let known = fading.map_or_else(alike, |fading| faded_segment(cells, pooled, fading));
        Self { counts, known }
    }

    fn known(&self, step: usize) -> Option<Known> {
        self.known.get(step).copied().flatten()
    }
}

/// Per step what a segment's quarters say together, the old ones less.
fn faded_segment(cells: &[(Cell, u64)], pooled: &[StepCurve], fading: Fading) -> Vec<Option<Known>> {
    let quarters = periods::rates(&periods::by_quarter(&periods::by_month(cells, pooled.len())), pooled);
    quarters.iter().map(|quarters| fading.together(quarters).map(Known::faded)).collect()
}

fn counts_mean(own: &[Option<Effective>]) -> f64 {
    let leads: f64 = own.iter().flatten().map(|own| own.leads).sum();
    own.iter().flatten().map(|own| own.leads * own.rate).sum::<f64>() / leads
}
