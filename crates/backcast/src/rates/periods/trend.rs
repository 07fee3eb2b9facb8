//! Do a step's rates head somewhere? An AR(1) Gaussian process over quarters, and a weighted trend.

use super::cohorts::PeriodRate;
use super::drift::{PRIOR, TOP};
use crate::math::beta;
use crate::math::beta_binomial::{logistic, normalised};
use crate::math::cholesky::{Cholesky, dot};
use crate::quantity::Month;
use crate::rates::conversion::with_prior;
use crate::words::en::evidence as words;

/// The candidates for φ, how much of a quarter's deviation is left in the next one.
const PERSISTENCE: [f64; 7] = [0.0, 0.3, 0.5, 0.7, 0.85, 0.95, 0.99];
const SPREADS: u32 = 24;
/// Quarters say something from this many effective leads on, and so many of them are looked at.
const ENOUGH: f64 = 5.0;
const QUARTERS: core::ops::RangeInclusive<usize> = 4..=16;
/// What counts as persistent, and as movement at all.
const PERSISTENT: f64 = 0.8;
const MATERIAL: f64 = 0.1;
/// So probable must a persistent movement be.
const PROBABLE: f64 = 0.6;
/// A trend as far out as 2 standard errors of a normal distribution is, both sides.
const SURPRISING: f64 = 0.045_500_263_896_358_4;

/// A quarter on the logit: its number, the empirical logit and the variance of that.
#[derive(Clone, Copy, Debug)]
struct Point {
    quarter: i32,
    logit: f64,
    variance: f64,
}

impl Point {
    fn of(rate: &PeriodRate) -> Self {
        let (d, lost) = with_prior(rate.own.rate * rate.own.leads, (1.0 - rate.own.rate) * rate.own.leads);
        Self { quarter: rate.quarter(), logit: libm::log(d / lost), variance: 1.0 / d + 1.0 / lost }
    }
}

/// How the rates of a step have moved, if they have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::rates) enum Movement {
    /// Up or down all along: the trend's rate in the first and the last quarter.
    Trend { from: f64, to: f64 },
    /// Away from the mean for several quarters: the lowest and the highest quarter's own rates.
    Wandering { lowest: (Month, f64), highest: (Month, f64) },
}

impl Movement {
    /// The movement in words, for a step whose quarters these are.
    pub(in crate::rates) fn in_words(self, step: &str, quarters: &[PeriodRate]) -> Option<String> {
        let enough = |quarter: &&PeriodRate| quarter.own.leads >= ENOUGH;
        let last = quarters.iter().rfind(enough)?.first;
        let skipped = quarters.iter().filter(enough).count().saturating_sub(*QUARTERS.end());
        let first = quarters.iter().filter(enough).nth(skipped)?.first;
        Some(match self {
            Self::Trend { from, to } => words::trend(step, (from, first), (to, last)),
            Self::Wandering { lowest, highest } => words::wandering(step, lowest, highest),
        })
    }
}

/// The movement of one step's rates over its quarters, if there is evidence for one.
///
/// A trend, or with probability above 0.6 a movement that persists (φ > 0.8) and is material (τ > 0.1). (φ > 0.8 alone
/// would be believed of most rates that do not move at all: without movement nothing tells φ, and 3 of its 7 candidates
/// are above.) Where quarters differ, but independently of each other, either is claimed in at most 1 of 10 cases.
pub(in crate::rates) fn movement(quarters: &[PeriodRate]) -> Option<Movement> {
    let enough: Vec<&PeriodRate> = quarters.iter().filter(|quarter| quarter.own.leads >= ENOUGH).collect();
    let enough = enough.get(enough.len().saturating_sub(*QUARTERS.end())..)?;
    if !QUARTERS.contains(&enough.len()) {
        return None;
    }
    let points: Vec<Point> = enough.iter().map(|rate| Point::of(rate)).collect();
    let trend = Trend::of(&points);
    if trend.surprise < SURPRISING {
        return Some(Movement::Trend { from: logistic(trend.from), to: logistic(trend.to) });
    }
    if persistent(&points) <= PROBABLE {
        return None;
    }
    let by_rate = |a: &&&PeriodRate, b: &&&PeriodRate| a.own.rate.total_cmp(&b.own.rate);
    let named = |rate: &PeriodRate| (rate.first, rate.own.rate);
    let (lowest, highest) = (enough.iter().min_by(by_rate)?, enough.iter().max_by(by_rate)?);
    Some(Movement::Wandering { lowest: named(lowest), highest: named(highest) })
}

