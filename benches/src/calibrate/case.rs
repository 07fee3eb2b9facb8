//! One draw of a world as its planners see it: the records up to today, and what the library learns from them.

use backcast::{Chunk, Conversion, Day, Days, Funnel, History, Path, Rates, Table};
use simulate::{Leads, MISSING, Truth, World};

use crate::Result;

/// The stage for which leads are bought.
pub(super) const FIRST_STAGE: &str = "lead";
const STAGES: [&str; 4] = [FIRST_STAGE, "mql", "sql", "customer"];

/// What is known on the last day of history, and learned from it.
#[derive(Debug)]
pub(super) struct Case<'w> {
    pub(super) world: &'w World,
    pub(super) seed: u64,
    pub(super) known: Leads,
    pub(super) rates: Rates,
}

impl<'w> Case<'w> {
    pub(super) fn draw(world: &'w World, seed: u64) -> Result<Self> {
        let known = world.history(seed)?.as_of(world.as_of);
        let rates = learn(world, &known)?;
        Ok(Self { world, seed, known, rates })
    }

    /// Per step the shapes of the Beta distribution that a plan uses; `None` where nothing can be said.
    pub(super) fn planned_shapes(&self) -> Vec<Option<(f64, f64)>> {
        let shapes = |(mean, weight): (f64, f64)| (mean * weight, (1.0 - mean) * weight);
        self.rates.posteriors().into_iter().map(|known| known.map(shapes)).collect()
    }

    /// The whole way with the rates that a plan uses; `None` where a step has none.
    pub(super) fn path(&self) -> Result<Option<Path>> {
        let steps: Option<Vec<_>> = self.rates.posteriors().into_iter().collect();
        let Some(steps) = steps else { return Ok(None) };
        let steps: backcast::Result<Vec<_>> =
            steps.iter().map(|(mean, ess)| Conversion::estimated(*mean, *ess)).collect();
        Ok(Some(Path::new(&steps?)))
    }

    /// Per step the ultimate rate of the leads that the records hold in it: the mean of their true rates.
    pub(super) fn recorded_rates(&self) -> Result<Vec<f64>> {
        let truth = self.world.truth(self.seed, self.world.first_day(), self.world.history_days)?;
        let created = self.known.entered.first().map_or(&[][..], Vec::as_slice);
        let columns = self.known.entered.iter().zip(0..self.world.steps.len());
        Ok(columns.map(|(entered, step)| mean_rate(&truth, created, entered, &self.known.segment, step)).collect())
    }
}

/// The mean true rate of one step over the leads that have entered its stage.
fn mean_rate(truth: &Truth, created: &[i32], entered: &[i32], segments: &[u16], step: usize) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for ((created, _), segment) in created.iter().zip(entered).zip(segments).filter(|((_, day), _)| **day != MISSING) {
        let part = truth.parts.iter().find(|part| (part.first_day..=part.last_day).contains(created));
        let rate = part.and_then(|part| part.rates.get(usize::from(*segment))?.get(step));
        sum += rate.copied().unwrap_or(f64::NAN);
        count += 1.0;
    }
    sum / count
}

/// The rates of a CRM with these records, by the library's own way from records to rates.
fn learn(world: &World, known: &Leads) -> Result<Rates> {
    let days = |column| Days::InPlace { values: column, valid: None };
    let chunk = Chunk {
        stages: known.entered.iter().map(|column| days(column.as_slice())).collect(),
        lost: Some(days(known.lost.as_slice())),
        ..Chunk::default()
    };
    let as_of = Some(Day::from_unix_days(world.as_of)?);
    let table = Table { as_of, ..Table::new(Funnel::new(STAGES)?, vec![chunk]) };
    Ok(Rates::learn(History::read_with(&table, 1)?.tally(), None)?)
}
