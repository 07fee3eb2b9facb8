//! Open leads: how many stand in a stage, for how long, and what each is worth where that is known.

use std::collections::BTreeMap;

use crate::error::{Error, Kind, Result};
use crate::funnel::Funnel;
use crate::history::{Amounts, Outcome, Tally};
use crate::quantity::Currency;

/// Open leads of one stage and age.
///
/// # Example
/// ```
/// use backcast::{Funnel, Open};
/// let funnel = Funnel::new(["lead", "mql", "customer"])?;
/// let open = Open::new(&funnel, "mql", 12, 40)?.worth(8_000.0)?;
/// assert_eq!((open.stage(), open.age_days(), open.count(), open.amount()), (1, 12, 40, Some(8_000.0)));
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Open {
    stage: usize,
    age_days: u32,
    count: u64,
    amount: Option<f64>,
}

/// So many different amounts of open leads are told apart.
const AMOUNTS: usize = 500;

/// Ages beyond this many days are not told apart.
const OLDEST: u64 = 36_525;

impl Open {
    /// `count` leads that have been in a stage (not the last) for `age_days` days; nothing that happened up to and
    /// including that day has moved them on.
    ///
    /// # Errors
    /// `unknown_stage`; `won_is_not_open` for the last stage.
    pub fn new(funnel: &Funnel, stage: &str, age_days: u64, count: u64) -> Result<Self> {
        let names = funnel.stages();
        match names.iter().position(|name| name == stage) {
            None => {
                let listed: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
                Err(Error::new(Kind::UnknownStage, stage).allowing(format!("one of {}", listed.join(", "))))
            }
            Some(at) if at + 1 == names.len() => Err(Error::new(Kind::WonIsNotOpen, stage)),
            Some(stage) => {
                let age_days = u32::try_from(age_days.min(OLDEST)).unwrap_or(u32::MAX);
                Ok(Self { stage, age_days, count, amount: None })
            }
        }
    }

    /// The open leads of a history as of its last day, all segments together, by stage and age; those with an amount of their
    /// own above 0 apart, by amount. Where that would be more than 500 amounts, those of one stage and age count with their
    /// mean.
    ///
    /// # Example
    /// ```
    /// use backcast::history::{Chunk, Days};
    /// use backcast::{Funnel, History, Open, Table};
    /// let funnel = Funnel::new(["lead", "customer"])?;
    /// let chunk = Chunk {
    ///     stages: vec![Days::Read(vec![0, 0, 5]), Days::Read(vec![3, i32::MIN, i32::MIN])],
    ///     amounts: Some(vec![900_00, 2_500_00, 0]),
    ///     ..Chunk::default()
    /// };
    /// let history = History::read(&Table { as_of: Some("1970-01-31".parse()?), ..Table::new(funnel, vec![chunk]) })?;
    /// let open = Open::of(history.tally());
    /// let rows: Vec<_> = open.iter().map(|open| (open.stage(), open.age_days(), open.count(), open.amount())).collect();
    /// assert_eq!(rows, [(0, 25, 1, None), (0, 30, 1, Some(2_500.0))]);
    /// # Ok::<(), backcast::Error>(())
    /// ```
    #[must_use]
    pub fn of(tally: &Tally) -> Vec<Self> {
        let mut open: BTreeMap<(usize, u32), u64> = BTreeMap::new();
        let steps = tally.funnel().steps().len();
        // Beyond the last step stands the whole way, on which the same leads are open again.
        for counted in tally.counts().filter(|counted| counted.outcome == Outcome::Open && counted.step < steps) {
            *open.entry((counted.step, counted.days)).or_default() += counted.leads;
        }
        let decimals = tally.currency().map_or(Amounts::DECIMALS, Currency::decimals);
        let units = |minor: f64| minor / libm::pow(10.0, f64::from(decimals));
        let apart = tally.open_amounts().map(|(_, _, deals)| deals.amounts().count()).sum::<usize>() <= AMOUNTS;
        let mut rows = Vec::new();
        let mut priced: BTreeMap<(usize, u32), Vec<(f64, u64)>> = BTreeMap::new();
        for (stage, age_days, deals) in tally.open_amounts() {
            let mean = || vec![(units(deals.sum() as f64 / deals.count() as f64), deals.count())];
            let each = || deals.amounts().map(|(minor, count)| (units(minor as f64), count)).collect();
            priced.insert((stage, age_days), if apart { each() } else { mean() });
        }
        for ((stage, age_days), count) in open {
            let own = priced.remove(&(stage, age_days)).unwrap_or_default();
            let others = count.saturating_sub(own.iter().map(|(_, count)| count).sum());
            let of = |(amount, count): (Option<f64>, u64)| Self { stage, age_days, count, amount };
            let own = own.into_iter().map(|(amount, count)| (Some(amount), count));
            rows.extend([(None, others)].into_iter().chain(own).filter(|(_, count)| *count > 0).map(of));
        }
        rows
    }

    /// With this amount for each, in units of the goal's currency; without one a deal is worth what deals are worth.
    ///
    /// # Errors
    /// `negative`, `out_of_range`.
    pub fn worth(self, amount: f64) -> Result<Self> {
        if amount < 0.0 {
            return Err(Error::new(Kind::Negative, amount));
        }
        if amount <= 1e15 {
            Ok(Self { amount: Some(amount), ..self })
        } else {
            Err(Error::new(Kind::OutOfRange, amount))
        }
    }

    /// The stage's number from 0.
    #[must_use]
    pub fn stage(&self) -> usize {
        self.stage
    }

    /// Whole days since they entered the stage.
    #[must_use]
    pub fn age_days(&self) -> u32 {
        self.age_days
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The amount of each, where known.
    #[must_use]
    pub fn amount(&self) -> Option<f64> {
        self.amount
    }
}
