//! Mergeable counts of what happened to leads, by segment, step, cohort month, outcome and lag: all that estimation reads.

use serde::{Deserialize, Serialize};

use super::buckets::sum_equal;
use super::by_days;
use super::cell::{Cell, Count, FirstDays, Outcome};
use super::count::Counted;
use super::deal_lags::DealLags;
use super::deals::Deals;
use crate::error::{Error, Kind, Result};
use crate::funnel::{Funnel, Segment};
use crate::quantity::{Currency, Day, MOST_DAYS};

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
#[serde(try_from = "Saved")]
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
    /// The amounts of open leads, as far as they are known, by stage and age in days; sorted.
    open: Vec<((u8, u32), Deals)>,
    /// Per step: the first day on which a lead entered, and the first on which one converted.
    first_days: Vec<FirstDays>,
}

/// A tally as it is saved: nothing of it is believed until it is checked.
#[derive(Deserialize)]
struct Saved {
    funnel: Funnel,
    dimensions: Vec<String>,
    as_of: Day,
    currency: Option<Currency>,
    segments: Vec<Segment>,
    cells: Vec<(Cell, u64)>,
    deals: Vec<(u32, Deals)>,
    deal_lags: DealLags,
    open: Vec<((u8, u32), Deals)>,
    first_days: Vec<FirstDays>,
}

impl TryFrom<Saved> for Tally {
    type Error = Error;

    fn try_from(saved: Saved) -> Result<Self> {
        let Saved { funnel, dimensions, as_of, currency, segments, cells, deals, deal_lags, open, first_days } = saved;
        let tally = Self { funnel, dimensions, as_of, currency, segments, cells, deals, deal_lags, open, first_days };
        tally.check().map(|()| tally)
    }
}

