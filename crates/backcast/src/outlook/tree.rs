//! What is unknown about the rates of one way to the customer, as a tree of quadrature nodes.
//!
//! Given the rates everything is independent: newcomers are binomial, open leads are won or not. So the tree has a level
//! for each run of steps whose rate must be told apart (a stage with open leads needs its own step; all else is one
//! product), and the last step is its root: whatever is open in later stages depends on fewer rates.

use super::open::Odds;
use super::shared::shifted;
use crate::math::complex::Complex;
use crate::math::quadrature::{self, Node};
use crate::math::search::to_index;
use crate::rates::Conversion;

/// Trees with more leaves than this are thinned.
const LEAVES: usize = 6_000;

/// One way to the customer: where newcomers enter, and what is open along it.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    /// All steps of the funnel, the first step first.
    pub(crate) steps: Vec<Conversion>,
    /// The stage that newcomers enter; the number of steps is the last stage.
    pub(crate) entry: usize,
    /// The share of newcomers won at all who are won in time.
    pub(crate) on_time: f64,
    pub(crate) open: Vec<Cell>,
    /// What all ways have in common: the standard deviation of the logarithm of the rate from each stage on, by a common
    /// factor; empty: nothing.
    pub(crate) shared: Vec<f64>,
}

/// Open leads that are alike.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) stage: usize,
    pub(crate) odds: Odds,
    pub(crate) count: f64,
    /// Where the amount of each stands in a list of known amounts, if it is known.
    pub(crate) amount: Option<usize>,
    /// Customers who bring nothing: their amount is known to be 0.
    pub(crate) worthless: bool,
}

/// A node of the tree: given its rate and those of all nodes above it.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    pub(super) weight: f64,
    /// The chance of a newcomer to be won in time, where newcomers enter here.
    pub(super) enter: Option<f64>,
    open: Vec<OpenAt>,
    pub(super) then: Vec<Branch>,
}

/// A run of steps whose rates matter only as their product.
struct Run<'a> {
    stage: usize,
    steps: &'a [Conversion],
    nodes: usize,
}

/// Mean and variance of the number (or worth) that a way brings, given nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Brought {
    pub(crate) mean: f64,
    pub(crate) square: f64,
    /// The same of what modelled deals bring, without open deals of known amounts.
    pub(crate) modelled: f64,
    pub(crate) modelled_square: f64,
}

/// Open leads of one stage and amount (known, or not) in more cells than this, each with a chance of its own, are summed by a
/// quadrature of their chances with so many nodes.
const CHANCES: usize = 6;

