//! Money over channels by water-filling: each takes leads until its next lead costs what all others cost per unit of gain.
//!
//! # Method
//! What follows is taken as log-normal with its own mean μ and variance σ²: its quantile at the confidence is
//! ln Q = ln μ − s²/2 − z·s, s² = ln(1 + σ²/μ²). The variance counts luck, each channel's own doubt, the part that all
//! share and the doubt about deals. Karush–Kuhn–Tucker: C′(n) = λ ∂ln Q/∂n in every channel between its bounds.

use crate::plan::ask::cost_curve::Response;

/// Rounds of the fixed point over mean and variance.
const ROUNDS: usize = 25;

/// One channel as it is filled: what a lead brings, and how that varies.
#[derive(Clone, Copy, Debug)]
pub(in crate::plan) struct Each {
    pub(in crate::plan) response: Response,
    /// What a lead brings on average.
    pub(in crate::plan) value: f64,
    /// The variance of that by the channel's own doubt, and the standard deviation by what all channels share.
    pub(in crate::plan) own: f64,
    pub(in crate::plan) common: f64,
    /// The variance that each lead adds by luck.
    pub(in crate::plan) luck: f64,
    /// The most leads.
    pub(in crate::plan) most: f64,
}

/// All channels, beside what is open.
#[derive(Clone, Debug)]
pub(in crate::plan) struct Filling {
    pub(in crate::plan) each: Vec<Each>,
    pub(in crate::plan) open_mean: f64,
    pub(in crate::plan) open_variance: f64,
    /// The squared coefficient of variation of the mean deal.
    pub(in crate::plan) doubt: f64,
}

/// Mean, relative variance, the common part, and how much the quantile minds variance.
struct Moments {
    mean: f64,
    ratio: f64,
    common: f64,
    minds: f64,
}

impl Filling {
    fn moments(&self, leads: &[f64], z: f64) -> Moments {
        let (mut mean, mut variance, mut common) = (self.open_mean, self.open_variance, 0.0);
        for (each, n) in self.each.iter().zip(leads) {
            mean += each.value * n;
            variance += each.own * n * n + each.luck * n;
            common += each.common * n;
        }
        variance += common * common + self.doubt * mean * mean;
        let mean = mean.max(1e-300);
        let ratio = (variance / (mean * mean)).max(1e-18);
        let s = libm::log1p(ratio).sqrt();
        Moments { mean, ratio, common, minds: ((0.5 + 0.5 * z / s) / (1.0 + ratio)).max(0.0) }
    }

    /// What the leads bring on average.
    pub(in crate::plan) fn mean(&self, leads: &[f64]) -> f64 {
        self.open_mean + self.each.iter().zip(leads).map(|(each, n)| each.value * n).sum::<f64>()
    }

    /// What the leads cost.
    pub(in crate::plan) fn cost(&self, leads: &[f64]) -> f64 {
        self.each.iter().zip(leads).map(|(each, n)| each.response.cost(*n)).sum()
    }

    /// The logarithm of the amount that is reached with the confidence of which `z` is the normal quantile.
    pub(in crate::plan) fn level(&self, leads: &[f64], z: f64) -> f64 {
        let at = self.moments(leads, z);
        let s2 = libm::log1p(at.ratio);
        libm::log(at.mean) - 0.5 * s2 - z * s2.sqrt()
    }

    /// The slope of that level in each channel, and the part of it that falls with the leads themselves, per lead.
    pub(in crate::plan) fn slopes(&self, leads: &[f64], z: f64) -> Vec<(f64, f64)> {
        let at = self.moments(leads, z);
        let square = at.mean * at.mean;
        let slope = |(each, n): (&Each, &f64)| {
            let gain = each.value / at.mean * (1.0 + 2.0 * at.ratio * at.minds);
            let others = each.luck + 2.0 * each.common * at.common + 2.0 * self.doubt * each.value * at.mean;
            let curve = 2.0 * at.minds * each.own / square;
            (gain - at.minds * others / square - curve * n, curve)
        };
        self.each.iter().zip(leads).map(slope).collect()
    }

