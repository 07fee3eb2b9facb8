//! From a tally to rates: one estimate per step and segment, and the posteriors that a plan uses.

use std::collections::BTreeMap;

use super::drift::{Drift, drift, widening};
use super::estimate::{Estimate, Pooled};
use super::incidence::Counts;
use super::pooling::{Cell as PoolCell, pool};
use super::shared_lag::Effective;
use super::warnings::warnings;
use super::{Conversion, DealSize, Outliers, Rates};
use crate::error::{Error, Kind, Result};
use crate::funnel::Segment;
use crate::history::{Cell, Tally};
use crate::math::beta_binomial::{Moments, logit};
use crate::quantity::Currency;

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
        let counts = counts_by_step(tally, |_| true);
        let pooled: Vec<Pooled> = counts.iter().map(|counts| Pooled::of(counts, horizon_days)).collect();
        let together: Vec<Option<Effective>> =
            pooled.iter().zip(&counts).map(|(pooled, counts)| pooled.together(counts)).collect();
        let quarters = drift(&by_quarter(tally, &pooled)).centred_if_few(&together);
        let rows = pooled.iter().zip(&counts).zip(&names).zip(&quarters.next);
        let mut table: Vec<_> =
            rows.map(|(((pooled, counts), name), next)| pooled.row(name.clone(), counts, *next)).collect();
        let warnings = warnings(tally, &pooled, &table, &quarters);
        let conversions = predictive(&table, &quarters, funnel.steps().len())?;
        let notes: Vec<String> = table.iter().map(Estimate::in_words).collect();
        table.extend(segment_rows(tally, &pooled, &names));
        let rates = Self::of_estimates(funnel, conversions, table, tally.as_of())
            .with_amounts(tally)
            .treating_outliers(tally, Outliers::Keep);
        let lags: Option<Vec<_>> = pooled.iter().take(rates.funnel().steps().len()).map(Pooled::lag).collect();
        let rates = match lags {
            Some(lags) => rates.with_lags(lags)?,
            None => rates,
        };
        let rates = notes.into_iter().fold(rates, Self::noting);
        Ok(warnings.into_iter().fold(rates, Self::warning))
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

/// The counts of each step (and of the whole way, if there are several) over the cells that are `wanted`.
fn counts_by_step(tally: &Tally, wanted: impl Fn(&Cell) -> bool) -> Vec<Counts> {
    let mut steps = vec![Counts::default(); tally.first_days().len()];
    for (cell, count) in tally.cells().iter().filter(|(cell, _)| wanted(cell)) {
        if let Some(counts) = steps.get_mut(usize::from(cell.step)) {
            counts.add(cell.outcome, cell.days as usize, *count);
        }
    }
    steps
}

