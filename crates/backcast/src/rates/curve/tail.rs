//! How many convert in the end? A cure mixture fitted to the censored lags, and when it must not be asked.

use super::incidence::{Counts, Incidence, LEVEL};
use super::tail_fit::{Family, Fit, Grouped, fit};
use crate::math::beta_binomial::{logistic, logit};
use crate::rates::lag::{LONGEST, Lag};

/// Three parameters are not fitted to fewer conversions.
const ENOUGH: u64 = 20;
/// Two families that disagree by more say that the data do not tell what comes later.
pub(in crate::rates) const DISAGREE: f64 = 0.1;
/// No more of the ultimate conversion may rest on the fitted tail alone.
pub(in crate::rates) const FAR: f64 = 0.2;
/// The 90 % quantile of the standard normal distribution.
const Z90: f64 = 1.281_551_565_544_600_4;

/// What both families say of the conversions that were not waited for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::rates) struct Tail {
    /// The family with the smaller AIC (both have three parameters).
    pub(in crate::rates) best: Fit,
    /// The other family's ultimate conversion, where it could be fitted.
    pub(in crate::rates) other: Option<Fit>,
    /// F at the last lag with enough leads at risk.
    pub(in crate::rates) seen: f64,
    /// That lag.
    horizon: usize,
    /// Whether the curve has not levelled off by then.
    rising: bool,
}

impl Tail {
    /// From the counts that Kaplan–Meier reads, and its curve. `None` with fewer than 20 conversions, or where neither
    /// family has a best fit.
    ///
    /// # Formula
    /// P(lag ≤ l) = p·G(l + 1), G log-normal or Weibull, by grouped maximum likelihood:
    /// ℓ = Σ d(l) ln p(G(l + 1) − G(l)) + Σ c(l) ln(1 − pG(l + 1)) − Σ b(l) ln(1 − pG(l)): conversions, leads censored
    /// (lost ones at the age up to which they could have been seen), and leads that came under observation at age l.
    /// Families by AIC. Sources: Boag 1949; Maller & Zhou, *Survival Analysis with Long-Term Survivors*, 1996.
    pub(in crate::rates) fn of(counts: &Counts, curve: &Incidence) -> Option<Self> {
        if counts.conversions() < ENOUGH {
            return None;
        }
        let data = Grouped::of(counts);
        let first = fit(&data, Family::LogNormal, curve);
        let second = fit(&data, Family::Weibull, curve);
        let (best, other) = match (first, second) {
            (Some(a), Some(b)) if b.ln_likelihood > a.ln_likelihood => (b, Some(a)),
            (Some(a), b) => (a, b),
            (None, b) => (b?, None),
        };
        let horizon = curve.horizon(counts);
        let seen = curve.within(horizon);
        let rising = seen - curve.within(horizon / 2) > LEVEL * seen;
        Some(Self { best, other, seen, horizon, rising })
    }

    /// The share of the ultimate conversion that nobody has waited for: 1 − F(H)/p, at least 0.
    pub(in crate::rates) fn extrapolated(&self) -> f64 {
        (1.0 - self.seen / self.best.ultimate).max(0.0)
    }

    /// How far the other family's ultimate lies from the best one's, as a share of it; infinite where it has no fit.
    pub(in crate::rates) fn disagreement(&self) -> f64 {
        self.other.map_or(f64::INFINITY, |other| (other.ultimate / self.best.ultimate - 1.0).abs())
    }

    /// Whether the best fit ends below what was seen: by more than 10 %, or at all while the curve still rises.
    fn falls_short(&self) -> bool {
        let allowed = if self.rising { 0.0 } else { DISAGREE };
        self.seen > self.best.ultimate * (1.0 + allowed)
    }

    /// Whether the tail may be believed: both families agree within 10 %, the fit does not fall short of what was seen,
    /// and at most 20 % is extrapolated.
    pub(in crate::rates) fn identified(&self) -> bool {
        self.extrapolated() <= FAR && self.disagreement() <= DISAGREE && !self.falls_short()
    }

    /// The share that ever converts, at least what was seen, with its 80 % interval (on the logit, from the fit's curvature).
    pub(in crate::rates) fn ultimate(&self) -> (f64, f64, f64) {
        let best = self.best.ultimate.max(self.seen).min(1.0 - 1e-12);
        let at = |z: f64| logistic(logit(best) + z * self.best.logit_error);
        (at(0.0), at(-Z90), at(Z90))
    }

    /// The delay of all that ever convert: the curve as far as it was seen, then the fitted tail.
    ///
    /// # Formula
    /// F(l)/p up to H; beyond (F(H) + (p − F(H))·(G(l + 1) − G(H + 1))/(1 − G(H + 1)))/p, until a millionth is left.
    pub(in crate::rates) fn lag(&self, curve: &Incidence) -> Lag {
        let (ultimate, _, _) = self.ultimate();
        let start = self.best.within(self.horizon);
        let by = |day: usize| {
            if day <= self.horizon {
                return curve.within(day) / ultimate;
            }
            let further = ((self.best.within(day) - start) / (1.0 - start).max(1e-12)).clamp(0.0, 1.0);
            (self.seen + (ultimate - self.seen) * further) / ultimate
        };
        let mut cdf: Vec<f64> = Vec::new();
        for within in (0..=LONGEST).map(by) {
            cdf.push(within);
            if cdf.len() > self.horizon && within > 1.0 - 1e-6 {
                break;
            }
        }
        // What takes longer still counts on the last day.
        if let Some(last) = cdf.last_mut() {
            *last = 1.0;
        }
        Lag::from_cdf(&cdf)
    }
}

#[cfg(test)]
mod tests {
    use super::super::incidence::RiskSet;
    use super::super::tail_fit::tests::counts;
    use super::*;

    fn tail(counts: &Counts) -> Option<Tail> {
        let curve = Incidence::of(counts, RiskSet::Subdistribution);
        Tail::of(counts, &curve)
    }

    #[test]
    fn what_the_data_cannot_tell_is_not_identified() {
        assert_eq!(tail(&counts(true)).unwrap().best.family, Family::LogNormal);
        let all = tail(&counts(false)).unwrap();
        assert_eq!(all.best.family, Family::Weibull);
        assert!(all.identified() && all.extrapolated() < FAR, "{all:?}");
        let (ultimate, low, high) = all.ultimate();
        assert!(low < ultimate && ultimate < high && ultimate >= all.seen);
        let curve = Incidence::of(&counts(false), RiskSet::Subdistribution);
        let lag = all.lag(&curve);
        assert!((lag.pmf().iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!((lag.within(10) - curve.within(10) / ultimate).abs() < 1e-12, "seen days are as seen");
        let horizon = u32::try_from(all.horizon).unwrap();
        assert!((1.0 - lag.within(horizon) - all.extrapolated()).abs() < 1e-12, "the rest is what is extrapolated");
        // The same leads as far as they were known on an early day: who has not converted by day 4 is open on day 4.
        let mut early = counts(false);
        let later: u64 = early.converted.split_off(5).iter().sum::<u64>() + early.open.split_off(5).iter().sum::<u64>();
        early.open[4] += later;
        assert!(tail(&early).is_none_or(|tail| !tail.identified()));
        let few = Counts { converted: vec![0, 19], open: vec![0, 0, 40], ..Counts::default() };
        assert!(tail(&few).is_none());
    }
}