/// More leads than this cannot be counted exactly in a double.
const MOST: u64 = 1 << 53;

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
            open: vec![],
            first_days,
        }
    }

    /// A tally of counts that were made elsewhere, such as by one `GROUP BY` in a warehouse; in any order, equal ones are
    /// added. Each lead is counted once per step that it entered, as [`Outcome::Converted`], [`Outcome::Lost`] (and again as
    /// [`Outcome::LostByAge`]) or [`Outcome::Open`]; in a funnel of several steps also on the whole way.
    ///
    /// # Errors
    /// `impossible_counts` where they cannot be those of a table: a segment or step that there is not, a month or a day after
    /// `as_of`, losses that are not as many by age, more leads than 2⁵³.
    ///
    /// # Example
    /// ```
    /// use backcast::history::{Count, Outcome};
    /// use backcast::{Funnel, Rates, Segment, Tally};
    /// let month = backcast::quantity::Month::of("2026-01-01".parse()?);
    /// let count = |outcome, days, leads| Count { segment: 0, step: 0, month, outcome, days, leads };
    /// let counts = [count(Outcome::Converted, 9, 20), count(Outcome::Open, 160, 80)];
    /// let funnel = Funnel::new(["lead", "customer"])?;
    /// let tally = Tally::from_counts(funnel, vec![], &[Segment::default()], "2026-06-30".parse()?, counts)?;
    /// assert_eq!(Rates::learn(&tally, None)?.table()[0].naive, Some(0.2));
    /// # Ok::<(), backcast::Error>(())
    /// ```
    pub fn from_counts(
        funnel: Funnel,
        dimensions: Vec<String>,
        segments: &[Segment],
        as_of: Day,
        counts: impl IntoIterator<Item = Count>,
    ) -> Result<Self> {
        let steps = Self::steps_of(&funnel);
        let (ranked, ranks) = Segment::ranked(segments);
        let mut cells = Vec::new();
        for count in counts {
            let rank = ranks.get(count.segment).copied();
            let step = u8::try_from(count.step).ok().filter(|_| count.step < steps);
            let (Some(segment), Some(step)) = (rank, step) else { return Err(impossible(&count)) };
            if count.leads > 0 {
                let Count { month, outcome, days, leads, .. } = count;
                cells.push((Cell { segment, step, month, outcome, days }, leads));
            }
        }
        sum_equal(&mut cells);
        let first_days = first_days_of(&cells, steps);
        let counted = Counted { cells, first_days, ..Counted::default() };
        let tally = Self::empty(funnel, dimensions, as_of, None).with(ranked, counted);
        tally.check().map(|()| tally)
    }

    /// Whether these can be the counts of a table; memory and time of what reads them are then bounded.
    fn check(&self) -> Result<()> {
        let wrong = |what: &str| Err(Error::new(Kind::ImpossibleCounts, what));
        let (steps, segments) = (Self::steps_of(&self.funnel), self.segments.len());
        let sorted = self.cells.is_sorted_by(|a, b| a.0 < b.0) && self.segments.is_sorted_by(|a, b| a < b);
        if !sorted || !self.deals.is_sorted_by(|a, b| a.0 < b.0) || !self.open.is_sorted_by(|a, b| a.0 < b.0) {
            return wrong("they are not in order");
        }
        if self.first_days.len() != steps || self.segments.iter().any(|s| s.values().len() != self.dimensions.len()) {
            return wrong("they do not fit the funnel or the dimensions");
        }
        let known = |(cell, leads): &(Cell, u64)| {
            let age = i64::from(self.as_of.days_since(cell.month.period().start()));
            let longest = if cell.outcome == Outcome::Undated { i64::from(MOST_DAYS) } else { age };
            let fits = (cell.segment as usize) < segments && usize::from(cell.step) < steps && *leads > 0;
            fits && age >= 0 && i64::from(cell.days) <= longest
        };
        if let Some(cell) = self.cells.iter().find(|cell| !known(cell)) {
            return Err(impossible(&Count::from(cell)));
        }
        let mut all: u64 = 0;
        for run in self.cells.chunk_by(|a, b| (a.0.segment, a.0.step, a.0.month) == (b.0.segment, b.0.step, b.0.month))
        {
            let sum = |outcome: Outcome| {
                run.iter().filter(|(cell, _)| cell.outcome == outcome).fold(0_u64, |sum, (_, n)| sum.saturating_add(*n))
            };
            if sum(Outcome::Lost) != sum(Outcome::LostByAge) {
                return wrong("there are not as many losses by age as by day");
            }
            all = run.iter().fold(all, |all, (_, leads)| all.saturating_add(*leads));
        }
        let stages = self.funnel.steps().len();
        let deals_fit = self.deals.iter().all(|(segment, deals)| (*segment as usize) < segments && deals.is_sound())
            && self.open.iter().all(|((stage, _), deals)| usize::from(*stage) < stages && deals.is_sound());
        if all > MOST || !deals_fit || !self.deal_lags.is_sound() {
            return wrong("their sums do not agree");
        }
        Ok(())
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
        self.open = counted.open;
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
        merge_equal(&mut ours.deals, &mut theirs.deals);
        merge_equal(&mut ours.open, &mut theirs.open);
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
        self.cells.iter().map(Count::from)
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

    /// The amounts of open leads of all segments together, as far as they are known and above 0: by stage (its number from
    /// 0) and age in days, both ascending.
    pub fn open_amounts(&self) -> impl Iterator<Item = (usize, u32, &Deals)> + '_ {
        self.open.iter().map(|((stage, age), deals)| (usize::from(*stage), *age, deals))
    }

    /// The leads of all segments together, as if the table had had none; their deals are left out.
    pub(crate) fn without_segments(&self) -> Self {
        let cells = by_days::without_segments(&self.cells);
        let segments = if self.segments.is_empty() { vec![] } else { vec![Segment::default()] };
        Self {
            funnel: self.funnel.clone(),
            dimensions: Vec::new(),
            as_of: self.as_of,
            currency: self.currency,
            segments,
            cells,
            deals: Vec::new(),
            open: Vec::new(),
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

/// Adds sorted lists of deals; what both have is merged.
fn merge_equal<K: Ord + Copy>(ours: &mut Vec<(K, Deals)>, theirs: &mut Vec<(K, Deals)>) {
    ours.append(theirs);
    ours.sort_by_key(|(key, _)| *key);
    ours.dedup_by(|later, first| {
        let same = later.0 == first.0;
        if same {
            first.1 = first.1.merge(&later.1);
        }
        same
    });
}

fn impossible(count: &Count) -> Error {
    let Count { segment, step, month, outcome, days, leads } = count;
    let given = format!("{leads} leads of segment {segment} in step {step}, {month}: {outcome:?} after {days} days");
    Error::new(Kind::ImpossibleCounts, given)
}

/// Per step the first day on which anybody can have entered, and converted, as far as months tell.
fn first_days_of(cells: &[(Cell, u64)], steps: usize) -> Vec<FirstDays> {
    let mut first: Vec<FirstDays> = vec![(None, None); steps];
    for (cell, _) in cells {
        let Some((entered, converted)) = first.get_mut(usize::from(cell.step)) else { continue };
        let day = cell.month.period().start();
        *entered = earlier(*entered, Some(day));
        if cell.outcome == Outcome::Converted {
            let days = i32::try_from(cell.days).unwrap_or(i32::MAX);
            *converted = earlier(*converted, Some(day.plus_days(days)));
        }
    }
    first
}

fn earlier(a: Option<Day>, b: Option<Day>) -> Option<Day> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
