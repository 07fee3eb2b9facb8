//! P(k deals bring less than an amount) for k = 0, 1, …, exactly, where every deal has one of a few prices.

use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};

use crate::math::decimal;
use crate::math::work;
use crate::outlook::compound::{Worth, common_unit};

/// More combinations of prices than this are not looked at one by one.
const MOST_COMBINATIONS: u32 = 2_000_000;
/// So few are looked at before a lattice is.
const FEW_COMBINATIONS: f64 = 10_000.0;
/// More steps of a lattice of prices than this are not added up.
const MOST_STEPS: u64 = 40_000_000;
/// Less likely than this is nothing.
const NOTHING: f64 = 1e-15;
const NEVER: f64 = 4e-18;
/// Work is counted every so many combinations, of which four take as long as one of its steps.
const STRIDE: u32 = 64;
const STEPS: usize = 16;

/// For each of the amounts P(k deals bring less) for k = 0, 1, … until that is nothing; `None` where prices are not surely
/// known, or more than `most` deals may bring less, or the work is too much.
pub(in crate::outlook) fn exactly_below(worth: &Worth, left: &[BigRational], most: u64) -> Option<Vec<Vec<f64>>> {
    if worth.doubt() > 0.0 {
        return None;
    }
    let prices = Prices::of(worth)?;
    let zero = BigRational::zero();
    let unit = prices.exact.iter().fold(zero.clone(), |unit, price| common_unit(&unit, price));
    let most = usize::try_from(most).ok()?;
    let highest = left.iter().max()?;
    if *highest <= zero {
        return Some(vec![Vec::new(); left.len()]);
    }
    let below = if unit.is_zero() {
        // Nothing is ever brought.
        left.iter().map(|left| if *left > zero { vec![1.0] } else { Vec::new() }).collect()
    } else {
        let whole = |amount: &BigRational| decimal::ceil(&(amount / &unit)).to_u64();
        let steps: Option<Vec<u64>> =
            left.iter().map(|left| if *left > zero { whole(left) } else { Some(0) }).collect();
        let (at_least, at_most) = prices.combinations(highest);
        let few = if at_most * left.len() as f64 <= FEW_COMBINATIONS { prices.combined(left) } else { None };
        match few.or_else(|| prices.added_up(&unit, steps.as_ref()?, most)) {
            Some(below) => below,
            None if at_least > f64::from(MOST_COMBINATIONS) => return None,
            None => prices.combined(left)?,
        }
    };
    let free = prices.free;
    let below: Option<Vec<Vec<f64>>> = below.into_iter().map(|below| beside_free(below, free, most)).collect();
    below
}

/// The prices above 0 with the share of each among them, and the share of deals that bring nothing.
pub(super) struct Prices {
    pub(super) exact: Vec<BigRational>,
    pub(super) shares: Vec<f64>,
    pub(super) free: f64,
}

impl Prices {
    pub(super) fn of(worth: &Worth) -> Option<Self> {
        let exact = worth.prices()?;
        let amounts = worth.amounts();
        let free: f64 = amounts.iter().filter(|(amount, _)| *amount <= 0.0).map(|(_, share)| share).sum();
        let shares: Vec<f64> =
            amounts.iter().filter(|(amount, _)| *amount > 0.0).map(|(_, share)| share / (1.0 - free)).collect();
        (shares.len() == exact.len() || exact.is_empty()).then_some(Self { exact, shares, free })
    }

