//! Cumulative incidence of conversion by lag, in discrete time with a competing loss: Kaplan–Meier and Aalen–Johansen.

use crate::history::{Cell, Outcome};
use crate::math::apportion::largest_remainder;
use crate::rates::lag::LONGEST;

/// A curve has levelled off if at most this share of its conversions fell in the second half of the horizon.
pub(super) const LEVEL: f64 = 0.05;

/// Counts by whole days for one step: what the estimators see of a tally.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Conversions by lag.
    pub(crate) converted: Vec<u64>,
    /// Losses by the days from entry to the loss.
    pub(crate) lost: Vec<u64>,
    /// The same losses by the days from entry to `as_of`.
    pub(crate) lost_by_age: Vec<u64>,
    /// Open leads by age.
    pub(crate) open: Vec<u64>,
    /// Leads that came under observation only at this age.
    pub(crate) delayed: Vec<u64>,
    /// Conversions whose lag is not known, by the most days that it can be; they are in none of the others until they are
    /// given lags.
    pub(crate) undated: Vec<u64>,
}

impl Counts {
    /// The counts of each of so many steps, the whole way among them if there are several.
    pub(crate) fn by_step(cells: &[(Cell, u64)], steps: usize) -> Vec<Self> {
        let mut counts = vec![Self::default(); steps];
        for run in cells.chunk_by(|a, b| a.0.step == b.0.step) {
            let step = run.first().map_or(steps, |(first, _)| usize::from(first.step));
            if let Some(counts) = counts.get_mut(step) {
                counts.add(run);
            }
        }
        counts.iter_mut().for_each(Self::date);
        counts
    }

    /// Gives conversions without a lag those of the others, in proportion, as far as they fit: what is not known of a delay
    /// must not change the curve. Where no other fits, half of the most days, so that the delays of two steps add up.
    pub(crate) fn date(&mut self) {
        let known = self.converted.clone();
        for (most, leads) in core::mem::take(&mut self.undated).into_iter().enumerate().filter(|(_, leads)| *leads > 0)
        {
            let fitting = known.get(..=most).unwrap_or(&known);
            if fitting.iter().all(|count| *count == 0) {
                // Ten years: nothing is known at all.
                let day = if most >= LONGEST { 0 } else { most / 2 };
                self.converted.resize(self.converted.len().max(day + 1), 0);
                self.converted.iter_mut().skip(day).take(1).for_each(|slot| *slot += leads);
                continue;
            }
            let weights: Vec<f64> = fitting.iter().map(|count| *count as f64).collect();
            let parts = largest_remainder(leads, &weights).unwrap_or_default();
            self.converted.iter_mut().zip(parts).for_each(|(slot, more)| *slot += more);
        }
    }

    /// Adds cells of one step.
    #[expect(clippy::indexing_slicing, reason = "the days of the run are made room for")]
    pub(crate) fn add(&mut self, cells: &[(Cell, u64)]) {
        for run in cells.chunk_by(|a, b| a.0.outcome == b.0.outcome) {
            let Some((first, _)) = run.first() else { continue };
            let by_day = match first.outcome {
                Outcome::Converted => &mut self.converted,
                Outcome::Lost => &mut self.lost,
                Outcome::LostByAge => &mut self.lost_by_age,
                Outcome::Open => &mut self.open,
                Outcome::Delayed => &mut self.delayed,
                Outcome::Undated => &mut self.undated,
            };
            let days = run.iter().map(|(cell, _)| cell.days as usize + 1).max().unwrap_or(0);
            by_day.resize(by_day.len().max(days), 0);
            for (cell, count) in run {
                by_day[cell.days as usize] += count;
            }
        }
    }

    /// Adds the counts of other leads.
    pub(crate) fn merge(&mut self, other: &Self) {
        let sum = |ours: &mut Vec<u64>, theirs: &[u64]| {
            ours.resize(ours.len().max(theirs.len()), 0);
            ours.iter_mut().zip(theirs).for_each(|(ours, theirs)| *ours += theirs);
        };
        sum(&mut self.converted, &other.converted);
        sum(&mut self.lost, &other.lost);
        sum(&mut self.lost_by_age, &other.lost_by_age);
        sum(&mut self.open, &other.open);
        sum(&mut self.delayed, &other.delayed);
        sum(&mut self.undated, &other.undated);
    }

    pub(crate) fn entered(&self) -> u64 {
        self.conversions() + self.losses() + self.still_open()
    }

    pub(crate) fn conversions(&self) -> u64 {
        self.converted.iter().sum()
    }

    pub(crate) fn losses(&self) -> u64 {
        self.lost.iter().sum()
    }

    pub(crate) fn still_open(&self) -> u64 {
        self.open.iter().sum()
    }

