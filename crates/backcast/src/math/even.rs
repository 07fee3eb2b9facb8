//! Rules for a Beta distribution, and for the product of several, on evenly spaced points of the logit: for integrands that
//! vary over much less than the distribution does, where Gauss's rule would need many more nodes.
//!
//! # Method
//! The density of the logit is analytic and falls exponentially on both sides, so the trapezoidal rule is as good as exact
//! for what varies over some steps (Trefethen & Weideman, SIAM Review 56 (2014) 385). The product of two such rules is a
//! cloud of points; each hands its weight to the twelve points around it by Lagrange's polynomials, which keeps the integral
//! of everything that they interpolate.

use super::quadrature::{NEGLIGIBLE, Node, beta, compress, kept};
use super::search::{to_index, to_whole};

/// Points that a weight is handed to.
const POINTS: i64 = 12;
/// The step in units of the noise.
const STEP: f64 = 0.4;
/// The most points on one side of the middle.
const MOST_EVEN: i32 = 1 << 13;
/// Rates at which so few pass (or fail) are taken together.
const SELDOM: f64 = 0.02;
/// They become so many nodes.
const TOGETHER: usize = 8;

/// Beta(a, b) on evenly spaced points of the logit.
pub(crate) fn beta_evenly(a: f64, b: f64, step: f64) -> Vec<Node> {
    let middle = libm::log(a / b);
    let node = |k: i32| {
        let x = f64::from(k) * step;
        let odds = libm::exp(middle + x);
        let density = a * x - (a + b) * libm::log((1.0 + odds) / (1.0 + a / b));
        (odds / (1.0 + odds), libm::exp(density))
    };
    let counts = |(_, weight): &Node| *weight > NEGLIGIBLE;
    let left: Vec<Node> = (1..MOST_EVEN).map(|k| node(-k)).take_while(counts).collect();
    let nodes: Vec<Node> = left.into_iter().rev().chain((0..MOST_EVEN).map(node).take_while(counts)).collect();
    let sum: f64 = nodes.iter().map(|(_, weight)| weight).sum();
    nodes.into_iter().map(|(rate, weight)| (rate, weight / sum)).collect()
}

/// The product of independent Beta(a, b), for integrands that vary over `noise` of its logarithm or more; weights may be
/// slightly below 0.
pub(crate) fn even_product(shapes: impl Iterator<Item = (f64, f64)>, noise: f64) -> Vec<Node> {
    let shapes: Vec<(f64, f64)> = shapes.collect();
    let mean: f64 = shapes.iter().map(|(a, b)| a / (a + b)).product();
    let rule = |(a, b): (f64, f64)| {
        let cv = (b / (a * (a + b + 1.0))).sqrt();
        let ratio = cv / noise;
        if ratio > 2.5 { beta_evenly(a, b, noise * (a + b) / b) } else { beta(a, b, to_index(8.0 + 14.0 * ratio)) }
    };
    let mut all: Vec<Node> = match shapes.as_slice() {
        [] => vec![(1.0, 1.0)],
        [first, ..] => rule(*first),
    };
    for next in shapes.iter().skip(1) {
        all = gridded(&all, &rule(*next), STEP * noise / (1.0 - mean));
    }
    together(all, SELDOM * noise * noise * mean)
}

/// The product of two rules on multiples of a step of the logit.
fn gridded(one: &[Node], other: &[Node], step: f64) -> Vec<Node> {
    let pairs = || one.iter().flat_map(|(x, w)| other.iter().map(move |(y, v)| (x * y, w * v)));
    let place = |rate: f64| (libm::log(rate) - libm::log1p(-rate)) / step;
    let counts = |(rate, weight): &Node| weight.abs() > 0.01 * NEGLIGIBLE && *rate > 0.0 && *rate < 1.0;
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for (rate, _) in pairs().filter(counts) {
        let at = place(rate);
        (low, high) = (low.min(at), high.max(at));
    }
    if low > high {
        return pairs().collect();
    }
    let first = libm::floor(low) - 6.0;
    let mut weights = vec![0.0; to_index(libm::floor(high) - first) + 8];
    for (rate, weight) in pairs().filter(counts) {
        let at = place(rate) - first;
        let from = libm::floor(at) - 5.0;
        let t = at - from;
        let shares = lagrange(t);
        let slots = weights.iter_mut().skip(to_index(from));
        slots.zip(shares).for_each(|(slot, share)| *slot += weight * share);
    }
    let rate = |k: usize| 1.0 / (1.0 + libm::exp(-step * (first + k as f64)));
    weights.into_iter().enumerate().filter(|(_, weight)| weight.abs() > NEGLIGIBLE).map(|(k, weight)| (rate(k), weight)).collect()
}

