//! History: the columns hold what the parameters promise, within four standard errors.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code may stop at the first surprise")]

use simulate::{Deal, Lag, Leads, Loss, MISSING, MISSING_AMOUNT, RateBreak, Segment, World, day_of};

/// FNV-1a over the little-endian bytes of all columns.
fn fingerprint(leads: &Leads) -> u64 {
    let days = leads.entered.iter().flatten().chain(&leads.lost).flat_map(|d| d.to_le_bytes());
    let amounts = leads.amount.iter().flat_map(|a| a.to_le_bytes());
    let segments = leads.segment.iter().flat_map(|s| s.to_le_bytes());
    days.chain(amounts)
        .chain(segments)
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// A world with every switch on.
fn rich() -> World {
    let named = |name: &str, weight, factor| Segment {
        name: name.into(),
        weight,
        rate_multipliers: vec![factor, 1.0, 1.0],
        ..Segment::default()
    };
    World {
        growth_per_month: 0.06,
        tau: 0.3,
        phi: 0.7,
        rho: 0.4,
        segments: vec![named("a", 3.0, 1.0), named("b", 1.0, 1.5)],
        deal: Deal { mean: 9_000.0, sigma: 0.8, lag_correlation: 0.5 },
        rate_break: Some(RateBreak { day: day_of(2025, 1, 1), step: 1, rate_multiplier: 0.6 }),
        ..World::default()
    }
}

fn large() -> World {
    World { leads_per_day: 60.0, ..World::default() }
}

/// Asserts that `hits` of `trials` is within four binomial standard errors of `p`.
fn assert_share(hits: usize, trials: usize, p: f64, what: &str) {
    let (hits, trials) = (hits as f64, trials as f64);
    let error = (p * (1.0 - p) / trials).sqrt();
    assert!((hits / trials - p).abs() <= 4.0 * error, "{what}: {} for {p} ± {error}", hits / trials);
}

fn lags(from: &[i32], to: &[i32]) -> Vec<i32> {
    from.iter().zip(to).filter(|(_, to)| **to != MISSING).map(|(from, to)| to - from).collect()
}

fn mean_and_sd(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0)).sqrt())
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    let world = rich();
    assert_eq!(fingerprint(&world.history(42).unwrap()), 0xcb53_83b2_c1f5_ea57);
    assert_ne!(world.history(42).unwrap(), world.history(43).unwrap());
    let campaign = world.campaign(42, 1_000, day_of(2026, 1, 1), 90).unwrap();
    assert_eq!(fingerprint(&campaign.leads), 0x44bf_2084_c337_8831);
}

#[test]
fn every_step_converts_at_its_rate() {
    let leads = large().history(1).unwrap();
    let entered: Vec<usize> = leads.entered.iter().map(|days| days.iter().filter(|d| **d != MISSING).count()).collect();
    for (step, p) in [0.30, 0.40, 0.30].into_iter().enumerate() {
        assert_share(entered[step + 1], entered[step], p, "step");
    }
}

#[test]
fn half_of_all_lags_are_shorter_than_the_median() {
    let leads = large().history(2).unwrap();
    for (step, median) in [8, 20, 45].into_iter().enumerate() {
        let lags = lags(&leads.entered[step], &leads.entered[step + 1]);
        assert_share(lags.iter().filter(|lag| **lag < median).count(), lags.len(), 0.5, "median");
        assert!(lags.iter().all(|lag| *lag >= 0));
    }
    let first = lags(&leads.entered[0], &leads.entered[1]);
    let law = Lag { median_days: 8.0, sigma: 1.0 };
    for bound in [0, 3, 30] {
        assert_share(first.iter().filter(|lag| **lag <= bound).count(), first.len(), law.cumulative(bound), "cdf");
    }
}

#[test]
fn no_lag_at_all_is_legal() {
    let mut world = World::default();
    world.steps[0].lag = Lag { median_days: 0.0, sigma: 0.0 };
    let leads = world.history(3).unwrap();
    assert!(lags(&leads.entered[0], &leads.entered[1]).iter().all(|lag| *lag == 0));
}

#[test]
fn leads_arrive_as_a_poisson_process_that_grows() {
    let flat = World { leads_per_day: 2.0, ..World::default() };
    let counts: Vec<f64> = (0..400).map(|seed| flat.history(seed).unwrap().len() as f64).collect();
    let (mean, sd) = mean_and_sd(&counts);
    let expected: f64 = 2.0 * 731.0;
    assert!((mean - expected).abs() < 4.0 * (expected / 400.0).sqrt(), "{mean}");
    // The standard error of a standard deviation is sd / √(2 n).
    assert!((sd / expected.sqrt() - 1.0).abs() < 4.0 / 800_f64.sqrt(), "{sd}");

    let growing = World { growth_per_month: 0.06, leads_per_day: 30.0, ..World::default() };
    let leads = growing.history(5).unwrap();
    let (early, late) = (growing.first_day() + 91, growing.as_of - 91);
    let first = leads.entered[0].iter().filter(|d| **d < early).count() as f64;
    let last = leads.entered[0].iter().filter(|d| **d > late).count() as f64;
    let expected = libm::pow(1.06, (731.0 - 91.0) / 30.4375);
    let error = expected * (1.0 / first + 1.0 / last).sqrt();
    assert!((last / first - expected).abs() < 4.0 * error, "{} for {expected}", last / first);
}