    /// By adding deal after deal on the lattice of the unit: P(k deals < steps · unit) for each number of steps.
    fn added_up(&self, unit: &BigRational, steps: &[u64], most: usize) -> Option<Vec<Vec<f64>>> {
        let longest = steps.iter().copied().max()?;
        let jumps: Option<Vec<u64>> = self.exact.iter().map(|price| (price / unit).to_integer().to_u64()).collect();
        let jumps = jumps?;
        if let ([jump], true) = (jumps.as_slice(), longest / jumps.iter().min()? <= most as u64) {
            // One price: so many deals are certain to bring less.
            let many = |steps: &u64| usize::try_from(steps.div_ceil(*jump)).ok().map(|many| vec![1.0; many]);
            return steps.iter().map(many).collect();
        }
        let each = longest.checked_mul(jumps.len() as u64)?;
        let least = jumps.iter().min()?;
        // How many deals it takes at most, or until a sum below is nothing: fifteen standard deviations are plenty.
        let mean: f64 = jumps.iter().zip(&self.shares).map(|(jump, share)| *jump as f64 * share).sum();
        let turns = (longest as f64 / *least as f64).min(4.0 * longest as f64 / mean + 400.0);
        if each as f64 * turns > MOST_STEPS as f64 {
            return None;
        }
        let mut mass = vec![0.0; usize::try_from(longest).ok()?];
        *mass.first_mut()? = 1.0;
        let mut below = vec![Vec::new(); steps.len()];
        for _ in 0..=most {
            let mut cumulated = Vec::with_capacity(mass.len() + 1);
            cumulated.push(0.0);
            let mut sum = 0.0;
            for p in &mass {
                sum += p;
                cumulated.push(sum);
            }
            if cumulated.last().is_none_or(|all| *all < NOTHING) {
                return Some(below);
            }
            for (row, steps) in below.iter_mut().zip(steps) {
                let here = usize::try_from(*steps).ok().and_then(|at| cumulated.get(at)).copied().unwrap_or(0.0);
                if here >= NOTHING {
                    row.push(here.min(1.0));
                }
            }
            let mut next = vec![0.0; mass.len()];
            for (jump, share) in jumps.iter().zip(&self.shares) {
                let slots = next.iter_mut().skip(usize::try_from(*jump).unwrap_or(usize::MAX));
                slots.zip(&mass).for_each(|(slot, p)| *slot += share * p);
            }
            mass = next;
        }
        None
    }

    /// At least and at most so many combinations of the prices stay below an amount: of all but the cheapest, and of all.
    ///
    /// # Formula
    /// Of the j cheapest prices so many as the dearest of them fits into the amount, k, can be combined at will:
    /// C(j + k, k) combinations. In all they are at most the volume (T + Σ a)ᵐ/(m! Π a) of the simplex that holds their cells.
    fn combinations(&self, most: &BigRational) -> (f64, f64) {
        let most = decimal::to_f64(most);
        let mut prices: Vec<f64> = self.exact.iter().map(decimal::to_f64).collect();
        prices.sort_unstable_by(f64::total_cmp);
        let ln_factorial = |n: f64| libm::lgamma(n + 1.0);
        let chosen = |(others, price): (u32, &f64)| {
            let (kinds, many) = (f64::from(others), libm::ceil(most / price) - 1.0);
            ln_factorial(kinds + many) - ln_factorial(kinds) - ln_factorial(many)
        };
        let at_least = (0..).zip(&prices).skip(1).map(chosen).fold(0.0, f64::max);
        let side = most + prices.iter().sum::<f64>();
        let volume: f64 = prices.iter().map(|price| libm::log(side / price)).sum();
        (libm::exp(at_least), libm::exp(volume - ln_factorial(prices.len() as f64)))
    }

