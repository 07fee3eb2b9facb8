//! The cheapest volumes per channel that reach the goal with a probability.
//!
//! # Method
//! Water-filling finds the cheapest mix for a log-normal stand-in; the exact probability and its slopes then correct the
//! stand-in (level and slope of each channel agree at the current mix), and it is filled again: at the fixed point the
//! exact conditions of Karush, Kuhn and Tucker hold. From three starts: the stand-in's own mix, the mix that is cheapest on
//! average with a raised target, and the best single channel; the cheapest is kept.

use super::mixing::{Found, Mixing};
use super::whole_mix;
use crate::math::normal;
use crate::outlook::Joint;

/// Corrections by the exact probability, from the first start and from the others.
const ROUNDS: usize = 8;
const OTHER_ROUNDS: usize = 3;
/// A mix is settled when its cost changes by less than this share.
const SETTLED: f64 = 2e-5;

/// The probit of a probability, held where it has slopes.
fn probit(p: f64) -> f64 {
    normal::quantile(p.clamp(1e-13, 1.0 - 1e-13))
}

fn density(z: f64) -> f64 {
    libm::exp(-0.5 * z * z) / (2.0 * core::f64::consts::PI).sqrt()
}

impl Mixing {
    /// The cheapest whole leads that reach the goal with this confidence, and what was made ready to find them; `None` where
    /// not even all leads do.
    pub(in crate::plan) fn cheapest(&self, confidence: f64) -> Option<(Found, Joint)> {
        let nobody = vec![0.0; self.filling.each.len()];
        if self.filling.open_mean > 0.0 {
            let joint = self.joint(&nobody);
            if joint.at_least(&self.volumes(&nobody)) >= confidence {
                return Some((self.found(vec![0; nobody.len()]), joint));
            }
        }
        let smooth = self.smooth(confidence)?;
        let joint = self.joint(&smooth);
        // The nodes fit now; a last correction, then whole leads.
        let found = self.cheapest_near(&joint, smooth, confidence, 2)?;
        Some((found, joint))
    }

    /// The same from leads near which the probability was made ready.
    pub(in crate::plan) fn cheapest_near(
        &self,
        joint: &Joint,
        start: Vec<f64>,
        confidence: f64,
        rounds: usize,
    ) -> Option<Found> {
        let smooth = self.smooth_near(joint, start, confidence, rounds)?;
        Some(whole_mix::cheapest(self, joint, &smooth, confidence))
    }

    pub(in crate::plan) fn smooth_near(
        &self,
        joint: &Joint,
        start: Vec<f64>,
        confidence: f64,
        rounds: usize,
    ) -> Option<Vec<f64>> {
        let settled = self.settle(joint, start, confidence, rounds);
        self.lift(joint, &settled, confidence).or_else(|| self.lift(joint, &self.all(), confidence))
    }

    /// The cheapest leads, not necessarily whole, of all starts.
    fn smooth(&self, confidence: f64) -> Option<Vec<f64>> {
        let z = normal::quantile(confidence);
        let target = self.ready.amount;
        let start = self.filling.on_average(target).unwrap_or_else(|| self.all());
        let none = vec![0.0; start.len()];
        let first = self.filling.at_level(libm::log(target), z, &none, &start).unwrap_or_else(|| self.all());
        let joint = self.joint(&first);
        let mut best = self.smooth_near(&joint, first, confidence, ROUNDS)?;
        for other in [self.raised(&joint, confidence), self.single(z)].into_iter().flatten() {
            let Some(lifted) = self.lift(&joint, &other, confidence) else { continue };
            // From a start that is much dearer the same mix is found again: only what comes near is looked at.
            let settled = (self.filling.cost(&lifted) < 1.02 * self.filling.cost(&best))
                .then(|| self.smooth_near(&joint, lifted.clone(), confidence, OTHER_ROUNDS))
                .flatten();
            for candidate in [Some(lifted), settled].into_iter().flatten() {
                if self.filling.cost(&candidate) < self.filling.cost(&best) {
                    best = candidate;
                }
            }
        }
        Some(best)
    }

    /// The whole leads with the highest probability that cost at most `budget`.
    pub(in crate::plan) fn within(&self, budget: f64, joint: &Joint, known: &[Found]) -> Found {
        let confidence = |z: f64| normal::cdf(z).clamp(1e-6, 1.0 - 1e-9);
        let mut mix = known
            .iter()
            .min_by(|a, b| (a.cost - budget).abs().total_cmp(&(b.cost - budget).abs()))
            .map_or_else(|| self.all(), |found| found.leads.iter().map(|n| *n as f64).collect());
        mix = self.costing(&mix, budget);
        for _ in 0..4 {
            // The best mix at the probability that the money buys now, for the same money.
            let at = probit(joint.at_least(&self.volumes(&mix)));
            let Some(better) = self.smooth_near(joint, mix.clone(), confidence(at), 2) else { break };
            let better = self.costing(&better, budget);
            let gain = probit(joint.at_least(&self.volumes(&better))) - at;
            if gain > 0.0 {
                mix = better;
            }
            if gain < 1e-5 {
                break;
            }
        }
        let spent = whole_mix::spend(self, joint, &mix, budget);
        let affordable = known.iter().filter(|found| found.cost <= budget * (1.0 + 1e-12)).cloned();
        affordable.fold(spent, |best, found| if found.probability > best.probability { found } else { best })
    }

