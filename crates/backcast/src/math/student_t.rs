//! The quantile of Student's t distribution.

use super::{beta, normal};

/// From so many degrees of freedom on t is normal to six digits.
const NORMAL_FROM: u64 = 1_000_000;

/// The t with P(T ≤ t) = `p`, 0 < `p` < 1, for at least one degree of freedom.
///
/// # Formula
/// t² = ν (1 − x)/x with x the 2·min(p, 1 − p) quantile of Beta(ν/2, ½).
pub(crate) fn quantile(freedom: u64, p: f64) -> f64 {
    if freedom >= NORMAL_FROM {
        return normal::quantile(p);
    }
    let freedom = freedom.max(1) as f64;
    let tail = 2.0 * p.min(1.0 - p);
    if tail >= 1.0 {
        return 0.0;
    }
    let x = beta::quantile(0.5 * freedom, 0.5, tail);
    let t = (freedom * (1.0 - x) / x).sqrt();
    if p < 0.5 { -t } else { t }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.t.ppf` (`SciPy` 1.17).
    #[test]
    #[expect(clippy::unreadable_literal, reason = "as SciPy prints them")]
    fn quantiles_agree_with_scipy() {
        for (freedom, p, t) in [
            (1, 0.9, 3.0776835371752544),
            (4, 0.9, 1.533206274058944),
            (9, 0.1, -1.3830287383966327),
            (30, 0.975, 2.0422724563012378),
            (199, 0.9, 1.2858202092594093),
            (5000, 0.9, 1.2817209053357184),
            (999999, 0.1, -1.281552412130785),
            (2000000, 0.9, 1.2815519888371267),
        ] {
            let near = if freedom < NORMAL_FROM { 1e-8 } else { 1e-6 };
            assert!((quantile(freedom, p) / t - 1.0).abs() < near, "{freedom} {p}: {} {t}", quantile(freedom, p));
            assert!((quantile(freedom, 1.0 - p) / t + 1.0).abs() < near, "{freedom} {p}");
        }
        assert!(quantile(7, 0.5).abs() < 1e-12);
    }
}
