//! Has a step's rate changed once and for all? A Bayes factor for one break between two months.

use super::cohorts::PeriodRate;
use super::drift::{PRIOR, TOP};
use crate::quantity::Month;
use crate::words::en::evidence as words;

/// Months are joined until so many conversions (and non-conversions) are to be expected.
const EXPECTED: f64 = 5.0;
/// A side of a break has at least so many bins, and both together at least so many.
const SIDE: usize = 2;
const BINS: usize = 6;
const SPREADS: u32 = 16;
/// How much of τ² the months of a quarter share.
const SHARED: [f64; 3] = [0.0, 0.5, 1.0];
/// The size of a break is expected within ± 1 on the logit.
const SIZE: f64 = 1.0;
/// The Bayes factor from which on a break is evident.
const EVIDENT: f64 = 5.0;

/// One month, or a few that are joined.
#[derive(Clone, Copy, Debug)]
struct Bin {
    first: Month,
    last: Month,
    quarter: i32,
    converted: f64,
    leads: f64,
}

impl Bin {
    fn join(&mut self, last: Month, converted: f64, leads: f64) {
        self.last = last;
        self.converted += converted;
        self.leads += leads;
    }
}

/// How a rate has changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::rates) enum Change {
    /// Once, from a month on: its first month, and the rates of those that entered before and since.
    Break { from: Month, before: f64, after: f64 },
    /// All along, as far as can be told: the last month of the first third of the time, the first one of the last third,
    /// and the rates of those thirds.
    Steady { until: Month, since: Month, before: f64, after: f64 },
}

impl Change {
    /// The change in words.
    pub(in crate::rates) fn in_words(self, step: &str) -> String {
        match self {
            Self::Break { from, before, after } => words::changed(step, from.period().start(), before, after),
            Self::Steady { until, since, before, after } => words::steady(step, (before, until), (after, since)),
        }
    }
}

/// The change that a step's months show, if one is evident: a break, unless a steady trend explains them better.
///
/// # Formula
/// y = asin √((D + ⅜)/(n + ¾)), variance 1/(4n + 2) (Anscombe 1948), plus what rates move anyway: τ² on the logit
/// (half-normal 0.35 prior), of which the months of a quarter share none, half or all. Against a constant mean stands
/// a change δ ~ N(0, 1) of the logit from one of the months on, each equally probable beforehand, which pays for the
/// search. Evident: Bayes factor > 5. Where rates only differ from quarter to quarter or month to month (τ up to
/// 0.3) that claims a break in at most 3 of 100 steps. Source: Kass & Raftery 1995.
pub(in crate::rates) fn breakpoint(months: &[PeriodRate]) -> Option<Change> {
    let bins = bins(months);
    if bins.len() < BINS {
        return None;
    }
    let model = Model::of(&bins);
    let splits: Vec<usize> = (SIDE..=bins.len() - SIDE).collect();
    let after = |split: usize| move |i: usize| if i < split { 0.0 } else { 1.0 };
    let each: Vec<f64> = splits.iter().map(|split| model.ln_evidence_of(after(*split))).collect();
    let broken = ln_sum(&each) - libm::log(each.len() as f64);
    let line = model.ln_evidence_of(|i| i as f64 / (bins.len() - 1) as f64);
    if broken - model.ln_evidence() <= libm::log(EVIDENT) {
        return None;
    }
    if line >= broken {
        let (first, last) = (bins.get(..bins.len() / 3)?, bins.get(bins.len() - bins.len() / 3..)?);
        let (until, since) = (first.last()?.last, last.first()?.first);
        return Some(Change::Steady { until, since, before: rate(first), after: rate(last) });
    }
    let (best, _) = splits.iter().zip(&each).max_by(|a, b| a.1.total_cmp(b.1))?;
    let (before, after) = bins.split_at_checked(*best)?;
    Some(Change::Break { from: after.first()?.first, before: rate(before), after: rate(after) })
}

fn rate(bins: &[Bin]) -> f64 {
    bins.iter().map(|bin| bin.converted).sum::<f64>() / bins.iter().map(|bin| bin.leads).sum::<f64>()
}

