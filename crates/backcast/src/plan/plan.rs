//! The plan: for each stage how many must enter it, with what probability the goal is then met, and why.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::ToPrimitive;
use serde::Serialize;

use super::Rounding;
use super::cascade::{Link, chain};
use super::deadline::deadline;
use super::departments::Departments;
use super::explain;
use super::goal::{Goal, Target};
use super::schedule::Schedule;
use super::sub_goals::{days, sub_goals};
use crate::error::{Error, Kind, Result};
use crate::math::{decimal, search::MAX_WHOLE};
use crate::outlook::Path;
use crate::quantity::{Day, shown};
use crate::rates::{Conversion, DealSize, Rates};

/// What must be true for a goal; serialises to the answer's `plan`.
///
/// # Example
/// ```
/// use backcast::{Conversion, Funnel, Goal, Rates};
/// let rates = Rates::new(Funnel::new(["lead", "customer"])?, vec![Conversion::stated("2 %".parse()?)?])?;
/// let plan = Goal::customers(50)?.at(0.8)?.plan(&rates)?;
/// let lead = plan.stage("lead")?;
/// assert_eq!((lead.exact, lead.needed), (Some(2500.0), Some(2789)));
/// assert!(plan.probability.is_some_and(|p| p >= 0.8));
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Plan {
    /// The target in words, such as `500,000 USD` or `50 customer`.
    pub target: String,
    /// The ISO 4217 code of a goal in money, and of the deal size.
    pub currency: Option<String>,
    /// How sure the goal is to be met with the planned number; from 0 to 1.
    pub confidence: Option<f64>,
    /// The first day.
    pub start: Option<String>,
    /// The last day.
    pub by: Option<String>,
    /// The rounding of `whole`.
    pub rounding: String,
    /// The size of a deal in units of the currency.
    pub deal_size: Option<f64>,
    /// One per stage, first to last.
    pub stages: Vec<StagePlan>,
    /// P(goal met) if exactly the planned number enters the first stage; `None` where no number could be planned.
    pub probability: Option<f64>,
    /// The revenue that follows from that number; `None` without a deal size.
    pub revenue: Option<RevenueRange>,
    /// Whether delays and the deadline entered.
    pub deadline_used: bool,
    /// The numbers over weeks, months and quarters; `None` without both days, or where no number could be planned.
    pub schedule: Option<Schedule>,
    /// Who owns which number, and what one newcomer is worth.
    pub departments: Departments,
    /// What to know of the estimates behind it, in sentences.
    pub warnings: Vec<String>,
    /// The arithmetic, line by line.
    pub explain: Vec<String>,
}

/// How many must enter one stage.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct StagePlan {
    /// The stage's name.
    pub stage: String,
    /// The unrounded expected-value chain; `None` above a step in which nothing has converted.
    pub exact: Option<f64>,
    /// The same under the rounding.
    pub whole: Option<Whole>,
    /// The smallest number newly entering this stage that meets the goal with the confidence; `None` without one.
    pub needed: Option<u64>,
    /// The share of those newly entering this stage and won at all who are won by the deadline; `None` without one.
    pub on_time: Option<f64>,
    /// The rate to the next stage: as stated, or the posterior's mean; `None` for the last stage.
    pub rate: Option<f64>,
}

/// A number of the chain under its rounding: whole, or as it is under [`Rounding::Exact`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Whole {
    /// A whole number, at most 2⁵³ − 1.
    Count(u64),
    /// Not rounded.
    Exact(f64),
}

/// Revenue in units of the goal's currency.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RevenueRange {
    /// The mean.
    pub expected: f64,
    /// The smallest amount with cumulative probability of at least 0.1.
    pub low: f64,
    /// The smallest amount with cumulative probability of at least 0.9.
    pub high: f64,
}

impl Plan {
    /// The stage of this name.
    ///
    /// # Errors
    /// `unknown_stage`.
    pub fn stage(&self, name: &str) -> Result<&StagePlan> {
        self.stages.iter().find(|stage| stage.stage == name).ok_or_else(|| {
            let names: Vec<_> = self.stages.iter().map(|stage| format!("`{}`", stage.stage)).collect();
            Error::new(Kind::UnknownStage, name).allowing(format!("one of {}", names.join(", ")))
        })
    }

    /// The number that is planned to enter the first stage.
    pub(super) fn planned(&self) -> Option<u64> {
        self.departments.goals.first().and_then(|first| first.total)
    }