    /// As many times these leads as so much money buys.
    fn costing(&self, leads: &[f64], budget: f64) -> Vec<f64> {
        let times = |factor: f64| -> Vec<f64> {
            leads.iter().zip(&self.filling.each).map(|(n, each)| (n * factor).min(each.most)).collect()
        };
        let (mut low, mut high) = (0.0, 1.0);
        while self.filling.cost(&times(high)) < budget && high < 1e9 {
            (low, high) = (high, 2.0 * high);
        }
        for _ in 0..60 {
            let factor = 0.5 * (low + high);
            if self.filling.cost(&times(factor)) <= budget { low = factor } else { high = factor }
        }
        times(low)
    }

    /// The stand-in corrected by the exact probability and filled again, until nothing changes.
    fn settle(&self, joint: &Joint, start: Vec<f64>, confidence: f64, rounds: usize) -> Vec<f64> {
        let z = normal::quantile(confidence);
        let mut leads = start;
        let mut last = f64::INFINITY;
        for round in 0..rounds {
            let (probability, slopes) = joint.slopes(&self.volumes(&leads));
            let at = probit(probability);
            let per = density(at).max(1e-300);
            let stand_in = self.filling.slopes(&leads, z);
            let along =
                |slopes: &mut dyn Iterator<Item = f64>| slopes.zip(&leads).map(|(slope, n)| slope * n).sum::<f64>();
            let exact = along(&mut slopes.iter().map(|slope| slope / per));
            let scale = exact / along(&mut stand_in.iter().map(|slope| slope.0));
            if !(scale.is_finite() && scale > 0.0) {
                break;
            }
            let added: Vec<f64> =
                slopes.iter().zip(&stand_in).map(|(slope, (mine, _))| slope / per / scale - mine).collect();
            let tilt: f64 = added.iter().zip(&leads).map(|(more, n)| more * n).sum();
            // One step must not ask for more than doubling.
            let gap = ((z - at) / scale).clamp(-0.7, 0.7);
            let goal = self.filling.level(&leads, z) + tilt + gap;
            let Some(next) = self.filling.at_level(goal, z, &added, &leads) else { break };
            let cost = self.filling.cost(&next);
            let share = if round < 4 { 1.0 } else { 0.5 };
            leads = leads.iter().zip(&next).map(|(a, b)| a + share * (b - a)).collect();
            if (cost / last - 1.0).abs() < SETTLED && (z - at).abs() < 1e-3 {
                break;
            }
            last = cost;
        }
        leads
    }

    /// As many times these leads (each at most all there are) as the confidence takes.
    fn lift(&self, joint: &Joint, leads: &[f64], confidence: f64) -> Option<Vec<f64>> {
        let z = normal::quantile(confidence);
        let times = |log: f64| -> Vec<f64> {
            let factor = libm::exp(log);
            leads.iter().zip(&self.filling.each).map(|(n, each)| (n * factor).min(each.most)).collect()
        };
        let gap = |log: f64| probit(joint.at_least(&self.volumes(&times(log)))) - z;
        let (mut at, mut here) = (0.0, gap(0.0));
        let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
        let mut slope = 4.0;
        for _ in 0..40 {
            if here.abs() < 1e-7 {
                return Some(times(at));
            }
            if here < 0.0 {
                low = at;
            } else {
                high = at;
            }
            if low > 30.0 || high - low < 1e-10 {
                break;
            }
            let mut next: f64 = at - (here / slope).clamp(-1.0, 1.0);
            if !(next > low && next < high) {
                next = if high.is_finite() { 0.5 * (low.max(high - 2.0) + high) } else { low + 1.0 };
            }
            let there = gap(next);
            let steep = (there - here) / (next - at);
            if steep > 1e-6 {
                slope = steep;
            }
            (at, here) = (next, there);
        }
        (here >= -1e-9).then(|| times(at)).or_else(|| high.is_finite().then(|| times(high)))
    }

    /// The mix that is cheapest on average, with the target raised until the confidence is reached.
    fn raised(&self, joint: &Joint, confidence: f64) -> Option<Vec<f64>> {
        let z = normal::quantile(confidence);
        let mut log = 0.0;
        let mut mix = self.filling.on_average(self.ready.amount)?;
        for _ in 0..4 {
            let (probability, slopes) = joint.slopes(&self.volumes(&mix));
            let at = probit(probability);
            let along: f64 = slopes.iter().zip(&mix).map(|(slope, n)| slope * n).sum::<f64>() / density(at).max(1e-300);
            if (at - z).abs() < 1e-3 || along <= 0.0 {
                break;
            }
            log += ((z - at) / along).clamp(-0.7, 0.7);
            mix = self.filling.on_average(self.ready.amount * libm::exp(log)).unwrap_or(mix);
        }
        Some(mix)
    }

    /// The channel that alone is cheapest, by the stand-in.
    fn single(&self, z: f64) -> Option<Vec<f64>> {
        let goal = libm::log(self.ready.amount);
        let alone = |way: usize| {
            let only = |n: f64| -> Vec<f64> {
                (0..self.filling.each.len()).map(|other| if other == way { n } else { 0.0 }).collect()
            };
            let most = self.filling.each.get(way).map_or(0.0, |each| each.most);
            let reaches = |n: f64| self.filling.level(&only(n), z) >= goal;
            if !reaches(most) {
                return None;
            }
            let (mut low, mut high) = (0.0, most);
            for _ in 0..60 {
                let n = 0.5 * (low + high);
                if reaches(n) { high = n } else { low = n }
            }
            Some(only(high))
        };
        let all = (0..self.filling.each.len()).filter_map(alone);
        all.min_by(|a, b| self.filling.cost(a).total_cmp(&self.filling.cost(b)))
    }
}
