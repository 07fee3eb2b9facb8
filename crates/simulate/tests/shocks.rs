//! Shocks: over-dispersion, persistence and correlation are those of the parameters, seen through the truth.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code may stop at the first surprise")]

use simulate::{Segment, World, day_of};

/// Logit of the rate by quarter, segment and step over a century.
fn logits(world: &World, seed: u64) -> Vec<Vec<Vec<f64>>> {
    let truth = world.truth(seed, day_of(2026, 1, 1), 36_500).unwrap();
    let logit = |p: &f64| libm::log(*p) - libm::log1p(-p);
    let of_part = |rates: &Vec<Vec<f64>>| rates.iter().map(|steps| steps.iter().map(logit).collect()).collect();
    truth.parts.iter().map(|part| of_part(&part.rates)).collect()
}

/// Standardised shocks by seed, quarter, segment and step.
fn paths(world: &World) -> Vec<Vec<Vec<Vec<f64>>>> {
    let still = World { tau: 0.0, ..world.clone() };
    let centres = logits(&still, 1)[0][0].clone();
    let standard =
        |steps: Vec<f64>| steps.iter().zip(&centres).map(|(value, centre)| (value - centre) / world.tau).collect();
    let of_quarter = |segments: Vec<Vec<f64>>| segments.into_iter().map(standard).collect();
    (0..24).map(|seed| logits(world, seed).into_iter().map(of_quarter).collect()).collect()
}

/// The mean product of two shocks with its standard error, from seeds that are independent of each other.
fn product(paths: &[Vec<Vec<Vec<f64>>>], pick: impl Fn(&[Vec<Vec<f64>>], usize) -> Option<(f64, f64)>) -> (f64, f64) {
    let of_path = |path: &Vec<Vec<Vec<f64>>>| {
        let products: Vec<f64> = (0..path.len()).filter_map(|q| pick(path, q)).map(|(a, b)| a * b).collect();
        products.iter().sum::<f64>() / products.len() as f64
    };
    let means: Vec<f64> = paths.iter().map(of_path).collect();
    let n = means.len() as f64;
    let mean = means.iter().sum::<f64>() / n;
    let variance = means.iter().map(|m| (m - mean) * (m - mean)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

fn assert_near(found: (f64, f64), expected: f64, what: &str) {
    let (mean, error) = found;
    assert!((mean - expected).abs() < 4.0 * error, "{what}: {mean} ± {error} for {expected}");
    assert!(error < 0.04, "{what}: {error} is too coarse to tell");
}

/// Tiny tau keeps the centre of the logit equal to the logit of the mean.
fn world() -> World {
    let segment = |name: &str| Segment { name: name.into(), ..Segment::default() };
    World { tau: 1e-3, segments: vec![segment("a"), segment("b")], ..World::default() }
}

#[test]
fn the_variance_between_quarters_is_tau_squared() {
    let plain = paths(&world());
    for step in 0..3 {
        assert_near(product(&plain, |path, q| Some((path[q][0][step], path[q][0][step]))), 1.0, "variance");
    }
    let persistent = paths(&World { phi: 0.7, rho: -0.7, shared_shock: 0.2, ..world() });
    assert_near(product(&persistent, |path, q| Some((path[q][1][2], path[q][1][2]))), 1.0, "variance, AR(1)");
}

#[test]
fn quarters_are_an_autoregression() {
    for phi in [0.0, 0.7, -0.4] {
        let paths = paths(&World { phi, ..world() });
        let apart = |n: usize| product(&paths, |path, q| Some((path[q][0][0], path.get(q + n)?[0][0])));
        assert_near(apart(1), phi, "lag one");
        assert_near(apart(2), phi * phi, "lag two");
    }
}

#[test]
fn steps_correlate_by_rho_to_the_distance() {
    for rho in [-0.7, 0.7] {
        let paths = paths(&World { rho, phi: 0.3, ..world() });
        assert_near(product(&paths, |path, q| Some((path[q][0][0], path[q][0][1]))), rho, "neighbours");
        assert_near(product(&paths, |path, q| Some((path[q][0][0], path[q][0][2]))), rho * rho, "two apart");
    }
}

#[test]
fn segments_share_their_part_of_the_shock() {
    for shared_shock in [0.0, 0.5, 1.0] {
        let paths = paths(&World { shared_shock, ..world() });
        assert_near(product(&paths, |path, q| Some((path[q][0][1], path[q][1][1]))), shared_shock, "shared");
    }
}

#[test]
fn the_mean_rate_over_quarters_is_the_stated_rate_however_large_tau() {
    for tau in [0.3, 1.0] {
        let world = World { tau, ..World::default() };
        let mut rates = Vec::new();
        for seed in 0..20 {
            let truth = world.truth(seed, day_of(2026, 1, 1), 36_500).unwrap();
            rates.extend(truth.parts.iter().map(|part| part.rates[0][0]));
            assert!((truth.parts[7].mean_rates[0][0] - 0.30).abs() < 1e-12);
        }
        let n = rates.len() as f64;
        let mean = rates.iter().sum::<f64>() / n;
        let sd = (rates.iter().map(|r| (r - mean) * (r - mean)).sum::<f64>() / n).sqrt();
        assert!((mean - 0.30).abs() < 4.0 * sd / n.sqrt(), "{mean} at tau {tau}");
    }
}

#[test]
fn a_longer_horizon_only_extends_the_shocks() {
    let world = World { tau: 0.4, phi: 0.5, ..World::default() };
    let short = world.truth(3, day_of(2026, 1, 1), 90).unwrap();
    let long = world.truth(3, day_of(2026, 1, 1), 720).unwrap();
    assert_eq!(short.parts[0].rates, long.parts[0].rates);
    // The same truth underlies history: the last quarter before the campaign is seen from both sides.
    let across = world.truth(3, day_of(2025, 10, 1), 182).unwrap();
    assert_eq!(across.parts[1].rates, short.parts[0].rates);
}

#[test]
fn a_trend_moves_the_logit_by_its_slope() {
    let falling = Segment { logit_trend_per_year: -0.8, ..Segment::default() };
    let world = World { segments: vec![falling], ..World::default() };
    let path = logits(&world, 1);
    assert!((path[4][0][0] - path[0][0][0] + 0.8).abs() < 1e-12);
}
