//! One draw of a world as its planners see it: the records up to today, and what the library learns from them.

use backcast::history::{Chunk, Days};
use backcast::outlook::ConversionPath;
use backcast::{Conversion, Day, Funnel, History, Open, Rates, Table};
use simulate::{Leads, MISSING, Truth, World};

use super::scenario::CURRENCY;
use crate::Result;

/// The stage for which leads are bought.
pub(super) const FIRST_STAGE: &str = "lead";
const STAGES: [&str; 4] = [FIRST_STAGE, "mql", "sql", "customer"];

/// What is known on the last day of history, and learned from it.
#[derive(Debug)]
pub(super) struct Case<'w> {
    pub(super) world: &'w World,
    pub(super) seed: u64,
    /// The leads of the history with all that ever happens to them, which nobody knows yet.
    pub(super) history: Leads,
    pub(super) known: Leads,
    pub(super) rates: Rates,
    /// The same with the size of a deal as far as won deals tell it.
    pub(super) priced: Rates,
    /// The leads that are open, by stage and age.
    pub(super) open: Vec<Open>,
}

impl<'w> Case<'w> {
    pub(super) fn draw(world: &'w World, seed: u64) -> Result<Self> {
        let history = world.history(seed)?;
        let known = history.as_of(world.as_of);
        let read = read(world, &known)?;
        let rates = Rates::learn(read.tally(), None)?;
        let priced = match rates.deal_size_in(CURRENCY.parse()?)? {
            Some((size, _)) => rates.clone().with_deal_size(size),
            None => rates.clone(),
        };
        let open = Open::of(read.tally());
        Ok(Self { world, seed, history, known, rates, priced, open })
    }

    /// Per step the shapes of the Beta distribution that a plan uses; `None` where nothing can be said.
    pub(super) fn planned_shapes(&self) -> Vec<Option<(f64, f64)>> {
        let shapes = |(mean, weight): (f64, f64)| (mean * weight, (1.0 - mean) * weight);
        self.rates.posteriors().into_iter().map(|known| known.map(shapes)).collect()
    }

    /// The whole way with the rates that a plan uses; `None` where a step has none.
    pub(super) fn path(&self) -> Result<Option<ConversionPath>> {
        let steps: Option<Vec<_>> = self.rates.posteriors().into_iter().collect();
        let Some(steps) = steps else { return Ok(None) };
        let steps: backcast::error::Result<Vec<_>> =
            steps.iter().map(|(mean, ess)| Conversion::estimated(*mean, *ess)).collect();
        Ok(Some(ConversionPath::new(&steps?)))
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

/// The history of a CRM with these records.
fn read(world: &World, known: &Leads) -> Result<History> {
    let days = |column| Days::InPlace { values: column, valid: None };
    // The simulator's mark of a missing amount is the library's.
    let chunk = Chunk {
        stages: known.entered.iter().map(|column| days(column.as_slice())).collect(),
        lost: Some(days(known.lost.as_slice())),
        amounts: Some(known.amount.clone()),
        ..Chunk::default()
    };
    let (as_of, currency) = (Some(Day::from_unix_days(world.as_of)?), Some(CURRENCY.parse()?));
    let table = Table { as_of, currency, ..Table::new(Funnel::new(STAGES)?, vec![chunk]) };
    Ok(History::read_with(&table, 1)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use simulate::MISSING_AMOUNT;

    use super::super::in_flight::open_since;
    use super::super::scenario::scenarios;
    use super::*;

    /// The open leads that the library counts are those that the simulator left open; and so are won deals.
    #[test]
    fn the_records_hold_what_the_simulator_drew() {
        assert_eq!((MISSING, MISSING_AMOUNT), (backcast::history::DAY_MISSING, backcast::history::AMOUNT_MISSING));
        let world = &scenarios()[1].world;
        let case = Case::draw(world, 5).unwrap();
        let mut drawn = BTreeMap::<_, u64>::new();
        for (stage, entered) in (0..case.known.len()).filter_map(|place| open_since(&case.known, place)) {
            *drawn.entry((stage, world.as_of - entered)).or_default() += 1;
        }
        let open = case.open.iter().map(|open| ((open.stage(), open.age_days().cast_signed()), open.count()));
        assert_eq!(open.collect::<BTreeMap<_, _>>(), drawn);
        let (_, deals) = case.rates.deal_size_in(CURRENCY.parse().unwrap()).unwrap().unwrap();
        assert_eq!(deals, case.known.customers() as u64);
        assert!(case.priced.deal_size().is_some_and(|size| size.cv() > 0.5));
    }
}