impl Way {
    /// The way's runs, first step first: cut before and after each stage with open leads, and where newcomers enter.
    fn runs(&self) -> Vec<Run<'_>> {
        let last = self.steps.len();
        let mut cuts: Vec<usize> = self.open.iter().flat_map(|cell| [cell.stage, cell.stage + 1]).collect();
        cuts.extend([self.entry.min(last), last]);
        cuts.sort_unstable();
        cuts.dedup();
        let run = |pair: &[usize]| match pair {
            [stage, end] => Run { stage: *stage, steps: self.steps.get(*stage..*end).unwrap_or(&[]), nodes: 1 },
            _ => Run { stage: last, steps: &[], nodes: 1 },
        };
        cuts.windows(2).map(run).collect()
    }

    /// The squared coefficient of variation of the rate from a stage on.
    pub(crate) fn cv2_from(&self, stage: usize) -> f64 {
        cv2(self.steps.get(stage..).unwrap_or(&[]))
    }

    /// The tree with nodes enough for noise of this size: the coefficient of variation of what follows, given the rates.
    /// `finer` multiplies the number of nodes; `z` is the standardised common factor.
    pub(crate) fn tree(&self, noise: f64, finer: f64, z: f64) -> Vec<Branch> {
        let mut runs = self.runs();
        let noise = noise.max(1e-12);
        let chances = to_index(libm::ceil(CHANCES as f64 * finer)).max(3);
        // Several levels multiply: each then has a third less.
        let finer = if runs.len() > 2 { finer * 0.7 } else { finer };
        for run in &mut runs {
            let cv = cv2(run.steps).sqrt();
            run.nodes = if cv > 0.0 { nodes_for(cv / noise, finer) } else { 1 };
        }
        if let [run] = runs.as_slice()
            && !self.is_shared()
            && let Some(rule) = run.even_rule(noise, finer)
        {
            return grow(&[self.level(run, rule, chances)], 1.0);
        }
        // With fewer nodes the limit is lower too: else it would hide what they are worth.
        let most = LEAVES as f64 * runs.iter().map(|_| finer.min(1.0)).product::<f64>();
        while runs.iter().map(|run| run.nodes as f64).product::<f64>() > most {
            let Some(most) = runs.iter_mut().max_by_key(|run| run.nodes) else { break };
            most.nodes -= 1;
        }
        let levels: Vec<Level> = runs
            .iter()
            .map(|run| {
                let rule = run.rule(|cv| nodes_for(cv / noise, finer).min(run.nodes));
                let shock = self.shock(run.stage, run.stage + run.steps.len());
                self.level(run, shifted(rule, shock, z), chances)
            })
            .collect();
        grow(&levels, 1.0)
    }

    /// The rule of the rate of newcomers, with nodes enough for this noise, before any common factor.
    pub(super) fn newcomers(&self, noise: f64, finer: f64) -> Vec<Node> {
        let steps = self.steps.get(self.entry..).unwrap_or(&[]);
        let noise = noise.max(1e-12);
        let cv = cv2(steps).sqrt();
        let nodes = if cv > 0.0 { nodes_for(cv / noise, finer) } else { 1 };
        Run { stage: self.entry, steps, nodes }.rule(|cv| nodes_for(cv / noise, finer).min(nodes))
    }

    /// One level of the tree: what is open at each of its nodes, with cells of more than `most` different chances summed.
    fn level(&self, run: &Run<'_>, rule: Vec<Node>, most: usize) -> Level {
        let mut here: Vec<&Cell> = self.open.iter().filter(|cell| cell.stage == run.stage).collect();
        here.sort_by_key(|cell| cell.amount);
        let node = |(rate, weight): Node| {
            let alike = here.chunk_by(|a, b| a.amount == b.amount);
            let open = alike.flat_map(|cells| {
                let chances = cells.iter().map(|cell| (cell.odds.chance(rate, 1.0), cell.count)).collect();
                let amount = cells.first().and_then(|cell| cell.amount);
                summed(chances, most).into_iter().map(move |(chance, count)| (chance, count, amount))
            });
            (rate, weight, open.collect())
        };
        Level { enters: (self.entry == run.stage).then_some(self.on_time), nodes: rule.into_iter().map(node).collect() }
    }
}

/// One level of a tree: rate, weight and what is open at each node (its chance if all later steps were sure).
struct Level {
    /// The share of newcomers in time, where they enter here.
    enters: Option<f64>,
    nodes: Vec<(f64, f64, Vec<OpenAt>)>,
}

/// Chance, number and (as an index) the known amount of open leads.
type OpenAt = (f64, f64, Option<usize>);

fn grow(levels: &[Level], later: f64) -> Vec<Branch> {
    let Some((level, levels)) = levels.split_last() else { return Vec::new() };
    let branch = |(rate, weight, open): &(f64, f64, Vec<OpenAt>)| Branch {
        weight: *weight,
        enter: level.enters.map(|on_time| on_time * rate * later),
        open: open.iter().map(|(chance, count, amount)| (chance * later, *count, *amount)).collect(),
        then: grow(levels, rate * later),
    };
    level.nodes.iter().map(branch).collect()
}

