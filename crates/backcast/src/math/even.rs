//! Rules for a Beta distribution, and for the product of several, on evenly spaced points of the logit: for integrands that
//! vary over much less than the distribution does, where Gauss's rule would need many more nodes.
//!
//! # Method
//! The density of the logit is analytic and falls exponentially on both sides, so the trapezoidal rule is as good as exact
//! for what varies over some steps (Trefethen & Weideman, SIAM Review 56 (2014) 385). So is that of the logarithm of a product,
//! if it vanishes smoothly at 1; its Fourier transform is a product of ratios of gamma functions, summed back by the same rule.
//! Where it does not, the product of two rules is a cloud of points; each hands its weight to the twelve points around it by
//! Lagrange's polynomials, which keeps the integral of everything that they interpolate.

use super::complex::Complex;
use super::gamma::ln_beta_moment_centred;
use super::quadrature::{NEGLIGIBLE, Node, beta, compress, kept};
use super::search::{to_index, to_whole};
use super::work;

/// Points that a weight is handed to.
const POINTS: usize = 12;
/// The step in units of the noise.
const STEP: f64 = 0.4;
/// The most points on one side of the middle.
const MOST_EVEN: i32 = 1 << 13;
/// Rates at which so few pass (or fail) are taken together.
const SELDOM: f64 = 0.02;
/// A rate that is nearly 0 or nearly 1, and hardly anything between, has a first shape below this.
const TINY: f64 = 0.3;
/// They become so many nodes.
const TOGETHER: usize = 8;

/// Beta(a, b) on evenly spaced points of the logit; what lies below `least` stands at 0.
pub(crate) fn beta_evenly(a: f64, b: f64, step: f64, least: f64) -> Vec<Node> {
    let middle = libm::log(a / b);
    let node = |k: i32| {
        let x = f64::from(k) * step;
        let odds = libm::exp(middle + x);
        let density = a * x - (a + b) * libm::log((1.0 + odds) / (1.0 + a / b));
        (odds / (1.0 + odds), libm::exp(density))
    };
    let counts = |(_, weight): &Node| *weight > NEGLIGIBLE;
    let seen = |node: &Node| counts(node) && node.0 > least;
    let left: Vec<Node> = (1..MOST_EVEN).map(|k| node(-k)).take_while(seen).collect();
    let is_cut = node(-1 - i32::try_from(left.len()).unwrap_or(MOST_EVEN)).1 > NEGLIGIBLE;
    let nodes: Vec<Node> = left.into_iter().rev().chain((0..MOST_EVEN).map(node).take_while(counts)).collect();
    let sum: f64 = nodes.iter().map(|(_, weight)| weight).sum();
    if is_cut {
        // The weight of what is left out is known by that of all.
        let ln_beta = libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
        let all = libm::exp(ln_beta - a * libm::log(a / (a + b)) - b * libm::log(b / (a + b))) / step;
        let rest = (1.0 - sum / all).max(0.0);
        return [(0.0, rest)].into_iter().chain(nodes.into_iter().map(|(rate, weight)| (rate, weight / all))).collect();
    }
    nodes.into_iter().map(|(rate, weight)| (rate, weight / sum)).collect()
}

/// The product of independent Beta(a, b), for integrands that vary over `noise` of its logarithm or more; weights may be
/// slightly below 0.
pub(crate) fn even_product(shapes: impl Iterator<Item = (f64, f64)>, noise: f64) -> Vec<Node> {
    let shapes: Vec<(f64, f64)> = shapes.collect();
    let mean: f64 = shapes.iter().map(|(a, b)| a / (a + b)).product();
    let seldom = SELDOM * noise * noise * mean;
    // Rates so small that nobody can tell them from 0.
    let least = 1e-6 * seldom;
    let rule = |(a, b): (f64, f64)| {
        let cv = (b / (a * (a + b + 1.0))).sqrt();
        let ratio = cv / noise;
        if ratio > 2.5 {
            beta_evenly(a, b, noise * (a + b) / b, if a < TINY { least } else { 0.0 })
        } else {
            beta(a, b, to_index(8.0 + 14.0 * ratio))
        }
    };
    if let Some(all) = of_logarithms(&shapes, noise).filter(|_| shapes.len() > 1) {
        return together(all, seldom);
    }
    let mut all: Vec<Node> = match shapes.as_slice() {
        [] => vec![(1.0, 1.0)],
        [first, ..] => rule(*first),
    };
    for next in shapes.iter().skip(1) {
        all = gridded(&all, &rule(*next), STEP * noise / (1.0 - mean), least);
    }
    together(all, seldom)
}

