//! From a tally to rates: one estimate per step and segment, and the posteriors that a plan uses.

use super::estimate::{Estimate, Pooled, shapes};
use super::incidence::Counts;
use super::{Conversion, DealSize, Rates};
use crate::error::{Error, Kind, Result};
use crate::history::{Outcome, Tally};
use crate::math::search::to_whole;
use crate::quantity::{Currency, shown};

/// So many conversions expected and none seen: the records began later than the leads.
const MISSED: f64 = 5.0;

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
    /// use backcast::{Chunk, Days, Funnel, History, Rates, Table};
    /// let won: Vec<i32> = (0..40).map(|lead| if lead < 10 { 30 } else { i32::MIN }).collect();
    /// let chunk = Chunk { stages: vec![Days::Read(vec![0; 40]), Days::Read(won)], ..Chunk::default() };
    /// let table = Table { as_of: Some("1970-12-31".parse()?), ..Table::new(Funnel::new(["lead", "won"])?, vec![chunk]) };
    /// let rates = Rates::learn(History::read(&table)?.tally(), None)?;
    /// assert_eq!(rates.table()[0].naive, Some(0.25));
    /// assert_eq!(rates.table()[0].estimate, Some(0.25));
    /// # Ok::<(), backcast::Error>(())
    /// ```
    pub fn learn(tally: &Tally, horizon_days: Option<u32>) -> Result<Self> {
        if tally.cells().is_empty() {
            return Err(Error::new(Kind::NoLeads, tally.as_of()));
        }
        let funnel = tally.funnel().clone();
        let names: Vec<String> = funnel.steps().chain([funnel.end_to_end()]).map(|step| step.to_string()).collect();
        let pooled_counts = counts_by_step(tally, None);
        let pooled: Vec<Pooled> = pooled_counts.iter().map(|counts| Pooled::of(counts, horizon_days)).collect();
        let mut table = Vec::new();
        for ((pooled, counts), name) in pooled.iter().zip(&pooled_counts).zip(&names) {
            table.push(pooled.row(None, name.clone(), counts));
        }
        if !tally.dimensions().is_empty() {
            for (index, segment) in (0..).zip(tally.segments()) {
                for ((pooled, counts), name) in pooled.iter().zip(counts_by_step(tally, Some(index))).zip(&names) {
                    table.push(pooled.row(Some(segment.clone()), name.clone(), &counts));
                }
            }
        }
        let conversions = pooled.iter().zip(&pooled_counts).take(funnel.steps().len());
        let conversions = conversions
            .map(|(pooled, counts)| {
                pooled
                    .together(counts)
                    .map(|effective| {
                        let (a, b) = shapes(effective);
                        Conversion::estimated(a / (a + b), a + b)
                    })
                    .transpose()
            })
            .collect::<Result<Vec<_>>>()?;
        let mut rates = Self::of_estimates(funnel, conversions, table, tally.as_of()).with_amounts(tally);
        for row in rates.table().iter().take(names.len()).map(Estimate::in_words).collect::<Vec<_>>() {
            rates = rates.noting(row);
        }
        for warning in warnings(tally, &pooled, &pooled_counts, &names) {
            rates = rates.warning(warning);
        }
        Ok(rates)
    }

    /// The mean of the amounts of won deals, in a currency, and how many there are; `None` where no amount is known.
    ///
    /// # Errors
    /// `mixed_currency` if the amounts are known to be in another one; `not_positive` if they sum to nothing.
    pub fn deal_size_in(&self, currency: Currency) -> Result<Option<(DealSize, u64)>> {
        let Some(known) = self.amounts() else { return Ok(None) };
        Ok(Some((known.mean_in(currency)?, known.deals())))
    }
}

/// The counts of each step (and of the whole way, if there are several), for one segment or for all.
fn counts_by_step(tally: &Tally, segment: Option<u32>) -> Vec<Counts> {
    let mut steps = vec![Counts::default(); tally.first_days().len()];
    let cells = tally.cells();
    let range = match segment {
        None => cells,
        Some(segment) => {
            let start = cells.partition_point(|(cell, _)| cell.segment < segment);
            let end = cells.partition_point(|(cell, _)| cell.segment <= segment);
            cells.get(start..end).unwrap_or_default()
        }
    };
    for (cell, count) in range {
        let Some(counts) = steps.get_mut(usize::from(cell.step)) else { continue };
        let by_day = match cell.outcome {
            Outcome::Converted => &mut counts.converted,
            Outcome::Lost => &mut counts.lost,
            Outcome::LostByAge => &mut counts.lost_by_age,
            Outcome::Open => &mut counts.open,
            Outcome::Delayed => &mut counts.delayed,
        };
        let day = cell.days as usize;
        if by_day.len() <= day {
            by_day.resize(day + 1, 0);
        }
        if let Some(slot) = by_day.get_mut(day) {
            *slot += count;
        }
    }
    steps
}

/// What a user must know of the estimates, in sentences.
fn warnings(tally: &Tally, pooled: &[Pooled], counts: &[Counts], names: &[String]) -> Vec<String> {
    let mut warnings = Vec::new();
    for (step, ((pooled, counts), name)) in pooled.iter().zip(counts).zip(names).enumerate() {
        let row = pooled.row(None, name.clone(), counts);
        match (row.estimate, row.levelled_off) {
            (None, _) => warnings.push(format!("{name}: nothing has converted yet, so no rate can be estimated")),
            (Some(_), Some(false)) => warnings.push(format!(
                "{name}: the curve has not levelled off within {} days; later conversions are not counted",
                row.horizon_days
            )),
            _ => {}
        }
        if let Some(warning) = late_first_conversion(tally, step, pooled, &row) {
            warnings.push(warning);
        }
    }
    warnings
}

/// Leads that entered long before the first conversion, when conversions should have been seen: left truncation.
fn late_first_conversion(tally: &Tally, step: usize, pooled: &Pooled, row: &Estimate) -> Option<String> {
    let (entry, conversion) = tally.first_days().get(step).copied()?;
    let (entry, conversion) = (entry?, conversion?);
    let cells = tally.cells().iter();
    let entered = cells.filter(|(cell, _)| {
        usize::from(cell.step) == step && cell.outcome != Outcome::Delayed && cell.outcome != Outcome::LostByAge
    });
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