/// Σ n·f(p) over chances p by the Gauss rule of at most `most` nodes: exact for polynomials of a degree below twice as many.
fn summed(chances: Vec<Node>, most: usize) -> Vec<Node> {
    if chances.len() <= most {
        return chances;
    }
    let all: f64 = chances.iter().map(|(_, count)| count).sum();
    let shares = chances.into_iter().map(|(chance, count)| (chance, count / all)).collect();
    quadrature::compress(shares, most)
        .into_iter()
        .map(|(chance, share)| (chance.clamp(0.0, 1.0), all * share))
        .collect()
}

/// The squared coefficient of variation of a product of independent rates.
fn cv2(steps: &[Conversion]) -> f64 {
    steps.iter().map(|step| 1.0 + step.cv2()).product::<f64>() - 1.0
}

/// Nodes that resolve a rate whose spread is `ratio` times that of the noise around it, to about 1e-7 (found with a normal
/// rate under normal noise, at all thresholds).
fn nodes_for(ratio: f64, finer: f64) -> usize {
    let beyond = (ratio - 1.0).max(0.0);
    let nodes = (6.0 + 10.0 * ratio + 9.0 * beyond * beyond).min(192.0);
    to_index(libm::ceil(nodes * finer).max(4.0))
}

impl Run<'_> {
    fn mean(&self) -> f64 {
        self.steps.iter().map(Conversion::mean).product()
    }

    /// Evenly spaced nodes of the logit, where the only unsure rate is much wider than the noise: Gauss's would be more.
    fn even_rule(&self, noise: f64, finer: f64) -> Option<Vec<Node>> {
        const EVEN: f64 = 3.0;
        const MOST_EVEN: f64 = 60.0;
        let mut unsure = self.steps.iter().filter_map(|step| Some((step, step.beta()?)));
        let (step, (a, b)) = unsure.next().filter(|(step, _)| step.cv2().sqrt() > EVEN * noise)?;
        if unsure.next().is_some() {
            return None;
        }
        let known = self.mean() / step.mean();
        let noise = noise.max(step.cv2().sqrt() / MOST_EVEN);
        // The noise at high rates is half of that at the mean.
        let rule = quadrature::beta_evenly(a, b, 0.5 * noise / ((1.0 - step.mean()) * finer));
        Some(rule.into_iter().map(|(rate, weight)| (known * rate, weight)).collect())
    }

    /// The rule of the product, each factor with as many nodes as its own spread takes.
    fn rule(&self, nodes_for: impl Fn(f64) -> usize) -> Vec<Node> {
        let mut rule: Vec<Node> = vec![(1.0, 1.0)];
        for step in self.steps {
            match step.beta() {
                None => rule.iter_mut().for_each(|(rate, _)| *rate *= step.mean()),
                Some((a, b)) => {
                    let next = quadrature::beta(a, b, nodes_for(step.cv2().sqrt()));
                    rule = if rule.len() == 1 {
                        let known = rule.first().map_or(1.0, |(rate, _)| *rate);
                        next.into_iter().map(|(rate, weight)| (known * rate, weight)).collect()
                    } else {
                        quadrature::product(&rule, &next, self.nodes)
                    };
                }
            }
        }
        rule
    }
}

/// What a frequency makes of deals: its transform of a modelled deal and of each known amount.
pub(crate) struct Worths<'a> {
    pub(crate) deal: Complex,
    pub(crate) known: &'a [Complex],
}

/// The transform of all that is open along a way, averaged over its rates.
pub(crate) fn rest(branches: &[Branch], worths: &Worths<'_>) -> Complex {
    if branches.is_empty() {
        return Complex::ONE;
    }
    branches.iter().fold(Complex::real(0.0), |sum, branch| {
        let here = opened(branch, worths);
        if here.is_zero() { sum } else { sum + here * rest(&branch.then, worths) }
    })
}

