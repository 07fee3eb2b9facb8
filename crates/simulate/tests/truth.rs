//! Truth and oracle: campaigns bring what the truth says, and the oracle keeps its promises.

use simulate::{MISSING, MISSING_AMOUNT, Oracle, RateBreak, Segment, World, day_of};
use std::collections::HashSet;

const START: i32 = day_of(2026, 2, 1);
const DAYS: u32 = 90;

/// Two quarters in one campaign, a break inside it, segments that differ: everything the truth has to add up.
fn mixed() -> World {
    let segment = |name: &str, weight, factors: [f64; 3], deal_multiplier| Segment {
        name: name.into(),
        weight,
        rate_multipliers: factors.to_vec(),
        deal_multiplier,
        logit_trend_per_year: -0.1,
    };
    World {
        tau: 0.4,
        phi: 0.5,
        segments: vec![segment("a", 1.0, [1.0, 1.0, 1.0], 1.0), segment("b", 2.0, [1.5, 0.5, 1.2], 3.0)],
        rate_break: Some(RateBreak { day: day_of(2026, 3, 1), step: 0, rate_multiplier: 0.5 }),
        ..World::default()
    }
}

fn assert_share(hits: usize, trials: usize, p: f64, what: &str) {
    let error = (p * (1.0 - p) / trials as f64).sqrt();
    let share = hits as f64 / trials as f64;
    assert!((share - p).abs() <= 4.0 * error, "{what}: {share} for {p} ± {error}");
}

#[test]
fn a_large_campaign_brings_what_the_truth_says() {
    let world = mixed();
    let truth = world.truth(11, START, DAYS).unwrap();
    assert_eq!(truth.parts.len(), 3);
    assert!((truth.parts.iter().map(|part| part.share).sum::<f64>() - 1.0).abs() < 1e-12);
    let leads = 120_000;
    let outcome = world.campaign(11, leads, START, DAYS).unwrap();
    assert_share(outcome.customers(), leads, truth.win_rate(), "ever");
    for deadline in [day_of(2026, 3, 31), day_of(2026, 6, 30)] {
        assert_share(outcome.customers_by(deadline), leads, truth.win_rate_by(deadline), "by the deadline");
    }
    let entered = outcome.entered();
    for (step, rate) in truth.step_rates().into_iter().enumerate() {
        assert_share(entered[step + 1], entered[step], rate, "step");
    }
    let mean = outcome.revenue() as f64 / 100.0 / outcome.customers() as f64;
    let spread = 2.0 / (outcome.customers() as f64).sqrt();
    assert!((mean / truth.mean_deal() - 1.0).abs() < 4.0 * spread, "{mean} for {}", truth.mean_deal());
}

#[test]
fn the_on_time_share_ends_at_everything_and_begins_at_nothing() {
    let truth = mixed().truth(1, START, DAYS).unwrap();
    assert!(truth.win_rate_by(START - 1) <= 0.0);
    assert!((truth.win_rate_by(START + 4_000) / truth.win_rate() - 1.0).abs() < 1e-6);
    assert!((truth.win_rate_by(i32::MAX) - truth.win_rate()).abs() < 1e-15);
}

#[test]
fn more_leads_never_bring_less() {
    let world = mixed();
    let small = world.campaign(5, 400, START, DAYS).unwrap();
    let large = world.campaign(5, 1_000, START, DAYS).unwrap();
    for (few, many) in small.leads.entered.iter().zip(&large.leads.entered) {
        assert_eq!(few[..], many[..400]);
    }
    assert!(small.revenue() <= large.revenue());
    assert_eq!(
        small.revenue_by(START + 100),
        small
            .leads
            .amount
            .iter()
            .zip(&small.leads.entered[3])
            .filter(|(_, day)| **day != MISSING && **day <= START + 100)
            .map(|(amount, _)| amount)
            .sum::<i64>()
    );
}

#[test]
fn a_longer_history_does_not_change_the_leads_of_the_campaign() {
    let world = World::default();
    let busier = World { leads_per_day: 40.0, ..World::default() };
    assert_eq!(world.campaign(5, 100, START, DAYS).unwrap(), busier.campaign(5, 100, START, DAYS).unwrap());
}

/// 80 % plans of the oracle reach their target in 80 % of worlds, with and without knowledge of the shocks so far.
#[test]
fn the_oracle_keeps_its_promise() {
    let world = World { tau: 0.3, phi: 0.7, rho: 0.3, history_days: 365, ..World::default() };
    let (start, customers, seeds) = (day_of(2026, 1, 1), 40, 400);
    let blind = world.oracle(None, start, DAYS, None, 1_000).unwrap();
    let without = blind.leads_needed(customers, 0.8).unwrap();
    let (mut hits, mut blind_hits) = (0, 0);
    for seed in 0..seeds {
        let oracle = world.oracle(Some(seed), start, DAYS, None, 150).unwrap();
        let needed = oracle.leads_needed(customers, 0.8).unwrap();
        let hit = |leads: u64| {
            let outcome = world.campaign(seed, usize::try_from(leads).unwrap(), start, DAYS).unwrap();
            outcome.customers() as u64 >= customers
        };
        hits += usize::from(hit(needed));
        blind_hits += usize::from(hit(without));
    }
    assert_share(hits, 400, 0.8, "knowing the shocks so far");
    assert_share(blind_hits, 400, 0.8, "knowing their law only");
}

#[test]
fn without_drift_the_oracle_is_the_binomial() {
    let oracle = World::default().oracle(Some(1), START, DAYS, None, 3).unwrap();
    let exact = Oracle { win_rates: vec![0.3 * 0.4 * 0.3] };
    assert!((oracle.probability_of(1_500, 50) - exact.probability_of(1_500, 50)).abs() < 1e-12);
    assert_eq!(Oracle { win_rates: vec![0.0] }.leads_needed(1, 0.5), None);
    assert_eq!(exact.leads_needed(0, 0.9), Some(0));
}

#[test]
fn the_deadline_lowers_the_oracles_rate_by_the_share_on_time() {
    let world = World::default();
    let deadline = day_of(2026, 6, 30);
    let oracle = world.oracle(None, START, DAYS, Some(deadline), 1).unwrap();
    let truth = world.truth(1, START, DAYS).unwrap();
    assert!((oracle.win_rates[0] - truth.win_rate_by(deadline)).abs() < 1e-12);
}

/// Their luck is their own: neither two campaigns of one world nor a campaign and its history share random numbers.
#[test]
fn campaigns_and_history_are_independent_draws() {
    let world = World::default();
    let first = world.campaign(5, 500, START, DAYS).unwrap();
    let second = world.campaign(5, 500, START + 1, DAYS).unwrap();
    assert_ne!(first.leads.amount, second.leads.amount);
    let amounts = |all: &[i64]| all.iter().copied().filter(|a| *a != MISSING_AMOUNT).collect::<HashSet<_>>();
    let history = amounts(&world.history(5).unwrap().amount);
    assert_eq!(amounts(&first.leads.amount).intersection(&history).count(), 0);
}
