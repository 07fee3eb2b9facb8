//! Mergeable counts of what happened to leads, by segment, step, cohort month, outcome and lag: all that estimation reads.

use std::collections::BTreeSet;

use super::lead::Lead;
use crate::error::{Error, Kind, Result};
use crate::funnel::{Funnel, Segment};
use crate::quantity::{Currency, Day, Month};

/// What a count counts; each with its own meaning of the days beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Converted, after so many days (the lag).
    Converted,
    /// Lost in the stage, after so many days.
    Lost,
    /// The same losses, by the days from entry to `as_of`: where they would be censored were they still open.
    LostByAge,
    /// Open at `as_of`, after so many days (the age).
    Open,
    /// Came under observation only after so many days, counted among the others too.
    Delayed,
}

/// One cell of a tally.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Cell {
    pub(crate) segment: u32,
    /// The step's number from 0; one more than the last step's is the whole way, first stage to last.
    pub(crate) step: u8,
    /// The month in which the step's stage was entered.
    pub(crate) month: Month,
    pub(crate) outcome: Outcome,
    pub(crate) days: u32,
}

/// Counts of leads. Merging is commutative and associative, to the bit: everything in it is a whole number.
///
/// # Example
/// ```
/// use backcast::{Chunk, Days, Funnel, History, Outcome, Table};
/// let funnel = Funnel::new(["lead", "customer"])?;
/// let chunk = Chunk {
///     stages: vec![Days::Read(vec![0, 0, 5]), Days::Read(vec![3, i32::MIN, i32::MIN])],
///     ..Chunk::default()
/// };
/// let table = Table { as_of: Some("1970-01-31".parse()?), ..Table::new(funnel, vec![chunk]) };
/// let history = History::read(&table)?;
/// let tally = history.tally();
/// assert_eq!(tally.count(0, Outcome::Converted), 1);
/// assert_eq!(tally.count(0, Outcome::Open), 2);
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    funnel: Funnel,
    dimensions: Vec<String>,
    as_of: Day,
    currency: Option<Currency>,
    /// Sorted, all different; cells point here.
    segments: Vec<Segment>,
    /// Sorted by cell, no zero counts.
    cells: Vec<(Cell, u64)>,
    /// Won deals by segment and amount in minor units, sorted.
    amounts: Vec<((u32, i64), u64)>,
    /// Per step: the first day on which a lead entered, and the first on which one converted.
    first_days: Vec<(Option<Day>, Option<Day>)>,
}

impl Tally {
    /// An empty tally: the neutral element of merging.
    #[must_use]
    pub fn empty(funnel: Funnel, dimensions: Vec<String>, as_of: Day, currency: Option<Currency>) -> Self {
        let steps = Self::steps_of(&funnel);
        let first_days = vec![(None, None); steps];
        Self { funnel, dimensions, as_of, currency, segments: vec![], cells: vec![], amounts: vec![], first_days }
    }

    /// Steps counted: the funnel's, and the whole way where that is not the only step.
    fn steps_of(funnel: &Funnel) -> usize {
        let steps = funnel.steps().len();
        if steps > 1 { steps + 1 } else { steps }
    }

    /// Counts leads whose segment is an index into `segments`.
    pub(super) fn count_leads(mut self, segments: Vec<Segment>, leads: impl Iterator<Item = Lead>) -> Self {
        let mut keys = Vec::new();
        let mut won = Vec::new();
        for lead in leads {
            for step in 0..self.first_days.len() {
                self.count_step(&lead, step, &mut keys);
            }
            won.extend(lead.amount.map(|amount| (lead.segment, amount)));
        }
        self.segments = segments;
        self.cells = run_lengths(keys);
        self.amounts = run_lengths(won);
        self.sorted()
    }

    fn count_step(&mut self, lead: &Lead, step: usize, keys: &mut Vec<Cell>) {
        let steps = self.funnel.steps().len();
        let (from, to) = if step < steps { (step, step + 1) } else { (0, steps) };
        let day = |stage: usize| lead.entered.get(stage).copied().filter(|_| lead.reached > stage);
        let Some(entered) = day(from) else { return };
        let converted = day(to);
        // What ends this step: the conversion, or else the loss (a lead that was lost further on has left the step).
        let ended = converted.or(lead.lost);
        let observed_from = lead.observed_from.filter(|from| *from > entered);
        if observed_from.is_some_and(|from| ended.is_some_and(|end| end < from)) {
            return;
        }
        let since = |day: i32| (day - entered).unsigned_abs();
        let month = Month::of(Day::MIN.plus_days(entered - Day::MIN.unix_days()));
        let mut count = |outcome: Outcome, days: u32| {
            keys.push(Cell {
                segment: lead.segment,
                step: u8::try_from(step).unwrap_or(u8::MAX),
                month,
                outcome,
                days,
            });
        };
        let age = since(self.as_of.unix_days());
        match (converted, lead.lost) {
            (Some(day), _) => count(Outcome::Converted, since(day)),
            (None, Some(day)) => {
                count(Outcome::Lost, since(day));
                count(Outcome::LostByAge, age);
            }
            (None, None) => count(Outcome::Open, age),
        }
        if let Some(from) = observed_from {
            count(Outcome::Delayed, since(from));
        }
        let as_day = |day: i32| Day::from_unix_days(day).ok();
        let seen = (as_day(entered), converted.and_then(as_day));
        if let Some(first) = self.first_days.get_mut(step) {
            *first = (earlier(first.0, seen.0), earlier(first.1, seen.1));
        }
    }

