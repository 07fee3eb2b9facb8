//! The truth about a campaign: the rates, delays and deal sizes that no CRM can know.

use super::law::Law;
use super::parameters::World;
use crate::calendar::quarter_of;
use crate::error::Error;
use crate::lag::{LONGEST_DAYS, Lag};

/// A run of days of a campaign on which the rates do not change.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// First day of creation, in days since 1970-01-01.
    pub first_day: i32,
    /// Last day of creation, included.
    pub last_day: i32,
    /// Share of the campaign's leads expected on these days; the shares of all parts sum to 1.
    pub share: f64,
    /// The rates that the seed has drawn for these days, by segment and step, fractions in 0..=1.
    pub rates: Vec<Vec<f64>>,
    /// The same rates averaged over the stationary law of the shocks: what a planner can know at best without history.
    pub mean_rates: Vec<Vec<f64>>,
}

/// What is true about a campaign, given the world and its seed.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    /// Share of each segment among new leads; they sum to 1.
    pub segment_shares: Vec<f64>,
    /// Runs of days with constant rates, in order.
    pub parts: Vec<Part>,
    /// The lag of each step.
    pub lags: Vec<Lag>,
    /// Mean deal of each segment, in major units.
    pub mean_deals: Vec<f64>,
    /// Standard deviation of the logarithm of a deal, the same in all segments.
    pub deal_sigma: f64,
}

impl Truth {
    /// The chance that a lead of this campaign ever becomes a customer, given the drawn rates.
    #[must_use]
    pub fn win_rate(&self) -> f64 {
        self.parts.iter().map(|part| part.share * win_rate(&self.segment_shares, &part.rates)).sum()
    }

    /// The chance that a lead of this campaign becomes a customer up to and including `deadline`, given the drawn rates.
    #[must_use]
    pub fn win_rate_by(&self, deadline: i32) -> f64 {
        let on_time = |part: &Part| on_time_share(&self.lags, part.first_day, part.last_day, deadline);
        self.parts.iter().map(|p| p.share * on_time(p) * win_rate(&self.segment_shares, &p.rates)).sum()
    }

    /// The ultimate rate of each step over all segments and days, given the drawn rates: of the leads expected to enter
    /// the stage, the share expected to convert. Later stages hold more of the segments that convert well.
    #[must_use]
    pub fn step_rates(&self) -> Vec<f64> {
        let mut volume: Vec<f64> = vec![0.0; self.lags.len() + 1];
        for part in &self.parts {
            for (share, rates) in self.segment_shares.iter().zip(&part.rates) {
                let mut reached = part.share * share;
                for (total, factor) in volume.iter_mut().zip(std::iter::once(&1.0).chain(rates)) {
                    reached *= factor;
                    *total += reached;
                }
            }
        }
        volume.iter().zip(volume.iter().skip(1)).map(|(from, to)| if *from > 0.0 { to / from } else { 0.0 }).collect()
    }

    /// The mean deal of the campaign's customers in major units, given the drawn rates; 0 when nobody can convert.
    #[must_use]
    pub fn mean_deal(&self) -> f64 {
        let of_part = |part: &Part| -> f64 {
            let segments = self.segment_shares.iter().zip(&part.rates).zip(&self.mean_deals);
            segments.map(|((share, rates), mean)| share * rates.iter().product::<f64>() * mean).sum()
        };
        let revenue: f64 = self.parts.iter().map(|part| part.share * of_part(part)).sum();
        let won = self.win_rate();
        if won > 0.0 { revenue / won } else { 0.0 }
    }
}

impl World {
    /// The truth about a campaign that starts on `start`, for `days` days, in the world that `seed` has drawn.
    ///
    /// # Errors
    /// As [`World::campaign`].
    ///
    /// ```
    /// use simulate::{World, day_of};
    /// let truth = World::default().truth(1, day_of(2026, 1, 1), 90)?;
    /// assert!((truth.win_rate() - 0.3 * 0.4 * 0.3).abs() < 1e-12); // tau is 0: rates do not move
    /// # Ok::<(), simulate::Error>(())
    /// ```
    pub fn truth(&self, seed: u64, start: i32, days: u32) -> Result<Truth, Error> {
        let last_day = self.check_window(start, days)?;
        let law = Law::new(self);
        let drawn = law.rates(seed, quarter_of(last_day));
        let by_segment = |flat: &[f64]| flat.chunks(self.steps.len()).map(<[f64]>::to_vec).collect();
        let parts = law.runs(start, last_day).into_iter().map(|(first, last)| Part {
            first_day: first,
            last_day: last,
            share: f64::from(last - first + 1) / f64::from(days),
            rates: by_segment(drawn.block(first)),
            mean_rates: by_segment(&law.mean_rates(quarter_of(first), law.is_after_break(first))),
        });
        Ok(Truth {
            segment_shares: law.shares(),
            parts: parts.collect(),
            lags: self.steps.iter().map(|step| step.lag).collect(),
            mean_deals: self.segments.iter().map(|s| s.deal_multiplier * self.deal.mean).collect(),
            deal_sigma: self.deal.sigma,
        })
    }
}

impl Law<'_> {
    /// The runs of days (first, last) between `start` and `last_day` on which the rates do not change.
    pub(crate) fn runs(&self, start: i32, last_day: i32) -> Vec<(i32, i32)> {
        let kind = |day: i32| (quarter_of(day), self.is_after_break(day));
        let mut runs: Vec<(i32, i32)> = Vec::new();
        for day in start..=last_day {
            match runs.last_mut() {
                Some((_, last)) if kind(*last) == kind(day) => *last = day,
                _ => runs.push((day, day)),
            }
        }
        runs
    }
}

/// The chance that a lead ever becomes a customer, over segments with these shares and rates by step.
fn win_rate(shares: &[f64], rates: &[Vec<f64>]) -> f64 {
    shares.iter().zip(rates).map(|(share, steps)| share * steps.iter().product::<f64>()).sum()
}

/// Of the customers from leads created uniformly on `first..=last`, the share won up to and including `deadline`.
pub(crate) fn on_time_share(lags: &[Lag], first: i32, last: i32, deadline: i32) -> f64 {
    let longest = deadline.saturating_sub(first);
    if longest < 0 {
        return 0.0;
    }
    if lags.iter().fold(deadline.saturating_sub(last), |left, _| left.saturating_sub(LONGEST_DAYS)) >= 0 {
        return 1.0; // even the longest lags end in time
    }
    let pmf = lags.iter().map(|lag| lag.pmf(longest)).reduce(|a, b| convolve(&a, &b)).unwrap_or_default();
    let cumulative: Vec<f64> = pmf
        .iter()
        .scan(0.0, |sum, p| {
            *sum += p;
            Some(*sum)
        })
        .collect();
    let within = |day: i32| usize::try_from(deadline - day).ok().and_then(|lag| cumulative.get(lag)).unwrap_or(&0.0);
    (first..=last).map(within).sum::<f64>() / f64::from(last - first + 1)
}

/// The law of the sum of two lags, as far as the first list reaches.
fn convolve(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; a.len()];
    for (shift, p) in a.iter().enumerate() {
        for (target, q) in sum.iter_mut().skip(shift).zip(b) {
            *target += p * q;
        }
    }
    sum
}
