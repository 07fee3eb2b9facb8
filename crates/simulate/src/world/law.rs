//! The law of a world: from its parameters and shocks to the conversion rate of every quarter, segment and step.

use super::parameters::World;
use super::shocks::Shocks;
use crate::calendar::quarter_of;
use crate::draw::{Dice, Stream, cumulative_shares};

/// A world made ready to be drawn from.
#[derive(Debug)]
pub(crate) struct Law<'w> {
    pub(crate) world: &'w World,
    /// Running shares of the segments, the last is 1.
    pub(crate) running_shares: Vec<f64>,
    first_quarter: i32,
    /// Logits about which the shocks move, segment by segment, before and after the break.
    centres: [Vec<f64>; 2],
    smooth: Smoothing,
}

impl<'w> Law<'w> {
    pub(crate) fn new(world: &'w World) -> Self {
        let smooth = Smoothing::new(world.tau);
        let centres = [false, true].map(|after_break| {
            let rate_of = |segment| (0..world.steps.len()).map(move |k| world.stated_rate(segment, k, after_break));
            world.segments.iter().flat_map(rate_of).map(|rate| smooth.centre(rate)).collect()
        });
        Self {
            world,
            running_shares: cumulative_shares(world.segments.iter().map(|s| s.weight)),
            first_quarter: quarter_of(world.first_day()),
            centres,
            smooth,
        }
    }

    /// Shares of the segments among new leads; they sum to 1.
    pub(crate) fn shares(&self) -> Vec<f64> {
        let total: f64 = self.world.segments.iter().map(|s| s.weight).sum();
        self.world.segments.iter().map(|s| s.weight / total).collect()
    }

    /// Whether a lead created on this day feels the break.
    pub(crate) fn is_after_break(&self, day: i32) -> bool {
        self.world.rate_break.is_some_and(|at| day >= at.day)
    }

    /// The rates that this seed has drawn, from the first quarter of history to `last_quarter`, which later calls with a
    /// later quarter only extend.
    pub(crate) fn rates(&self, seed: u64, last_quarter: i32) -> Rates {
        let mut cells = [Vec::new(), Vec::new()];
        for (quarter, shocks) in self.path(seed, last_quarter) {
            for (after_break, block) in cells.iter_mut().enumerate() {
                block.extend(self.quarter_rates(quarter, after_break == 1, &shocks));
            }
        }
        Rates {
            first_quarter: self.first_quarter,
            break_day: self.world.rate_break.map(|at| at.day),
            segments: self.world.segments.len(),
            steps: self.world.steps.len(),
            cells,
        }
    }

    /// The shocks of every quarter from the first of history to `last_quarter`.
    pub(crate) fn path(&self, seed: u64, last_quarter: i32) -> impl Iterator<Item = (i32, Shocks<'w>)> {
        let mut dice = Dice::new(seed, Stream::Shocks);
        let first = Shocks::first(self.world, &mut dice);
        let states = std::iter::successors(Some(first), move |before| {
            let mut next = before.clone();
            next.advance(&mut dice);
            Some(next)
        });
        (self.first_quarter..=last_quarter).zip(states)
    }

    /// The rates of one quarter under given shocks, segment by segment, within each step by step.
    pub(crate) fn quarter_rates(&self, quarter: i32, after_break: bool, shocks: &Shocks<'_>) -> Vec<f64> {
        let centres = self.centres(quarter, after_break);
        centres.zip(shocks.values()).map(|(centre, z)| inverse_logit(centre + self.world.tau * z)).collect()
    }

    /// The rates of one quarter averaged over the law of the shocks, in the same order.
    pub(crate) fn mean_rates(&self, quarter: i32, after_break: bool) -> Vec<f64> {
        self.centres(quarter, after_break).map(|centre| self.smooth.mean(centre)).collect()
    }

    fn centres(&self, quarter: i32, after_break: bool) -> impl Iterator<Item = f64> {
        let years = f64::from(quarter - self.first_quarter) / 4.0;
        let [before, after] = &self.centres;
        let centres = if after_break { after } else { before };
        let trends = self.world.segments.iter().flat_map(|s| self.world.steps.iter().map(|_| s.logit_trend_per_year));
        centres.iter().zip(trends).map(move |(centre, trend)| centre + trend * years)
    }
}

