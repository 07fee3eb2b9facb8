//! The judge of a campaign: how probable success truly is, and what one would buy who knows the world.

use super::case::Case;
use super::in_flight::InFlight;
use super::planner::CONFIDENCES;
use super::reached::Reached;
use super::scenario::{Aim, START, Scenario, Window};
use crate::Result;

/// Judges the plans for one campaign in one draw of a world.
#[derive(Debug, Clone)]
pub(super) struct Judge {
    /// P(goal) for so many leads with a chance.
    pub(super) reached: Reached,
    /// What the history's open leads have really brought, where it counts: customers, or minor units.
    pub(super) in_flight: u64,
    /// The leads of one who knows the world, by confidence.
    needed: [Option<u64>; CONFIDENCES.len()],
}

impl Judge {
    fn of(reached: Reached, in_flight: u64, chances: &[f64]) -> Self {
        let needed = CONFIDENCES.map(|confidence| reached.leads_needed(chances, confidence));
        Self { reached, in_flight, needed }
    }

    /// The smallest number of leads that meets the goal with one of [`CONFIDENCES`], for one who knows every parameter of
    /// the world and all shocks so far, but not those to come.
    pub(super) fn needed(&self, confidence: f64) -> Option<u64> {
        let asked = |known: &f64| (known - confidence).abs() < 1e-12;
        CONFIDENCES.iter().position(asked).and_then(|at| *self.needed.get(at)?)
    }
}

/// What all draws of a world have in common of one campaign.
#[derive(Debug)]
pub(super) struct Shared {
    /// P(goal) without open leads.
    reached: Reached,
    /// Chances of a lead that one believes in who knows the world; none where the shocks of each seed tell something of
    /// the next quarter.
    chances: Option<Vec<f64>>,
    /// Where all seeds have both in common.
    judge: Option<Judge>,
}

impl Shared {
    pub(super) fn of(scenario: &Scenario, window: Window, draws: u32) -> Result<Self> {
        let (world, target) = (&scenario.world, window.target(scenario));
        let each_its_own = world.tau > 0.0 && world.phi != 0.0;
        let chances = if each_its_own { None } else { Some(chances(scenario, None, window, draws)?) };
        let reached = match window.aim {
            Aim::Customers => Reached::by_customers(target)?,
            Aim::Revenue => Reached::by_revenue(world, i64::try_from(target)?)?,
        };
        let common = chances.as_ref().filter(|_| !window.in_flight);
        let judge = common.map(|chances| Judge::of(reached.clone(), 0, chances));
        Ok(Self { reached, chances, judge })
    }

    /// The judge of one draw of the world.
    pub(super) fn judge(&self, scenario: &Scenario, window: Window, case: &Case<'_>, draws: u32) -> Result<Judge> {
        if let Some(judge) = &self.judge {
            return Ok(judge.clone());
        }
        let chances = match &self.chances {
            Some(shared) => shared.iter().take(usize::try_from(draws)?).copied().collect(),
            None => chances(scenario, Some(case.seed), window, draws)?,
        };
        if !window.in_flight {
            return Ok(Judge::of(self.reached.clone(), 0, &chances));
        }
        let by = window.by.ok_or("open leads count until a deadline only")?;
        let open = InFlight::of(case.world, case.seed, &case.history, &case.known, by, self.reached.certain())?;
        let brought = if window.aim == Aim::Revenue { open.revenue } else { open.won };
        Ok(Judge::of(self.reached.beside(&open.chances), brought, &chances))
    }
}

/// Equally likely chances that a lead of the campaign is won in time, for one who knows the world.
fn chances(scenario: &Scenario, seed: Option<u64>, window: Window, draws: u32) -> Result<Vec<f64>> {
    let draws = if scenario.world.tau > 0.0 { draws } else { 1 };
    Ok(scenario.world.oracle(seed, START, window.days, window.by, draws)?.win_rates)
}
