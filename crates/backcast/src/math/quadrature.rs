//! Gauss rules for a Beta distribution, for the product of several, and for the standard normal distribution.
//!
//! # Method
//! Nodes are the eigenvalues of the Jacobi matrix of the three-term recurrence, weights the squared first components of
//! its eigenvectors (Golub & Welsch, Math. Comp. 23 (1969) 221), by the implicit QL method. No gamma function occurs, so
//! shapes from 0.01 to 1e12 are alike. A rule with m nodes is exact for polynomials of degree 2m − 1.

use super::search::{to_index, to_whole};

/// A node and its weight; the weights of a rule sum to 1.
pub(crate) type Node = (f64, f64);

/// Nodes of less weight change nothing.
pub(super) const NEGLIGIBLE: f64 = 1e-14;

/// The rule with `m` nodes for Beta(a, b).
pub(crate) fn beta(a: f64, b: f64, m: usize) -> Vec<Node> {
    // Jacobi's polynomials on [−1, 1] with weight (1 − x)^A (1 + x)^B, x = 2p − 1.
    let (alpha, beta) = (b - 1.0, a - 1.0);
    let sum = alpha + beta;
    let diagonal = |k: f64| {
        let twice = 2.0 * k + sum;
        if k < 0.5 { (beta - alpha) / (sum + 2.0) } else { (beta - alpha) * sum / (twice * (twice + 2.0)) }
    };
    let squared = |k: f64| {
        let twice = 2.0 * k + sum;
        if k < 1.5 {
            4.0 * (1.0 + alpha) * (1.0 + beta) / ((2.0 + sum) * (2.0 + sum) * (3.0 + sum))
        } else {
            4.0 * k * (k + alpha) * (k + beta) * (k + sum) / (twice * twice * (twice + 1.0) * (twice - 1.0))
        }
    };
    // Around the mean, in units of the standard deviation: narrow distributions keep their digits.
    let (centre, scale) = (diagonal(0.0), squared(1.0).sqrt());
    let main = (0..m).map(|k| (diagonal(k as f64) - centre) / scale).collect();
    let off = (1..m).map(|k| squared(k as f64).sqrt() / scale).collect();
    let node = |(x, weight): Node| ((0.5 * (1.0 + centre) + 0.5 * scale * x).clamp(0.0, 1.0), weight);
    kept(gauss(main, off).into_iter().map(node).collect())
}

/// The rule with `m` nodes for the standard normal distribution.
pub(crate) fn normal(m: usize) -> Vec<Node> {
    gauss(vec![0.0; m], (1..m).map(|k| (k as f64).sqrt()).collect())
}

/// How many of Gauss's nodes resolve what is as wide as the noise around it or less, by this ratio.
pub(crate) fn gauss_for(ratio: f64) -> f64 {
    6.0 + 10.0 * ratio
}

/// A rule for the standard normal distribution that resolves noise narrower than it by this ratio, to about 1e-7: Gauss's,
/// or evenly spaced nodes where those would be fewer.
pub(crate) fn normal_for(ratio: f64) -> Vec<Node> {
    if ratio <= 1.0 {
        return normal(to_index(libm::ceil(gauss_for(ratio))));
    }
    let reach = 5.5;
    let many = libm::ceil(reach * ratio.min(60.0));
    let each = to_whole(2.0 * many);
    let nodes = (0..=each).map(|k| reach * (k as f64 / many - 1.0)).map(|z| (z, libm::exp(-0.5 * z * z)));
    let sum: f64 = nodes.clone().map(|(_, weight)| weight).sum();
    nodes.map(|(z, weight)| (z, weight / sum)).collect()
}

/// The rule with at most `m` nodes for the product of two independent variables that have these rules.
///
/// All pairs of nodes are a discrete distribution; Lanczos' method, with full re-orthogonalisation, finds its recurrence.
pub(crate) fn product(one: &[Node], other: &[Node], m: usize) -> Vec<Node> {
    let pairs = one.iter().flat_map(|(x, w)| other.iter().map(move |(y, v)| (x * y, w * v)));
    compress(kept(pairs.collect()), m)
}

