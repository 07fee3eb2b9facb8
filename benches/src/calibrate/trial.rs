//! One repetition: draw a world, learn, predict, plan, and see what really happens.

use simulate::{Leads, MISSING, Truth};

use super::beta::cumulative;
use super::case::Case;
use super::judge::{Judge, Shared};
use super::planner::planners;
use super::scenario::{Aim, QUARTER_DAYS, START, Scenario, Window};
use super::warned::{WARNINGS, warned};
use crate::Result;

/// The central intervals that are judged.
pub const LEVELS: [f64; 3] = [0.5, 0.8, 0.95];
/// Leads of the prediction that is judged.
const LEADS: u32 = 1_000;

/// An estimate beside the truth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// Whether the truth lies in the intervals of [`LEVELS`].
    pub within: [bool; 3],
    /// The estimate, or what was expected.
    pub estimate: f64,
    /// What is true.
    pub truth: f64,
    /// The probability that the estimate itself gives its 80 % interval: more than 0.8 for whole numbers.
    pub stated: f64,
}

/// What a planner bought, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bought {
    /// Leads.
    pub leads: u64,
    /// Leads ÷ those of the first planner.
    pub relative: f64,
    /// Whether the campaign has met its target.
    pub hit: bool,
    /// The probability of that, given the true rates and lags.
    pub exact: f64,
}

/// What one repetition shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Per step the estimated rate beside that of the recorded leads; `None` where there is no estimate.
    pub recorded: Vec<Option<Judged>>,
    /// Per step the rate that a plan uses beside that of the next quarter's leads.
    pub next: Vec<Option<Judged>>,
    /// Customers of the next quarter's first 1,000 leads, their expectation being compared with the true one.
    pub customers: Option<Judged>,
    /// By window, as far as it has been asked, and planner; `None` where a planner has no answer.
    pub plans: Vec<Vec<Option<Bought>>>,
    /// Which of [`WARNINGS`] the rates carry.
    pub warned: [bool; WARNINGS.len()],
}

impl Trial {
    /// `shared`: one per window, or more.
    pub(super) fn run(
        scenario: &Scenario,
        windows: &[Window],
        seed: u64,
        shared: &[Shared],
        draws: u32,
    ) -> Result<Self> {
        let world = &scenario.world;
        let case = Case::draw(world, seed)?;
        let mut plans = Vec::new();
        for (window, shared) in windows.iter().copied().zip(shared) {
            let truth = world.truth(seed, START, window.days)?;
            let judge = shared.judge(scenario, window, &case, draws)?;
            plans.push(plan(scenario, window, &case, &judge, &truth)?);
        }
        let truth = world.truth(seed, START, QUARTER_DAYS)?;
        Ok(Self {
            recorded: recorded(&case)?,
            next: next(&case, &truth),
            customers: customers(&case, &truth)?,
            plans,
            warned: warned(&case.rates),
        })
    }
}

/// The rows of the table of rates, which are those of all leads together and of the steps first.
fn recorded(case: &Case<'_>) -> Result<Vec<Option<Judged>>> {
    let truths = case.recorded_rates()?;
    let judged = |(row, truth): (&backcast::rates::Estimate, f64)| {
        let estimate = row.estimate?;
        let shape = |share: f64| share * row.effective_leads + 0.5;
        let mut judged = beta(shape(estimate), shape(1.0 - estimate), truth);
        judged.estimate = estimate;
        let [_, shown, _] = &mut judged.within;
        *shown = (row.low..=row.high).contains(&truth);
        Some(judged)
    };
    Ok(case.rates.table().iter().zip(truths).map(judged).collect())
}

fn next(case: &Case<'_>, truth: &Truth) -> Vec<Option<Judged>> {
    let steps = case.planned_shapes().into_iter().zip(truth.step_rates());
    steps.map(|(shapes, truth)| shapes.map(|(a, b)| beta(a, b, truth))).collect()
}

fn beta(a: f64, b: f64, truth: f64) -> Judged {
    let below = cumulative(a, b, truth);
    let within = LEVELS.map(|level| (below - 0.5).abs() <= level / 2.0);
    Judged { within, estimate: a / (a + b), truth, stated: 0.8 }
}

