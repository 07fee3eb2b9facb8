//! When planned leads enter the first stage: a weight per day from the start to the deadline.

use std::collections::BTreeSet;

use num_rational::BigRational;
use num_traits::{One, Zero};

use crate::error::{Error, Kind, Result};
use crate::math::apportion::largest_remainder;
use crate::math::decimal;
use crate::quantity::calendar::is_weekend;
use crate::quantity::{Day, Month, Period, Rate, Week, shown};

/// The shape in which planned leads arrive.
///
/// # Example
/// ```
/// use backcast::plan::{Arrival, DaysOff};
/// use backcast::quantity::Period;
/// let week = Period::new("2026-10-05".parse()?, "2026-10-12".parse()?)?;
/// let workdays = DaysOff::default().and_weekends();
/// assert_eq!(Arrival::Flat.shares(week, &workdays, 100)?, [0.2, 0.2, 0.2, 0.2, 0.2, 0.0, 0.0]);
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum Arrival {
    /// Evenly on every day.
    #[default]
    Flat,
    /// In a straight line from the weight `from` at the start to the weight `to` at the end of the last day; both at
    /// least 0.
    Ramp {
        /// The weight at the start.
        from: f64,
        /// The weight at the end.
        to: f64,
    },
    /// By calendar month, January first: a whole month receives in proportion to its weight, at least 0, and spreads it
    /// evenly over its days with entries.
    Seasonal([f64; 12]),
    /// By the dates of campaigns, whose shares sum to 1.
    Campaigns(Vec<Campaign>),
    /// As early as a cap on the leads of an ISO week allows. Earlier leads have more time, so no other filling of the
    /// weeks has more leads won in time.
    Solved {
        /// The most leads that can enter in one week, at least 1.
        weekly_cap: u64,
    },
}

/// A share of all planned leads that arrives evenly on the days `from` to `to`, both included.
#[derive(Clone, Debug, PartialEq)]
pub struct Campaign {
    /// The first day.
    pub from: Day,
    /// The last day.
    pub to: Day,
    /// The share of all leads.
    pub share: Rate,
}

/// The days on which no lead enters the first stage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DaysOff {
    holidays: BTreeSet<Day>,
    weekends: bool,
}

impl DaysOff {
    /// These days; what lies outside a plan's period is of no effect.
    #[must_use]
    pub fn on(holidays: impl IntoIterator<Item = Day>) -> Self {
        Self { holidays: holidays.into_iter().collect(), weekends: false }
    }

    /// And all Saturdays and Sundays.
    #[must_use]
    pub fn and_weekends(mut self) -> Self {
        self.weekends = true;
        self
    }

    fn contain(&self, day: Day) -> bool {
        self.holidays.contains(&day) || (self.weekends && is_weekend(day))
    }
}

impl Arrival {
    /// The share of `planned` leads that enters on each day of `period`, first day first; they sum to 1.
    ///
    /// # Errors
    /// `no_open_day`, `arrival_weights`, `shares_sum`, `outside_period`, `weekly_cap`.
    pub fn shares(&self, period: Period, off: &DaysOff, planned: u64) -> Result<Vec<f64>> {
        let weights = self.weights(period, off, planned)?;
        let sum = weights.iter().fold(0.0, |sum, weight| sum + weight);
        Ok(weights.into_iter().map(|weight| weight / sum).collect())
    }

    /// The same before it is scaled, so that equal days have equal weights: none below 0, at least one above.
    pub(in crate::plan) fn weights(&self, period: Period, off: &DaysOff, planned: u64) -> Result<Vec<f64>> {
        let open: Vec<bool> = days(period).map(|day| !off.contain(day)).collect();
        if !open.contains(&true) {
            return Err(Error::new(Kind::NoOpenDay, in_words(period)));
        }
        let shape = match self {
            Self::Flat => vec![1.0; open.len()],
            Self::Ramp { from, to } => ramp(*from, *to, open.len()),
            Self::Seasonal(months) => seasonal(months, period, off),
            Self::Campaigns(campaigns) => by_dates(campaigns, period, &open)?,
            Self::Solved { weekly_cap } => return solved(*weekly_cap, period, &open, planned),
        };
        if let Some(weight) = shape.iter().find(|weight| !(weight.is_finite() && **weight >= 0.0)) {
            return Err(Error::new(Kind::ArrivalWeights, format!("a weight of {weight}")));
        }
        let weights: Vec<_> = shape.iter().zip(&open).map(|(w, open)| if *open { *w } else { 0.0 }).collect();
        if weights.iter().all(|weight| *weight <= 0.0) {
            return Err(Error::new(Kind::ArrivalWeights, format!("only weights of 0 {}", in_words(period))));
        }
        Ok(weights)
    }