/// The weight of a node times the transform of what is open at it: single leads by their factors, others by logarithms.
pub(super) fn opened(branch: &Branch, worths: &Worths<'_>) -> Complex {
    // Four products side by side: one alone waits for each of its factors.
    let mut parts = [Complex::real(branch.weight), Complex::ONE, Complex::ONE, Complex::ONE];
    let mut log = Complex::real(0.0);
    for cells in branch.open.chunks(parts.len()) {
        for (part, (chance, count, known)) in parts.iter_mut().zip(cells) {
            let worth = known.and_then(|at| worths.known.get(at)).copied().unwrap_or(worths.deal);
            if (count - 1.0).abs() < f64::EPSILON {
                *part = *part * (Complex::ONE - (Complex::ONE - worth).scale(*chance));
            } else {
                log = log + log_of_one(*chance, worth).times(*count);
            }
        }
    }
    let [a, b, c, d] = parts;
    let product = (a * b) * (c * d);
    if log == Complex::real(0.0) { product } else { product * log.exp_or_nothing() }
}

/// ln[1 − p(1 − φ)]; −∞ where nothing is left.
pub(super) fn log_of_one(chance: f64, deal: Complex) -> Complex {
    let miss = (Complex::ONE - deal).scale(-chance);
    if (Complex::ONE + miss).norm_sqr() < 1e-300 { Complex::real(f64::NEG_INFINITY) } else { miss.ln_1p() }
}

/// Means and variances of all that a way brings, and of its modelled deals alone, given the rates along a branch.
#[derive(Clone, Copy, Debug, Default)]
struct Along {
    weight: f64,
    mean: f64,
    variance: f64,
    modelled: f64,
    modelled_variance: f64,
}

impl Along {
    /// So many won with this chance, worth this mean and mean square each.
    fn with(mut self, (chance, count): (f64, f64), (mean, square): (f64, f64), modelled: bool) -> Self {
        let (more, variance) = (count * chance * mean, count * (chance * square - chance * chance * mean * mean));
        self.mean += more;
        self.variance += variance;
        if modelled {
            self.modelled += more;
            self.modelled_variance += variance;
        }
        self
    }
}

/// Mean and mean square of what a way brings, when a deal has this mean and mean square; `known` are the known amounts.
pub(crate) fn brought(branches: &[Branch], entrants: f64, deal: (f64, f64), known: &[f64]) -> Brought {
    // Along the tree means and variances given the rates add up; at its leaves they are averaged.
    fn walk(branches: &[Branch], base: Along, one: &impl Fn(&Branch, Along) -> Along, sum: &mut Brought) {
        for branch in branches {
            let here = one(branch, Along { weight: base.weight * branch.weight, ..base });
            if branch.then.is_empty() {
                sum.mean += here.weight * here.mean;
                sum.square += here.weight * (here.variance + here.mean * here.mean);
                sum.modelled += here.weight * here.modelled;
                sum.modelled_square += here.weight * (here.modelled_variance + here.modelled * here.modelled);
            } else {
                walk(&branch.then, here, one, sum);
            }
        }
    }
    let one = |branch: &Branch, along: Along| {
        let start = branch.enter.map_or(along, |chance| along.with((chance, entrants), deal, true));
        branch.open.iter().fold(start, |along, (chance, count, amount)| {
            let worth = amount.and_then(|at| known.get(at)).map(|x| (*x, x * x));
            along.with((*chance, *count), worth.unwrap_or(deal), worth.is_none())
        })
    };
    let mut sum = Brought::default();
    walk(branches, Along { weight: 1.0, ..Along::default() }, &one, &mut sum);
    sum
}

/// Chance and weight of the open leads of one cell, by its place among the way's cells, over all branches.
pub(crate) fn chances(way: &Way, cell: &Cell, finer: f64) -> Vec<Node> {
    fn walk(branches: &[Branch], weight: f64, all: &mut Vec<Node>) {
        for branch in branches {
            let weight = weight * branch.weight;
            match branch.open.first() {
                Some((chance, _, _)) => all.push((*chance, weight)),
                None => walk(&branch.then, weight, all),
            }
        }
    }
    let alone = Way { entry: way.steps.len(), open: vec![*cell], ..way.clone() };
    let mut all = Vec::new();
    walk(&alone.tree(0.5, finer, 0.0), 1.0, &mut all);
    all
}