/// Per step the effective estimate of each calendar quarter in which leads entered it, oldest first.
fn by_quarter(tally: &Tally, pooled: &[Pooled]) -> Vec<Vec<Effective>> {
    let mut quarters: BTreeMap<i32, Vec<Counts>> = BTreeMap::new();
    for (cell, count) in tally.cells() {
        let steps = quarters.entry(cell.month.quarter()).or_insert_with(|| vec![Counts::default(); pooled.len()]);
        if let Some(counts) = steps.get_mut(usize::from(cell.step)) {
            counts.add(cell.outcome, cell.days as usize, *count);
        }
    }
    let step = |(index, pooled): (usize, &Pooled)| {
        let counts = quarters.values().filter_map(|steps| steps.get(index));
        counts.filter_map(|counts| pooled.segment(counts)).collect()
    };
    pooled.iter().enumerate().map(step).collect()
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

/// How much wider the whole way is than independent steps make it: 1 unless that is plain from enough wins.
fn shared_shocks(table: &[Estimate], quarters: &Drift, steps: usize) -> f64 {
    let Some((whole_way, Some(next))) = table.get(steps).zip(quarters.next.get(steps)) else { return 1.0 };
    let each: Option<Vec<Moments>> = quarters.next.iter().take(steps).copied().collect();
    let Some(each) = each else { return 1.0 };
    let cv = |moments: &Moments| moments.variance.sqrt() / moments.mean;
    let product = each.iter().map(|step| 1.0 + cv(step) * cv(step)).product::<f64>() - 1.0;
    let differs = (cv(next) / product.sqrt() - 1.0).abs() > 0.2;
    let enough = whole_way.converted >= 60 && quarters.quarters >= 6;
    if enough && differs { widening(&each, *next) } else { 1.0 }
}

/// Per segment one row per step, pooled over the segments of the step.
fn segment_rows(tally: &Tally, pooled: &[Pooled], names: &[String]) -> Vec<Estimate> {
    if tally.dimensions().is_empty() {
        return Vec::new();
    }
    let segments = tally.segments();
    let mut counts = vec![vec![Counts::default(); pooled.len()]; segments.len()];
    for (cell, count) in tally.cells() {
        let slot = counts.get_mut(cell.segment as usize).and_then(|steps| steps.get_mut(usize::from(cell.step)));
        if let Some(counts) = slot {
            counts.add(cell.outcome, cell.days as usize, *count);
        }
    }
    let mut rows: Vec<Vec<Estimate>> = vec![Vec::new(); segments.len()];
    for (step, (pooled, name)) in pooled.iter().zip(names).enumerate() {
        let counts: Vec<&Counts> = counts.iter().filter_map(|steps| steps.get(step)).collect();
        let own: Vec<Option<Effective>> = counts.iter().map(|counts| pooled.segment(counts)).collect();
        let common = counts_mean(&own);
        let posteriors = pool(&cells(segments, &own, tally.dimensions().len()));
        for (index, ((segment, counts), row)) in segments.iter().zip(&counts).zip(&mut rows).enumerate() {
            let own = own.get(index).copied().flatten();
            let posterior = posteriors.as_ref().and_then(|all| all.get(index)).map(|moments| (*moments, common));
            row.push(pooled.segment_row(segment.clone(), name.clone(), counts, own, posterior));
        }
    }
    rows.into_iter().flatten().collect()
}

fn counts_mean(own: &[Option<Effective>]) -> f64 {
    let leads: f64 = own.iter().flatten().map(|own| own.leads).sum();
    own.iter().flatten().map(|own| own.leads * own.rate).sum::<f64>() / leads
}

/// The cells to pool. Of two dimensions (channel and persona) each cell is pooled around what its two values suggest.
fn cells(segments: &[Segment], own: &[Option<Effective>], dimensions: usize) -> Vec<PoolCell> {
    let none = Effective { rate: 0.0, leads: 0.0 };
    let plain = |own: &Option<Effective>| PoolCell { own: own.unwrap_or(none), offset: 0.0 };
    let mut cells: Vec<PoolCell> = own.iter().map(plain).collect();
    if dimensions < 2 {
        return cells;
    }
    let common = logit(counts_mean(own).clamp(1e-9, 1.0 - 1e-9));
    for dimension in 0..dimensions {
        let value = |segment: &Segment| segment.values().get(dimension).cloned().unwrap_or_default();
        let mut margins: BTreeMap<String, Effective> = BTreeMap::new();
        for (segment, own) in segments.iter().zip(own.iter()) {
            let own = own.unwrap_or(none);
            let margin = margins.entry(value(segment)).or_insert(none);
            let leads = margin.leads + own.leads;
            let converted = margin.rate * margin.leads + own.rate * own.leads;
            *margin = Effective { rate: if leads > 0.0 { converted / leads } else { 0.0 }, leads };
        }
        let pooled = pool(&margins.values().map(|own| PoolCell { own: *own, offset: 0.0 }).collect::<Vec<_>>());
        let Some(pooled) = pooled else { continue };
        let effects: BTreeMap<&String, f64> =
            margins.keys().zip(pooled.iter().map(|moments| logit(moments.mean) - common)).collect();
        for (segment, cell) in segments.iter().zip(&mut cells) {
            cell.offset += effects.get(&value(segment)).copied().unwrap_or(0.0);
        }
    }
    cells
}