    /// The plan where leads arrive as `arriving` of them would.
    pub(super) fn make(goal: &Goal, rates: &Rates, arriving: u64) -> Result<Self> {
        let conversions = rates.conversions()?;
        let wins = wins(&goal.target, rates.deal_size())?;
        let least_wins = whole(&BigRational::from(decimal::ceil(&wins)))?;
        let plain: Vec<_> = conversions.iter().map(Conversion::plain).collect();
        let links = chain(&wins, &plain, goal.rounding);
        let days = days(goal, arriving)?;
        let deadline = deadline(goal, rates, days.as_ref())?;
        let on_time = deadline.as_ref().map(|left| &left.on_time);
        let share = |stage: usize| on_time.and_then(|shares| shares.get(stage)).copied().unwrap_or(1.0);
        let rest = |stage: usize| conversions.get(stage..).unwrap_or(&[]);
        let paths: Vec<_> = (0..=conversions.len()).map(|stage| Path::in_time(rest(stage), share(stage))).collect();
        let mut stages = stages(goal, rates, &conversions, &links, &paths, least_wins)?;
        for (stage, row) in stages.iter_mut().enumerate() {
            row.on_time = on_time.and_then(|shares| shares.get(stage)).copied();
        }
        let totals: Vec<_> = stages.iter().zip(&links).map(|(row, link)| total(row, link.as_ref())).collect();
        let planned = totals.first().copied().flatten();
        let customers = paths.first().zip(planned).map(|(path, planned)| path.customers(planned));
        let revenue = customers.zip(rates.deal_size()).map(|(customers, deal)| {
            let worth = |wins: u64| decimal::to_f64(&(deal.exact() * BigRational::from(BigInt::from(wins))));
            RevenueRange {
                expected: customers.expected() * deal.to_f64(),
                low: worth(customers.quantile(0.1)),
                high: worth(customers.quantile(0.9)),
            }
        });
        let (schedule, departments) =
            sub_goals(goal, rates, days.as_ref(), deadline.as_ref(), &stages, &totals, &wins)?;
        let mut plan = Self {
            target: target_in_words(goal, rates),
            currency: rates.deal_size().map(|deal| deal.currency().code().to_owned()),
            confidence: goal.confidence.as_ref().map(decimal::to_f64),
            start: goal.start.map(|day: Day| day.to_string()),
            by: goal.by.map(|day| day.to_string()),
            rounding: goal.rounding.name().to_owned(),
            deal_size: rates.deal_size().map(DealSize::to_f64),
            stages,
            probability: customers.map(|customers| customers.probability_of(least_wins)),
            revenue,
            deadline_used: on_time.is_some(),
            schedule,
            departments,
            warnings: rates.warnings().to_vec(),
            explain: Vec::new(),
        };
        plan.explain = explain::lines(goal, rates, &conversions, &links, &paths, &plan, least_wins);
        Ok(plan)
    }
}

/// The whole number that is planned: `needed` with a confidence, else the chain's.
fn total(row: &StagePlan, link: Option<&Link>) -> Option<u64> {
    match (row.needed, row.whole) {
        (Some(needed), _) => Some(needed),
        (None, Some(Whole::Count(count))) => Some(count),
        (None, Some(Whole::Exact(_))) => whole(&BigRational::from(decimal::ceil(&link?.exact))).ok(),
        (None, None) => None,
    }
}

fn target_in_words(goal: &Goal, rates: &Rates) -> String {
    match goal.target {
        Target::Revenue { .. } => goal.target.in_words(),
        Target::Customers(_) => format!("{} {}", goal.target.in_words(), rates.funnel().last()),
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

fn whole(value: &BigRational) -> Result<u64> {
    match value.to_integer().to_u64() {
        Some(count) if count <= MAX_WHOLE => Ok(count),
        _ => Err(Error::new(Kind::OutOfRange, shown::exact(value, 0))),
    }
}

fn stages(
    goal: &Goal,
    rates: &Rates,
    conversions: &[Conversion],
    links: &[Option<Link>],
    paths: &[Path],
    least_wins: u64,
) -> Result<Vec<StagePlan>> {
    let names = rates.funnel().stages().iter();
    let means = conversions.iter().map(|conversion| Some(conversion.mean())).chain([None]);
    let rows = names.zip(links).zip(paths).zip(means);
    rows.map(|(((name, link), path), rate)| {
        let needed = match &goal.confidence {
            Some(confidence) => Some(
                path.entrants_for(least_wins, confidence)
                    .ok_or_else(|| Error::new(Kind::OutOfRange, format!("the number of {name} that the goal needs")))?,
            ),
            None => None,
        };
        let whole = link.as_ref().map(|link| match goal.rounding {
            Rounding::Exact => whole(&link.whole).map(|_| Whole::Exact(decimal::to_f64(&link.whole))),
            _ => whole(&link.whole).map(Whole::Count),
        });
        Ok(StagePlan {
            stage: name.clone(),
            exact: link.as_ref().map(|link| decimal::to_f64(&link.exact)),
            whole: whole.transpose()?,
            needed,
            on_time: None,
            rate,
        })
    })
    .collect()
}