/// The product on evenly spaced points of its logarithm, whose density near 0 is |x|^(Σb − 1); `None` where that is not
/// smooth enough, or the sum too long.
///
/// # Formula
/// f(x) = (1/2π) ∫ e^(−itx) Π E[pᵢ^(it)] dt; beyond x where E[y^(−c)] e^(cx) is negligible there is nothing.
fn of_logarithms(shapes: &[(f64, f64)], step: f64) -> Option<Vec<Node>> {
    const SMOOTH: f64 = 10.0;
    const MOST_TERMS: f64 = 4e6;
    const MOST_POINTS: f64 = 2e4;
    const LN_NEGLIGIBLE: f64 = -34.0;
    if shapes.iter().map(|(_, b)| b).sum::<f64>() < SMOOTH || shapes.iter().any(|(a, _)| *a < TINY) {
        return None;
    }
    // E[p^s] = (a/(a + b))^s · e^centred(s).
    let ln_means: f64 = shapes.iter().map(|(a, b)| libm::log(a / (a + b))).sum();
    let centred =
        |s: Complex| shapes.iter().fold(Complex::real(0.0), |sum, (a, b)| sum + ln_beta_moment_centred(*a, *b, s));
    let least = shapes.iter().map(|(a, _)| *a).fold(f64::INFINITY, f64::min);
    // The lowest and highest logarithm, from the mean of the logarithm of the product's means.
    let low = [0.2, 0.5, 0.8, 0.95]
        .iter()
        .map(|share| share * least)
        .chain([1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1e3, 1e4, 1e5]);
    let low = low.filter(|c| *c < 0.99 * least);
    let low = low.map(|c| (LN_NEGLIGIBLE - centred(Complex::real(-c)).re) / c).fold(f64::NEG_INFINITY, f64::max);
    let high = [0.5, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1e3, 1e4, 1e5]
        .iter()
        .map(|c| (centred(Complex::real(*c)).re - LN_NEGLIGIBLE) / c);
    let high = high.fold(f64::INFINITY, f64::min).min(-ln_means);
    let points = libm::floor((high - low) / step);
    // Aliases of the density must not overlap.
    let turn = 2.0 * core::f64::consts::PI / (1.05 * (high - low) + step);
    let mut moments = vec![];
    for k in 0.. {
        let moment = centred(Complex::new(0.0, turn * f64::from(k))).exp();
        if moment.norm_sqr() < NEGLIGIBLE * NEGLIGIBLE {
            break;
        }
        if moments.len() as f64 * points > MOST_TERMS || points > MOST_POINTS || !moment.norm_sqr().is_finite() {
            return None;
        }
        moments.push(moment);
    }
    if !work::take(to_index(moments.len() as f64 * points) / 8) {
        return Some(vec![(0.5, 1.0)]);
    }
    let (first, scale) = (low + step, step * turn / (2.0 * core::f64::consts::PI));
    // Each term turns by the same angle from point to point.
    let mut terms: Vec<(Complex, Complex)> = moments
        .into_iter()
        .zip(0..)
        .map(|(moment, k)| {
            let angle = |x: f64| Complex::new(0.0, -turn * f64::from(k) * x).exp();
            (moment.scale(if k == 0 { scale } else { 2.0 * scale }) * angle(first), angle(step))
        })
        .collect();
    let mut nodes = Vec::with_capacity(to_index(points));
    for k in 0..to_index(points) {
        let mut weight = 0.0;
        for (term, turned) in &mut terms {
            weight += term.re;
            *term = *term * *turned;
        }
        let rate = libm::exp(ln_means + first + step * k as f64);
        if weight > NEGLIGIBLE && rate < 1.0 {
            nodes.push((rate, weight));
        }
    }
    Some(nodes)
}

