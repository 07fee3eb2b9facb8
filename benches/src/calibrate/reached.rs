//! How probable it is that a goal is met, given how many of the new leads become customers: what every plan is judged by.

use simulate::{Lag, MISSING_AMOUNT, Step, World};

use super::scenario::START;
use crate::Result;

/// Campaigns of customers, of so many each, whose amounts say how many deals reach a target in money.
const CAMPAIGNS: u64 = 10;
const DEALS: usize = 200_000;

/// P(goal missed), for each number of customers from new leads from 0 on; beyond the last it is 0.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reached {
    missed: Vec<f64>,
}

impl Reached {
    /// A number of customers, above 0.
    pub(super) fn by_customers(target: u64) -> Result<Self> {
        Ok(Self { missed: vec![1.0; usize::try_from(target)?] })
    }

    /// The same goal where open leads bring customers too: `open[j]` = P(j of them).
    pub(super) fn beside(&self, open: &[f64]) -> Self {
        let given = |wins: usize| open.iter().zip(self.missed.iter().skip(wins)).map(|(p, missed)| p * missed).sum();
        Self { missed: (0..self.missed.len()).map(given).collect() }
    }

    /// So many customers are certain to be enough.
    pub(super) fn certain(&self) -> usize {
        self.missed.len()
    }

    /// Revenue of at least `target` in minor units, from deals of this world.
    ///
    /// Two million deals are drawn, and summed until the target is reached, over and over: the share of these sums that
    /// take more than k deals is P(goal missed) with k customers, with a standard error of at most 0.4 points for goals of
    /// up to a hundred mean deals.
    pub(super) fn by_revenue(world: &World, target: i64) -> Result<Self> {
        let certain = Step { rate: 1.0, lag: Lag { median_days: 0.0, sigma: 0.0 } };
        let world = World { steps: vec![certain], tau: 0.0, ..world.clone() };
        // The day after the campaigns begin: another stream of random numbers than theirs.
        let drawn = (0..CAMPAIGNS).map(|seed| world.campaign(seed, DEALS, START + 1, 1));
        let drawn = drawn.collect::<std::result::Result<Vec<_>, _>>()?;
        let amounts = drawn.iter().flat_map(|won| &won.leads.amount).filter(|amount| **amount != MISSING_AMOUNT);
        let (mut sums_by_deals, mut sum, mut deals) = (Vec::<u64>::new(), 0, 0_usize);
        for amount in amounts {
            sum += amount;
            deals += 1;
            if sum >= target {
                sums_by_deals.resize(sums_by_deals.len().max(deals + 1), 0);
                sums_by_deals.iter_mut().skip(deals).take(1).for_each(|sums| *sums += 1);
                (sum, deals) = (0, 0);
            }
        }
        let all = sums_by_deals.iter().sum::<u64>() as f64;
        let mut left = all;
        let missed = sums_by_deals.into_iter().map(|sums| {
            left -= sums as f64;
            left / all
        });
        Ok(Self { missed: missed.collect() })
    }

    /// P(goal) if so many new leads become customers with this chance each.
    ///
    /// # Formula
    /// `1 − Σ_k C(n, k) p^k (1 − p)^(n−k) · P(missed | k)`, each term from the one before.
    pub(super) fn probability(&self, leads: u64, chance: f64) -> f64 {
        let (n, odds) = (leads as f64, chance / (1.0 - chance));
        // Where this underflows, as many customers as any goal takes are certain.
        let mut exactly = libm::exp(n * libm::log1p(-chance));
        let mut missed = 0.0;
        for (k, given) in (0..=leads).zip(&self.missed) {
            missed += exactly * given;
            exactly *= (n - k as f64) / (k as f64 + 1.0) * odds;
        }
        1.0 - missed
    }

    /// The smallest number of leads that meets the goal with a confidence, where their chance is one of these, each as
    /// likely; `None` when 100 million do not.
    pub(super) fn leads_needed(&self, chances: &[f64], confidence: f64) -> Option<u64> {
        let enough = |leads| {
            let sum: f64 = chances.iter().map(|chance| self.probability(leads, *chance)).sum();
            sum / chances.len() as f64 >= confidence
        };
        if enough(0) {
            return Some(0);
        }
        let (mut low, mut high) = (0, 1);
        while !enough(high) {
            low = high;
            high = Some(2 * high).filter(|leads| *leads <= 100_000_000)?;
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if enough(middle) { high = middle } else { low = middle }
        }
        Some(high)
    }
}

#[cfg(test)]
mod tests {
    use simulate::{Deal, Oracle};

    use super::*;

    /// The simulator's own oracle sums the shorter tail outward instead.
    #[test]
    fn customers_agree_with_the_oracle() {
        let chances = vec![0.02, 0.036, 0.05];
        let (reached, oracle) = (Reached::by_customers(40).unwrap(), Oracle { win_rates: chances.clone() });
        for confidence in [0.1, 0.8, 0.9, 0.99] {
            assert_eq!(reached.leads_needed(&chances, confidence), oracle.leads_needed(40, confidence));
        }
        let truly = Oracle { win_rates: vec![0.036] };
        for leads in [0, 39, 40, 1_100, 1_300, 2_000_000] {
            assert!((reached.probability(leads, 0.036) - truly.probability_of(leads, 40)).abs() < 1e-9, "{leads}");
        }
    }

    /// Three open leads, each won with chance ½, are three leads of a campaign with that chance.
    #[test]
    fn open_leads_count_like_new_ones() {
        let alone = Reached::by_customers(5).unwrap();
        let beside = alone.beside(&[0.125, 0.375, 0.375, 0.125]);
        for leads in [0, 2, 4, 10] {
            assert!((beside.probability(leads, 0.5) - alone.probability(leads + 3, 0.5)).abs() < 1e-14);
        }
        assert_eq!(Reached::by_customers(1).unwrap().beside(&[0.0, 1.0]).leads_needed(&[0.5], 0.9), Some(0));
    }

    /// Deals all alike count customers; for log-normal ones P(one deal is enough) = Φ(−ln(target ÷ median) ÷ σ), here
    /// with target = median · exp(σ): Φ(−1) = 0.158655.
    #[test]
    fn revenue_against_closed_forms() {
        let world = |sigma| World { deal: Deal { mean: 100.0, sigma, lag_correlation: 0.0 }, ..World::default() };
        let alike = Reached::by_revenue(&world(0.0), 100_000).unwrap();
        for leads in [9, 300, 400] {
            let customers = Reached::by_customers(10).unwrap().probability(leads, 0.03);
            assert!((alike.probability(leads, 0.03) - customers).abs() < 1e-12);
        }
        let sigma = 0.8_f64;
        let target = 10_000.0 * libm::exp(sigma - sigma * sigma / 2.0);
        #[expect(clippy::cast_possible_truncation, reason = "far inside i64")]
        let differing = Reached::by_revenue(&world(sigma), target as i64).unwrap();
        let error = (0.158_655_f64 * 0.841_345 / 500_000.0).sqrt();
        assert!((differing.missed[1] - 0.841_345).abs() < 4.0 * error, "{}", differing.missed[1]);
    }
}
