//! The oracle: a planner who knows every parameter of the world, but not what the next quarter brings.

use super::law::Law;
use super::parameters::World;
use super::shocks::Shocks;
use super::truth::on_time_share;
use crate::calendar::quarter_of;
use crate::draw::{Dice, Stream};
use crate::error::{Error, within};

/// What a planner who knows the parameters believes about the chance that one lead of a campaign becomes a customer: a
/// list of equally likely values, drawn from the law of the shocks. Given the chance, customers are exactly binomial.
#[derive(Debug, Clone, PartialEq)]
pub struct Oracle {
    /// Chances that a lead becomes a customer (by the deadline, if one was given), fractions in 0..=1, equally likely.
    pub win_rates: Vec<f64>,
}

impl Oracle {
    /// The probability that `leads` leads bring at least `customers` customers.
    ///
    /// ```
    /// let certain = simulate::Oracle { win_rates: vec![0.02] };
    /// assert!(certain.probability_of(2_789, 50) >= 0.8 && certain.probability_of(2_788, 50) < 0.8);
    /// ```
    #[must_use]
    pub fn probability_of(&self, leads: u64, customers: u64) -> f64 {
        let sum: f64 = self.win_rates.iter().map(|p| at_least(leads, *p, customers)).sum();
        sum / self.win_rates.len().max(1) as f64
    }

    /// The smallest number of leads that brings at least `customers` customers with probability `confidence`, a fraction
    /// below 1; none when 100 million leads do not.
    ///
    /// ```
    /// let certain = simulate::Oracle { win_rates: vec![0.02] };
    /// assert_eq!(certain.leads_needed(50, 0.8), Some(2_789));
    /// ```
    #[must_use]
    pub fn leads_needed(&self, customers: u64, confidence: f64) -> Option<u64> {
        let enough = |leads| self.probability_of(leads, customers) >= confidence;
        let mut high = customers.max(1);
        while !enough(high) {
            high = high.checked_mul(2).filter(|leads| *leads <= 100_000_000)?;
        }
        let mut low = 0;
        while low < high {
            let middle = low + (high - low) / 2;
            if enough(middle) { high = middle } else { low = middle + 1 }
        }
        Some(high)
    }
}

impl World {
    /// What a planner believes who knows all parameters of this world, about leads created from `start` on, for `days`
    /// days, that become customers up to and including `deadline` (none: ever).
    ///
    /// With `seed` the planner also knows the shocks of every quarter up to that of `as_of`, and expects an AR(1) to
    /// continue them; without, only their stationary law. `draws` (1 to 1e6; 1,000 is plenty) is the number of equally
    /// likely values; with tau = 0 they are all the same.
    ///
    /// # Errors
    /// As [`World::campaign`], or when `draws` is out of its range.
    ///
    /// ```
    /// use simulate::{World, day_of};
    /// let world = World { tau: 0.25, ..World::default() };
    /// let oracle = world.oracle(Some(1), day_of(2026, 1, 1), 90, None, 500)?;
    /// let needed = oracle.leads_needed(40, 0.8).unwrap();
    /// assert!(needed > 1_112); // 40 ÷ 3.6 %, the plan of the mean
    /// # Ok::<(), simulate::Error>(())
    /// ```
    pub fn oracle(
        &self,
        seed: Option<u64>,
        start: i32,
        days: u32,
        deadline: Option<i32>,
        draws: u32,
    ) -> Result<Oracle, Error> {
        let last_day = self.check_window(start, days)?;
        within("draws", f64::from(draws), 1.0, 1e6)?;
        let law = Law::new(self);
        let lags: Vec<_> = self.steps.iter().map(|step| step.lag).collect();
        let weigh = |(first, last): (i32, i32)| {
            let on_time = deadline.map_or(1.0, |by| on_time_share(&lags, first, last, by));
            (first, on_time * f64::from(last - first + 1) / f64::from(days))
        };
        let runs: Vec<(i32, f64)> = law.runs(start, last_day).into_iter().map(weigh).collect();
        let last_known = quarter_of(self.as_of);
        let known: Vec<_> = seed.map(|seed| law.path(seed, last_known).collect()).unwrap_or_default();
        let mut dice = Dice::new(seed.unwrap_or(0), Stream::Oracle);
        let win_rates = (0..draws).map(|_| law.draw_win_rate(&runs, &known, &mut dice)).collect();
        Ok(Oracle { win_rates })
    }
}

impl<'w> Law<'w> {
    /// One draw of the chance to win, averaged over runs of (first day, weight): shocks that are known are taken as they
    /// are, those of later quarters are drawn.
    fn draw_win_rate(&self, runs: &[(i32, f64)], known: &[(i32, Shocks<'w>)], dice: &mut Dice) -> f64 {
        let mut total = 0.0;
        let mut state: Option<(i32, Shocks<'w>)> = known.last().cloned();
        let shares = self.shares();
        for (first, weight) in runs {
            let quarter = quarter_of(*first);
            let seen = known.iter().find(|(of, _)| *of == quarter).cloned();
            let (mut of, mut shocks) =
                seen.or(state.take()).unwrap_or_else(|| (quarter, Shocks::first(self.world, dice)));
            while of < quarter {
                shocks.advance(dice);
                of += 1;
            }
            let rates = self.quarter_rates(quarter, self.is_after_break(*first), &shocks);
            let winners = rates.chunks(self.world.steps.len()).map(|steps| steps.iter().product::<f64>());
            total += weight * shares.iter().zip(winners).map(|(share, wins)| share * wins).sum::<f64>();
            state = Some((of, shocks));
        }
        total
    }
}

/// P(X ≥ k) for a binomial X of `n` trials with chance `p`: the shorter tail is summed outward from its largest term.
fn at_least(n: u64, p: f64, k: u64) -> f64 {
    if k == 0 || (p >= 1.0 && k <= n) {
        return 1.0;
    }
    if k > n || p <= 0.0 {
        return 0.0;
    }
    let (trials, odds) = (n as f64, p / (1.0 - p));
    let upper = k as f64 > trials * p;
    let mut j = if upper { k as f64 } else { k as f64 - 1.0 };
    let mut term = probability_of_exactly(trials, p, j);
    let mut sum = 0.0;
    while term > sum * 1e-17 {
        sum += term;
        if upper {
            term *= (trials - j) / (j + 1.0) * odds;
            j += 1.0;
        } else {
            term *= j / ((trials - j + 1.0) * odds);
            j -= 1.0;
        }
    }
    if upper { sum } else { 1.0 - sum }
}

/// P(X = j) for a binomial X.
fn probability_of_exactly(n: f64, p: f64, j: f64) -> f64 {
    let ways = libm::lgamma(n + 1.0) - libm::lgamma(j + 1.0) - libm::lgamma(n - j + 1.0);
    libm::exp(ways + j * libm::log(p) + (n - j) * libm::log1p(-p))
}

#[cfg(test)]
mod tests {
    use super::at_least;

    /// Exact values: sums of at most four terms by hand.
    #[test]
    fn binomial_tails() {
        assert!((at_least(8, 0.4, 5) - 0.173_670_4).abs() < 1e-12);
        assert!((at_least(2, 0.5, 1) - 0.75).abs() < 1e-14);
        assert!((at_least(2, 0.5, 2) - 0.25).abs() < 1e-14);
        assert!(at_least(10, 0.0, 1) <= 0.0 && at_least(10, 1.0, 10) >= 1.0 && at_least(10, 1.0, 11) <= 0.0);
    }
}
