//! Segments lend each other strength: the mean log-amounts shrunk by normal-normal empirical Bayes, an outlier left alone.

use crate::math::beta_binomial::normalised;
use crate::math::half_normal::HalfNormal;

/// Scale of the half-normal prior of τ, the standard deviation of the mean log-amount between segments.
const PRIOR: HalfNormal = HalfNormal { scale: 1.0 };
const SPREADS: u32 = 25;
const CENTRES: i32 = 41;
/// A segment belongs to the crowd with this probability; otherwise only its own deals speak for it.
const CROWD: f64 = 0.9;
/// The variance around the centre of a segment that does not belong: a factor of seven either way.
const VAGUE: f64 = 4.0;
/// Grid points below this share of the posterior change no digit that is shown.
const NEGLIGIBLE: f64 = 1e-7;

/// The mean of ln(amount) of one segment, with its sampling variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct LogMean {
    pub(super) mean: f64,
    pub(super) variance: f64,
}

/// The posterior of one segment's mean log-amount.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shrunk {
    pub(super) mean: f64,
    pub(super) variance: f64,
    /// The weight of the others: 0 none, 1 all.
    pub(super) shrinkage: f64,
}

struct Node {
    centre: f64,
    variance: f64,
    weight: f64,
}

/// One posterior per segment, in the order given, `None` standing for a segment without deals; nothing for fewer than
/// two segments with deals.
///
/// # Formula
/// m ~ N(θ, v), θ ~ 0.9 N(μ, τ²) + 0.1 N(μ, 2²); τ ~ half-normal(1) on 25 points, μ flat on 41 points over ± 6 standard
/// errors; the hyper-posterior is integrated, never replaced by its mode. Source: Gelman et al., *Bayesian Data Analysis*
/// (3rd ed.), ch. 5.4. A segment without deals is expected where the crowd lies.
pub(super) fn pool(segments: &[Option<LogMean>]) -> Option<Vec<Shrunk>> {
    let known: Vec<LogMean> = segments.iter().flatten().copied().collect();
    if known.len() < 2 {
        return None;
    }
    let nodes = hyper_posterior(&known);
    Some(segments.iter().map(|own| posterior(*own, &nodes)).collect())
}

fn hyper_posterior(known: &[LogMean]) -> Vec<Node> {
    let centres = centres(known);
    // What the vague component says does not depend on τ.
    let of_centre = |centre: &f64| known.iter().map(|own| vague(*own, *centre)).collect();
    let vague: Vec<Vec<f64>> = centres.iter().map(of_centre).collect();
    let mut grid: Vec<(f64, f64, f64)> = Vec::new();
    for spread in PRIOR.points(3.2, SPREADS) {
        let variance = spread * spread;
        // The points are evenly spaced in ln τ, so the density in τ is multiplied by τ.
        let prior = PRIOR.ln_weight(spread, 0.0);
        let crowd = |own: &LogMean| {
            let both = own.variance + variance;
            (own.mean, -0.5 / both, CROWD / both.sqrt())
        };
        let crowd: Vec<(f64, f64, f64)> = known.iter().map(crowd).collect();
        for (centre, vague) in centres.iter().zip(&vague) {
            let each = crowd.iter().zip(vague).map(|((mean, exponent, height), vague)| {
                let miss = mean - centre;
                libm::log((height * libm::exp(exponent * miss * miss) + vague).max(f64::MIN_POSITIVE))
            });
            grid.push((*centre, variance, prior + each.sum::<f64>()));
        }
    }
    let weights = normalised(&grid.iter().map(|(_, _, ln_weight)| *ln_weight).collect::<Vec<_>>());
    let node = |((centre, variance, _), weight): ((f64, f64, f64), f64)| Node { centre, variance, weight };
    let mut nodes: Vec<Node> = grid.into_iter().zip(weights).map(node).collect();
    nodes.retain(|node| node.weight > NEGLIGIBLE);
    let kept: f64 = nodes.iter().map(|node| node.weight).sum();
    for node in &mut nodes {
        node.weight /= kept;
    }
    nodes
}

/// Points for μ around the mean of the segments, weighted as if their whole spread were τ.
fn centres(known: &[LogMean]) -> Vec<f64> {
    let count = known.len() as f64;
    let plain = known.iter().map(|own| own.mean).sum::<f64>() / count;
    let between = known.iter().map(|own| (own.mean - plain) * (own.mean - plain)).sum::<f64>() / (count - 1.0);
    let weight = |own: &LogMean| 1.0 / (own.variance + between + 1e-6);
    let weights: f64 = known.iter().map(weight).sum();
    let mean = known.iter().map(|own| weight(own) * own.mean).sum::<f64>() / weights;
    let error = (1.0 / weights).sqrt();
    let half = (CENTRES - 1) / 2;
    (-half..=half).map(|step| mean + 6.0 * error * f64::from(step) / f64::from(half)).collect()
}