/// The interval that a user sees: from one quantile to the other, both included.
fn customers(case: &Case<'_>, truth: &Truth) -> Result<Option<Judged>> {
    let Some(path) = case.path()? else { return Ok(None) };
    let predicted = path.customers(u64::from(LEADS));
    let won = case.world.campaign(case.seed, LEADS as usize, START, QUARTER_DAYS)?.customers() as u64;
    let ends = LEVELS.map(|level| (predicted.quantile(0.5 - level / 2.0), predicted.quantile(0.5 + level / 2.0)));
    let [_, (low, high), _] = ends;
    Ok(Some(Judged {
        within: ends.map(|(low, high)| (low..=high).contains(&won)),
        estimate: predicted.expected(),
        truth: f64::from(LEADS) * truth.win_rate(),
        stated: predicted.probability_of(low) - predicted.probability_of(high + 1),
    }))
}

/// What every planner buys for one campaign, and what comes of it.
fn plan(
    scenario: &Scenario,
    window: Window,
    case: &Case<'_>,
    judge: &Judge,
    truth: &Truth,
) -> Result<Vec<Option<Bought>>> {
    let leads = planners(window).into_iter().map(|planner| planner.leads(scenario, window, case, judge));
    let leads = leads.collect::<Result<Vec<_>>>()?;
    let most = usize::try_from(leads.iter().flatten().max().copied().unwrap_or(0))?;
    // The first leads of a larger campaign are those of the smaller one.
    let brought = brought(&case.world.campaign(case.seed, most, START, window.days)?.leads, window);
    let needed = window.target(scenario).saturating_sub(judge.in_flight);
    let enough = |leads: u64| usize::try_from(leads).is_ok_and(|leads| brought.get(leads) >= Some(&needed));
    let chance = window.by.map_or_else(|| truth.win_rate(), |by| truth.win_rate_by(by));
    let first = leads.first().copied().flatten().ok_or("the planner who knows the truth has no plan")?;
    let bought = |leads: Option<u64>| {
        leads.map(|leads| Bought {
            leads,
            relative: leads as f64 / first.max(1) as f64,
            hit: enough(leads),
            exact: judge.reached.probability(leads, chance),
        })
    };
    Ok(leads.into_iter().map(bought).collect())
}

/// What the first 0, 1, … leads of a campaign bring in time: customers, or minor units.
fn brought(leads: &Leads, window: Window) -> Vec<u64> {
    let won = leads.entered.last().map_or(&[][..], Vec::as_slice);
    let counts = |day: i32| day != MISSING && window.by.is_none_or(|by| day <= by);
    let worth = |amount: i64| if window.aim == Aim::Revenue { amount.unsigned_abs() } else { 1 };
    let each = won.iter().zip(&leads.amount).map(|(day, amount)| if counts(*day) { worth(*amount) } else { 0 });
    let sums = each.scan(0, |sum, worth| {
        *sum += worth;
        Some(*sum)
    });
    std::iter::once(0).chain(sums).collect()
}

#[cfg(test)]
mod tests {
    use super::super::scenario::{scenarios, windows};
    use super::*;

    /// The interval that the library shows is the one that this study computes by its own means.
    #[test]
    fn shown_intervals_are_those_of_the_beta_distribution() {
        let world = &scenarios()[0].world;
        let case = Case::draw(world, 5).unwrap();
        for row in case.rates.table() {
            let (estimate, leads) = (row.estimate.unwrap(), row.effective_leads);
            let (a, b) = (estimate * leads + 0.5, (1.0 - estimate) * leads + 0.5);
            assert!((cumulative(a, b, row.low) - 0.1).abs() < 1e-8, "{}", row.step);
            assert!((cumulative(a, b, row.high) - 0.9).abs() < 1e-8, "{}", row.step);
        }
    }

    /// Without drift the recorded leads have the stated rates, to rounding.
    #[test]
    fn the_recorded_leads_have_the_worlds_rates() {
        let world = &scenarios()[0].world;
        let rates = Case::draw(world, 5).unwrap().recorded_rates().unwrap();
        for (rate, step) in rates.iter().zip(&world.steps) {
            assert!((rate - step.rate).abs() < 1e-9);
        }
    }

    /// What is counted by lead is what the simulator says of the whole campaign.
    #[test]
    fn campaigns_bring_what_the_simulator_says() {
        let world = &scenarios()[5].world;
        for window in windows() {
            let outcome = world.campaign(7, 3_000, START, window.days).unwrap();
            let said = match (window.aim, window.by) {
                (Aim::Revenue, Some(by)) => outcome.revenue_by(by).unsigned_abs(),
                (Aim::Revenue, None) => outcome.revenue().unsigned_abs(),
                (_, Some(by)) => outcome.customers_by(by) as u64,
                (_, None) => outcome.customers() as u64,
            };
            let brought = brought(&outcome.leads, window);
            assert_eq!((brought.len(), brought.last()), (3_001, Some(&said)));
        }
    }
}
