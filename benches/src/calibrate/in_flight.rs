//! What the open leads of a history bring until a day: by the true rates and delays, and in fact.

use std::collections::BTreeMap;

use simulate::{Lag, Leads, MISSING, World};

use crate::Result;

/// The customers that open leads bring until a day.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct InFlight {
    /// P(that many), given the rates that the world has drawn; the last place holds all that are more.
    pub(super) chances: Vec<f64>,
    /// How many it really is.
    pub(super) won: u64,
    /// What these are worth, in minor units.
    pub(super) revenue: u64,
}

/// Customers that a world's mean rates and delays promise of leads open at the end of history, until a day.
pub(super) fn expected(world: &World, by: i32) -> f64 {
    let rate: f64 = world.steps.iter().map(|step| step.rate).product();
    let lags: Vec<Lag> = world.steps.iter().map(|step| step.lag).collect();
    let within = Within::of(&lags, usize::try_from(by - world.first_day()).unwrap_or(0));
    let of_day = |(day, offset): (i32, u32)| {
        let months = f64::from(offset) / 30.4375;
        let leads = world.leads_per_day * libm::pow(1.0 + world.growth_per_month, months);
        leads * rate * (within.days(by - day) - within.days(world.as_of - day))
    };
    (world.first_day()..=world.as_of).zip(0..).map(of_day).sum()
}

impl InFlight {
    /// Of the leads that are open in `known`, of which `history` knows the rest, with places up to `most` customers.
    pub(super) fn of(world: &World, seed: u64, history: &Leads, known: &Leads, by: i32, most: usize) -> Result<Self> {
        let truth = world.truth(seed, world.first_day(), world.history_days)?;
        let rates = |created: i32, segment: u16| {
            let part = truth.parts.iter().find(|part| (part.first_day..=part.last_day).contains(&created));
            part.and_then(|part| part.rates.get(usize::from(segment)))
        };
        let clock = Clock::of(world, by);
        let mut chances = vec![0.0; most + 1];
        chances.iter_mut().take(1).for_each(|chance| *chance = 1.0);
        let mut known_chances = BTreeMap::new();
        for (place, (created, segment)) in known.entered.iter().take(1).flatten().zip(&known.segment).enumerate() {
            let Some((stage, entered)) = open_since(known, place) else { continue };
            let Some(rates) = rates(*created, *segment) else { continue };
            let bits: Vec<u64> = rates.iter().map(|rate| rate.to_bits()).collect();
            let age = world.as_of - entered;
            add(
                &mut chances,
                *known_chances.entry((bits, stage, age)).or_insert_with(|| clock.chance(rates, stage, age)),
            );
        }
        let deals = history.entered.last().into_iter().flatten().zip(&history.amount);
        let won = || deals.clone().filter(|(day, _)| (world.as_of + 1..=by).contains(*day));
        let revenue = won().map(|(_, amount)| amount.unsigned_abs()).sum();
        Ok(Self { chances, won: won().count() as u64, revenue })
    }
}

/// The stage that a lead is in, and since when; `None` where it is won or known to be lost.
pub(super) fn open_since(known: &Leads, place: usize) -> Option<(usize, i32)> {
    if known.lost.get(place).is_none_or(|day| *day != MISSING) {
        return None;
    }
    let days = known.entered.iter().map(|column| column.get(place).copied().unwrap_or(MISSING));
    let (stage, entered) = days.enumerate().rfind(|(_, day)| *day != MISSING)?;
    (stage + 1 < known.entered.len()).then_some((stage, entered))
}

/// One more lead that is won with this chance.
fn add(chances: &mut [f64], chance: f64) {
    let last = chances.len() - 1;
    let mut before = 0.0;
    for (many, here) in chances.iter_mut().enumerate() {
        let stays = if many == last { *here } else { *here * (1.0 - chance) };
        (before, *here) = (*here * chance, stays + before);
    }
}

/// A delay's cumulative probability, by days.
#[derive(Debug)]
struct Within(Vec<f64>);