/// Lagrange's polynomials of the points 0, 1, … at `t`, which lies between the middle ones.
fn lagrange(t: f64) -> [f64; POINTS as usize] {
    let mut shares = [1.0; POINTS as usize];
    for (i, share) in (0..POINTS).zip(&mut shares) {
        for j in (0..POINTS).filter(|j| *j != i) {
            *share *= (t - j as f64) / (i - j) as f64;
        }
    }
    shares
}

/// Rates below `seldom`, and those as near to 1, as a few nodes each: whoever asks hardly sees them apart.
fn together(nodes: Vec<Node>, seldom: f64) -> Vec<Node> {
    let (mut low, mut high, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    for node in nodes {
        let side = if node.0 < seldom { &mut low } else if 1.0 - node.0 < seldom { &mut high } else { &mut rest };
        side.push(node);
    }
    for side in [low, high] {
        let all: f64 = side.iter().map(|(_, weight)| weight).sum();
        if side.len() <= TOGETHER || all <= 0.0 || side.iter().any(|(_, weight)| *weight < 0.0) {
            rest.extend(side);
        } else {
            let few = compress(kept(side), TOGETHER);
            rest.extend(few.into_iter().map(|(rate, weight)| (rate.clamp(0.0, 1.0), weight * all)));
        }
    }
    let sum: f64 = rest.iter().map(|(_, weight)| weight).sum();
    debug_assert!(to_whole(sum * 1e6) == 1_000_000, "{sum}");
    rest.into_iter().map(|(rate, weight)| (rate, weight / sum)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::product::Product;

    /// Moments of a Beta distribution from evenly spaced logits.
    #[test]
    fn even_nodes_keep_moments() {
        for (a, b) in [(1.2, 58.8), (0.5, 60.5), (6.0, 54.0), (20.5, 0.7)] {
            let rule = beta_evenly(a, b, 0.1);
            let moment = |power: f64| rule.iter().map(|(rate, weight)| weight * libm::pow(*rate, power)).sum::<f64>();
            let mean = a / (a + b);
            assert!((moment(0.0) - 1.0).abs() < 1e-13 && (moment(1.0) / mean - 1.0).abs() < 1e-11);
            assert!((moment(2.0) / (mean * (a + 1.0) / (a + b + 1.0)) - 1.0).abs() < 1e-11);
        }
    }

    /// P(at least k of n pass) over a product of rates, beside the inversion of its Mellin transform (which the brute-force
    /// chain checks): the binomial tail is as sharp as the noise.
    #[test]
    fn products_keep_binomial_tails() {
        let beliefs: [&[(f64, f64)]; 6] = [
            &[(3.5, 7.5), (3.5, 7.5)],
            &[(0.5, 60.5), (20.5, 40.5)],
            &[(3.5, 0.5), (3.5, 7.5), (300.5, 700.5)],
            &[(1.5, 2.5)],
            &[(0.5, 0.5), (2.5, 0.5)],
            &[(20.5, 40.5), (20.5, 40.5), (3.5, 7.5), (6.5, 3.5)],
        ];
        for shapes in beliefs {
            let product = Product::new(1.0, 0.0, shapes.to_vec());
            let mean = product.mean();
            for (n, times) in [(400.0, 1.0), (5_000.0, 0.7), (5_000.0, 1.6)] {
                let k = libm::floor(n * mean * times).max(1.0);
                let noise = ((1.0 - mean) / (n * mean)).sqrt();
                let rule = even_product(shapes.iter().copied(), 0.5 * noise);
                let tail = |p: f64| crate::math::beta::cdf(k, n - k + 1.0, p);
                let got: f64 = rule.iter().map(|(p, w)| w * tail(*p)).sum();
                let expected = product.at_least(n, k);
                assert!((got - expected).abs() < 2e-6, "{shapes:?} {n} {k}: {got} {expected} {} nodes", rule.len());
            }
        }
    }
}