    /// Over all combinations of prices that bring less, the dearest first.
    fn combined(&self, left: &[BigRational]) -> Option<Vec<Vec<f64>>> {
        let unit = self.exact.iter().chain(left.iter().filter(|left| left.is_positive()));
        let unit = unit.fold(BigRational::zero(), |unit, amount| common_unit(&unit, amount));
        let units = |amount: &BigRational| (amount / &unit).to_integer().to_u64();
        let prices: Option<Vec<(u64, f64)>> =
            self.exact.iter().zip(&self.shares).map(|(price, share)| Some((units(price)?, *share))).collect();
        let mut prices = prices?;
        prices.sort_unstable_by_key(|(price, _)| core::cmp::Reverse(*price));
        let rests: Option<Vec<u64>> =
            left.iter().map(|left| if left.is_positive() { units(left) } else { Some(0) }).collect();
        let mut rests: Vec<(usize, u64)> = rests?.into_iter().enumerate().filter(|(_, rest)| *rest > 0).collect();
        rests.sort_unstable_by_key(|(_, rest)| core::cmp::Reverse(*rest));
        let Some((_, most)) = rests.first().copied() else { return Some(vec![Vec::new(); left.len()]) };
        let mut walk = Combinations { below: vec![Vec::new(); left.len()], rests, most, left: MOST_COMBINATIONS };
        walk.over(&prices, most - 1, 0, Scaled::ONE)?;
        Some(walk.below)
    }
}

struct Combinations {
    /// By amount that is left.
    below: Vec<Vec<f64>>,
    /// What is left, the most first, and which amount that is.
    rests: Vec<(usize, u64)>,
    most: u64,
    left: u32,
}

impl Combinations {
    /// Adds k! Π πᵢ^nᵢ ÷ nᵢ! of all combinations of these prices that cost at most `room` more, beside so many deals of dearer
    /// prices, which come to `mass`.
    fn over(&mut self, prices: &[(u64, f64)], room: u64, deals: u32, mass: Scaled) -> Option<()> {
        let Some(((price, share), rest)) = prices.split_first() else {
            return self.add(room, deals, mass.value());
        };
        let mut here = mass;
        for n in 0..=room / price.max(&1) {
            self.left = self.left.checked_sub(1)?;
            if self.left.is_multiple_of(STRIDE) && !work::take(STEPS) {
                return None;
            }
            let many = u32::try_from(n).ok()?;
            // What the next deal of this price makes of it: of the cheapest it only falls from the likeliest number on.
            let times = f64::from(deals + many + 1) / f64::from(many + 1) * share;
            if rest.is_empty() && times < 1.0 && here.value() < NEVER {
                break;
            }
            self.over(rest, room - n * price, deals + many, here)?;
            here = here.times(times);
        }
        Some(())
    }

    /// One combination: so many deals, for all rests that it does not exhaust.
    fn add(&mut self, room: u64, deals: u32, mass: f64) -> Option<()> {
        let k = usize::try_from(deals).ok()?;
        let cost = self.most - 1 - room;
        for (at, _) in self.rests.iter().take_while(|(_, rest)| cost < *rest) {
            self.left = self.left.checked_sub(1)?;
            let below = self.below.get_mut(*at)?;
            if below.len() <= k {
                below.resize(k + 1, 0.0);
            }
            *below.get_mut(k)? += mass;
        }
        Some(())
    }
}

/// A mass that may be smaller than any double, in so many powers of 2⁻⁵⁰⁰.
#[derive(Clone, Copy, Debug)]
struct Scaled {
    mass: f64,
    powers: u32,
}

impl Scaled {
    const UP: f64 = f64::from_bits((1023 + 500) << 52);

    const ONE: Self = Self { mass: 1.0, powers: 0 };

    fn times(self, factor: f64) -> Self {
        let mass = self.mass * factor;
        if mass < 1.0 / Self::UP {
            Self { mass: mass * Self::UP, powers: self.powers + 1 }
        } else if mass > 1.0 && self.powers > 0 {
            Self { mass: mass / Self::UP, powers: self.powers - 1 }
        } else {
            Self { mass, powers: self.powers }
        }
    }

    fn value(self) -> f64 {
        if self.powers == 0 { self.mass } else { 0.0 }
    }
}