    /// The most leads that a period has room for; `None` without a cap.
    pub(in crate::plan) fn room(&self, period: Period, off: &DaysOff) -> Option<u64> {
        let Self::Solved { weekly_cap } = self else { return None };
        let open: Vec<Week> = days(period).filter(|day| !off.contain(*day)).map(Week::of).collect();
        Some(weekly_cap.saturating_mul(open.chunk_by(|a, b| a == b).count() as u64))
    }

    /// How leads enter, after "leads enter": `evenly`.
    pub(in crate::plan) fn in_words(&self) -> String {
        match self {
            Self::Flat => "evenly".to_owned(),
            Self::Ramp { from, to } => format!("in a straight line from the weight {from} to {to}"),
            Self::Seasonal(_) => "by the weights of the calendar months".to_owned(),
            Self::Campaigns(campaigns) => format!("by the dates of {}", shown::counted(campaigns.len(), "campaign")),
            Self::Solved { weekly_cap } => format!("as early as {} a week allow", shown::count(*weekly_cap)),
        }
    }
}

/// The days of a period, first to last.
pub(in crate::plan) fn days(period: Period) -> impl Iterator<Item = Day> {
    (0..period.days()).map(move |day| period.start().plus_days(day))
}

/// `from 2026-10-01 to 2026-12-31`, both included.
pub(in crate::plan) fn in_words(period: Period) -> String {
    format!("from {} to {}", period.start(), period.end().plus_days(-1))
}

/// The line's height in the middle of each day: its mean over the day.
fn ramp(from: f64, to: f64, days: usize) -> Vec<f64> {
    (0..days).map(|day| from + (to - from) * ((day as f64 + 0.5) / days as f64)).collect()
}

fn seasonal(months: &[f64; 12], period: Period, off: &DaysOff) -> Vec<f64> {
    let mut known: Option<(Month, f64)> = None;
    let mut weight = |day: Day| {
        let month = Month::of(day);
        if let Some((_, weight)) = known.filter(|(of, _)| *of == month) {
            return weight;
        }
        let open = days(month.period()).filter(|day| !off.contain(*day)).count();
        let total = months.get(day.ymd().1 as usize - 1).copied().unwrap_or(0.0);
        let weight = if open > 0 { total / open as f64 } else { 0.0 };
        known = Some((month, weight));
        weight
    };
    days(period).map(&mut weight).collect()
}

fn by_dates(campaigns: &[Campaign], period: Period, open: &[bool]) -> Result<Vec<f64>> {
    let sum = campaigns.iter().fold(BigRational::zero(), |sum, campaign| sum + campaign.share.exact());
    if !sum.is_one() {
        return Err(Error::new(Kind::SharesSum, decimal::write(&sum, 12)));
    }
    let mut weights = vec![0.0; open.len()];
    for campaign in campaigns {
        let held = Period::new(campaign.from, campaign.to.plus_days(1))
            .map_err(|_| Error::new(Kind::OutsidePeriod, format!("{} to {}", campaign.from, campaign.to)))?;
        let outside = [campaign.from, campaign.to].into_iter().find(|day| !period.contains(*day));
        if let Some(day) = outside {
            return Err(Error::new(Kind::OutsidePeriod, day));
        }
        let first = held.start().days_since(period.start()).unsigned_abs() as usize;
        let of_campaign = || open.iter().enumerate().skip(first).take(held.days().unsigned_abs() as usize);
        let days = of_campaign().filter(|(_, open)| **open).count();
        if days == 0 {
            return Err(Error::new(Kind::NoOpenDay, in_words(held)));
        }
        let each = campaign.share.to_f64() / days as f64;
        for (day, _) in of_campaign().filter(|(_, open)| **open) {
            if let Some(weight) = weights.get_mut(day) {
                *weight += each;
            }
        }
    }
    Ok(weights)
}

/// Whole leads per day: a week is filled before the next begins, within it evenly (an extra lead on the earlier days).
fn solved(weekly_cap: u64, period: Period, open: &[bool], planned: u64) -> Result<Vec<f64>> {
    let mut weights = Vec::with_capacity(open.len());
    let mut left = planned.max(1);
    let weeks: Vec<(Week, bool)> = days(period).zip(open).map(|(day, open)| (Week::of(day), *open)).collect();
    for week in weeks.chunk_by(|(a, _), (b, _)| a == b) {
        let days: Vec<f64> = week.iter().map(|(_, open)| f64::from(u8::from(*open))).collect();
        match largest_remainder(left.min(weekly_cap), &days) {
            Some(leads) => {
                left -= left.min(weekly_cap);
                weights.extend(leads.into_iter().map(|leads| leads as f64));
            }
            None => weights.extend(days),
        }
    }
    if left > 0 {
        let room = planned.max(1) - left;
        let given = format!(
            "{} a week leave room for {} of {} leads {}",
            shown::count(weekly_cap),
            shown::count(room),
            shown::count(planned),
            in_words(period)
        );
        return Err(Error::new(Kind::WeeklyCap, given));
    }
    Ok(weights)
}