    /// The cheapest leads that bring `target` on average; `None` where not even all do.
    pub(in crate::plan) fn on_average(&self, target: f64) -> Option<Vec<f64>> {
        let gains: Vec<_> = self.each.iter().map(|each| (each.value, 0.0)).collect();
        self.fill(&gains, |leads| self.mean(leads) - target)
    }

    /// The cheapest leads whose level is at least `goal`, with so much added to the slope of each channel.
    pub(in crate::plan) fn at_level(&self, goal: f64, z: f64, added: &[f64], start: &[f64]) -> Option<Vec<f64>> {
        let tilt = |leads: &[f64]| leads.iter().zip(added).map(|(n, more)| n * more).sum::<f64>();
        let mut leads = start.to_vec();
        let mut cost = self.cost(&leads);
        for round in 0..ROUNDS {
            let slopes = self.slopes(&leads, z);
            let gains: Vec<_> = slopes
                .iter()
                .zip(&leads)
                .zip(added)
                .map(|(((slope, curve), n), more)| (slope + curve * n + more, *curve))
                .collect();
            let next = self.fill(&gains, |leads| self.level(leads, z) + tilt(leads) - goal)?;
            let moved =
                leads.iter().zip(&next).zip(&self.each).map(|((a, b), each)| (a - b).abs() * each.value).sum::<f64>();
            // Later rounds go half of the way: the fixed point must not be circled.
            let share = if round < 4 { 1.0 } else { 0.5 };
            leads = leads.iter().zip(&next).map(|(a, b)| a + share * (b - a)).collect();
            let before = cost;
            cost = self.cost(&next);
            if moved < 1e-7 * self.mean(&next) || (round > 8 && (cost / before - 1.0).abs() < 1e-7) {
                return Some(next);
            }
        }
        Some(leads)
    }

    /// Water-filling: the least λ at which leads with C′(n) = λ(gain − curve·n) leave no gap; `None` where none does.
    fn fill(&self, gains: &[(f64, f64)], gap: impl Fn(&[f64]) -> f64) -> Option<Vec<f64>> {
        let at = |log: f64| -> Vec<f64> {
            let lambda = libm::exp(log);
            let one = |(each, (gain, curve)): (&Each, &(f64, f64))| {
                each.response.leads_at(lambda * gain, lambda * curve, each.most)
            };
            self.each.iter().zip(gains).map(one).collect()
        };
        let prices = self.each.iter().zip(gains).filter(|(_, (gain, _))| *gain > 0.0);
        let log = prices
            .map(|(each, (gain, _))| libm::log(each.response.price.max(1e-9) / gain))
            .fold(f64::INFINITY, f64::min);
        if !log.is_finite() {
            return None;
        }
        let (mut low, mut high, mut step) = (log - 0.1, log, 0.25);
        while gap(&at(high)) < 0.0 {
            (low, high) = (high, high + step);
            step *= 2.0;
            if high > log + 100.0 {
                return self.raised(&at(high), &gap);
            }
        }
        for _ in 0..60 {
            if high - low < 1e-12 * high.abs().max(1.0) {
                break;
            }
            let middle = 0.5 * (low + high);
            if gap(&at(middle)) < 0.0 { low = middle } else { high = middle }
        }
        // Of a channel without a curve all or nothing is taken at λ: take the part that is enough.
        Some(between(&at(low), &at(high), &gap))
    }

    /// More of all until there is no gap.
    fn raised(&self, leads: &[f64], gap: &impl Fn(&[f64]) -> f64) -> Option<Vec<f64>> {
        let all: Vec<f64> = self.each.iter().map(|each| each.most).collect();
        if gap(&all) < 0.0 { None } else { Some(between(leads, &all, gap)) }
    }
}

/// The first point on the way from `few` to `many` without a gap.
fn between(few: &[f64], many: &[f64], gap: &impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let at = |share: f64| -> Vec<f64> { few.iter().zip(many).map(|(a, b)| a + share * (b - a)).collect() };
    if gap(few) >= 0.0 {
        return few.to_vec();
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if gap(&at(middle)) < 0.0 { low = middle } else { high = middle }
    }
    at(high)
}