/// The rates of every quarter, segment and step that one seed has drawn.
#[derive(Debug)]
pub(crate) struct Rates {
    first_quarter: i32,
    break_day: Option<i32>,
    segments: usize,
    steps: usize,
    cells: [Vec<f64>; 2],
}

impl Rates {
    /// The rates of all segments for leads created on `day`.
    pub(crate) fn block(&self, day: i32) -> &[f64] {
        let [before, after] = &self.cells;
        let cells = if self.break_day.is_some_and(|at| day >= at) { after } else { before };
        let width = self.segments * self.steps;
        let quarter = usize::try_from(quarter_of(day) - self.first_quarter).unwrap_or(usize::MAX);
        cells.chunks(width).nth(quarter).unwrap_or(&[])
    }

    /// The rates of one segment, out of a block.
    pub(crate) fn row<'a>(&self, block: &'a [f64], segment: usize) -> &'a [f64] {
        block.get(segment * self.steps..(segment + 1) * self.steps).unwrap_or(&[])
    }
}

/// The mean of σ(c + tau · Z) over a standard normal Z, and the c that gives a mean.
///
/// Trapezoidal rule with step ¼ on −8..=8: the nearest pole of the integrand lies at π / tau, so that the error is about
/// exp(−8 π² / tau), below rounding for tau up to 2.
#[derive(Debug)]
struct Smoothing {
    tau: f64,
    nodes: Vec<(f64, f64)>,
}

impl Smoothing {
    fn new(tau: f64) -> Self {
        let raw: Vec<(f64, f64)> =
            (-32..=32).map(|i| f64::from(i) / 4.0).map(|z| (z, libm::exp(-z * z / 2.0))).collect();
        let total: f64 = raw.iter().map(|(_, w)| w).sum();
        Self { tau, nodes: raw.into_iter().map(|(z, w)| (z, w / total)).collect() }
    }

    fn mean(&self, centre: f64) -> f64 {
        if self.tau <= 0.0 || centre.is_infinite() {
            return inverse_logit(centre);
        }
        self.nodes.iter().map(|(z, w)| w * inverse_logit(centre + self.tau * z)).sum()
    }

    /// Newton's method on the logit of the mean, which is nearly linear in the centre: six rounds reach rounding error.
    fn centre(&self, mean: f64) -> f64 {
        let target = logit(mean);
        if self.tau <= 0.0 || target.is_infinite() {
            return target;
        }
        let mut centre = target;
        for _ in 0..6 {
            let reached = self.mean(centre);
            let slope: f64 = self.nodes.iter().map(|(z, w)| w * logistic_slope(centre + self.tau * z)).sum();
            centre += (target - logit(reached)) * reached * (1.0 - reached) / slope;
        }
        centre
    }
}

fn logit(p: f64) -> f64 {
    libm::log(p) - libm::log1p(-p)
}

fn inverse_logit(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

fn logistic_slope(x: f64) -> f64 {
    let p = inverse_logit(x);
    p * (1.0 - p)
}

#[cfg(test)]
mod tests {
    use super::{Smoothing, inverse_logit};

    #[test]
    fn the_mean_over_shocks_is_the_stated_rate() {
        for tau in [0.0, 0.1, 0.5, 1.0, 2.0] {
            let smooth = Smoothing::new(tau);
            for rate in [0.0, 1e-4, 0.02, 0.3, 0.5, 0.97, 1.0] {
                let centre = smooth.centre(rate);
                assert!((smooth.mean(centre) - rate).abs() < 1e-13, "{tau} {rate} {}", smooth.mean(centre));
            }
        }
    }

    /// By symmetry the mean of σ(tau · Z) is ½; elsewhere a fine Simpson rule is the reference.
    #[test]
    fn the_rule_is_accurate() {
        assert!((Smoothing::new(0.7).mean(0.0) - 0.5).abs() < 1e-15);
        for tau in [0.3, 1.0, 2.0] {
            let term = |i: i32| {
                let z = -10.0 + f64::from(i) / 1_000.0;
                let weight = if i % 2 == 1 { 4.0 } else { 2.0 };
                weight * libm::exp(-z * z / 2.0) * inverse_logit(1.0 + tau * z) / 3_000.0
            };
            let exact = (0..=20_000).map(term).sum::<f64>() / (2.0 * std::f64::consts::PI).sqrt();
            assert!((Smoothing::new(tau).mean(1.0) - exact).abs() < 1e-13, "{tau}");
        }
    }
}
