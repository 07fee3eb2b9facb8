//! From a mix in fractions to the cheapest whole leads nearby that reach the confidence.
//!
//! # Method
//! Rounded, then repaired and trimmed by the slopes of the probability, which are as good as exact for single leads among
//! many. Where a single lead is a noticeable share of the cost, all mixes are tried, if they are few; else pairs of channels (triples of the best, where it is a weighty
//! one) are walked along the border on which the probability reaches the confidence, and the cheapest point is kept.

use core::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::mixing::{Found, Mixing};
use crate::math::complex::Complex;
use crate::outlook::Joint;

/// A lead that costs less than this share of the mix does not need a walk.
const NOTICEABLE: f64 = 2e-4;
/// Exponentials and products that a walk may take, and repeats of it.
const EXPONENTIALS: usize = 400_000;
const PRODUCTS: usize = 6_000_000;
const REPEATS: usize = 4;
/// The widest window around a mix.
const WIDEST: u64 = 400;
/// Channels among which pairs are walked, and triples.
const PAIRED: usize = 8;
const TRIPLED: usize = 5;
/// Where a lead costs this share of the mix, exchanges of two channels leave too much.
const WEIGHTY: f64 = 1e-3;
/// Mixes that bring this share of a mix on average are near it; from the other share on its terms are as good as their own.
const NEAR: f64 = 0.6;
const NEARER: f64 = 0.95;
/// The probability is computed to about this: at the confidence a mix may lie this much below.
const EXACT: f64 = 1e-12;

/// By channel and number of its leads.
type Factors = BTreeMap<(usize, u64), Rc<Vec<Complex>>>;

struct Walk<'a> {
    mixing: &'a Mixing,
    joint: &'a Joint,
    confidence: f64,
    /// The probability was made ready near a mix: mixes that bring less than this on average are too far from it.
    least_mean: f64,
    /// What so many leads of a channel make of each term, computed once.
    factors: RefCell<Factors>,
}

/// The cheapest whole leads near a mix.
pub(in crate::plan) fn cheapest(mixing: &Mixing, joint: &Joint, mix: &[f64], confidence: f64) -> Found {
    let mean = mixing.filling.mean(mix);
    let walk = Walk { mixing, joint, confidence, least_mean: NEAR * mean, factors: RefCell::default() };
    let rounded = walk.rounded(mix);
    let mut leads = rounded.clone();
    // Rounding costs about a lead of the cheapest channel: others move little and close no gap.
    let last = leads.iter().enumerate().filter(|(_, n)| **n > 0).map(|(way, n)| walk.next_cost(way, n - 1));
    if last.fold(f64::INFINITY, f64::min) > NOTICEABLE * walk.cost(&leads) {
        for _ in 0..REPEATS {
            let before = walk.cost(&leads);
            leads = walk.walked(leads);
            if walk.cost(&leads) >= before {
                break;
            }
        }
    }
    if walk.mean(&leads) < NEARER * mean && mixing.probability(&leads) < confidence - EXACT {
        leads = rounded;
    }
    let probability = joint.at_least(&walk.volumes(&leads));
    mixing.known(leads, probability)
}

/// Whole leads within a budget: rounded down, and what is left is spent where it brings most.
pub(in crate::plan) fn spend(mixing: &Mixing, joint: &Joint, mix: &[f64], budget: f64) -> Found {
    let walk = Walk { mixing, joint, confidence: 1.0, least_mean: 0.0, factors: RefCell::default() };
    let mut leads: Vec<u64> = mix.iter().map(|n| crate::math::search::to_whole(libm::floor(*n + 1e-9))).collect();
    let (_, slopes) = joint.slopes(&walk.volumes(&leads));
    let mut left = budget * (1.0 + 1e-12) - walk.cost(&leads);
    loop {
        let fits = leads
            .iter()
            .enumerate()
            .zip(&slopes)
            .filter(|((way, n), slope)| **n < walk.most(*way) && **slope > 0.0)
            .map(|((way, n), slope)| (way, walk.next_cost(way, *n), *slope))
            .filter(|(_, cost, _)| *cost <= left);
        let Some((way, cost, _)) = fits.max_by(|a, b| (a.2 / a.1).total_cmp(&(b.2 / b.1))) else { break };
        let more = if cost > 0.0 { 1 } else { walk.most(way) };
        left -= cost;
        leads.iter_mut().skip(way).take(1).for_each(|n| *n = (*n + more).min(walk.most(way)));
    }
    mixing.found(leads)
}

