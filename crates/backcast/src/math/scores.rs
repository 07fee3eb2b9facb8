//! Scores of a stated distribution once the value is known: CRPS, pinball loss, and the probability integral transform.

use super::beta;

/// The continuous ranked probability score on a lattice: 0 is perfect, in the unit of the value.
///
/// `cdf` gives F on the cells [k·step, (k + 1)·step), k = 0, 1 …, up to where it is 1; the value lies at the lower end of
/// the cell `observed`. Exact for a variable on whole numbers with a step of 1; O(step²) for a smooth F at mid-cell.
///
/// # Formula
/// ∫ (F(x) − 1[x ≥ y])² dx = step · Σₖ (Fₖ − 1[k ≥ y])². Source: Gneiting & Raftery, JASA 102 (2007) 359.
pub(crate) fn crps(step: f64, cdf: impl IntoIterator<Item = f64>, observed: usize) -> f64 {
    let miss = |(cell, share): (usize, f64)| if cell < observed { share } else { 1.0 - share };
    step * cdf.into_iter().enumerate().map(miss).map(|miss| miss * miss).sum::<f64>()
}

/// The pinball (quantile) loss of a stated quantile at `level`: 0 is perfect, in the unit of the value.
///
/// # Formula
/// level · (y − q) where y ≥ q, (1 − level) · (q − y) below. Source: Koenker & Bassett, Econometrica 46 (1978) 33.
pub(crate) fn pinball(level: f64, quantile: f64, observed: f64) -> f64 {
    let over = observed - quantile;
    if over >= 0.0 { level * over } else { (level - 1.0) * over }
}

/// The randomised probability integral transform of a discrete value: uniform on [0, 1] if the distribution was right.
///
/// # Formula
/// u = F(k − 1) + v · P(K = k), v uniform. Source: Czado, Gneiting & Held, Biometrics 65 (2009) 1254.
pub(crate) fn pit(below: f64, within: f64, v: f64) -> f64 {
    below + v * (within - below)
}

/// A number in (0, 1) that looks drawn but is a function of `parts`: the same parts give the same number everywhere.
///
/// The finaliser of `SplitMix64` (Steele, Lea & Flood, OOPSLA 2014), once per part.
pub(crate) fn scattered(parts: &[u64]) -> f64 {
    let mixed = parts.iter().fold(0_u64, |state, part| {
        let mut z = (state ^ part).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    });
    ((mixed >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// The central 95 % interval of a share that was seen `hits` times in `trials` (not necessarily whole): Beta(hits + ½,
/// trials − hits + ½), Jeffreys' prior.
pub(crate) fn share_interval(hits: f64, trials: f64) -> (f64, f64) {
    let (a, b) = (hits + 0.5, trials - hits + 0.5);
    (beta::quantile(a, b, 0.025), beta::quantile(a, b, 0.975))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scoringRules` (closed form): Beta(3, 7) at 0.45.
    #[test]
    fn crps_of_a_beta() {
        const CELLS: u32 = 20_000;
        let at_mid_cell = |cell: u32| beta::cdf(3.0, 7.0, (f64::from(cell) + 0.5) / f64::from(CELLS));
        let got = crps(1.0 / f64::from(CELLS), (0..CELLS).map(at_mid_cell), 9_000);
        assert!((got - 0.097_051_365_153_060_01).abs() < 1e-9, "{got}");
    }

    /// Baran & Lerch (closed form): log-normal(9, 0.8) at 12,000.
    #[test]
    fn crps_of_a_log_normal() {
        let cdf = |x: f64| 0.5 * libm::erfc(-(libm::log(x) - 9.0) / 0.8 * core::f64::consts::FRAC_1_SQRT_2);
        let got = crps(0.5, (0..2_000_000).map(|cell| cdf(0.5 * f64::from(cell) + 0.25)), 24_000);
        assert!((got - 2_446.504_892_827_317_2).abs() < 1e-6, "{got}");
    }

    /// E|X − y| − E|X − X′|/2 over all pairs of outcomes: another form of the same score.
    #[test]
    fn crps_of_counts_is_the_energy_form() {
        let pmf = [0.1, 0.25, 0.05, 0.4, 0.2];
        let cdf: Vec<f64> = pmf
            .iter()
            .scan(0.0, |sum, p| {
                Some({
                    *sum += p;
                    *sum
                })
            })
            .collect();
        for observed in 0..5_usize {
            let gap = |a: usize, b: usize| a.abs_diff(b) as f64;
            let miss: f64 = pmf.iter().enumerate().map(|(k, p)| p * gap(k, observed)).sum();
            let pairs =
                pmf.iter().enumerate().flat_map(|(i, p)| pmf.iter().enumerate().map(move |(j, q)| (i, j, p * q)));
            let spread: f64 = pairs.map(|(i, j, weight)| weight * gap(i, j)).sum();
            let got = crps(1.0, cdf.iter().copied(), observed);
            assert!((got - (miss - 0.5 * spread)).abs() < 1e-15, "{observed}");
        }
    }

    /// By hand, as `max(level * (y - q), (level - 1) * (y - q))` in `NumPy`.
    #[test]
    fn pinball_by_hand() {
        for (level, quantile, observed, expected) in
            [(0.8, 10.0, 15.0, 4.0), (0.8, 10.0, 5.0, 1.0), (0.05, 4.0, 4.0, 0.0), (0.5, 3.0, 8.0, 2.5)]
        {
            assert!((pinball(level, quantile, observed) - expected).abs() < 1e-12);
            let miss: f64 = observed - quantile;
            assert!((pinball(level, quantile, observed) - (level * miss).max((level - 1.0) * miss)).abs() < 1e-12);
        }
    }

    /// A right distribution gives uniform values: each fifth of [0, 1) is hit as often as four standard errors allow.
    #[test]
    fn the_transform_of_a_right_distribution_is_uniform() {
        let cdf = [0.0, 0.2, 0.7, 1.0];
        let mut fifths = [0_u32; 5];
        for draw in 0..20_000_u64 {
            let u = scattered(&[draw, 1]);
            let k = cdf.iter().skip(1).position(|within| u < *within).unwrap();
            let value = pit(cdf[k], cdf[k + 1], scattered(&[draw, 2]));
            fifths[(1..5_u32).filter(|fifth| value >= f64::from(*fifth) / 5.0).count()] += 1;
        }
        assert!(fifths.iter().all(|seen| seen.abs_diff(4_000) < 230), "{fifths:?}");
    }

    /// `scipy.stats.beta.ppf([.025, .975], 9.5, 3.5)`: nine hits of twelve say little.
    #[test]
    fn nine_of_twelve_says_little() {
        let (low, high) = share_interval(9.0, 12.0);
        assert!((low - 0.470_808_916_373_449_24).abs() < 1e-10, "{low}");
        assert!((high - 0.924_057_671_080_515_2).abs() < 1e-10, "{high}");
    }
}
