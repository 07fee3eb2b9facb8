//! Mean and variance of what follows, in closed form over the rates.
//!
//! # Formula
//! With Xᵣ = pᵣ·pᵣ₊₁·… the rate from run r on, what follows from the leads that are open before run r, and from newcomers if they
//! enter there, has the mean Uᵣ(pᵣ)·Xᵣ₊₁ and the variance Vᵣ(pᵣ)·Xᵣ₊₁ − Wᵣ(pᵣ)·X²ᵣ₊₁ given the rates; all expectations of products
//! are products of expectations over single runs.

use super::common_factor::shocks;
use super::run::Run;
use super::severity::Worth;
use super::way::Way;
use super::ways::Ways;
use crate::math::decimal;
use crate::math::quadrature::Node;

/// Nodes of a run's rate: what is averaged is smooth.
const NODES: usize = 14;

/// The ways' moments, ready for any volumes: by node of the common factor its weight and each way.
#[derive(Clone, Debug)]
pub(crate) struct Outline(Vec<(f64, Vec<WayOutline>)>);

#[derive(Clone, Debug)]
struct WayOutline {
    runs: Vec<RunOutline>,
    /// The run that newcomers enter; `None` where they are won deals.
    entry: Option<usize>,
    on_time: f64,
    /// Mean and mean square of a deal.
    deal: (f64, f64),
}

/// Expectations over the rate p of one run.
#[derive(Clone, Copy, Debug, Default)]
struct RunOutline {
    rate: f64,
    square: f64,
    /// Of all that is open, and of modelled deals alone.
    all: Open,
    modelled: Open,
}

#[derive(Clone, Copy, Debug, Default)]
struct Open {
    /// E U, E pU, E U².
    mean: f64,
    by_rate: f64,
    square: f64,
    /// E V, E W.
    won: f64,
    lost: f64,
}

/// Mean and variance of a way, given the common factor.
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    mean: f64,
    variance: f64,
}

impl Outline {
    pub(in crate::outlook) fn of(ways: &Ways) -> Self {
        let factor = shocks(ways);
        let known: Vec<f64> = ways.known.iter().map(decimal::to_f64).collect();
        let mut by_way: Vec<_> =
            ways.ways.iter().map(|(way, worth)| WayOutline::of(way, worth, &known, &factor).into_iter()).collect();
        let mut each = || by_way.iter_mut().filter_map(Iterator::next).collect();
        Self(factor.iter().map(|(_, weight)| (*weight, each())).collect())
    }
}

impl WayOutline {
    /// By node of the common factor.
    fn of(way: &Way, worth: &Worth, known: &[f64], factor: &[Node]) -> Vec<Self> {
        let many = |cv: f64| if cv > 0.0 { NODES } else { 1 };
        // By run and node of the factor.
        let rule = |run: &Run<'_>| -> Vec<Vec<Node>> {
            if way.coupled > 0.0 {
                return way.coupled(&way.rule_of(*run, many, 0.0), factor);
            }
            factor.iter().map(|(z, _)| way.rule_of(*run, many, *z)).collect()
        };
        let rules: Vec<Vec<Vec<Node>>> = way.runs().iter().map(rule).collect();
        let at = |z: usize| {
            let of_runs = rules.iter().filter_map(|rules| rules.get(z).map(Vec::as_slice));
            Self::at(way, worth, known, &of_runs.collect::<Vec<_>>())
        };
        (0..factor.len()).map(at).collect()
    }

    /// With a rule for each run.
    fn at(way: &Way, worth: &Worth, known: &[f64], rules: &[&[Node]]) -> Self {
        let deal = (worth.mean(), worth.mean_square());
        let runs = way.runs();
        let entry = runs.iter().position(|run| run.stage == way.entry);
        let outline = |(run, rule): (&Run<'_>, &&[Node])| {
            let mut outline = RunOutline::default();
            for (rate, weight) in rule.iter().copied() {
                outline.rate += weight * rate;
                outline.square += weight * rate * rate;
                // U, V and W of all, and of modelled deals.
                let (mut all, mut modelled) = ([0.0; 3], [0.0; 3]);
                for cell in way.open.iter().filter(|cell| cell.stage == run.stage) {
                    let own = cell.amount.and_then(|at| known.get(at)).map(|x| (*x, x * x));
                    let (mean, square) = own.unwrap_or(deal);
                    let chance = cell.odds.chance(rate, 1.0);
                    let parts = [chance * mean, chance * square, chance * chance * mean * mean].map(|x| x * cell.count);
                    all.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
                    if own.is_none() {
                        modelled.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
                    }
                }
                outline.all.add(weight, rate, all);
                outline.modelled.add(weight, rate, modelled);
            }
            outline
        };
        Self { runs: runs.iter().zip(rules).map(outline).collect(), entry, on_time: way.on_time, deal }
    }

    /// Of all that follows, or of modelled deals alone, when `n` newly enter.
    fn moments(&self, n: f64, open: impl Fn(&RunOutline) -> Open) -> Moments {
        let (mean, square) = self.deal;
        let sure = if self.entry.is_none() { n } else { 0.0 };
        let mut all = Moments { mean: sure * mean, variance: sure * (square - mean * mean) };
        // Of what is to the right of a run: E X, E X², and Σ E[a X…] of the runs there, by the rate before them.
        let (mut rate, mut rate2) = (1.0, 1.0);
        let mut seconds = 0.0;
        let mut means = 0.0;
        // Σ over later runs t of E[a_t · X from the run after this one], which one more rate multiplies.
        let mut beside = 0.0;
        for (at, run) in self.runs.iter().enumerate().rev() {
            let mut own = open(run);
            if self.entry == Some(at) {
                let each = n * self.on_time * mean;
                own.square += 2.0 * each * own.by_rate + each * each * run.square;
                own.by_rate += each * run.square;
                own.mean += each * run.rate;
                own.won += n * self.on_time * square * run.rate;
                own.lost += n * self.on_time * self.on_time * mean * mean * run.square;
            }
            means += own.mean * rate;
            seconds += own.square * rate2 + 2.0 * own.mean * beside;
            all.variance += own.won * rate - own.lost * rate2;
            // E[a_t X_{this on}] = E[p] · E[a_t X_{after}]; for this run itself E[pU] E[X²].
            beside = run.rate * beside + own.by_rate * rate2;
            rate *= run.rate;
            rate2 *= run.square;
        }
        all.variance += (seconds - means * means).max(0.0);
        all.mean += means;
        all
    }
}

