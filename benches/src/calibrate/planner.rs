//! The planners: the library, the rules people use instead, and one who knows the truth.

use backcast::{Day, Goal};
use simulate::{MISSING, Oracle, World, quarter_of};

use super::case::{Case, FIRST_STAGE};
use super::scenario::{START, Scenario, Window};
use crate::Result;

/// Nobody buys more leads than this: such a plan says that the goal is out of reach.
const MOST_LEADS: u64 = 2_000_000;
/// What "old enough" means to the careful analyst, in days.
const MATURE_DAYS: i32 = 180;

/// How a number of leads is planned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Planner {
    /// Knows every parameter of the world and all shocks so far, and asks for this probability.
    Oracle(f64),
    /// The library, asked for this probability.
    Promise(f64),
    /// The library's rates (and its share that comes in time) by plain division: the plan of the mean.
    Mean,
    /// Customers ÷ leads of some cohorts as they stand in the records, without regard to open leads or deadline.
    Division(Cohorts),
}

/// Leads whose customers are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cohorts {
    /// All of history.
    All,
    /// Created in the last two calendar quarters.
    LastTwoQuarters,
    /// Created at least 180 days ago.
    Matured,
}

/// The planners. The first is the one whose leads all others are compared with.
#[must_use]
pub fn planners() -> [Planner; 8] {
    [
        Planner::Oracle(0.8),
        Planner::Promise(0.8),
        Planner::Oracle(0.9),
        Planner::Promise(0.9),
        Planner::Mean,
        Planner::Division(Cohorts::All),
        Planner::Division(Cohorts::LastTwoQuarters),
        Planner::Division(Cohorts::Matured),
    ]
}

impl Planner {
    /// In words.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Oracle(confidence) => format!("knows the truth, {:.0} %", 100.0 * confidence),
            Self::Promise(confidence) => format!("**backcast, {:.0} %**", 100.0 * confidence),
            Self::Mean => "backcast, plan of the mean".to_owned(),
            Self::Division(Cohorts::All) => "division, all history".to_owned(),
            Self::Division(Cohorts::LastTwoQuarters) => "division, last two quarters".to_owned(),
            Self::Division(Cohorts::Matured) => "division, leads of 180 days and more".to_owned(),
        }
    }

    /// The leads that this planner buys; `None` where it has no answer.
    pub(super) fn leads(
        self,
        scenario: &Scenario,
        window: Window,
        case: &Case<'_>,
        oracle: &Oracle,
    ) -> Result<Option<u64>> {
        let leads = match self {
            Self::Oracle(confidence) => oracle.leads_needed(scenario.customers, confidence),
            Self::Promise(confidence) => promised(scenario.customers, confidence, window, case)?,
            Self::Mean => of_the_mean(scenario.customers, window, case)?,
            Self::Division(cohorts) => divided(scenario.customers, cohorts, case),
        };
        Ok(leads.filter(|leads| *leads <= MOST_LEADS))
    }
}

fn goal(customers: u64, window: Window) -> Result<Goal> {
    let goal = Goal::customers(customers)?;
    Ok(match window.by {
        Some(by) => goal.from(Day::from_unix_days(START)?).by(Day::from_unix_days(by)?),
        None => goal,
    })
}

/// The leads that the library's plan asks for at a confidence.
fn promised(customers: u64, confidence: f64, window: Window, case: &Case<'_>) -> Result<Option<u64>> {
    match goal(customers, window)?.at(confidence)?.plan(&case.rates) {
        Ok(plan) => Ok(plan.stage(FIRST_STAGE)?.needed),
        Err(error) if has_no_answer(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The expected-value chain, over the share that comes in time.
fn of_the_mean(customers: u64, window: Window, case: &Case<'_>) -> Result<Option<u64>> {
    match goal(customers, window)?.plan(&case.rates) {
        Ok(plan) => {
            let lead = plan.stage(FIRST_STAGE)?;
            Ok(lead.exact.map(|exact| whole_above(exact / lead.on_time.unwrap_or(1.0))))
        }
        Err(error) if has_no_answer(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Refusals that say what the history does not support; any other would be a fault of the study.
fn has_no_answer(error: &backcast::Error) -> bool {
    matches!(error.kind(), "not_identified" | "too_late" | "out_of_range")
}

/// Target ÷ (customers ÷ leads) over the cohorts; `None` while they have no customer.
fn divided(customers: u64, cohorts: Cohorts, case: &Case<'_>) -> Option<u64> {
    let wanted = |created: i32| match cohorts {
        Cohorts::All => true,
        Cohorts::LastTwoQuarters => quarter_of(created) > quarter_of(case.world.as_of) - 2,
        Cohorts::Matured => created <= case.world.as_of - MATURE_DAYS,
    };
    let (created, won) = (case.known.entered.first()?, case.known.entered.last()?);
    let (mut leads, mut wins) = (0_u64, 0_u64);
    for (_, won) in created.iter().zip(won).filter(|(created, _)| wanted(**created)) {
        leads += 1;
        wins += u64::from(*won != MISSING);
    }
    (wins > 0).then(|| (customers * leads).div_ceil(wins))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "plans above two million leads are dropped"
)]
fn whole_above(leads: f64) -> u64 {
    leads.ceil().clamp(1.0, 1e15) as u64
}

/// What a planner who knows the world believes of the campaign. Where shocks leave no trace in the next quarter, all
/// seeds share it.
pub(super) fn oracle(world: &World, seed: Option<u64>, window: Window, draws: u32) -> Result<Oracle> {
    let draws = if world.tau > 0.0 { draws } else { 1 };
    Ok(world.oracle(seed, START, window.days, window.by, draws)?)
}
