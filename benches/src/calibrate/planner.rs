//! The planners: the library, the rules people use instead, and one who knows the truth.

use backcast::plan::{Arrival, Campaign, Scheduling};
use backcast::{Day, Goal, Plan};
use simulate::{MISSING, MISSING_AMOUNT, quarter_of};

use super::case::{Case, FIRST_STAGE};
use super::in_flight::open_since;
use super::judge::Judge;
use super::scenario::{Aim, CURRENCY, START, Scenario, Window};
use crate::Result;

/// Nobody buys more leads than this: such a plan says that the goal is out of reach.
const MOST_LEADS: u64 = 2_000_000;
/// The window of a dashboard, in days.
const LAST_DAYS: i32 = 90;
/// What "old enough" means to the careful analyst, in days.
const MATURE_DAYS: i32 = 180;

/// How sure plans are asked to be.
pub(super) const CONFIDENCES: [f64; 2] = [0.8, 0.9];

/// How a number of leads is planned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Planner {
    /// Knows every parameter of the world and all shocks so far, and asks for this probability.
    Oracle(f64),
    /// The library, asked for this probability.
    Promise(f64),
    /// The library, asked for this probability and told nothing of what is in flight.
    Ignoring(f64),
    /// The library's rates (and its share that comes in time) by plain division: the plan of the mean.
    Mean,
    /// Customers ÷ leads of some cohorts as they stand in the records, without regard to open leads or deadline. A goal
    /// in money is divided by the mean of all won deals.
    Division(Cohorts),
    /// The same over all history, after each open lead is credited with the share of its stage's entrants who are won,
    /// whatever its age: the stage-weighted pipeline of every CRM.
    Weighted,
}

/// Leads whose customers are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cohorts {
    /// All of history.
    All,
    /// Created in the last two calendar quarters.
    LastTwoQuarters,
    /// Created in the last 90 days.
    LastNinetyDays,
    /// Created at least 180 days ago.
    Matured,
}

/// The planners of a campaign. The first is the one whose leads all others are compared with.
#[must_use]
pub fn planners(window: Window) -> Vec<Planner> {
    let known = [Planner::Oracle(0.8), Planner::Promise(0.8), Planner::Oracle(0.9), Planner::Promise(0.9)];
    let beside: &[Planner] = if window.in_flight {
        &[Planner::Ignoring(0.8), Planner::Ignoring(0.9), Planner::Weighted]
    } else {
        &[Planner::Mean]
    };
    let cohorts = [Cohorts::All, Cohorts::LastTwoQuarters, Cohorts::LastNinetyDays, Cohorts::Matured];
    let divided = cohorts.map(Planner::Division);
    [known.as_slice(), beside, divided.as_slice()].concat()
}

impl Planner {
    /// In words.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Oracle(confidence) => format!("knows the truth, {:.0} %", 100.0 * confidence),
            Self::Promise(confidence) => format!("**backcast, {:.0} %**", 100.0 * confidence),
            Self::Ignoring(confidence) => format!("backcast, {:.0} %, in flight ignored", 100.0 * confidence),
            Self::Weighted => "division, stage-weighted pipeline".to_owned(),
            Self::Mean => "backcast, plan of the mean".to_owned(),
            Self::Division(Cohorts::All) => "division, all history".to_owned(),
            Self::Division(Cohorts::LastTwoQuarters) => "division, last two quarters".to_owned(),
            Self::Division(Cohorts::LastNinetyDays) => "division, last 90 days".to_owned(),
            Self::Division(Cohorts::Matured) => "division, leads of 180 days and more".to_owned(),
        }
    }

    /// The leads that this planner buys; `None` where it has no answer.
    pub(super) fn leads(
        self,
        scenario: &Scenario,
        window: Window,
        case: &Case<'_>,
        judge: &Judge,
    ) -> Result<Option<u64>> {
        let goal = || goal(scenario, window);
        let leads = match self {
            Self::Oracle(confidence) => judge.needed(confidence),
            Self::Promise(confidence) if window.in_flight => {
                let goal = goal()?.with_pipeline(case.open.clone(), Some(Day::from_unix_days(case.world.as_of)?));
                needed(plan(&goal.at(confidence)?, window, case)?)?
            }
            Self::Promise(confidence) | Self::Ignoring(confidence) => {
                needed(plan(&goal()?.at(confidence)?, window, case)?)?
            }
            Self::Mean => of_the_mean(plan(&goal()?, window, case)?)?,
            Self::Division(cohorts) => divided(window.target(scenario), window.aim, cohorts, case),
            Self::Weighted => weighted(window.target(scenario), window.aim, case),
        };
        Ok(leads.filter(|leads| *leads <= MOST_LEADS))
    }
}