impl Open {
    fn add(&mut self, weight: f64, rate: f64, [mean, won, lost]: [f64; 3]) {
        self.mean += weight * mean;
        self.by_rate += weight * rate * mean;
        self.square += weight * mean * mean;
        self.won += weight * won;
        self.lost += weight * lost;
    }
}

impl Ways {
    /// The moments made ready.
    pub(crate) fn outline(&self) -> Outline {
        Outline::of(self)
    }

    /// Mean and variance of what follows, over the rates and the doubt about the mean deals.
    pub(crate) fn moments(&self, outline: &Outline, entrants: &[f64]) -> (f64, f64) {
        let (mut mean, mut square) = (0.0, 0.0);
        for (weight, ways) in &outline.0 {
            let each = ways.iter().zip(entrants);
            let all: Vec<Moments> = each.clone().map(|(way, n)| way.moments(*n, |run| run.all)).collect();
            let modelled: Vec<(f64, f64)> = each
                .map(|(way, n)| way.moments(*n, |run| run.modelled))
                .map(|moments| (moments.mean, moments.variance))
                .collect();
            let together: f64 = all.iter().map(|moments| moments.mean).sum();
            let variance: f64 = all.iter().map(|moments| moments.variance).sum();
            mean += weight * together;
            // Doubt about the mean deals moves all modelled deals together, and no known amount.
            square += weight * (variance + together * together + self.doubted(&modelled));
        }
        (mean, (square - mean * mean).max(0.0))
    }

    /// The standard deviation of what modelled deals bring, and the mean of all that follows, given the rates (at their means)
    /// and the mean deals: a known amount that is won or not smooths nothing. Without modelled deals that of all.
    pub(in crate::outlook) fn noise(&self, entrants: &[f64]) -> (f64, f64) {
        let mut certain = self.settled();
        certain.ways.iter_mut().for_each(|(way, _)| *way = way.without_doubt());
        let outline = certain.outline();
        let (mean, all) = certain.moments(&outline, entrants);
        let ways = outline.0.iter().flat_map(|(_, ways)| ways);
        let modelled: f64 = ways.zip(entrants).map(|(way, n)| way.moments(*n, |run| run.modelled).variance).sum();
        (if modelled > 0.0 { modelled } else { all }.sqrt(), mean)
    }

    /// The coefficient of variation of what follows, given the rates (at their means).
    pub(in crate::outlook) fn relative_noise(&self, entrants: &[f64]) -> f64 {
        let (noise, mean) = self.noise(entrants);
        if mean > 0.0 { noise / mean } else { 1.0 }
    }
}