impl Within {
    /// Of one delay after the other.
    fn of(lags: &[Lag], longest: usize) -> Self {
        let days = i32::try_from(longest).unwrap_or(i32::MAX);
        let none = std::iter::once(1.0).chain(std::iter::repeat_n(0.0, longest)).collect();
        let pmf = lags.iter().map(|lag| lag.pmf(days)).fold(none, |a: Vec<f64>, b| {
            let mut sum = vec![0.0; longest + 1];
            for (shift, p) in a.iter().enumerate().filter(|(_, p)| **p > 0.0) {
                sum.iter_mut().skip(shift).zip(&b).for_each(|(sum, q)| *sum += p * q);
            }
            sum
        });
        Self(
            pmf.into_iter()
                .scan(0.0, |sum, p| {
                    *sum += p;
                    Some(*sum)
                })
                .collect(),
        )
    }

    fn days(&self, days: i32) -> f64 {
        usize::try_from(days).ok().and_then(|days| self.0.get(days)).copied().unwrap_or(0.0)
    }
}

/// Delays as seen at the end of a history, until a day.
#[derive(Debug)]
struct Clock<'w> {
    world: &'w World,
    left: i32,
    /// Per step, all later steps together.
    later: Vec<Within>,
    /// Per step, the chance of each delay.
    pmf: Vec<Vec<f64>>,
}

impl<'w> Clock<'w> {
    fn of(world: &'w World, by: i32) -> Self {
        let lags: Vec<Lag> = world.steps.iter().map(|step| step.lag).collect();
        let left = by - world.as_of;
        let days = usize::try_from(left).unwrap_or(0);
        let later = (1..=lags.len()).map(|step| Within::of(lags.get(step..).unwrap_or(&[]), days)).collect();
        let pmf = lags.iter().map(|lag| lag.pmf(by - world.first_day())).collect();
        Self { world, left, later, pmf }
    }

    /// P(won in time | neither moved on nor recorded as lost by this age).
    fn chance(&self, rates: &[f64], stage: usize, age: i32) -> f64 {
        let known =
            self.world.steps.get(stage).zip(rates.get(stage)).zip(self.later.get(stage).zip(self.pmf.get(stage)));
        let Some(((step, rate), (later, pmf))) = known else { return 0.0 };
        let loss = &self.world.loss;
        let open =
            1.0 - rate * step.lag.cumulative(age) - (1.0 - rate) * loss.recorded_share * loss.lag.cumulative(age);
        let next = usize::try_from(age + 1).unwrap_or(0);
        let in_time: f64 =
            pmf.iter().skip(next).zip(1..=self.left).map(|(p, day)| p * later.days(self.left - day)).sum();
        rates.iter().skip(stage).product::<f64>() * in_time / open
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenario::{START, scenarios};
    use super::*;

    /// Over many draws of a world what the true chances promise is what happens, and what the parameters promise.
    #[test]
    fn open_leads_bring_what_their_chances_promise() {
        let by = START + 180;
        for world in [World { leads_per_day: 3.0, ..World::default() }, scenarios()[8].world.clone()] {
            let (mut promised, mut won) = (Vec::new(), 0);
            for seed in 0..60 {
                let history = world.history(seed).unwrap();
                let flight = InFlight::of(&world, seed, &history, &history.as_of(world.as_of), by, 150).unwrap();
                assert!((flight.chances.iter().sum::<f64>() - 1.0).abs() < 1e-9);
                promised.push(flight.chances.iter().zip(0..).map(|(p, many)| p * f64::from(many)).sum::<f64>());
                won += flight.won;
            }
            let promised = promised.iter().sum::<f64>();
            assert!((won as f64 - promised).abs() < 4.0 * promised.sqrt(), "{won} {promised}");
            let mean = expected(&world, by);
            // Rates that move spread what is promised itself.
            let spread = (promised + 60.0 * 4.0 * world.tau * world.tau * mean * mean).sqrt();
            assert!((promised - 60.0 * mean).abs() < 4.0 * spread, "{promised} {mean}");
        }
    }
}