/// The Gauss rule with at most `m` nodes of a discrete distribution.
pub(crate) fn compress(points: Vec<Node>, m: usize) -> Vec<Node> {
    if points.len() <= m { points } else { Orthogonal::of(&points, m).rule() }
}

/// The orthonormal polynomials of a discrete distribution, by their three-term recurrence in (x − mean) ÷ spread.
#[derive(Clone, Debug)]
pub(crate) struct Orthogonal {
    mean: f64,
    spread: f64,
    main: Vec<f64>,
    off: Vec<f64>,
}

impl Orthogonal {
    /// The first `m` of them, or as many as there are points.
    pub(crate) fn of(points: &[Node], m: usize) -> Self {
        let mean: f64 = points.iter().map(|(x, w)| x * w).sum();
        let spread = points.iter().map(|(x, w)| (x - mean) * (x - mean) * w).sum::<f64>().sqrt();
        if spread <= 1e-15 * mean.abs() {
            return Self { mean, spread: 1.0, main: vec![0.0], off: vec![] };
        }
        let (main, off) = lanczos(points, mean, spread, m);
        Self { mean, spread, main, off }
    }

    /// The Gauss rule: as many nodes as polynomials.
    pub(crate) fn rule(&self) -> Vec<Node> {
        let nodes = gauss(self.main.clone(), self.off.clone());
        kept(nodes.into_iter().map(|(x, weight)| (self.mean + self.spread * x, weight)).collect())
    }

    /// At most `most` Gauss nodes of a cloud of points, and for each point (a row) the share of every node.
    ///
    /// # Formula
    /// The share of node k in the point y is wₖ Σₙ πₙ(yₖ) πₙ(y), over as many orthonormal polynomials as there are nodes.
    pub(crate) fn shared_out(cloud: &[Node], most: usize) -> (Vec<Node>, Vec<f64>) {
        if cloud.len() <= most {
            let unit = |at: usize| (0..cloud.len()).map(move |other| f64::from(u8::from(at == other)));
            return (cloud.to_vec(), (0..cloud.len()).flat_map(unit).collect());
        }
        let orthogonal = Self::of(cloud, most);
        let nodes = orthogonal.rule();
        let at_nodes: Vec<Vec<f64>> = nodes.iter().map(|(x, _)| orthogonal.at(*x)).collect();
        let mut shares = Vec::with_capacity(cloud.len() * nodes.len());
        for (x, _) in cloud {
            let here = orthogonal.at(*x);
            shares.extend(nodes.iter().zip(&at_nodes).map(|((_, weight), there)| weight * dot(&here, there)));
        }
        (nodes, shares)
    }

    /// For each node of another rule (a row) the weight that it gives to every node of this one, whose values are interpolated:
    /// values that carry the weights of `nodes`.
    pub(crate) fn interpolation(nodes: &[Node], rule: &[Node]) -> Vec<f64> {
        if nodes.len() <= 1 {
            return rule.iter().map(|(_, weight)| *weight).collect();
        }
        let orthogonal = Self::of(nodes, nodes.len());
        let at_nodes: Vec<Vec<f64>> = nodes.iter().map(|(x, _)| orthogonal.at(*x)).collect();
        let mut shares = Vec::with_capacity(nodes.len() * rule.len());
        for (x, weight) in rule {
            let here = orthogonal.at(*x);
            shares.extend(at_nodes.iter().map(|there| weight * dot(&here, there)));
        }
        shares
    }

    /// The values of all polynomials at `x`.
    pub(crate) fn at(&self, x: f64) -> Vec<f64> {
        let x = (x - self.mean) / self.spread;
        let (mut before, mut here, mut last) = (0.0, 1.0, 0.0);
        let mut values = vec![1.0];
        for (main, off) in self.main.iter().zip(&self.off) {
            let next = ((x - main) * here - last * before) / off;
            (before, here, last) = (here, next, *off);
            values.push(next);
        }
        values
    }
}

