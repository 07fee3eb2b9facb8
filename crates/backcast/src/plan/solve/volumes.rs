//! What a goal asks of newcomers to each stage: the ways, the open leads and the target, made ready for the outlook.

use core::cell::OnceCell;
use std::collections::BTreeMap;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

use crate::error::{Error, Kind, Result};
use crate::math::decimal;
use crate::outlook::{Cell, Clock, ConversionPath, Outlook, Reach, Ready, Way, Ways, Worth};
use crate::plan::ask::goal::{Goal, Target};
use crate::rates::{Conversion, DealSize, Rates};
use crate::words::en as words;

/// Days left where there is no deadline: longer than any delay.
const FOR_EVER: u32 = 36_525;

/// One goal over one set of rates.
#[derive(Clone, Debug)]
pub(in crate::plan) struct Volumes {
    pub(in crate::plan) steps: Vec<Conversion>,
    pub(in crate::plan) deal: Option<DealSize>,
    /// Open leads; the place of a known amount in `known`.
    pub(in crate::plan) cells: Vec<Cell>,
    known: Vec<BigRational>,
    /// From the day that ages are counted to until the deadline; 0 without delays or without a deadline.
    pub(in crate::plan) days_left: u32,
    /// The share of newcomers to each stage won at all who are won in time.
    pub(in crate::plan) on_time: Option<Vec<f64>>,
    /// The target: customers, or money.
    pub(in crate::plan) target: BigRational,
    pub(in crate::plan) in_money: bool,
    ready: OnceCell<Ready>,
}

impl Volumes {
    pub(in crate::plan) fn of(goal: &Goal, rates: &Rates, on_time: Option<Vec<f64>>) -> Result<Self> {
        let (target, in_money) = match &goal.target {
            Target::Customers(count) => (BigRational::from(BigInt::from(*count)), false),
            Target::Revenue { amount, .. } => (amount.clone(), true),
        };
        let (cells, known) = open_cells(goal, rates)?;
        let days_left = if cells.is_empty() { None } else { days_left(goal, rates)? };
        let days_left = days_left.unwrap_or(0);
        let deal = rates.deal_size().cloned();
        let steps = rates.conversions()?;
        Ok(Self { steps, deal, cells, known, days_left, on_time, target, in_money, ready: OnceCell::new() })
    }

    /// Of newcomers to a stage, the share won in time among those won at all.
    pub(in crate::plan) fn share(&self, stage: usize) -> f64 {
        self.on_time.as_ref().and_then(|shares| shares.get(stage)).copied().unwrap_or(1.0)
    }

    /// The way of newcomers to a stage, with all that is open.
    pub(in crate::plan) fn way(&self, stage: usize) -> Way {
        Way {
            steps: self.steps.clone(),
            entry: stage,
            on_time: self.share(stage),
            open: self.cells.clone(),
            shared: Vec::new(),
            coupled: 0.0,
        }
    }

    /// Newcomers to a stage as customers, or (with a deal size) as money.
    pub(in crate::plan) fn ways(&self, stage: usize, in_money: bool) -> Ways {
        let worth = self.deal.clone().filter(|_| in_money).map_or(Worth::Customers, Worth::Money);
        let mut way = self.way(stage);
        // What cannot be won in time changes nothing.
        way.open.retain(|cell| cell.odds.reach > 0.0);
        if in_money {
            way.open.retain(|cell| !cell.worthless);
        } else {
            way.open.iter_mut().for_each(|cell| cell.amount = None);
        }
        Ways { ways: vec![(way, worth)], known: if in_money { self.known.clone() } else { Vec::new() } }
    }

    /// Whether nothing is open and deals (if they matter) are alike: then customers are counted, exactly.
    pub(in crate::plan) fn is_count(&self) -> bool {
        let alike = !self.in_money || self.deal.as_ref().is_some_and(DealSize::is_certain);
        self.cells.is_empty() && alike
    }

    /// What is to be reached: a number of customers, or (where deals differ or are open) an amount.
    pub(in crate::plan) fn goal_in_words(&self, goal: &Goal, least_wins: u64, last: &str) -> String {
        if self.counts() { words::several(least_wins, last) } else { goal.target.in_words() }
    }

    /// Whether a number of customers is to be reached.
    pub(in crate::plan) fn counts(&self) -> bool {
        !self.in_money || self.is_count()
    }

    /// P(goal) as a function of newcomers to each stage, first to last.
    pub(in crate::plan) fn reaches(&self, least_wins: u64) -> Vec<Reach> {
        let stages = 0..=self.steps.len();
        if self.is_count() {
            return stages.map(|stage| Reach::Customers { path: self.path(stage), least: least_wins }).collect();
        }
        let target = self.ready().clone();
        let reach = |stage| Reach::Revenue { ways: Box::new(self.ways(stage, self.in_money)), target: target.clone() };
        stages.map(reach).collect()
    }