/// The same where a share of all deals brings nothing besides.
///
/// # Formula
/// w(k) = Σₙ C(k, n) (1 − f)ⁿ f^(k − n) w′(n).
fn beside_free(below: Vec<f64>, free: f64, most: usize) -> Option<Vec<f64>> {
    if free <= 0.0 || below.is_empty() {
        return Some(below);
    }
    // So long may it take that enough deals of some worth come: the binomial tail is then nothing.
    let paid = below.len() as f64;
    let longest = (paid + 45.0 + libm::sqrt(90.0 * paid)) / (1.0 - free) * 1.5;
    if longest > most as f64 {
        return None;
    }
    let mut all = Vec::new();
    // P(n of k deals bring something), built up deal by deal, only where it counts.
    let mut paid = vec![1.0];
    for _ in 0..=most {
        let sum: f64 = paid.iter().zip(&below).map(|(p, w)| p * w).sum();
        if sum < NOTHING {
            return Some(all);
        }
        all.push(sum.min(1.0));
        let mut next = vec![0.0; (paid.len() + 1).min(below.len())];
        for (n, p) in paid.iter().enumerate() {
            for (slot, share) in next.iter_mut().skip(n).zip([free, 1.0 - free]) {
                *slot += p * share;
            }
        }
        paid = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rates::DealSize;

    fn exact(value: i64) -> BigRational {
        BigRational::from(num_bigint::BigInt::from(value))
    }

    /// By listing all outcomes of k deals.
    #[test]
    fn agrees_with_all_outcomes() {
        for (list, target) in [
            (vec![(0, 2), (500, 1)], 1_200),
            (vec![(3_000, 1), (4_500, 1), (20_000, 1)], 26_000),
            (vec![(7, 3), (11, 2), (1_000_003, 1)], 45),
            (vec![(0, 1), (13, 1), (29, 3)], 100),
            (vec![(500, 1)], 1_501),
        ] {
            let worth = Worth::Money(DealSize::of_amounts(list.clone(), 0, "EUR".parse().unwrap()).unwrap());
            let got = exactly_below(&worth, &[exact(target), exact(target - 20)], 4_000).unwrap();
            let all: f64 = list.iter().map(|(_, count)| *count as f64).sum();
            for (left, below) in [target, target - 20].into_iter().zip(&got) {
                let mut outcomes = vec![(0, 1.0)];
                for k in 0..9 {
                    let expected: f64 = outcomes.iter().filter(|(sum, _)| *sum < left).map(|(_, p)| p).sum();
                    let here = below.get(k).copied().unwrap_or(0.0);
                    assert!((here - expected).abs() < 1e-13, "{list:?} {left} {k}: {here} {expected}");
                    outcomes = outcomes
                        .iter()
                        .flat_map(|(sum, p)| list.iter().map(move |(a, n)| (sum + a, p * *n as f64 / all)))
                        .collect();
                    if outcomes.len() > 100_000 {
                        break;
                    }
                }
            }
        }
    }

    /// Prices without a small unit, by their combinations: the same.
    #[test]
    fn prices_far_apart_are_combined() {
        let worth = Worth::Money(DealSize::of_amounts(vec![(49, 1), (60_000, 1)], 0, "EUR".parse().unwrap()).unwrap());
        let below = &exactly_below(&worth, &[exact(240_196)], 1 << 16).unwrap()[0];
        // Less than 240,196 means at most three dear deals, or four and less than 196 = 4 · 49 in cheap ones.
        let binomial = |k: u32, n: u32| {
            (0..n).fold(1.0, |all, i| all * f64::from(k - i) / f64::from(i + 1)) * libm::pow(0.5, f64::from(k))
        };
        for k in 0..40_u32 {
            let few: f64 = (0..=3.min(k)).map(|dear| binomial(k, dear)).sum();
            let four = if (4..8).contains(&k) { binomial(k, 4) } else { 0.0 };
            let got = below.get(k as usize).copied().unwrap_or(0.0);
            assert!((got - few - four).abs() < 1e-13, "{k}: {got} {}", few + four);
        }
    }
}
