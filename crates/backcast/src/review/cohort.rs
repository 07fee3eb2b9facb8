//! One past cohort: what would have been predicted of it, and what came.

use serde::Serialize;

use super::method::Method;
use super::naive::{ByMonth, Entered};
use super::predicted::Predicted;
use crate::error::Result;
use crate::history::Tally;
use crate::math::scores;
use crate::outlook::ConversionPath;
use crate::quantity::{Day, Month};
use crate::rates::{Lag, Rates};

/// A central interval of the predicted number of customers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Interval {
    /// The share of cohorts that it should hold, from 0 to 1.
    pub share: f64,
    /// The quantile at its lower end, in customers.
    pub low: u64,
    /// The quantile at its upper end.
    pub high: u64,
    /// Whether what came lies inside, by the randomised transform: a whole number at an end
    /// belongs to both sides, in proportion.
    pub holds: bool,
}

/// What one method would have predicted of a cohort, and how that compares with what came.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Prediction {
    /// Who predicts.
    pub method: Method,
    /// The mean number of customers.
    pub expected: f64,
    /// The median number of customers.
    pub median: u64,
    /// The central 50, 80 and 95 % intervals.
    pub intervals: [Interval; 3],
    /// The randomised probability integral transform of what came, from 0 to 1: below 0.1 or above 0.9 it lies outside
    /// the 80 % interval. What makes it random is a hash of the origin's day and the counts, so it never changes.
    pub pit: f64,
    /// The continuous ranked probability score, in customers; 0 is perfect.
    pub crps: f64,
    /// The pinball losses of the quantiles at [`Prediction::LEVELS`], in customers; 0 is perfect.
    pub pinball: [f64; 7],
    /// The largest number of customers that the cohort's leads bring with at least 80 %: what an 80 % plan promises.
    pub promised: u64,
    /// Whether so many came.
    pub kept: bool,
}

impl Prediction {
    /// The shares of the central intervals.
    pub const SHARES: [f64; 3] = [0.5, 0.8, 0.95];

    /// The levels of the quantiles whose pinball losses are given.
    pub const LEVELS: [f64; 7] = [0.05, 0.1, 0.2, 0.5, 0.8, 0.9, 0.95];

    fn of(method: Method, predicted: &Predicted, actual: u64, v: f64) -> Self {
        let pit = predicted.pit(actual, v);
        let central = |share: f64| {
            let tail = 0.5 * (1.0 - share);
            let (low, high) = (predicted.quantile(tail), predicted.quantile(1.0 - tail));
            Interval { share, low, high, holds: (pit - 0.5).abs() <= 0.5 * share }
        };
        let promised = predicted.reached_with(0.8);
        let loss = |level: f64| scores::pinball(level, predicted.quantile(level) as f64, actual as f64);
        Self {
            method,
            expected: predicted.expected(),
            median: predicted.quantile(0.5),
            intervals: Self::SHARES.map(central),
            pit,
            crps: predicted.crps(actual),
            pinball: Self::LEVELS.map(loss),
            promised,
            kept: actual >= promised,
        }
    }
}

/// A cohort of leads that came after a past origin: how many, what was predicted of them on that day, and what came.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct TestedCohort {
    /// The day on which the predictions would have been made; nothing later is used for them.
    pub origin: Day,
    /// The first day on which the cohort's leads entered the first stage.
    pub from: Day,
    /// The last day.
    pub until: Day,
    /// Leads of the cohort.
    pub entered: u64,
    /// Those that were customers within the horizon.
    pub actual: u64,
    /// Leads known at the origin.
    pub known: u64,
    /// Those of them that were customers by then.
    pub known_won: u64,
    /// Up to so many days after entering, leads had been followed at the origin.
    pub followed_days: u32,
    /// Of the customers that the rates of that day count, the share that is won within the horizon, from 0 to 1.
    pub in_horizon: f64,
    /// What the library said of its rates on that day.
    pub warnings: Vec<String>,
    /// One per method that can predict: a rule without leads cannot.
    pub predictions: Vec<Prediction>,
}

/// Why a cohort is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LeftOut {
    NobodyEntered,
    CameLate,
    NothingConverted,
    TooShort,
}

/// A cohort to be tested.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) first: Month,
    /// The first month after it.
    pub(super) end: Month,
}

impl Candidate {
    pub(super) fn origin(self) -> Day {
        self.first.period().start().plus_days(-1)
    }

    pub(super) fn until(self) -> Day {
        self.end.period().start().plus_days(-1)
    }

    /// Predicts from what was `known` at the origin, and compares with the cohort's leads as they are known today.
    pub(super) fn test(self, cohort: &Entered, known: &Tally, horizon: u32) -> Result<Result<TestedCohort, LeftOut>> {
        if cohort.leads == 0 {
            return Ok(Err(LeftOut::NobodyEntered));
        }
        if cohort.late > 0 {
            return Ok(Err(LeftOut::CameLate));
        }
        if known.cells().is_empty() {
            return Ok(Err(LeftOut::NothingConverted));
        }
        let rates = Rates::learn(known, None)?;
        let (Ok(conversions), Some(lags)) = (rates.conversions(), rates.lags()) else {
            return Ok(Err(LeftOut::NothingConverted));
        };
        let followed_days = whole_way(&rates).unwrap_or(0);
        if followed_days < horizon {
            return Ok(Err(LeftOut::TooShort));
        }
        let in_horizon = lags.iter().fold(Lag::none(), |way, lag| way.then(lag)).within(horizon);
        let months = ByMonth::of(known);
        let everyone = months.for_rule(Method::AllHistory, self.first, known.as_of(), horizon);
        let actual = cohort.won_within(horizon);
        let v = scores::scattered(&[u64::from(self.origin().unix_days().cast_unsigned()), cohort.leads, actual]);
        let own =
            Predicted::of(ConversionPath::sharing_time(&conversions, in_horizon).customers(cohort.leads), cohort.leads);
        let mut predictions = vec![Prediction::of(Method::Backcast, &own, actual, v)];
        for rule in Method::ALL.into_iter().skip(1) {
            let seen = months.for_rule(rule, self.first, known.as_of(), horizon);
            if seen.leads > 0 {
                predictions.push(Prediction::of(rule, &plug_in(&seen, horizon, cohort.leads), actual, v));
            }
        }
        Ok(Ok(TestedCohort {
            origin: self.origin(),
            from: self.first.period().start(),
            until: self.until(),
            entered: cohort.leads,
            actual,
            known: everyone.leads,
            known_won: everyone.won_within(u32::MAX),
            followed_days,
            in_horizon,
            warnings: rates.warnings().to_vec(),
            predictions,
        }))
    }
}

/// Up to so many days the curve of the whole way may be read.
pub(super) fn whole_way(rates: &Rates) -> Option<u32> {
    rates.table().iter().take_while(|row| row.segment.is_none()).last().map(|row| row.horizon_days)
}

/// Bin(n, converted ÷ entered), the quotient taken for exactly true.
fn plug_in(seen: &Entered, horizon: u32, leads: u64) -> Predicted {
    match seen.won_within(horizon) {
        0 => Predicted::none(),
        won => Predicted::of(ConversionPath::sharing_time(&[], won as f64 / seen.leads as f64).customers(leads), leads),
    }
}
