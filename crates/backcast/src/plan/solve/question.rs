//! What is asked of newcomers, before any number of them is known.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::ToPrimitive;

use super::days::{Days, days};
use super::deadline::{Deadline, deadline};
use super::volumes::Volumes;
use crate::error::{Error, Kind, Result};
use crate::math::decimal;
use crate::math::search::MAX_WHOLE;
use crate::plan::ask::goal::{Goal, Target};
use crate::quantity::shown;
use crate::rates::{DealSize, Rates};

/// What is asked of newcomers, before any number of them is known.
pub(in crate::plan) struct Question {
    /// Won deals that the target takes: exactly, and as a whole number.
    pub(in crate::plan) wins: BigRational,
    pub(in crate::plan) least_wins: u64,
    pub(in crate::plan) days: Option<Days>,
    pub(in crate::plan) deadline: Option<Deadline>,
    pub(in crate::plan) volumes: Volumes,
}

impl Question {
    /// Where leads arrive as `arriving` of them would.
    pub(in crate::plan) fn of(goal: &Goal, rates: &Rates, arriving: u64) -> Result<Self> {
        let wins = wins(&goal.target, rates.deal_size())?;
        let least_wins = whole(&BigRational::from(decimal::ceil(&wins)))?;
        let days = days(goal, arriving)?;
        let deadline = deadline(goal, rates, days.as_ref())?;
        let volumes = Volumes::of(goal, rates, deadline.as_ref().map(|left| left.on_time.clone()))?;
        Ok(Self { wins, least_wins, days, deadline, volumes })
    }
}

/// Won deals that the target takes, exact: target ÷ deal size.
fn wins(target: &Target, deal: Option<&DealSize>) -> Result<BigRational> {
    match (target, deal) {
        (Target::Customers(count), _) => Ok(BigRational::from(BigInt::from(*count))),
        (Target::Revenue { .. }, None) => Err(Error::new(Kind::DealSizeMissing, target.in_words())),
        (Target::Revenue { amount, currency }, Some(deal)) if *currency == deal.currency() => Ok(amount / deal.exact()),
        (Target::Revenue { currency, .. }, Some(deal)) => {
            Err(Error::new(Kind::MixedCurrency, format!("{currency} and {}", deal.currency())))
        }
    }
}

/// A whole number that can be planned with.
pub(in crate::plan) fn whole(value: &BigRational) -> Result<u64> {
    match value.to_integer().to_u64() {
        Some(count) if count <= MAX_WHOLE => Ok(count),
        _ => Err(Error::new(Kind::OutOfRange, shown::exact(value, 0))),
    }
}