fn goal(scenario: &Scenario, window: Window) -> Result<Goal> {
    let target = window.target(scenario);
    let goal = match window.aim {
        Aim::Revenue => Goal::revenue(format!("{}.{:02} {CURRENCY}", target / 100, target % 100).parse()?)?,
        Aim::Customers => Goal::customers(target)?,
    };
    let Some(by) = window.by else { return Ok(goal) };
    let (from, by) = (Day::from_unix_days(START)?, Day::from_unix_days(by)?);
    let goal = goal.starting(from).by(by);
    if !window.is_early() {
        return Ok(goal);
    }
    let campaign = Campaign { from, to: Day::from_unix_days(window.last_day())?, share: "100 %".parse()? };
    Ok(goal.scheduled(Scheduling::default().arriving(Arrival::Campaigns(vec![campaign]))))
}

/// The library's plan; `None` where it says that the history does not support one.
fn plan(goal: &Goal, window: Window, case: &Case<'_>) -> Result<Option<Plan>> {
    match goal.plan(if window.aim == Aim::Revenue { &case.priced } else { &case.rates }) {
        Ok(plan) => Ok(Some(plan)),
        Err(error) if has_no_answer(&error) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The leads that a plan asks for at its confidence.
fn needed(plan: Option<Plan>) -> Result<Option<u64>> {
    let Some(plan) = plan else { return Ok(None) };
    Ok(plan.stage(FIRST_STAGE)?.needed)
}

/// The expected-value chain, over the share that comes in time.
fn of_the_mean(plan: Option<Plan>) -> Result<Option<u64>> {
    let Some(plan) = plan else { return Ok(None) };
    let lead = plan.stage(FIRST_STAGE)?;
    Ok(lead.exact.map(|exact| whole_above(exact / lead.on_time.unwrap_or(1.0))))
}

/// Refusals that say what the history does not support; any other would be a fault of the study.
fn has_no_answer(error: &backcast::Error) -> bool {
    matches!(error.kind().code(), "not_identified" | "too_late" | "out_of_range" | "deal_size_missing")
}

/// Target ÷ (customers ÷ leads) over the cohorts, target ÷ mean of all won deals first if it is money; `None` while they
/// have no customer.
fn divided(target: u64, aim: Aim, cohorts: Cohorts, case: &Case<'_>) -> Option<u64> {
    let wanted = |created: i32| match cohorts {
        Cohorts::All => true,
        Cohorts::LastTwoQuarters => quarter_of(created) > quarter_of(case.world.as_of) - 2,
        Cohorts::LastNinetyDays => created > case.world.as_of - LAST_DAYS,
        Cohorts::Matured => created <= case.world.as_of - MATURE_DAYS,
    };
    let (created, won) = (case.known.entered.first()?, case.known.entered.last()?);
    let (mut leads, mut wins) = (0_u64, 0_u64);
    for (_, won) in created.iter().zip(won).filter(|(created, _)| wanted(**created)) {
        leads += 1;
        wins += u64::from(*won != MISSING);
    }
    let customers = customers(target, aim, case)?;
    (wins > 0).then(|| whole_above(customers * leads as f64 / wins as f64))
}

/// The customers that a target takes on average; `None` where it is money and no deal has been won.
fn customers(target: u64, aim: Aim, case: &Case<'_>) -> Option<f64> {
    Some(if aim == Aim::Revenue { target as f64 / mean_deal(case)? } else { target as f64 })
}

/// The mean of the won deals in minor units; `None` without any.
fn mean_deal(case: &Case<'_>) -> Option<f64> {
    let won = || case.known.amount.iter().filter(|amount| **amount != MISSING_AMOUNT);
    (won().count() > 0).then(|| won().sum::<i64>() as f64 / won().count() as f64)
}

/// What the stage-weighted pipeline leaves of the target, over the share of all leads who are won; `None` while nobody is.
fn weighted(target: u64, aim: Aim, case: &Case<'_>) -> Option<u64> {
    let entered: Vec<u64> =
        case.known.entered.iter().map(|days| days.iter().filter(|day| **day != MISSING).count() as u64).collect();
    let (leads, won) = (*entered.first()? as f64, *entered.last()? as f64);
    let open = (0..case.known.len()).filter_map(|place| open_since(&case.known, place));
    let credit: f64 = open.filter_map(|(stage, _)| Some(won / *entered.get(stage)? as f64)).sum();
    let left = customers(target, aim, case)? - credit;
    (won > 0.0).then(|| if left > 0.0 { whole_above(left * leads / won) } else { 0 })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "plans above two million leads are dropped"
)]
fn whole_above(leads: f64) -> u64 {
    leads.ceil().clamp(1.0, 1e15) as u64
}