/// Months in order, joined until each bin expects enough of either outcome: by its leads alone, so that what came out
/// does not decide where a bin ends. What is left over joins the last bin.
fn bins(months: &[PeriodRate]) -> Vec<Bin> {
    let leads: f64 = months.iter().map(|month| month.own.leads).sum();
    let mean = months.iter().map(|month| month.own.leads * month.own.rate).sum::<f64>() / leads;
    let enough = EXPECTED / mean.min(1.0 - mean);
    let mut bins: Vec<Bin> = Vec::new();
    for month in months {
        let (converted, leads) = (month.own.rate * month.own.leads, month.own.leads);
        match bins.last_mut().filter(|bin| bin.leads < enough) {
            Some(bin) => bin.join(month.first, converted, leads),
            None => {
                bins.push(Bin { first: month.first, last: month.first, quarter: month.quarter(), converted, leads });
            }
        }
    }
    if let Some(short) = bins.pop_if(|bin| bin.leads < enough)
        && let Some(bin) = bins.last_mut()
    {
        bin.join(short.last, short.converted, short.leads);
    }
    bins
}

/// The bins under each way in which rates may move anyway.
struct Model {
    angles: Vec<f64>,
    quarters: Vec<i32>,
    /// The variance of a change on the scale of angles.
    size: f64,
    ways: Vec<Way>,
}

/// One τ, and the part of it that a quarter's months share.
struct Way {
    /// ln prior − ½ ln|K|
    ln_weight: f64,
    shared: f64,
    /// One over the variance that a bin has for itself.
    weights: Vec<f64>,
}

/// Σ over quarters of aᵀK⁻¹b.
#[derive(Default)]
struct Forms {
    one_one: f64,
    one_y: f64,
    one_u: f64,
    y_y: f64,
    u_u: f64,
    u_y: f64,
}

impl Model {
    fn of(bins: &[Bin]) -> Self {
        let mean = rate(bins);
        // An angle moves by ½ √(p(1 − p)) for one unit of the logit.
        let unit = 0.25 * mean * (1.0 - mean);
        let quarters: Vec<i32> = bins.iter().map(|bin| bin.quarter).collect();
        let way = |(tau, share): (f64, f64)| {
            let (shared, alone) = (share * unit * tau * tau, (1.0 - share) * unit * tau * tau);
            let weights: Vec<f64> = bins.iter().map(|bin| 1.0 / (alone + 1.0 / (4.0 * bin.leads + 2.0))).collect();
            let ln_determinant: f64 = runs(&quarters, &weights)
                .map(|(_, run)| {
                    let own: f64 = run.iter().map(|weight| -libm::log(*weight)).sum();
                    own + libm::log1p(shared * run.iter().sum::<f64>())
                })
                .sum();
            // The points are evenly spaced in ln τ, so the density in τ is multiplied by τ.
            let ln_prior = PRIOR.ln_weight(tau, 0.0);
            Way { ln_weight: ln_prior - 0.5 * ln_determinant, shared, weights }
        };
        let ways = PRIOR.points(TOP, SPREADS).flat_map(|tau| SHARED.map(|share| (tau, share))).map(way).collect();
        let angle = |bin: &Bin| libm::asin(((bin.converted + 0.375) / (bin.leads + 0.75)).sqrt());
        Self { angles: bins.iter().map(angle).collect(), quarters, size: unit * SIZE * SIZE, ways }
    }

    /// ln evidence of a constant mean, up to a constant.
    fn ln_evidence(&self) -> f64 {
        let each = self.ways.iter().map(|way| {
            let forms = self.forms(way, |_| 0.0);
            let explained = forms.one_y * forms.one_y / forms.one_one;
            way.ln_weight - 0.5 * (libm::log(forms.one_one) + forms.y_y - explained)
        });
        ln_sum(&each.collect::<Vec<_>>())
    }