/// P(φ > 0.8 and τ > 0.1): that deviations persist, and are worth speaking of.
///
/// # Formula
/// logit rates ~ N(m·1, K), K = τ²φ^|i−j| + diag(1/(D + ½) + 1/(n − D + ½)), m flat; φ uniform on 7 points, τ
/// half-normal(0.35) on 24. ln evidence = −½ ln|K| − ½ ln(1ᵀK⁻¹1) − ½ (yᵀK⁻¹y − (1ᵀK⁻¹y)²/(1ᵀK⁻¹1)).
/// Source: Rasmussen & Williams, *Gaussian Processes for Machine Learning*, 2006, 2.7.
fn persistent(points: &[Point]) -> f64 {
    let grid = || PERSISTENCE.into_iter().flat_map(|phi| PRIOR.points(TOP, SPREADS).map(move |tau| (phi, tau)));
    // The points are evenly spaced in ln τ, so the density in τ is multiplied by τ.
    let ln_weights: Vec<f64> =
        grid().map(|(phi, tau)| ln_evidence(points, phi, tau) + PRIOR.ln_weight(tau, 0.0)).collect();
    let far = |((phi, tau), weight)| if phi > PERSISTENT && tau > MATERIAL { weight } else { 0.0 };
    grid().zip(normalised(&ln_weights)).map(far).sum()
}

/// Up to a constant that φ and τ do not change.
fn ln_evidence(points: &[Point], phi: f64, tau: f64) -> f64 {
    let row = |(i, point): (usize, &Point)| -> Vec<f64> {
        let covariance = |other: &Point| tau * tau * libm::pow(phi, f64::from((point.quarter - other.quarter).abs()));
        let own = if let Some(own) = points.get(i) { own.variance } else { 0.0 };
        points.iter().take(i).map(covariance).chain([tau * tau + own]).collect()
    };
    let lower: Vec<Vec<f64>> = points.iter().enumerate().map(row).collect();
    let Some(cholesky) = Cholesky::of(&lower) else { return f64::NEG_INFINITY };
    let y = cholesky.half(&points.iter().map(|point| point.logit).collect::<Vec<_>>());
    let one = cholesky.half(&vec![1.0; points.len()]);
    let (yy, oy, oo) = (dot(&y, &y), dot(&one, &y), dot(&one, &one));
    -0.5 * (cholesky.ln_determinant() + libm::log(oo) + yy - oy * oy / oo)
}

/// A straight line through the quarters' logits.
#[derive(Clone, Copy, Debug)]
struct Trend {
    from: f64,
    to: f64,
    /// How probable so steep a line is where there is none.
    surprise: f64,
}

impl Trend {
    /// # Formula
    /// Weighted least squares with weights 1/variance; the error is widened by the dispersion max(1, χ²/(Q − 2)), since
    /// quarters that merely differ are no trend, and t has Q − 2 degrees of freedom:
    /// P(|t| or more) = I(ν/(ν + t²); ν/2, ½). Source: `McCullagh` & Nelder, *Generalized Linear Models* (2nd ed.), 4.5.
    fn of(points: &[Point]) -> Self {
        let total: f64 = points.iter().map(|point| 1.0 / point.variance).sum();
        let mean = |of: &dyn Fn(&Point) -> f64| points.iter().map(|p| of(p) / p.variance).sum::<f64>() / total;
        let (x, y) = (mean(&|p| f64::from(p.quarter)), mean(&|p| p.logit));
        let dx = |p: &Point| f64::from(p.quarter) - x;
        let spread = total * mean(&|p| dx(p) * dx(p));
        let slope = total * mean(&|p| dx(p) * (p.logit - y)) / spread;
        let miss = |p: &Point| p.logit - y - slope * dx(p);
        let freedom = points.len() as f64 - 2.0;
        let dispersion = (total * mean(&|p| miss(p) * miss(p)) / freedom).max(1.0);
        let t2 = slope * slope * spread / dispersion;
        let at = |point: Option<&Point>| point.map_or(y, |point| y + slope * dx(point));
        let surprise = beta::cdf(0.5 * freedom, 0.5, freedom / (freedom + t2));
        Self { from: at(points.first()), to: at(points.last()), surprise }
    }
}