/// All pairs, in order.
fn pairs(ways: &[usize]) -> impl Iterator<Item = (usize, usize)> {
    ways.iter().enumerate().flat_map(|(at, one)| ways.iter().skip(at + 1).map(|other| (*one, *other)))
}

impl Walk<'_> {
    fn volumes(&self, leads: &[u64]) -> Vec<f64> {
        self.mixing.volumes(&leads.iter().map(|n| *n as f64).collect::<Vec<_>>())
    }

    fn cost(&self, leads: &[u64]) -> f64 {
        self.mixing.filling.cost(&leads.iter().map(|n| *n as f64).collect::<Vec<_>>())
    }

    fn mean(&self, leads: &[u64]) -> f64 {
        self.mixing.filling.mean(&leads.iter().map(|n| *n as f64).collect::<Vec<_>>())
    }

    /// The fewest leads of a channel, beside those of the others, that are near enough.
    fn fewest(&self, way: usize, leads: &[u64]) -> u64 {
        let value = self.mixing.filling.each.get(way).map_or(0.0, |each| each.value);
        let own = value * leads.get(way).copied().unwrap_or(0) as f64;
        crate::math::search::to_whole(libm::ceil((self.least_mean - (self.mean(leads) - own)).max(0.0) / value))
    }

    fn cost_of(&self, way: usize, n: u64) -> f64 {
        self.mixing.filling.each.get(way).map_or(0.0, |each| each.response.cost(n as f64))
    }

    /// What the lead after `n` costs.
    fn next_cost(&self, way: usize, n: u64) -> f64 {
        self.cost_of(way, n + 1) - self.cost_of(way, n)
    }

    fn most(&self, way: usize) -> u64 {
        self.mixing.filling.each.get(way).map_or(0, |each| crate::math::search::to_whole(each.most))
    }

    /// Rounded down, raised until the confidence is reached, then trimmed.
    fn rounded(&self, mix: &[f64]) -> Vec<u64> {
        let mut leads: Vec<u64> = mix.iter().map(|n| crate::math::search::to_whole(libm::floor(*n + 1e-9))).collect();
        for _ in 0..60 {
            let (probability, slopes) = self.joint.slopes(&self.volumes(&leads));
            let missing = self.confidence - probability;
            if missing <= EXACT {
                self.trim(&mut leads, -missing, &slopes);
                if self.enough(&leads) {
                    break;
                }
                // Trimmed too far by a hair: the lead that costs least per probability comes back.
                self.add(&mut leads, 0.0, &slopes);
                if self.enough(&leads) {
                    break;
                }
                continue;
            }
            self.add(&mut leads, missing, &slopes);
        }
        while !self.enough(&leads) && leads.iter().enumerate().any(|(way, n)| *n < self.most(way)) {
            for (way, n) in leads.iter_mut().enumerate() {
                *n = (*n + 1 + *n / 100).min(self.most(way));
            }
        }
        leads
    }

    fn enough(&self, leads: &[u64]) -> bool {
        self.joint.at_least(&self.volumes(leads)) >= self.confidence - EXACT
    }

    /// Leads that should bring so much probability, the cheapest per probability first, the last one the cheapest that is
    /// enough.
    fn add(&self, leads: &mut [u64], missing: f64, slopes: &[f64]) {
        let mut missing = missing;
        loop {
            let candidates: Vec<(usize, f64, f64)> = leads
                .iter()
                .enumerate()
                .zip(slopes)
                .filter(|((way, n), slope)| **n < self.most(*way) && **slope > 0.0)
                .map(|((way, n), slope)| (way, self.next_cost(way, *n), *slope))
                .collect();
            let closing =
                candidates.iter().filter(|(_, _, slope)| *slope >= missing).min_by(|a, b| a.1.total_cmp(&b.1));
            let best = candidates.iter().min_by(|a, b| (a.1 / a.2).total_cmp(&(b.1 / b.2)));
            let Some((way, _, slope)) = closing.or(best) else { return };
            let many = if closing.is_some() {
                1
            } else {
                crate::math::search::to_whole(libm::floor(0.5 * missing / slope)).max(1)
            };
            let most = self.most(*way);
            if let Some(n) = leads.get_mut(*way) {
                *n = (*n + many).min(most);
            }
            missing -= many as f64 * slope;
            if missing <= 0.0 {
                return;
            }
        }
    }

    /// Fewer leads while the slopes say that there is more probability than is asked for, the dearest first; then one lead
    /// for cheaper ones of another channel.
    fn trim(&self, leads: &mut [u64], spare: f64, slopes: &[f64]) {
        let mut spare = spare;
        loop {
            let last = |(way, n): (usize, &u64)| n.checked_sub(1).map(|less| (way, self.next_cost(way, less)));
            let gone = leads
                .iter()
                .enumerate()
                .filter_map(last)
                .filter_map(|(way, cost)| Some((way, cost, *slopes.get(way)?)))
                .filter(|(_, cost, slope)| *slope <= spare && *cost > 0.0)
                .max_by(|a, b| a.1.total_cmp(&b.1));
            let Some((way, _, slope)) = gone else { return };
            leads.iter_mut().skip(way).take(1).for_each(|n| *n -= 1);
            spare -= slope;
        }
    }

    /// The cheapest point on the border, channel by channel, pair by pair or all three.
    fn walked(&self, leads: Vec<u64>) -> Vec<u64> {
        let mut best = leads;
        let (_, slopes) = self.joint.slopes(&self.volumes(&best));
        let mut order: Vec<(usize, f64)> = slopes
            .iter()
            .zip(&best)
            .enumerate()
            .filter(|(way, (slope, _))| self.most(*way) > 0 && **slope > 0.0)
            .map(|(way, (slope, n))| (way, self.next_cost(way, *n) / slope - if *n > 0 { 1e300 } else { 0.0 }))
            .collect();
        order.sort_by(|a, b| a.1.total_cmp(&b.1));
        let ways: Vec<usize> = order.into_iter().map(|(way, _)| way).take(PAIRED).collect();
        if self.are_few(&ways, self.cost(&best)) {
            let rest = self.joint.without(&self.volumes(&best), &ways);
            let kept: Vec<u64> =
                best.iter().enumerate().map(|(way, n)| if ways.contains(&way) { 0 } else { *n }).collect();
            let mut cheapest = best;
            self.all_below(&ways, &rest, &kept, &mut cheapest);
            return cheapest;
        }
        match ways.as_slice() {
            [] => best,
            [only] => self.pair(best, *only, *only, 0),
            [one, other] => self.pair(best, *one, *other, self.window(2)),
            [one, other, third] => self.triple(&best, [*one, *other, *third], self.window(3)),
            many => {
                let window = self.window(many.len()).min(12);
                for (one, other) in pairs(many) {
                    best = self.pair(best, one, other, window);
                }
                let dearest =
                    best.iter().enumerate().filter(|(_, n)| **n > 0).map(|(way, n)| self.next_cost(way, n - 1));
                if dearest.fold(0.0, f64::max) < WEIGHTY * self.cost(&best) {
                    return best;
                }
                let few = many.get(..TRIPLED).unwrap_or(many);
                let triples: Vec<[usize; 3]> = few
                    .iter()
                    .enumerate()
                    .flat_map(|(at, one)| {
                        pairs(few.get(at + 1..).unwrap_or(&[])).map(|(other, third)| [*one, other, third])
                    })
                    .collect();
                let window = self.window(3) as f64 / (triples.len() as f64).sqrt();
                for triple in triples {
                    best = self.triple(&best, triple, crate::math::search::to_whole(window).clamp(3, 12));
                }
                best
            }
        }
    }

    /// Whether all mixes of these channels that cost at most so much can be tried.
    fn are_few(&self, ways: &[usize], cost: f64) -> bool {
        let Some((_, free)) = ways.split_last() else { return false };
        let most = |way: &usize| (self.most(*way) as f64).min(cost / self.next_cost(*way, 0)) + 1.0;
        // Of a box of so many mixes about one in k! costs less.
        let mixes = free.iter().enumerate().fold(1.0, |all, (at, way)| all * (most(way) / (at + 1) as f64).max(1.0));
        let factors: f64 = ways.iter().map(most).sum();
        mixes * self.joint.terms() as f64 <= PRODUCTS as f64 / 4.0
            && factors * self.joint.exponentials() as f64 <= EXPONENTIALS as f64
    }

    /// Every mix of these channels, beside the leads that are `kept`, that is cheaper than the `cheapest`: the last channel
    /// brings as few as are enough, and `rest` are the terms of all before.
    fn all_below(&self, ways: &[usize], rest: &[Complex], kept: &[u64], cheapest: &mut Vec<u64>) {
        let Some((way, later)) = ways.split_first() else { return };
        let set = |n: u64| -> Vec<u64> {
            kept.iter().enumerate().map(|(at, known)| if at == *way { n } else { *known }).collect()
        };
        let most = self.most(*way);
        let below = |n: &u64, cheapest: &[u64]| *n <= most && self.cost(&set(*n)) < self.cost(cheapest);
        if !later.is_empty() {
            let mut n = 0;
            while below(&n, cheapest) {
                let terms = if n == 0 { rest.to_vec() } else { Joint::times(rest, &self.factor(*way, n)) };
                self.all_below(later, &terms, &set(n), cheapest);
                n += 1;
            }
            return;
        }
        let enough = |n: u64| self.completes(rest, *way, n);
        // The most that is still cheaper, then the least that is enough.
        let (mut many, mut stride) = (0, 1);
        while below(&(many + stride), cheapest) {
            many += stride;
            stride *= 2;
        }
        while stride > 1 {
            stride /= 2;
            if below(&(many + stride), cheapest) {
                many += stride;
            }
        }
        let mut few = self.fewest(*way, kept);
        if many < few || !below(&many, cheapest) || !enough(many) {
            return;
        }
        while few < many {
            let middle = few + (many - few) / 2;
            if enough(middle) { many = middle } else { few = middle + 1 }
        }
        *cheapest = set(many);
    }

    /// The cheapest of all points on the border over two channels (or one), all others as they are.
    fn pair(&self, leads: Vec<u64>, one: usize, other: usize, window: u64) -> Vec<u64> {
        let rest = self.joint.without(&self.volumes(&leads), &[one, other]);
        self.on_border(leads, &rest, (one, other), window)
    }

    /// The same over three channels.
    fn triple(&self, leads: &[u64], [one, other, third]: [usize; 3], window: u64) -> Vec<u64> {
        let rest = self.joint.without(&self.volumes(leads), &[one, other, third]);
        let middle = leads.get(one).copied().unwrap_or(0);
        let mut best = leads.to_vec();
        for n in middle.saturating_sub(window)..=(middle + window).min(self.most(one)) {
            let mut tried = leads.to_vec();
            tried.iter_mut().skip(one).take(1).for_each(|slot| *slot = n);
            let found = self.on_border(tried, &Joint::times(&rest, &self.factor(one, n)), (other, third), 2 * window);
            if self.cost(&found) < self.cost(&best) && self.enough(&found) {
                best = found;
            }
        }
        best
    }

    /// How far a walk may go each way, over so many channels at once.
    fn window(&self, channels: usize) -> u64 {
        let by_factors = EXPONENTIALS / (2 * channels * self.joint.exponentials().max(1));
        let per_terms = PRODUCTS / (8 * self.joint.terms().max(1));
        let by_products = if channels > 2 { (per_terms as f64 / 2.0).sqrt() } else { per_terms as f64 };
        (by_factors as u64).min(crate::math::search::to_whole(by_products)).clamp(3, WIDEST)
    }

    fn factor(&self, way: usize, n: u64) -> Rc<Vec<Complex>> {
        let mut factors = self.factors.borrow_mut();
        factors.entry((way, n)).or_insert_with(|| Rc::new(self.joint.factor(way, n as f64))).clone()
    }

    /// Whether so many leads of a channel are enough beside all other terms.
    fn completes(&self, product: &[Complex], way: usize, n: u64) -> bool {
        Joint::total_with(product, &self.factor(way, n)) >= self.confidence - EXACT
    }

    /// The least of a channel, from `fewest` on, that is enough beside all other terms; looked for from `guess`.
    fn least(&self, product: &[Complex], way: usize, fewest: u64, guess: u64) -> Option<u64> {
        let most = self.most(way);
        let enough = |n: u64| self.completes(product, way, n);
        let (mut many, mut step) = (guess.max(fewest).min(most), 1);
        while !enough(many) {
            if many >= most {
                return None;
            }
            many = (many + step).min(most);
            step *= 2;
        }
        // By halves from the last known to be too few.
        let (mut few, mut stride) = (None, 1);
        while few.is_none() && many > fewest {
            let tried = many.saturating_sub(stride).max(fewest);
            if enough(tried) {
                many = tried;
            } else {
                few = Some(tried);
            }
            stride *= 2;
        }
        while let Some(low) = few.filter(|low| many - low > 1) {
            let middle = low + (many - low) / 2;
            if enough(middle) { many = middle } else { few = Some(middle) }
        }
        Some(many)
    }

    /// The cheapest point on the border over two channels, where `rest` are the terms of all others.
    fn on_border(&self, leads: Vec<u64>, rest: &[Complex], (one, other): (usize, usize), window: u64) -> Vec<u64> {
        let at = |way: usize| leads.get(way).copied().unwrap_or(0);
        let with = |n: u64| -> Vec<Complex> {
            if one == other { rest.to_vec() } else { Joint::times(rest, &self.factor(one, n)) }
        };
        let (from, to) = (at(one).saturating_sub(window), (at(one) + window).min(self.most(one)));
        let mut best: Option<(f64, u64, u64)> = None;
        let mut second = at(other);
        let numbers = if one == other { 0..=0 } else { from..=to };
        for first in numbers {
            let beside: Vec<u64> =
                leads.iter().enumerate().map(|(way, n)| if way == one { first } else { *n }).collect();
            let Some(least) = self.least(&with(first), other, self.fewest(other, &beside), second) else { continue };
            second = least;
            let cost = if one == other { 0.0 } else { self.cost_of(one, first) } + self.cost_of(other, second);
            if best.is_none_or(|(least, _, _)| cost < least) {
                best = Some((cost, first, second));
            }
        }
        let now = if one == other { 0.0 } else { self.cost_of(one, at(one)) } + self.cost_of(other, at(other));
        let feasible = self.completes(&with(at(one)), other, at(other));
        let Some((cost, first, second)) = best else { return leads };
        if feasible && cost >= now {
            return leads;
        }
        let mut found = leads;
        for (way, n) in found.iter_mut().enumerate() {
            if way == one && one != other {
                *n = first;
            } else if way == other {
                *n = second;
            }
        }
        found
    }
}
