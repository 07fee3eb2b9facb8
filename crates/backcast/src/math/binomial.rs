//! A binomial number: the mean of a table over it, and its probabilities.
//!
//! # Method
//! Probabilities by their ratios, from the likeliest number on both sides until nothing is left, divided by their sum: no
//! factorial occurs, so that a million trials are as exact as ten.

/// Compared with the likeliest number, less than this is nothing.
const NOTHING: f64 = 1e-18;

/// E[values(K)] for K ~ Bin(n, p), of a function that is 0 from `end` on; `n` whole.
pub(crate) fn mean_of(end: usize, values: impl Fn(usize) -> f64, n: f64, p: f64) -> f64 {
    let at = |k: f64| {
        let k = super::search::to_index(k);
        if k < end { values(k) } else { 0.0 }
    };
    if p <= 0.0 || n <= 0.0 {
        return at(0.0);
    }
    if p >= 1.0 {
        return at(n);
    }
    let (mean, deviation) = (n * p, (n * p * (1.0 - p)).sqrt());
    if mean - 10.0 * deviation - 30.0 > end as f64 {
        return 0.0;
    }
    let mut sum = 0.0;
    let total = likely(n, p, |k, mass| sum += mass * at(k));
    sum / total
}

/// P(K = k) for K ~ Bin(n, p) from the first k on at which it is anything; `n` whole, 0 < p < 1.
pub(crate) fn masses(n: f64, p: f64) -> (usize, Vec<f64>) {
    let mut all = Vec::new();
    let total = likely(n, p, |k, mass| all.push((super::search::to_index(k), mass)));
    all.sort_unstable_by_key(|(k, _)| *k);
    let first = all.first().map_or(0, |(k, _)| *k);
    (first, all.into_iter().map(|(_, mass)| mass / total).collect())
}

/// Calls with each number that is likely at all and its probability, as a multiple of that of the likeliest; gives their sum.
fn likely(n: f64, p: f64, mut see: impl FnMut(f64, f64)) -> f64 {
    let odds = p / (1.0 - p);
    let mode = libm::floor((n + 1.0) * p).min(n);
    let mut total = 1.0;
    see(mode, 1.0);
    let (mut mass, mut k) = (1.0, mode);
    while k > 0.0 && mass > NOTHING {
        mass *= k / ((n - k + 1.0) * odds);
        k -= 1.0;
        total += mass;
        see(k, mass);
    }
    (mass, k) = (1.0, mode);
    while k < n && mass > NOTHING {
        mass *= (n - k) * odds / (k + 1.0);
        k += 1.0;
        total += mass;
        see(k, mass);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::super::beta;
    use super::*;

    /// P(K < k) by the incomplete beta function.
    #[test]
    fn tails_are_those_of_the_incomplete_beta_function() {
        for (n, p) in [(1.0, 0.3), (20.0, 0.02), (700.0, 0.1), (1e6, 5e-4), (1e9, 5e-7), (400.0, 0.97), (60.0, 1e-9)] {
            for k in [1_u16, 2, 7, 60, 390, 480, 520] {
                if f64::from(k) > n {
                    continue;
                }
                let expected = 1.0 - beta::cdf(f64::from(k), n - f64::from(k) + 1.0, p);
                let got = mean_of(usize::from(k), |_| 1.0, n, p);
                assert!((got - expected).abs() < 1e-11, "{n} {p} {k}: {got} {expected}");
            }
        }
    }
}