    /// ln evidence of a mean that changes by δ·u(i), δ ~ N(0, 1) on the logit; up to the same constant.
    fn ln_evidence_of(&self, u: impl Fn(usize) -> f64) -> f64 {
        let each = self.ways.iter().map(|way| {
            let forms = self.forms(way, &u);
            let u_u = forms.u_u + 1.0 / self.size;
            let determinant = forms.one_one * u_u - forms.one_u * forms.one_u;
            let explained = (forms.one_y * forms.one_y * u_u - 2.0 * forms.one_y * forms.u_y * forms.one_u
                + forms.u_y * forms.u_y * forms.one_one)
                / determinant;
            way.ln_weight - 0.5 * (libm::log(determinant * self.size) + forms.y_y - explained)
        });
        ln_sum(&each.collect::<Vec<_>>())
    }

    /// By Sherman & Morrison quarter by quarter: K is diagonal but for what the months of a quarter share.
    fn forms(&self, way: &Way, u: impl Fn(usize) -> f64) -> Forms {
        let mut forms = Forms::default();
        for (start, weights) in runs(&self.quarters, &way.weights) {
            let (mut w, mut wy, mut wu) = (0.0, 0.0, 0.0);
            for (i, (weight, y)) in weights.iter().zip(self.angles.iter().skip(start)).enumerate() {
                let u = u(start + i);
                w += weight;
                wy += weight * y;
                wu += weight * u;
                forms.y_y += weight * y * y;
                forms.u_u += weight * u * u;
                forms.u_y += weight * u * y;
            }
            let held = 1.0 + way.shared * w;
            forms.one_one += w / held;
            forms.one_y += wy / held;
            forms.one_u += wu / held;
            forms.y_y -= way.shared * wy * wy / held;
            forms.u_u -= way.shared * wu * wu / held;
            forms.u_y -= way.shared * wu * wy / held;
        }
        forms
    }
}

/// The weights quarter by quarter, with the place of each quarter's first.
fn runs<'a>(quarters: &'a [i32], weights: &'a [f64]) -> impl Iterator<Item = (usize, &'a [f64])> {
    let mut rest = (0, weights);
    quarters.chunk_by(|a, b| a == b).filter_map(move |run| {
        let (start, weights) = rest;
        let (here, further) = weights.split_at_checked(run.len())?;
        rest = (start + run.len(), further);
        Some((start, here))
    })
}

/// ln Σ e^x
fn ln_sum(parts: &[f64]) -> f64 {
    let top = parts.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    top + libm::log(parts.iter().map(|part| libm::exp(part - top)).sum())
}

#[cfg(test)]
mod tests {
    use super::super::cohorts::tests::{Draw, rates_of};
    use super::*;
    use crate::math::beta_binomial::logistic;

    const CONVERTED: [f64; 12] = [40.0, 38.0, 43.0, 41.0, 37.0, 44.0, 39.0, 22.0, 25.0, 21.0, 27.0, 23.0];
    const LEADS: [f64; 12] = [200.0, 210.0, 205.0, 195.0, 190.0, 215.0, 200.0, 205.0, 210.0, 190.0, 200.0, 205.0];

    fn months(count: i32) -> Vec<i32> {
        (0..count).collect()
    }

    /// Dense covariances in `scipy.stats.multivariate_normal` (δ as one more variance), the mean by the trapezoidal rule.
    #[test]
    fn evidence_agrees_with_scipy() {
        let bins = bins(&rates_of(&months(12), &CONVERTED, &LEADS));
        assert_eq!(bins.len(), 12);
        let model = Model::of(&bins);
        let none = model.ln_evidence();
        let expected = [
            -1.438_804_411,
            -0.624_483_48,
            -0.640_388_98,
            -0.223_808_26,
            2.194_054_14,
            5.571_846_004,
            1.080_876_43,
            0.037_065_61,
            -1.266_835_578,
        ];
        for (split, expected) in (2..).zip(expected) {
            let got = model.ln_evidence_of(|i| if i < split { 0.0 } else { 1.0 }) - none;
            assert!((got - expected).abs() < 1e-7, "{split}: {got} {expected}");
        }
        let line = model.ln_evidence_of(|i| i as f64 / 11.0) - none;
        assert!((line - 2.037_025_593_610_749_8).abs() < 1e-7, "{line}");
    }