#[cfg(test)]
mod tests {
    use super::super::cohorts::tests::{Draw, rates_of};
    use super::*;

    /// Eight quarters of which the fourth has no leads.
    const QUARTERS: [i32; 8] = [0, 1, 2, 4, 5, 6, 7, 8];
    const CONVERTED: [f64; 8] = [60.0, 66.0, 71.0, 90.0, 96.0, 101.0, 97.0, 110.0];
    const LEADS: [f64; 8] = [500.0, 520.0, 480.0, 500.0, 510.0, 505.0, 480.0, 515.0];

    fn quarters() -> Vec<PeriodRate> {
        let months: Vec<i32> = QUARTERS.iter().map(|quarter| 3 * quarter).collect();
        rates_of(&months, &CONVERTED, &LEADS)
    }

    /// `scipy.stats.multivariate_normal` with the mean integrated by the trapezoidal rule; the trend by `numpy.linalg`
    /// and `scipy.stats.t`.
    #[test]
    fn evidence_and_trend_agree_with_scipy() {
        let points: Vec<Point> = quarters().iter().map(Point::of).collect();
        let taus: Vec<f64> = PRIOR.points(TOP, SPREADS).collect();
        let apart = ln_evidence(&points, 0.85, taus[12]) - ln_evidence(&points, 0.0, taus[3]);
        assert!((apart - 7.372_580_058_069_135).abs() < 1e-8, "{apart}");
        assert!((persistent(&points) - 0.797_554_584_336_604_2).abs() < 1e-8);
        let trend = Trend::of(&points);
        assert!((trend.surprise - 0.001_565_123_085_315_114_6).abs() < 1e-10, "{trend:?}");
        assert!(
            (logistic(trend.from) - 0.125_505_008_673).abs() < 1e-8
                && (logistic(trend.to) - 0.223_648_544_574).abs() < 1e-8
        );
        let uneven = rates_of(&[0, 3, 6, 9, 12, 15], &[30.0, 80.0, 40.0, 75.0, 50.0, 90.0], &[400.0; 6]);
        let uneven = Trend::of(&uneven.iter().map(Point::of).collect::<Vec<_>>());
        assert!((uneven.surprise - 0.334_532_587_913_561_7).abs() < 1e-10, "{uneven:?}");
    }

    #[test]
    fn a_trend_is_told_with_its_dates() {
        let quarters = quarters();
        let told = movement(&quarters).unwrap().in_words("lead->mql", &quarters).unwrap();
        assert!(
            told.starts_with("lead->mql: the rate has been rising from quarter to quarter, from about 12.6 %"),
            "{told}"
        );
        assert!(told.contains("2024-01") && told.contains("22.4 % in 2026-01"), "{told}");
        assert!(movement(&quarters[..3]).is_none(), "three quarters are too few");
    }

    /// Quarters that differ by chance, or independently of each other, are no movement: at most 1 false alarm in 10.
    #[test]
    fn stationary_rates_rarely_raise_an_alarm() {
        let mut draw = Draw::seeded(11);
        let months: Vec<i32> = (0..8).map(|quarter| 3 * quarter).collect();
        for (leads, tau) in [(100.0, 0.0), (1000.0, 0.0), (100.0, 0.15), (1000.0, 0.15), (1000.0, 0.3)] {
            let alarms = (0..200).filter(|_| {
                let rates: Vec<f64> = months.iter().map(|_| logistic(-1.7 + tau * draw.normal())).collect();
                movement(&draw.cohorts(&months, &rates, leads)).is_some()
            });
            // 33 of 200: a true rate of 1 in 10 exceeds it with a probability below 0.003.
            assert!(alarms.count() <= 33, "{leads} {tau}");
        }
    }

    /// A fall by 40 % over eight quarters is seen.
    #[test]
    fn a_steady_fall_is_seen() {
        let mut draw = Draw::seeded(12);
        let months: Vec<i32> = (0..8).map(|quarter| 3 * quarter).collect();
        let rates: Vec<f64> = (0..8).map(|quarter| 0.2 * (1.0 - 0.4 * f64::from(quarter) / 7.0)).collect();
        let falling = |found: Option<Movement>| matches!(found, Some(Movement::Trend { from, to }) if to < from);
        let seen = (0..100).filter(|_| falling(movement(&draw.cohorts(&months, &rates, 1000.0)))).count();
        assert!(seen >= 90, "{seen}");
    }
}
