//! A segment's conversion when it shares its lag curve with all leads: the censored likelihood that few leads need.

use super::incidence::{Counts, at};
use crate::rates::conversion::with_prior;

/// An estimate as if from so many mature leads: the rate, and the number of leads it is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Effective {
    /// From 0 to 1.
    pub(crate) rate: f64,
    /// Effective number of leads, at least 0.
    pub(crate) leads: f64,
}

impl Effective {
    /// The posterior Beta(F·n + ½, (1 − F)·n + ½).
    pub(crate) fn shapes(self) -> (f64, f64) {
        with_prior(self.rate * self.leads, (1.0 - self.rate) * self.leads)
    }
}

/// Maximises ℓ(p) = D ln p + Σ ln(1 − p G(aᵢ)) − Σ ln(1 − p G(bᵢ − 1)).
///
/// `lag_cdf` is G up to the horizon (G = 1 there); D counts conversions up to it, those later are open at it; aᵢ are the
/// ages of open and lost leads, bᵢ those at which delayed ones came under observation.
///
/// # Formula
/// D/p = Σ Gᵢ/(1 − p Gᵢ) − Σ G(bᵢ − 1)/(1 − p G(bᵢ − 1)), solved by Newton's method inside a bracket; 1 if there is no root below.
/// Effective leads: p(1 − p) times the observed information; Σ G(aᵢ) where D = 0.
/// Source: Cape Cod with the exact censored likelihood (Bühlmann & Straub 1983 for the reserve).
#[expect(clippy::indexing_slicing, reason = "every day is held at the horizon")]
pub(crate) fn shared_lag(counts: &Counts, lag_cdf: &[f64]) -> Effective {
    let horizon = lag_cdf.len().saturating_sub(1);
    let converted: u64 = counts.converted.iter().take(horizon + 1).sum();
    let late: u64 = counts.converted.iter().skip(horizon + 1).sum();
    let censored = counts.censored();
    // Signed numbers of leads by day of G: the open at their age, the delayed at the day before they were seen. Leads
    // open and delayed at the same day say nothing of each other and cancel.
    let mut net = vec![0.0; horizon + 1];
    let mut add = |day: usize, leads: f64| net[day.min(horizon)] += leads;
    for (day, leads) in censored.iter().enumerate() {
        add(day, *leads as f64);
    }
    add(horizon, late as f64);
    for day in 1..counts.delayed.len() {
        add(day - 1, -(at(&counts.delayed, day) as f64));
    }
    let terms: Vec<(f64, f64)> = lag_cdf.iter().copied().zip(net).filter(|(g, n)| *n != 0.0 && *g > 0.0).collect();
    let d = converted as f64;
    let exposure: f64 = terms.iter().map(|(g, n)| g * n).sum();
    if converted == 0 {
        return Effective { rate: 0.0, leads: exposure.max(0.0) };
    }
    // The slope of ℓ, and how steeply it falls (the observed information).
    let slope = |p: f64| {
        let start = (d / p, d / (p * p));
        terms.iter().fold(start, |(slope, information), (g, n)| {
            let odds = g / (1.0 - p * g);
            (slope - n * odds, information + n * odds * odds)
        })
    };
    if terms.iter().all(|(g, n)| *g < 1.0 || *n <= 0.0) && slope(1.0 - 1e-15).0 > 0.0 {
        return Effective { rate: 1.0, leads: d + exposure.max(0.0) };
    }
    let (mut low, mut high) = (0.0, 1.0);
    let mut p = (d / (d + exposure.max(0.0))).clamp(1e-12, 1.0 - 1e-12);
    for _ in 0..100 {
        let (miss, information) = slope(p);
        if miss > 0.0 {
            low = p;
        } else {
            high = p;
        }
        let newton = p + miss / information;
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        let moved = (next - p).abs();
        p = next;
        if moved <= 1e-15 * p {
            break;
        }
    }
    let information = slope(p).1;
    Effective { rate: p, leads: (p * (1.0 - p) * information).max(0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All mature: (D/n, n). 30 conversions, 70 leads of age 500, G rising linearly to 1 by day 200.
    #[test]
    fn mature_leads_are_counted_one_by_one() {
        let cdf: Vec<f64> = (0..=200).map(|day| f64::from(day) / 200.0).collect();
        let mut counts = Counts { converted: vec![0; 201], open: vec![0; 501], ..Counts::default() };
        counts.converted[80] = 30;
        counts.open[500] = 70;
        let effective = shared_lag(&counts, &cdf);
        assert!((effective.rate - 0.3).abs() < 1e-8);
        assert!((effective.leads - 100.0).abs() < 1e-8);
    }

    #[test]
    fn without_events_the_trials_are_the_exposure() {
        let mut counts = Counts { open: vec![0; 11], ..Counts::default() };
        counts.open[5] = 4;
        counts.open[10] = 3;
        let cdf: Vec<f64> = (0..=10).map(|day| f64::from(day) / 10.0).collect();
        assert_eq!(shared_lag(&counts, &cdf), Effective { rate: 0.0, leads: 5.0 });
    }
}