fn lanczos(points: &[Node], mean: f64, spread: f64, m: usize) -> (Vec<f64>, Vec<f64>) {
    let values: Vec<f64> = points.iter().map(|(x, _)| (x - mean) / spread).collect();
    let mut basis: Vec<Vec<f64>> = vec![points.iter().map(|(_, w)| w.sqrt()).collect()];
    let (mut main, mut off) = (Vec::with_capacity(m), Vec::with_capacity(m));
    for step in 1..=m {
        let Some(last) = basis.last() else { break };
        let mut next: Vec<f64> = values.iter().zip(last).map(|(x, q)| x * q).collect();
        main.push(dot(&next, last));
        if step == m {
            break;
        }
        for _ in 0..2 {
            for known in &basis {
                let along = dot(&next, known);
                next.iter_mut().zip(known).for_each(|(a, b)| *a -= along * b);
            }
        }
        let length = dot(&next, &next).sqrt();
        if length < 1e-13 {
            break;
        }
        for a in &mut next {
            *a /= length;
        }
        off.push(length);
        basis.push(next);
    }
    (main, off)
}

/// Σ aᵢbᵢ, as eight sums side by side: one alone waits for each of its terms.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let mut add = |a: &[f64], b: &[f64]| {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    };
    let (whole_a, whole_b) = (a.chunks_exact(8), b.chunks_exact(8));
    add(whole_a.remainder(), whole_b.remainder());
    whole_a.zip(whole_b).for_each(|(a, b)| add(a, b));
    sums.iter().fold(0.0, |all, sum| all + sum)
}

/// Without nodes of negligible weight; the rest sums to 1.
pub(super) fn kept(mut nodes: Vec<Node>) -> Vec<Node> {
    nodes.retain(|(_, weight)| *weight > NEGLIGIBLE);
    let sum: f64 = nodes.iter().map(|(_, weight)| weight).sum();
    for (_, weight) in &mut nodes {
        *weight /= sum;
    }
    nodes
}

/// Eigenvalues of a symmetric tridiagonal matrix, ascending, with the squared first components of its eigenvectors.
fn gauss(mut main: Vec<f64>, mut off: Vec<f64>) -> Vec<Node> {
    let n = main.len();
    off.resize(n, 0.0);
    let mut first = vec![0.0; n];
    first.iter_mut().take(1).for_each(|one| *one = 1.0);
    for l in 0..n {
        for _ in 0..60 {
            let small = |m: &usize| {
                let scale = at(&main, *m).abs() + at(&main, m + 1).abs();
                at(&off, *m).abs() <= f64::EPSILON * scale
            };
            let m = (l..n.saturating_sub(1)).find(small).unwrap_or(n - 1);
            if m == l {
                break;
            }
            ql_sweep(&mut main, &mut off, &mut first, l, m);
        }
    }
    let mut nodes: Vec<Node> = main.into_iter().zip(first.into_iter().map(|z| z * z)).collect();
    nodes.sort_by(|a, b| a.0.total_cmp(&b.0));
    nodes
}