/// The product of two rules on multiples of a step of the logit.
fn gridded(one: &[Node], other: &[Node], step: f64, least: f64) -> Vec<Node> {
    let pairs = one.iter().flat_map(|(x, w)| other.iter().map(move |(y, v)| (x * y, w * v)));
    let least = if one.iter().chain(other).any(|(rate, _)| *rate <= 0.0) { least } else { 0.0 };
    let counts = |(rate, weight): &Node| weight.abs() > 0.1 * NEGLIGIBLE && *rate > least && *rate < 1.0;
    if !work::take(one.len().saturating_mul(other.len())) {
        return vec![(0.5, 1.0)];
    }
    let places: Vec<Node> =
        pairs.filter(counts).map(|(rate, weight)| (libm::log(rate / (1.0 - rate)) / step, weight)).collect();
    let low = places.iter().map(|(at, _)| *at).fold(f64::INFINITY, f64::min);
    let high = places.iter().map(|(at, _)| *at).fold(f64::NEG_INFINITY, f64::max);
    if low > high {
        return vec![(0.0, 1.0)];
    }
    let first = libm::floor(low) - 6.0;
    let mut weights = vec![0.0; to_index(libm::floor(high) - first) + 8];
    for (at, weight) in places {
        let at = at - first;
        let from = libm::floor(at) - 5.0;
        let slots = weights.iter_mut().skip(to_index(from));
        slots.zip(lagrange(at - from)).for_each(|(slot, share)| *slot += weight * share);
    }
    let rate = |k: usize| 1.0 / (1.0 + libm::exp(-step * (first + k as f64)));
    let nothing = if least > 0.0 { Some((0.0, 1.0 - weights.iter().sum::<f64>())) } else { None };
    let some = weights
        .into_iter()
        .enumerate()
        .filter(|(_, weight)| weight.abs() > NEGLIGIBLE)
        .map(|(k, weight)| (rate(k), weight));
    nothing.into_iter().chain(some).collect()
}

/// Lagrange's polynomials of the points 0, 1, … 11 at `t`, which lies between the middle ones: ∏ (t − j) · λᵢ ÷ (t − i).
fn lagrange(t: f64) -> [f64; POINTS] {
    // (−1)^(11 − i) ÷ (i! (11 − i)!)
    const SCALES: [f64; POINTS] = [-1.0, 11.0, -55.0, 165.0, -330.0, 462.0, -462.0, 330.0, -165.0, 55.0, -11.0, 1.0];
    const FACTORIAL: f64 = 39_916_800.0;
    let gaps: [f64; POINTS] = core::array::from_fn(|i| t - i as f64);
    if let Some(on) = gaps.iter().position(|gap| *gap == 0.0) {
        return core::array::from_fn(|i| f64::from(u8::from(i == on)));
    }
    let all = gaps.iter().product::<f64>() / FACTORIAL;
    let mut shares = SCALES;
    shares.iter_mut().zip(gaps).for_each(|(share, gap)| *share *= all / gap);
    shares
}

/// Rates below `seldom`, and those as near to 1, as a few nodes each: whoever asks hardly sees them apart.
fn together(nodes: Vec<Node>, seldom: f64) -> Vec<Node> {
    let (mut low, mut high, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    for node in nodes {
        let side = if node.0 < seldom {
            &mut low
        } else if 1.0 - node.0 < seldom {
            &mut high
        } else {
            &mut rest
        };
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
    use super::super::product::Product;
    use super::*;

    /// Moments of a Beta distribution from evenly spaced logits.
    #[test]
    fn even_nodes_keep_moments() {
        for (a, b) in [(1.2, 58.8), (0.5, 60.5), (6.0, 54.0), (20.5, 0.7)] {
            let rule = beta_evenly(a, b, 0.1, 0.0);
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
                let tail = |p: f64| super::super::beta::cdf(k, n - k + 1.0, p);
                let got: f64 = rule.iter().map(|(p, w)| w * tail(*p)).sum();
                let expected = product.at_least(n, k);
                assert!((got - expected).abs() < 2e-6, "{shapes:?} {n} {k}: {got} {expected} {} nodes", rule.len());
            }
        }
    }
}
