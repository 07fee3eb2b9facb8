//! Mergeable counts of what happened to leads, by segment, step, cohort month, outcome and lag: all that estimation reads.

use serde::{Deserialize, Serialize};

use std::collections::BTreeMap;

use super::count::{Cell, Counted, FirstDays};
use super::deal_lags::DealLags;
use super::deals::{Deals, sum_equal};
use super::threads;
use crate::error::{Error, Kind, Result};
use crate::funnel::{Funnel, Segment};
use crate::quantity::{Currency, Day, Month};

/// What a count counts; each with its own meaning of the days beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

impl Outcome {
    pub(super) const ALL: [Self; 5] = [Self::Converted, Self::Lost, Self::LostByAge, Self::Open, Self::Delayed];
}

/// So many leads of a segment that entered a step in a month and had this outcome after so many days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Count {
    /// An index into [`Tally::segments`].
    pub segment: usize,
    /// The step's number from 0; one more than the last step's is the whole way, where there are several steps.
    pub step: usize,
    /// The month in which the step's stage was entered.
    pub month: Month,
    /// What the days mean.
    pub outcome: Outcome,
    /// Whole days.
    pub days: u32,
    /// At least 1.
    pub leads: u64,
}

/// Counts of leads. Merging is commutative and associative, to the bit: everything in it is a whole number.
///
/// # Example
/// ```
/// use backcast::{Funnel, History, Table};
/// use backcast::history::{Chunk, Days, Outcome};
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    funnel: Funnel,
    dimensions: Vec<String>,
    as_of: Day,
    currency: Option<Currency>,
    /// Sorted, all different; cells point here.
    segments: Vec<Segment>,
    /// Sorted by cell, no zero counts.
    cells: Vec<(Cell, u64)>,
    /// The amounts of won deals by segment, sorted.
    deals: Vec<(u32, Deals)>,
    deal_lags: DealLags,
    /// Per step: the first day on which a lead entered, and the first on which one converted.
    first_days: Vec<FirstDays>,
}

impl Tally {
    /// An empty tally: the neutral element of merging.
    #[must_use]
    pub fn empty(funnel: Funnel, dimensions: Vec<String>, as_of: Day, currency: Option<Currency>) -> Self {
        let steps = Self::steps_of(&funnel);
        let first_days = vec![(None, None); steps];
        let deal_lags = DealLags::default();
        Self {
            funnel,
            dimensions,
            as_of,
            currency,
            segments: vec![],
            cells: vec![],
            deals: vec![],
            deal_lags,
            first_days,
        }
    }

    /// Steps counted: the funnel's, and the whole way where that is not the only step.
    fn steps_of(funnel: &Funnel) -> usize {
        let steps = funnel.steps().len();
        if steps > 1 { steps + 1 } else { steps }
    }

    /// With what was counted of a table whose segments are all known; those without leads are left out.
    pub(super) fn with(mut self, segments: Vec<Segment>, counted: Counted) -> Self {
        self.cells = counted.cells;
        self.deals = counted.deals;
        self.deal_lags = counted.deal_lags;
        self.first_days = counted.first_days;
        let mut seen = vec![false; segments.len()];
        let mut see = |number: u32| seen.iter_mut().skip(number as usize).take(1).for_each(|seen| *seen = true);
        self.deals.iter().for_each(|(segment, _)| see(*segment));
        let mut rest = self.cells.as_slice();
        while let Some((first, _)) = rest.first() {
            see(first.segment);
            rest = rest.split_at(rest.partition_point(|(cell, _)| cell.segment == first.segment)).1;
        }
        let places: Vec<u32> =
            seen.iter().scan(0, |next, seen| Some(core::mem::replace(next, *next + u32::from(*seen)))).collect();
        if seen.contains(&false) {
            self.renumber(&places);
        }
        self.segments = segments.into_iter().zip(seen).filter_map(|(segment, seen)| seen.then_some(segment)).collect();
        self
    }