fn density(miss: f64, variance: f64) -> f64 {
    libm::exp(-miss * miss / (2.0 * variance)) / variance.sqrt()
}

/// What a segment that does not belong adds to the likelihood of its mean.
fn vague(own: LogMean, centre: f64) -> f64 {
    (1.0 - CROWD) * density(own.mean - centre, own.variance + VAGUE)
}

fn posterior(own: Option<LogMean>, nodes: &[Node]) -> Shrunk {
    let (mut mean, mut square, mut shrinkage) = (0.0, 0.0, 0.0);
    let mut take = |weight: f64, centre: f64, prior: f64| {
        let (at, variance, others) = match own {
            None => (centre, prior, 1.0),
            Some(own) => {
                let others = own.variance / (own.variance + prior);
                (own.mean + others * (centre - own.mean), others * prior, others)
            }
        };
        mean += weight * at;
        square += weight * (variance + at * at);
        shrinkage += weight * others;
    };
    for node in nodes {
        let belongs = own.map_or(1.0, |own| {
            let crowd = CROWD * density(own.mean - node.centre, own.variance + node.variance);
            crowd / (crowd + vague(own, node.centre)).max(f64::MIN_POSITIVE)
        });
        take(node.weight * belongs, node.centre, node.variance);
        take(node.weight * (1.0 - belongs), node.centre, VAGUE);
    }
    Shrunk { mean, variance: (square - mean * mean).max(0.0), shrinkage }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(segments: &[(f64, f64)]) -> Vec<Option<LogMean>> {
        segments.iter().map(|(mean, variance)| Some(LogMean { mean: *mean, variance: *variance })).collect()
    }

    /// The same model on a grid of 400 × 2,000 points with `NumPy`.
    #[test]
    fn agrees_with_a_fine_grid() {
        for (segments, expected) in NUMPY {
            let found = pool(&known(segments)).unwrap();
            for (found, (mean, sd)) in found.iter().zip(expected) {
                assert!((found.mean - mean).abs() < 4e-3, "{found:?} {mean}");
                assert!((found.variance.sqrt() / sd - 1.0).abs() < 2e-2, "{found:?} {sd}");
            }
        }
    }

    type Case = (&'static [(f64, f64)], &'static [(f64, f64)]);
    #[expect(clippy::unreadable_literal, reason = "as NumPy prints them")]
    const NUMPY: [Case; 3] = [
        (
            &[(9.0, 0.02), (9.1, 0.02), (8.9, 0.02), (9.05, 0.02), (10.4, 0.04), (9.6, 0.6)],
            &[
                (9.014016159237825, 0.11554033491843467),
                (9.069672808388942, 0.1198318101300517),
                (8.958108674044732, 0.12113734061685179),
                (9.04181513306736, 0.11646354148891379),
                (10.36124297723554, 0.2055240199127943),
                (9.172972099301235, 0.4004250126898652),
            ],
        ),
        (
            &[(7.0, 0.1), (8.5, 0.3)],
            &[(7.093945606262989, 0.31837095910397806), (8.218163182580534, 0.5587849404310897)],
        ),
        (
            &[(5.0, 0.001), (5.2, 0.002), (5.9, 0.01), (4.4, 0.3), (6.5, 1.0), (5.3, 0.05), (5.25, 0.02), (3.0, 0.5)],
            &[
                (5.001804376627164, 0.03168919922548218),
                (5.199200348247245, 0.044642802603728354),
                (5.874625416200832, 0.10165969827183041),
                (4.804645557840458, 0.44697789138441896),
                (5.560017862779171, 0.6282312226540121),
                (5.2743957289260495, 0.20362693996317457),
                (5.241193958212624, 0.13552515226675993),
                (3.838229375532456, 0.8265023838265056),
            ],
        ),
    ];

    #[test]
    fn an_outlier_stays_and_the_poor_lean_on_the_others() {
        let mut segments = known(&[(9.0, 0.02), (9.1, 0.02), (8.9, 0.02), (9.05, 0.02), (10.4, 0.04), (9.6, 0.6)]);
        segments.push(None);
        let found = pool(&segments).unwrap();
        assert!(found[4].mean > 10.2 && found[4].shrinkage < 0.2, "{:?}", found[4]);
        assert!(found[5].shrinkage > 0.6 && found[5].mean < 9.3, "{:?}", found[5]);
        assert!((found[6].shrinkage - 1.0).abs() < 1e-12 && (found[6].mean - 9.1).abs() < 0.2, "{:?}", found[6]);
        assert!(pool(&[None, Some(LogMean { mean: 1.0, variance: 1.0 })]).is_none());
    }
}
