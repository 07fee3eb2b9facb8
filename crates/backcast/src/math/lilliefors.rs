//! Lilliefors' test: the Kolmogorov–Smirnov distance to a law whose two parameters were estimated from the same sample.

/// The largest distance between the steps of a sample's distribution and a continuous one.
///
/// The values ascend, each with how often it occurs and the law's P(X ≤ value).
pub(crate) fn distance(sample: impl Iterator<Item = (f64, u64)>, size: u64) -> f64 {
    let n = size as f64;
    let mut before = 0;
    sample.fold(0.0, |furthest: f64, (law, count)| {
        let below = law - before as f64 / n;
        before += count;
        furthest.max(below).max(before as f64 / n - law)
    })
}

/// The probability of a distance at least as large for a sample of `size` ≥ 4 from a normal distribution; to two or three
/// decimals below 0.1, and only "above 0.1" where the value given is.
///
/// # Formula
/// exp(−7.01256 D²(n + 2.78019) + 2.99587 D √(n + 2.78019) − 0.122119 + 0.974598/√n + 1.67997/n); for n > 100 with
/// D (n/100)^0.49 and n = 100. Source: Dallal & Wilkinson 1986, *The American Statistician* 40(4), 294–296.
pub(crate) fn p_value(distance: f64, size: u64) -> f64 {
    let n = size as f64;
    let (distance, n) = if n > 100.0 { (distance * libm::pow(n / 100.0, 0.49), 100.0) } else { (distance, n) };
    let shifted = n + 2.78019;
    let exponent = -7.01256 * distance * distance * shifted + 2.99587 * distance * shifted.sqrt() - 0.122_119
        + 0.974_598 / n.sqrt()
        + 1.67997 / n;
    libm::exp(exponent).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::super::normal;
    use super::*;

    /// `statsmodels.stats.diagnostic.lilliefors(x, pvalmethod="approx")` (0.14.5), p below 0.1.
    #[test]
    #[expect(clippy::unreadable_literal, reason = "as statsmodels prints them")]
    fn agrees_with_statsmodels() {
        let skewed = |n: u32| (1..=n).map(|i| f64::from(i * i)).collect::<Vec<_>>();
        let tied = |n: u32| (1..=n).map(|i| f64::from(i % 3)).collect::<Vec<_>>();
        for (mut sample, d, p) in [
            (skewed(40), 0.13181191763043237, 0.0776561590579461),
            (skewed(150), 0.13170660134029838, 1.088308009434965e-06),
            (skewed(300), 0.13173399732736096, 1.0747502140215877e-13),
            (tied(24), 0.21806117155165372, 0.004505860485544606),
            (tied(60), 0.22105410319851104, 8.907311660176723e-08),
        ] {
            sample.sort_by(f64::total_cmp);
            let n = sample.len() as f64;
            let mean = sample.iter().sum::<f64>() / n;
            let sd = (sample.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0)).sqrt();
            let counted = sample.chunk_by(|a, b| a.total_cmp(b).is_eq());
            let steps = counted.map(|run| (normal::cdf((run[0] - mean) / sd), run.len() as u64));
            let found = distance(steps, sample.len() as u64);
            assert!((found - d).abs() < 1e-14, "{found} {d}");
            assert!((p_value(found, sample.len() as u64) / p - 1.0).abs() < 1e-11, "{} {p}", p_value(found, 6));
        }
    }
}