    /// Only segments that have leads, in their natural order, cells by segment: equal counts are then equal tallies.
    fn sorted(mut self) -> Self {
        let seen: BTreeSet<u32> = self.cells.iter().map(|(cell, _)| cell.segment).collect();
        let named = |index: &u32| self.segments.get(*index as usize).cloned();
        let order: BTreeSet<Segment> = seen.iter().filter_map(named).collect();
        let order: Vec<Segment> = order.into_iter().collect();
        let place = |segment: &Segment| u32::try_from(order.binary_search(segment).unwrap_or(0)).unwrap_or(0);
        let place: Vec<u32> = self.segments.iter().map(place).collect();
        let renumber = |segment: u32| place.get(segment as usize).copied().unwrap_or(0);
        self.cells.iter_mut().for_each(|(cell, _)| cell.segment = renumber(cell.segment));
        self.amounts.iter_mut().for_each(|((segment, _), _)| *segment = renumber(*segment));
        self.cells = sum_equal(core::mem::take(&mut self.cells));
        self.amounts = sum_equal(core::mem::take(&mut self.amounts));
        self.segments = order;
        self
    }

    /// The counts of both.
    ///
    /// # Errors
    /// `different_as_of`, `different_funnel` (stages or dimensions), `mixed_currency`.
    pub fn merge(&self, other: &Self) -> Result<Self> {
        if self.as_of != other.as_of {
            return Err(Error::new(Kind::DifferentAsOf, format!("{} and {}", self.as_of, other.as_of)));
        }
        if self.funnel != other.funnel || self.dimensions != other.dimensions {
            let shape =
                |tally: &Self| format!("{} by {}", tally.funnel.stages().join(", "), tally.dimensions.join(", "));
            return Err(Error::new(Kind::DifferentFunnel, format!("{} and {}", shape(self), shape(other))));
        }
        if let (Some(ours), Some(theirs)) = (self.currency, other.currency)
            && ours != theirs
        {
            return Err(Error::new(Kind::MixedCurrency, format!("{ours} and {theirs}")));
        }
        let shift = u32::try_from(self.segments.len()).unwrap_or(u32::MAX);
        let theirs = other.cells.iter().map(|(cell, n)| (Cell { segment: cell.segment + shift, ..*cell }, *n));
        let amounts = other.amounts.iter().map(|((segment, amount), n)| ((segment + shift, *amount), *n));
        let both = Self {
            segments: [self.segments.as_slice(), other.segments.as_slice()].concat(),
            cells: self.cells.iter().copied().chain(theirs).collect(),
            amounts: self.amounts.iter().copied().chain(amounts).collect(),
            first_days: self
                .first_days
                .iter()
                .zip(&other.first_days)
                .map(|(a, b)| (earlier(a.0, b.0), earlier(a.1, b.1)))
                .collect(),
            currency: self.currency.or(other.currency),
            ..self.clone()
        };
        Ok(both.sorted())
    }

    /// The last day whose records are complete.
    #[must_use]
    pub fn as_of(&self) -> Day {
        self.as_of
    }

    /// The stages.
    #[must_use]
    pub fn funnel(&self) -> &Funnel {
        &self.funnel
    }

    /// The names of the segment dimensions.
    #[must_use]
    pub fn dimensions(&self) -> &[String] {
        &self.dimensions
    }

    /// The segments that have leads, in order.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The currency of the amounts, if known.
    #[must_use]
    pub fn currency(&self) -> Option<Currency> {
        self.currency
    }

    /// Leads with this outcome in a step, over all segments and months.
    #[must_use]
    pub fn count(&self, step: usize, outcome: Outcome) -> u64 {
        let of = |cell: &Cell| usize::from(cell.step) == step && cell.outcome == outcome;
        self.cells.iter().filter(|(cell, _)| of(cell)).map(|(_, n)| n).sum()
    }

    pub(crate) fn cells(&self) -> &[(Cell, u64)] {
        &self.cells
    }

    pub(crate) fn amounts(&self) -> &[((u32, i64), u64)] {
        &self.amounts
    }

    pub(crate) fn first_days(&self) -> &[(Option<Day>, Option<Day>)] {
        &self.first_days
    }
}

fn earlier(a: Option<Day>, b: Option<Day>) -> Option<Day> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn run_lengths<K: Ord>(keys: Vec<K>) -> Vec<(K, u64)> {
    sum_equal(keys.into_iter().map(|key| (key, 1)).collect())
}

fn sum_equal<K: Ord>(mut counts: Vec<(K, u64)>) -> Vec<(K, u64)> {
    counts.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    counts.dedup_by(|later, first| {
        let same = later.0 == first.0;
        if same {
            first.1 += later.1;
        }
        same
    });
    counts
}