    #[test]
    fn a_break_is_dated_and_sized() {
        let found = breakpoint(&rates_of(&months(12), &CONVERTED, &LEADS)).unwrap();
        let Change::Break { before, after, .. } = found else { panic!("{found:?}") };
        assert!((before - 282.0 / 1415.0).abs() < 1e-12 && (after - 118.0 / 1010.0).abs() < 1e-12);
        let words = found.in_words("lead->mql");
        assert!(words.contains("19.9 % of those that entered before 2024-08-01, 11.7 % of those since"), "{words}");
    }

    #[test]
    fn thin_months_are_joined_and_few_say_nothing() {
        let thin = rates_of(&months(24), &[2.0; 24], &[20.0; 24]);
        assert!(bins(&thin).iter().all(|bin| bin.leads >= 50.0 && (bin.converted / bin.leads - 0.1).abs() < 1e-12));
        assert!(breakpoint(&thin).is_none());
        assert!(breakpoint(&rates_of(&months(5), &[30.0, 31.0, 1.0, 2.0, 1.0], &[100.0; 5])).is_none());
    }

    /// Where rates differ, but do not break: at most 3 false alarms in 100.
    #[test]
    fn stationary_rates_rarely_break() {
        let mut draw = Draw::seeded(21);
        let all = [
            (12, 60.0, 0.0, 0.0),
            (24, 300.0, 0.15, 0.0),
            (36, 300.0, 0.3, 0.0),
            (24, 300.0, 0.0, 0.3),
            (36, 60.0, 0.2, 0.2),
        ];
        for (count, leads, quarterly, monthly) in all {
            let alarms = (0..120).filter(|_| {
                let shared: Vec<f64> = (0..count).map(|_| draw.normal()).collect();
                let rate = |month: i32| {
                    let quarter = shared[usize::try_from(month / 3).unwrap()];
                    logistic(-2.0 + quarterly * quarter + monthly * draw.normal())
                };
                let rates: Vec<f64> = (0..count).map(rate).collect();
                breakpoint(&draw.cohorts(&months(count), &rates, leads)).is_some()
            });
            // 10 of 120: a true rate of 3 in 100 exceeds it with a probability below 0.002.
            assert!(alarms.count() <= 10, "{count} {leads} {quarterly} {monthly}");
        }
    }

    /// From 20 % to 12 % halfway through three years: found, and dated within a month, where rates do not move otherwise.
    #[test]
    fn a_step_is_found() {
        let mut draw = Draw::seeded(22);
        let rates: Vec<f64> = (0..36).map(|month| if month < 19 { 0.2 } else { 0.12 }).collect();
        let dated: Vec<bool> = (0..100)
            .filter_map(|_| match breakpoint(&draw.cohorts(&months(36), &rates, 300.0))? {
                Change::Break { from, .. } => {
                    Some(["2025-07", "2025-08", "2025-09"].contains(&from.to_string().as_str()))
                }
                Change::Steady { .. } => None,
            })
            .collect();
        assert!(dated.len() >= 95 && dated.iter().filter(|near| **near).count() >= 90, "{} {dated:?}", dated.len());
    }

    /// A steady fall is seldom called a break: the trend explains it better.
    #[test]
    fn a_steady_fall_is_seldom_a_break() {
        let mut draw = Draw::seeded(23);
        let rates: Vec<f64> = (0..36).map(|month| 0.24 - 0.004 * f64::from(month)).collect();
        let found: Vec<Change> =
            (0..100).filter_map(|_| breakpoint(&draw.cohorts(&months(36), &rates, 300.0))).collect();
        let steady = |change: &&Change| matches!(change, Change::Steady { before, after, .. } if after < before);
        let seen = found.iter().filter(steady).count();
        assert!(seen >= 80 && found.len() - seen <= 10, "{seen} of {}", found.len());
        let words = found.iter().find(steady).unwrap().in_words("lead->mql");
        assert!(words.contains("falling from month to month") && words.contains("up to 2024-12"), "{words}");
        assert!(words.contains("from 2026-01 on"), "{words}");
    }
}