    /// Leads censored at each age when losses are only leads that never convert: the open ones and the lost ones, the
    /// latter as long as they could have been seen (Fine & Gray's risk set under administrative censoring).
    pub(crate) fn censored(&self) -> Vec<u64> {
        let days = self.open.len().max(self.lost_by_age.len());
        (0..days).map(|day| at(&self.open, day) + at(&self.lost_by_age, day)).collect()
    }
}

/// The count of a day; nothing was counted after the last one.
pub(crate) fn at(counts: &[u64], day: usize) -> u64 {
    counts.get(day).copied().unwrap_or(0)
}

/// What becomes of a loss in the risk set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RiskSet {
    /// A lost lead stays at risk until the day up to which it could have been seen: for the ultimate conversion.
    Subdistribution,
    /// A loss is a competing event at its lag: for the chances of an open lead.
    AalenJohansen,
}

/// Cumulative incidence by lag.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Incidence {
    /// At risk at each lag, before that lag's events.
    pub(crate) at_risk: Vec<u64>,
    /// F: share converted within each lag.
    pub(crate) converted: Vec<f64>,
    /// L: share lost within each lag (all 0 in the subdistribution's risk set).
    pub(crate) lost: Vec<f64>,
    hazards: Vec<(f64, f64)>,
    survival_before: Vec<f64>,
}

impl Incidence {
    /// # Formula
    /// n(l) = Σ_{j≤l} b(j) − Σ_{j<l} (d + x + c)(j); h₁ = d/n, h₂ = x/n; S(l) = Π_{j≤l} (1 − h₁ − h₂);
    /// F(l) = Σ_{j≤l} S(j−1) h₁(j). Events count before censorings of the same day; ties are exact.
    /// Sources: Kaplan & Meier 1958; Aalen & Johansen 1978; left truncation by late entry into the risk set.
    pub(crate) fn of(counts: &Counts, risk_set: RiskSet) -> Self {
        let (losses, censored) = match risk_set {
            RiskSet::Subdistribution => (Vec::new(), counts.censored()),
            RiskSet::AalenJohansen => (counts.lost.clone(), counts.open.clone()),
        };
        let days = counts.converted.len().max(losses.len()).max(censored.len());
        let mut curve = Self {
            at_risk: Vec::with_capacity(days),
            converted: Vec::with_capacity(days),
            lost: Vec::with_capacity(days),
            hazards: Vec::with_capacity(days),
            survival_before: Vec::with_capacity(days),
        };
        let late: u64 = counts.delayed.iter().sum();
        let total = counts.conversions() + losses.iter().sum::<u64>() + censored.iter().sum::<u64>();
        let mut present = total - late.min(total);
        let (mut survival, mut converted, mut lost) = (1.0, 0.0, 0.0);
        for day in 0..days {
            present += at(&counts.delayed, day);
            let (d, x) = (at(&counts.converted, day), at(&losses, day));
            let n = present.max(1) as f64;
            let (h1, h2) = (d as f64 / n, x as f64 / n);
            curve.at_risk.push(present);
            curve.hazards.push((h1, h2));
            curve.survival_before.push(survival);
            converted += survival * h1;
            lost += survival * h2;
            // One subtraction, so that a last event with everyone at risk leaves exactly nothing.
            survival *= (n - (d + x) as f64) / n;
            curve.converted.push(converted);
            curve.lost.push(lost);
            present = present.saturating_sub(d + x + at(&censored, day));
        }
        curve
    }

    /// F at a lag; constant beyond the last day seen.
    pub(crate) fn within(&self, day: usize) -> f64 {
        self.converted.get(day).or(self.converted.last()).copied().unwrap_or(0.0)
    }

    /// The variance of F at a horizon by the exact multinomial delta method: any ties, with or without loss.
    ///
    /// # Formula
    /// ρ(l) = (F(H) − F(l)) / (1 − h(l)), 0 where h(l) = 1; g₁ = S(l−1) − ρ, g₂ = −ρ;
    /// V = Σ_{l≤H} [h₁g₁² + h₂g₂² − (h₁g₁ + h₂g₂)²] / n(l).
    /// Without loss it is Greenwood's, without censoring F(1 − F)/n.
    pub(crate) fn variance(&self, horizon: usize) -> f64 {
        let end = self.within(horizon);
        let rows = self.hazards.iter().zip(&self.survival_before).zip(self.converted.iter().zip(&self.at_risk));
        rows.take(horizon + 1)
            .filter(|(_, (_, n))| **n > 0)
            .map(|(((h1, h2), before), (within, n))| {
                let stays = 1.0 - h1 - h2;
                let rho = if stays > 0.0 { (end - within) / stays } else { 0.0 };
                let (g1, g2) = (before - rho, -rho);
                let mean = h1 * g1 + h2 * g2;
                (h1 * g1 * g1 + h2 * g2 * g2 - mean * mean) / *n as f64
            })
            .sum()
    }

