//! The backtest on one's own history: for each past origin, what the plan would have said, and what came.

use serde::Serialize;

use super::about::About;
use super::cohort::Candidate;
use super::naive::ByMonth;
use super::options::{BacktestOptions, Every};
use super::{MethodScore, Reliability, TestedCohort, score};
use crate::error::{Error, Kind, Result};
use crate::history::{History, Table};
use crate::quantity::{Day, Month};
use crate::rates::{Lag, Rates};

/// By default the horizon is the delay within which this share of the whole history's customers was won.
const MOST: f64 = 0.9;

/// Predictions as they would have been made at past origins, beside what came.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Backtest {
    /// How long the cohorts are.
    pub every: Every,
    /// Days after entering the first stage within which a customer counts.
    pub horizon_days: u32,
    /// The last day whose records are complete today.
    pub as_of: Day,
    /// The cohorts, oldest first.
    pub cohorts: Vec<TestedCohort>,
    /// A row per method, the library's own first.
    pub summary: Vec<MethodScore>,
    /// The reliability chart: per method, quantile levels and how often what came did not exceed them.
    pub reliability: Vec<Reliability>,
    /// What to know: what was counted, which cohorts were left out, how little the rest proves.
    pub notes: Vec<String>,
}

impl Backtest {
    /// Tests on a table what this library, and the rules of thumb people use, would have predicted in the past.
    ///
    /// For each origin (the day before a calendar month or quarter) the table is read as it stood on that day, by the
    /// dates of its facts and the table's keying delay. The rates learned from it, as a plan at that origin would use
    /// them, predict how many of the n leads that entered in the following month or quarter are customers within H days:
    /// the library's distribution of customers from n, with the share of conversions that the delays along the way put
    /// within H. What came is counted from the whole table. An origin at which too few leads had been followed for H days
    /// is left out, and so is a cohort whose H days are not over: both sides always mean the same thing.
    ///
    /// # Formula
    /// w = P(sum of the steps' delays ≤ H), K ~ Bin(n, w·Π pᵢ) with the steps' posteriors for the next quarter. Coverage
    /// is counted by the randomised probability integral transform; its interval is Beta(hits + ½, misses + ½) with
    /// cohorts of one calendar quarter counted as one.
    ///
    /// # Errors
    /// As [`History::read`] and [`Rates::learn`]; `not_identified` if a step has no conversion at all; `too_short` if no
    /// cohort can be tested.
    ///
    /// # Example
    /// ```
    /// use backcast::{Backtest, Funnel, Table};
    /// use backcast::history::{Chunk, Days};
    /// use backcast::review::BacktestOptions;
    /// // Ten leads a day for 300 days; every fifth is won after 20 days.
    /// let entered: Vec<i32> = (0..3_000).map(|lead| lead / 10).collect();
    /// let won = entered.iter().zip(0..).map(|(day, lead)| if lead % 5 == 0 { day + 20 } else { i32::MIN }).collect();
    /// let chunk = Chunk { stages: vec![Days::Read(entered), Days::Read(won)], ..Chunk::default() };
    /// let table = Table { as_of: Some("1970-10-27".parse()?), ..Table::new(Funnel::new(["lead", "won"])?, vec![chunk]) };
    /// let backtest = Backtest::of(&table, &BacktestOptions::default().horizon_days(30))?;
    /// let march = backtest.cohorts.iter().find(|cohort| cohort.from.to_string() == "1970-03-01").unwrap();
    /// assert_eq!((march.entered, march.actual), (310, 62));
    /// assert!(march.predictions[0].intervals[2].holds);
    /// # Ok::<(), backcast::Error>(())
    /// ```
    pub fn of(table: &Table<'_>, options: &BacktestOptions) -> Result<Self> {
        Self::of_with(table, options, &mut |_, _| true)
    }

    /// As [`Backtest::of`]; `progress` is told how many of how many origins are done, and stops the test by `false`:
    /// what was tested so far is the result.
    ///
    /// # Errors
    /// As [`Backtest::of`].
    pub fn of_with(
        table: &Table<'_>,
        options: &BacktestOptions,
        progress: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<Self> {
        let whole = History::known_on(table, table.as_of)?;
        let as_of = whole.tally().as_of();
        let horizon = match options.horizon_days {
            Some(days) => days,
            None => usual_horizon(&Rates::learn(whole.tally(), None)?)?,
        };
        let months = ByMonth::of(whole.tally());
        let Some((first, last)) = months.span() else { return Err(Error::new(Kind::NoLeads, as_of)) };
        let mut candidates = candidates(first, last, options.every, as_of, horizon);
        if let Some(latest) = options.origins {
            candidates.drain(..candidates.len().saturating_sub(latest));
        }
        let (mut cohorts, mut left_out) = (Vec::new(), Vec::new());
        for (done, candidate) in candidates.iter().enumerate() {
            if !progress(done, candidates.len()) {
                break;
            }
            let cohort = months.of_months(|month| (candidate.first..candidate.end).contains(&month));
            let known = History::known_on(table, Some(candidate.origin()))?;
            match candidate.test(&cohort, known.tally(), horizon)? {
                Ok(tested) => cohorts.push(tested),
                Err(reason) => left_out.push((*candidate, reason)),
            }
        }
        let about = About {
            funnel: &table.funnel,
            every: options.every,
            horizon,
            asked: options.horizon_days.is_some(),
            keying_delay_days: table.keying_delay_days,
            left_out: &left_out,
        };
        if cohorts.is_empty() {
            let why = about.nothing(first.period().start(), as_of);
            return Err(Error::new(Kind::TooShort, "").giving(&why));
        }
        let summary = score::scores(&cohorts);
        Ok(Self {
            every: options.every,
            horizon_days: horizon,
            as_of,
            notes: about.notes(&cohorts, summary.first()),
            reliability: score::reliability(&cohorts),
            summary,
            cohorts,
        })
    }
}

/// The days within which nine in ten of the customers that the rates count are won.
fn usual_horizon(rates: &Rates) -> Result<u32> {
    rates.conversions()?;
    let way = rates.lags().unwrap_or_default().iter().fold(Lag::none(), |way, lag| way.then(lag));
    Ok(way.quantile(MOST))
}

/// All cohorts after the first month whose horizon is over on `as_of`.
fn candidates(first: Month, last: Month, every: Every, as_of: Day, horizon: u32) -> Vec<Candidate> {
    let months = every.months();
    let starts_period = |month: &Month| months == 1 || month.plus(-1).quarter() != month.quarter();
    let over = |cohort: &Candidate| as_of.days_since(cohort.until()) >= i32::try_from(horizon).unwrap_or(i32::MAX);
    let starts = (1..).map(|later| first.plus(later)).take_while(|month| *month <= last).filter(starts_period);
    starts.map(|first| Candidate { first, end: first.plus(months) }).take_while(over).collect()
}
