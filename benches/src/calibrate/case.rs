//! One draw of a world as its planners see it: the records up to today, and what the library learns from them.

use std::collections::BTreeMap;

use backcast::{Chunk, Conversion, Day, Days, Funnel, History, Open, Outcome, Path, Rates, Table, Tally};
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
    /// The leads that are open, by stage and groups of ages.
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
        let open = open(read.tally())?;
        Ok(Self { world, seed, history, known, rates, priced, open })
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

/// The leads that the records hold open, by stage and age, in groups whose ages differ by less than a factor of 2 and who
/// are taken at their mean age: the time of a plan grows with the number of rows. (What is counted of the whole way is
/// left out: it is them again.)
fn open(tally: &Tally) -> Result<Vec<Open>> {
    let stages = tally.funnel().stages();
    let mut groups = BTreeMap::new();
    for count in tally.counts().filter(|count| count.outcome == Outcome::Open && count.step + 1 < stages.len()) {
        let (leads, days) = groups.entry((count.step, (count.days + 1).ilog2())).or_insert((0, 0));
        *leads += count.leads;
        *days += count.leads * u64::from(count.days);
    }
    let of_stage = |((stage, _), (leads, days)): ((usize, u32), (u64, u64))| {
        let name = stages.get(stage).map_or("", String::as_str);
        Open::new(tally.funnel(), name, (days + leads / 2) / leads, leads)
    };
    Ok(groups.into_iter().map(of_stage).collect::<backcast::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use simulate::MISSING_AMOUNT;

    use super::super::in_flight::open_since;
    use super::super::scenario::scenarios;
    use super::*;

    /// The open leads that the library counts are those that the simulator left open; and so are won deals.
    #[test]
    fn the_records_hold_what_the_simulator_drew() {
        assert_eq!((MISSING, MISSING_AMOUNT), (backcast::DAY_MISSING, backcast::AMOUNT_MISSING));
        let world = &scenarios()[1].world;
        let case = Case::draw(world, 5).unwrap();
        let mut drawn = BTreeMap::new();
        for (stage, entered) in (0..case.known.len()).filter_map(|place| open_since(&case.known, place)) {
            let group: &mut Vec<i32> = drawn.entry((stage, (world.as_of - entered + 1).ilog2())).or_default();
            group.push(world.as_of - entered);
        }
        assert_eq!(case.open.len(), drawn.len());
        for (open, ((stage, _), ages)) in case.open.iter().zip(drawn) {
            assert_eq!((open.stage(), open.count()), (stage, ages.len() as u64));
            let mean = f64::from(ages.iter().sum::<i32>()) / ages.len() as f64;
            assert!((f64::from(open.age_days()) - mean).abs() <= 0.5);
        }
        let (_, deals) = case.rates.deal_size_in(CURRENCY.parse().unwrap()).unwrap().unwrap();
        assert_eq!(deals, case.known.customers() as u64);
        assert!(case.priced.deal_size().is_some_and(|size| size.cv() > 0.5));
    }
}