/// One implicit QL step with Wilkinson's shift on the rows `l` … `m`.
fn ql_sweep(main: &mut [f64], off: &mut [f64], first: &mut [f64], l: usize, m: usize) {
    let mut g = (at(main, l + 1) - at(main, l)) / (2.0 * at(off, l));
    let mut r = (g * g + 1.0).sqrt();
    g = at(main, m) - at(main, l) + at(off, l) / (g + if g < 0.0 { -r } else { r });
    let (mut sin, mut cos, mut p) = (1.0, 1.0, 0.0);
    for i in (l..m).rev() {
        let f = sin * at(off, i);
        let b = cos * at(off, i);
        r = (f * f + g * g).sqrt();
        set(off, i + 1, r);
        if r == 0.0 {
            set(main, i + 1, at(main, i + 1) - p);
            set(off, m, 0.0);
            return;
        }
        (sin, cos) = (f / r, g / r);
        g = at(main, i + 1) - p;
        let turned = (at(main, i) - g) * sin + 2.0 * cos * b;
        p = sin * turned;
        set(main, i + 1, g + p);
        g = cos * turned - b;
        let (here, next) = (at(first, i), at(first, i + 1));
        set(first, i + 1, sin * here + cos * next);
        set(first, i, cos * here - sin * next);
    }
    set(main, l, at(main, l) - p);
    set(off, l, g);
    set(off, m, 0.0);
}

fn at(values: &[f64], i: usize) -> f64 {
    values.get(i).copied().unwrap_or(0.0)
}

fn set(values: &mut [f64], i: usize, value: f64) {
    values.iter_mut().skip(i).take(1).for_each(|slot| *slot = value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(rule: &[Node], f: impl Fn(f64) -> f64) -> f64 {
        rule.iter().map(|(x, w)| w * f(*x)).sum()
    }

    /// E e^(−20p) = ₁F₁(a; a + b; −20): `scipy.special.hyp1f1`, from the reference file (24 nodes).
    #[test]
    fn exponential_moments_agree_with_scipy() {
        for (a, b, expected) in [
            (0.5, 100.5, 0.913_532_847_755_132_4),
            (3.0, 7.0, 0.027_048_419_999_462_413),
            (1e4, 9e4, 0.135_359_642_937_954_27),
            (1e7, 3e7, 0.006_737_953_315_912_526),
        ] {
            let got = mean(&beta(a, b, 24), |p| libm::exp(-20.0 * p));
            assert!((got - expected).abs() < 1e-12, "{a} {b}: {got} {expected}");
        }
    }

    /// E pᵏ of a Beta and of a product are closed forms: Π (a + i)/(a + b + i).
    #[test]
    fn moments_are_the_closed_form() {
        let moment = |a: f64, b: f64, k: u32| (0..k).map(f64::from).map(|i| (a + i) / (a + b + i)).product::<f64>();
        for (a, b) in [(0.01, 0.02), (0.5, 0.5), (0.5, 60.5), (20.5, 980.5), (300.5, 0.5), (1e12, 3e12)] {
            let rule = beta(a, b, 16);
            assert!((mean(&rule, |_| 1.0) - 1.0).abs() < 1e-14);
            for k in 1..=8 {
                let got = mean(&rule, |p| libm::pow(p, f64::from(k)));
                let expected = moment(a, b, k);
                // Nodes of weight below 1e-14 are left out.
                assert!((got - expected).abs() < 1e-10 * expected + 1e-13, "{a} {b} {k}: {got} {expected}");
            }
        }
        let parts = [(1.0, 1.5), (1.5, 1.0), (2.0, 0.5)];
        let rules = parts.map(|(a, b)| beta(a, b, 48));
        let [one, two, three] = &rules;
        let all = product(&product(one, two, 48), three, 48);
        for k in 1..=19 {
            let expected: f64 = parts.iter().map(|(a, b)| moment(*a, *b, k)).product();
            let got = mean(&all, |p| libm::pow(p, f64::from(k)));
            assert!((got - expected).abs() < 1e-11, "{k}: {got} {expected}");
        }
    }

    /// E z² = 1, E z⁴ = 3, E z⁶ = 15, E cos z = e^(−½).
    #[test]
    fn normal_moments() {
        let rule = normal(12);
        for (k, expected) in [(2, 1.0), (4, 3.0), (6, 15.0)] {
            assert!((mean(&rule, |z| libm::pow(z, f64::from(k))) - expected).abs() < 1e-12);
        }
        assert!((mean(&rule, libm::cos) - libm::exp(-0.5)).abs() < 1e-12);
    }
}