    /// Gives segments their final numbers, which must be in the order of the present ones: what is sorted stays so.
    fn renumber(&mut self, places: &[u32]) {
        let place = |segment: &mut u32| *segment = places.get(*segment as usize).copied().unwrap_or(0);
        self.cells.iter_mut().for_each(|(cell, _)| place(&mut cell.segment));
        self.deals.iter_mut().for_each(|(segment, _)| place(segment));
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
        let (mut ours, mut theirs) = (self.clone(), other.clone());
        let mut segments = [self.segments.as_slice(), other.segments.as_slice()].concat();
        segments.sort();
        segments.dedup();
        let place = |segment: &Segment| u32::try_from(segments.binary_search(segment).unwrap_or(0)).unwrap_or(0);
        for tally in [&mut ours, &mut theirs] {
            let places: Vec<u32> = tally.segments.iter().map(place).collect();
            tally.renumber(&places);
        }
        ours.cells.append(&mut theirs.cells);
        sum_equal(&mut ours.cells);
        ours.deals.append(&mut theirs.deals);
        ours.deals.sort_by_key(|(segment, _)| *segment);
        ours.deals.dedup_by(|later, first| {
            let same = later.0 == first.0;
            if same {
                first.1 = first.1.merge(&later.1);
            }
            same
        });
        ours.deal_lags = ours.deal_lags.merge(&theirs.deal_lags);
        ours.first_days
            .iter_mut()
            .zip(&theirs.first_days)
            .for_each(|(a, b)| *a = (earlier(a.0, b.0), earlier(a.1, b.1)));
        Ok(Self { segments, currency: self.currency.or(other.currency), ..ours })
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

    /// All counts, by segment, step, month, outcome and days, each in ascending order.
    #[must_use]
    pub fn counts(&self) -> impl ExactSizeIterator<Item = Count> + '_ {
        self.cells.iter().map(|(cell, leads)| Count {
            segment: cell.segment as usize,
            step: usize::from(cell.step),
            month: cell.month,
            outcome: cell.outcome,
            days: cell.days,
            leads: *leads,
        })
    }

    /// The won deals of all segments together, as far as their amounts are known.
    #[must_use]
    pub fn deals(&self) -> Deals {
        Deals::of_all(self.deals.iter().map(|(_, deals)| deals.clone()).collect())
    }

    /// The won deals of a segment, an index into [`Tally::segments`].
    #[must_use]
    pub fn deals_of(&self, segment: usize) -> Option<&Deals> {
        let found = self.deals.binary_search_by_key(&segment, |(known, _)| *known as usize).ok()?;
        self.deals.get(found).map(|(_, deals)| deals)
    }

    /// The won deals of all segments together by lag and amount, as far as their amounts are known.
    #[must_use]
    pub fn deal_lags(&self) -> &DealLags {
        &self.deal_lags
    }

    /// The leads of all segments together, as if the table had had none; their deals are left out.
    pub(crate) fn without_segments(&self) -> Self {
        let threads = threads::available(self.cells.len());
        let parts: Vec<&[(Cell, u64)]> = self.cells.chunks(self.cells.len().div_ceil(4 * threads).max(1)).collect();
        let mut by_days: BTreeMap<Cell, Vec<u64>> = BTreeMap::new();
        for part in threads::map(threads, &parts, |part| by_days_of(part)) {
            for (cell, leads) in part {
                add_by_days(by_days.entry(cell).or_default(), leads.into_iter());
            }
        }
        let of_run = |(cell, leads): (Cell, Vec<u64>)| {
            let counted = leads.into_iter().zip(0..).filter(|(leads, _)| *leads > 0);
            counted.map(move |(leads, days)| (Cell { days, ..cell }, leads))
        };
        let cells = by_days.into_iter().flat_map(of_run).collect();
        let segments = if self.segments.is_empty() { vec![] } else { vec![Segment::default()] };
        Self {
            funnel: self.funnel.clone(),
            dimensions: Vec::new(),
            as_of: self.as_of,
            currency: self.currency,
            segments,
            cells,
            deals: Vec::new(),
            first_days: self.first_days.clone(),
            deal_lags: DealLags::default(),
        }
    }

    pub(crate) fn cells(&self) -> &[(Cell, u64)] {
        &self.cells
    }

    /// The cells of each segment, in the segments' order.
    pub(crate) fn cells_by_segment(&self) -> Vec<&[(Cell, u64)]> {
        let mut rest = self.cells.as_slice();
        let mut next = |number: u32| {
            let (own, others) = rest.split_at(rest.partition_point(|(cell, _)| cell.segment <= number));
            rest = others;
            own
        };
        (0..).take(self.segments.len()).map(&mut next).collect()
    }

    pub(crate) fn first_days(&self) -> &[FirstDays] {
        &self.first_days
    }
}

/// Counts by days of all segments together.
fn by_days_of(cells: &[(Cell, u64)]) -> BTreeMap<Cell, Vec<u64>> {
    let mut by_days: BTreeMap<Cell, Vec<u64>> = BTreeMap::new();
    let alike = |cell: &Cell| Cell { segment: 0, days: 0, ..*cell };
    for run in cells.chunk_by(|a, b| alike(&a.0) == alike(&b.0) && a.0.segment == b.0.segment) {
        let Some(((first, _), (last, _))) = run.first().zip(run.last()) else { continue };
        let leads = by_days.entry(alike(first)).or_default();
        if leads.len() <= last.days as usize {
            leads.resize(last.days as usize + 1, 0);
        }
        for (cell, more) in run {
            leads.iter_mut().skip(cell.days as usize).take(1).for_each(|leads| *leads += more);
        }
    }
    by_days
}

fn add_by_days(sum: &mut Vec<u64>, more: impl ExactSizeIterator<Item = u64>) {
    sum.resize(sum.len().max(more.len()), 0);
    sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
}

fn earlier(a: Option<Day>, b: Option<Day>) -> Option<Day> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