    /// P(goal) as a function of newcomers to the first stage.
    pub(in crate::plan) fn reach(&self, least_wins: u64) -> Reach {
        if self.is_count() {
            return Reach::Customers { path: self.path(0), least: least_wins };
        }
        Reach::Revenue { target: self.ready().clone(), ways: Box::new(self.ways(0, self.in_money)) }
    }

    /// The target made ready, once: other rates do not change it.
    fn ready(&self) -> &Ready {
        self.ready.get_or_init(|| Ready::of(&self.target, false))
    }

    /// P(goal) if nobody enters anew.
    pub(in crate::plan) fn without_newcomers(&self) -> f64 {
        if self.cells.is_empty() { 0.0 } else { self.ways(0, self.in_money).open_at_least(&self.target) }
    }

    pub(in crate::plan) fn path(&self, stage: usize) -> ConversionPath {
        ConversionPath::sharing_time(self.steps.get(stage..).unwrap_or(&[]), self.share(stage))
    }

    /// The distribution of what follows if `entrants` newly enter the first stage.
    pub(in crate::plan) fn outlook(&self, entrants: u64, in_money: bool) -> Outlook {
        let unit =
            if in_money { self.deal.as_ref().map(|deal| (deal.exact().clone(), deal.is_certain())) } else { None };
        let (unit, alike) = unit.unwrap_or_else(|| (BigRational::one(), true));
        if self.cells.is_empty() && alike {
            return Outlook::of_count(self.path(0), entrants, unit);
        }
        Outlook::of(&self.ways(0, in_money), &[entrants as f64])
    }

    /// The mean of what follows: money, or customers without a deal size.
    pub(in crate::plan) fn outlook_mean(&self, entrants: u64) -> f64 {
        let ways = self.ways(0, self.deal.is_some());
        ways.moments(&ways.outline(), &[entrants as f64]).0
    }

    /// The mean of what is in flight, in what the target counts.
    pub(in crate::plan) fn in_flight_mean(&self) -> f64 {
        if self.cells.is_empty() {
            return 0.0;
        }
        let ways = self.ways(0, self.in_money);
        ways.moments(&ways.outline(), &[0.0]).0
    }

    /// The same with other shares of newcomers won in time.
    pub(in crate::plan) fn on_time_by(&self, shares: Vec<f64>) -> Self {
        Self { on_time: Some(shares), ..self.clone() }
    }

    /// The same goal when all deals are this much larger: the target is as much smaller.
    pub(in crate::plan) fn with_deals_times(&self, factor: f64) -> Self {
        let by =
            decimal::from_f64(factor).filter(|by| !by.is_zero()).unwrap_or_else(|| BigRational::from(BigInt::from(1)));
        let known = self.known.iter().map(|amount| amount / &by).collect();
        Self { target: &self.target / by, known, ready: OnceCell::new(), ..self.clone() }
    }
}

/// Days from the one that ages are counted to until the deadline; `None` without delays or without a deadline.
fn days_left(goal: &Goal, rates: &Rates) -> Result<Option<u32>> {
    let Some((by, _)) = goal.by.zip(rates.lags()) else { return Ok(None) };
    let as_of =
        goal.open_as_of.or(goal.start).ok_or_else(|| Error::new(Kind::NoStart, format!("the deadline {by}")))?;
    Ok(Some(by.days_since(as_of).max(0).unsigned_abs()))
}

fn open_cells(goal: &Goal, rates: &Rates) -> Result<(Vec<Cell>, Vec<BigRational>)> {
    if goal.open.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let left = days_left(goal, rates)?.unwrap_or(FOR_EVER);
    let clock = Clock::of(rates.lags().map(|lags| (lags, left)), rates.losses());
    let mut known: Vec<BigRational> = Vec::new();
    let mut places: BTreeMap<u64, usize> = BTreeMap::new();
    let mut odds = BTreeMap::new();
    let mut cells = Vec::new();
    for open in goal.open.iter().filter(|open| open.count() > 0) {
        let worthless = open.amount().is_some_and(|amount| amount <= 0.0);
        let amount = open.amount().filter(|_| !worthless).and_then(|amount| {
            // A double and its decimal stand for each other.
            if let Some(place) = places.get(&amount.to_bits()) {
                return Some(*place);
            }
            known.push(decimal::from_f64(amount)?);
            places.insert(amount.to_bits(), known.len() - 1);
            Some(known.len() - 1)
        });
        let odds =
            *odds.entry((open.stage(), open.age_days())).or_insert_with(|| clock.odds(open.stage(), open.age_days()));
        cells.push(Cell { stage: open.stage(), odds, count: open.count() as f64, amount, worthless });
    }
    Ok((cells, known))
}