    /// So many leads must be at risk for a day to be read.
    pub(crate) fn enough(&self) -> u64 {
        let most = self.at_risk.iter().copied().max().unwrap_or(0);
        most.min((most.div_ceil(50)).max(30))
    }

    /// How far the curve may be read: the last lag with enough leads at risk, n(l) ≥ min(n₀, max(30, 2 % of n₀)).
    ///
    /// Up to the first censored lead the curve is a plain count, exact however few are still at risk (conversions, not
    /// missing knowledge, have made them few); so it may always be read up to there.
    pub(crate) fn horizon(&self, counts: &Counts) -> usize {
        let enough = self.enough();
        let ruled = self.at_risk.iter().rposition(|n| *n >= enough && *n > 0).unwrap_or(0);
        if counts.delayed.iter().any(|n| *n > 0) {
            return ruled;
        }
        let first_censored = counts.censored().iter().position(|n| *n > 0);
        ruled.max(first_censored.unwrap_or(usize::MAX).min(self.last_day()))
    }

    /// The last lag at which anyone was at risk.
    pub(crate) fn last_day(&self) -> usize {
        self.at_risk.iter().rposition(|n| *n > 0).unwrap_or(0)
    }

    /// G: the share of those that convert within the horizon who have done so by each lag; `None` if nobody does.
    pub(crate) fn lag_cdf(&self, horizon: usize) -> Option<Vec<f64>> {
        let end = self.within(horizon);
        (end > 0.0).then(|| (0..=horizon).map(|day| (self.within(day) / end).min(1.0)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(times: &[(usize, bool)]) -> Counts {
        let mut counts = Counts { converted: vec![0; 200], open: vec![0; 200], ..Counts::default() };
        for (time, event) in times {
            if *event { counts.converted[*time] += 1 } else { counts.open[*time] += 1 }
        }
        counts
    }

    /// Freireich et al. 1963, 6-MP (Collett; Klein & Moeschberger): survival and Greenwood's standard error.
    #[test]
    fn freireich() {
        const TIMES: [usize; 21] = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35];
        const EVENTS: [u8; 21] = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0];
        let data: Vec<_> = TIMES.into_iter().zip(EVENTS.map(|event| event == 1)).collect();
        let curve = Incidence::of(&counts(&data), RiskSet::Subdistribution);
        let published = [
            (6, 0.857_142_857_142_857, 0.0764),
            (7, 0.806_722_689_075_629_9, 0.0869),
            (10, 0.752_941_176_470_588_2, 0.0963),
            (13, 0.690_196_078_431_372_6, 0.1068),
            (16, 0.627_450_980_392_156_9, 0.1141),
            (22, 0.537_815_126_050_419_9, 0.1282),
            (23, 0.448_179_271_708_683_27, 0.1346),
        ];
        for (day, survival, error) in published {
            assert!((1.0 - curve.within(day) - survival).abs() < 1e-12, "{day}");
            assert!((curve.variance(day).sqrt() - error).abs() < 6e-5, "{day}");
        }
    }

    /// `lifelines.AalenJohansenFitter` on untied data: incidence and variance of the event at day 23.
    #[test]
    fn competing_loss() {
        const TIMES: [usize; 13] = [2, 3, 5, 7, 8, 11, 13, 14, 17, 19, 23, 29, 31];
        const EVENTS: [u8; 13] = [1, 2, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 0];
        let mut counts = Counts { converted: vec![0; 32], lost: vec![0; 32], open: vec![0; 32], ..Counts::default() };
        for (time, event) in TIMES.into_iter().zip(EVENTS) {
            match event {
                0 => counts.open[time] += 1,
                1 => counts.converted[time] += 1,
                _ => counts.lost[time] += 1,
            }
        }
        let curve = Incidence::of(&counts, RiskSet::AalenJohansen);
        assert!((curve.within(31) - 0.591_666_666_666_666_7).abs() < 1e-12);
        assert!((curve.variance(31) - 0.025_819_951_238_220_465).abs() < 1e-12);
    }

    #[test]
    fn uncensored_variance_is_the_binomial_one() {
        let mut data = vec![(1, true); 12];
        data.extend(vec![(3, true); 39]);
        data.extend(vec![(150, false); 149]);
        let curve = Incidence::of(&counts(&data), RiskSet::Subdistribution);
        let f = 51.0 / 200.0;
        assert!((curve.within(100) - f).abs() < 1e-15);
        assert!((curve.variance(100) - f * (1.0 - f) / 200.0).abs() < 1e-17);
    }
}