#[test]
fn losers_are_recorded_at_their_share_and_lag() {
    let world = World {
        loss: Loss { recorded_share: 0.6, lag: Lag { median_days: 30.0, sigma: 0.5 } },
        leads_per_day: 30.0,
        ..World::default()
    };
    let leads = world.history(6).unwrap();
    let lost = leads.lost.iter().filter(|d| **d != MISSING).count();
    assert_share(lost, leads.len() - leads.customers(), 0.6, "recorded");
    let at_once: Vec<i32> = (0..leads.len())
        .filter(|i| leads.entered[1][*i] == MISSING && leads.lost[*i] != MISSING)
        .map(|i| leads.lost[i] - leads.entered[0][i])
        .collect();
    assert_share(at_once.iter().filter(|lag| **lag < 30).count(), at_once.len(), 0.5, "loss lag");
    assert!((0..leads.len()).all(|i| leads.lost[i] == MISSING || leads.amount[i] == MISSING_AMOUNT));
}

#[test]
fn deals_have_their_mean_spread_and_correlation_with_the_lag() {
    let world = World {
        deal: Deal { mean: 9_000.0, sigma: 0.8, lag_correlation: 0.5 },
        steps: vec![simulate::Step { rate: 1.0, lag: Lag { median_days: 400.0, sigma: 0.4 } }],
        leads_per_day: 30.0,
        ..World::default()
    };
    let leads = world.history(7).unwrap();
    let n = leads.len() as f64;
    let amounts: Vec<f64> = leads.amount.iter().map(|a| *a as f64 / 100.0).collect();
    let (mean, sd) = mean_and_sd(&amounts);
    assert!((mean - 9_000.0).abs() < 4.0 * sd / n.sqrt(), "{mean}");
    let logs: Vec<f64> = amounts.iter().map(|a| libm::log(*a)).collect();
    let (log_mean, log_sd) = mean_and_sd(&logs);
    assert!((log_sd - 0.8).abs() < 4.0 * 0.8 / (2.0 * n).sqrt(), "{log_sd}");
    let delays: Vec<f64> =
        lags(&leads.entered[0], &leads.entered[1]).iter().map(|l| libm::log(f64::from(*l) + 0.5)).collect();
    let (delay_mean, delay_sd) = mean_and_sd(&delays);
    let products = logs.iter().zip(&delays).map(|(a, b)| (a - log_mean) * (b - delay_mean));
    let correlation = products.sum::<f64>() / (n - 1.0) / (log_sd * delay_sd);
    assert!((correlation - 0.5).abs() < 4.0 * 0.75 / n.sqrt(), "{correlation}");
}

#[test]
fn segments_have_their_share_rate_and_break() {
    let world = World { tau: 0.0, leads_per_day: 30.0, ..rich() };
    let leads = world.history(8).unwrap();
    let leads = &leads;
    let of = |segment: u16| (0..leads.len()).filter(move |i| leads.segment[*i] == segment);
    assert_share(of(0).count(), leads.len(), 0.75, "weight");
    for (segment, p) in [(0, 0.30), (1, 0.45)] {
        let converted = of(segment).filter(|i| leads.entered[1][*i] != MISSING).count();
        assert_share(converted, of(segment).count(), p, "multiplier");
    }
    for (after, p) in [(false, 0.40), (true, 0.24)] {
        let entrants = (0..leads.len())
            .filter(|i| leads.entered[1][*i] != MISSING && (leads.entered[0][*i] >= day_of(2025, 1, 1)) == after);
        let converted = entrants.clone().filter(|i| leads.entered[2][*i] != MISSING).count();
        assert_share(converted, entrants.count(), p, "break");
    }
}

#[test]
fn a_cut_forgets_what_came_later_and_nothing_else() {
    let world = rich();
    let all = world.history(9).unwrap();
    let day = day_of(2025, 3, 31);
    let cut = all.as_of(day);
    assert_eq!(cut.len(), all.entered[0].iter().filter(|d| **d <= day).count());
    for (before, after) in all.entered.iter().chain([&all.lost]).zip(cut.entered.iter().chain([&cut.lost])) {
        for (b, a) in before.iter().zip(after) {
            assert_eq!(*a, if *b <= day { *b } else { MISSING });
        }
    }
    for i in 0..cut.len() {
        assert_eq!(cut.amount[i] == MISSING_AMOUNT, cut.entered[3][i] == MISSING);
    }
    assert_eq!(cut.as_of(day), cut);
    assert_eq!(all.as_of(world.as_of).as_of(day), cut);
}

#[test]
fn a_field_out_of_range_is_named() {
    let refused = |change: fn(&mut World), message: &str| {
        let mut world = World::default();
        change(&mut world);
        assert_eq!(world.history(1).unwrap_err().to_string(), message);
    };
    refused(|w| w.history_days = 0, "history_days is `0`, allowed is 1 to 36500");
    refused(|w| w.leads_per_day = f64::NAN, "leads_per_day is `NaN`, allowed is 0 to 1000000");
    refused(|w| w.steps[1].rate = 1.2, "steps[1].rate is `1.2`, allowed is 0 to 1");
    refused(|w| w.steps.clear(), "the number of steps is `0`, allowed is 1 to 11");
    refused(|w| w.segments.clear(), "the number of segments is `0`, allowed is 1 to 65535");
    refused(
        |w| w.segments[0].rate_multipliers = vec![1.0],
        "segments[0].rate_multipliers is `1`, allowed is none, or one per step, 3",
    );
    refused(
        |w| w.segments[0].rate_multipliers = vec![4.0, 1.0, 1.0],
        "segments[0].rate_multipliers is `1.2`, allowed is 0 to 1",
    );
    let early = World::default().campaign(1, 10, day_of(2020, 1, 1), 90).unwrap_err();
    assert_eq!(early.field(), "start");
}
