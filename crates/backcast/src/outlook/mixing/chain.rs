//! What is unknown about the rates of one way, followed from the last stage back to the first.
//!
//! # Method
//! Given the rates everything is independent. The rate from a stage on is the product of the step's rate and the rate from
//! the next stage on, so these rates are a Markov chain from the last stage back; open leads of a stage depend on one of its
//! links alone. At each frequency a message runs along the chain: E[transform of all that is open from here on; rate from here
//! on], on the Gauss nodes of that rate's distribution. A pair of nodes (the step's rate, the rate after it) hands its weight to
//! them by the polynomials that they interpolate, which keeps all moments that the nodes know: the work grows with the
//! number of stages, not with its exponent.
//! Open leads of stages before the one that newcomers enter send the same message forward.

use crate::math::complex::Complex;
use crate::math::quadrature::{self, Node, Orthogonal};
use crate::math::search::to_index;
use crate::outlook::compound::{Cell, Run, Way, nodes_for};
use crate::rates::Conversion;

/// Open leads of one stage and amount (known, or not) in more cells than this, each with a chance of its own, are summed by a
/// quadrature of their chances with so many nodes.
const CHANCES: usize = 6;
/// No link has more nodes than this.
const MOST_NODES: usize = 64;
/// So many times more nodes newcomers have where something is open beside them.
pub(in crate::outlook) const BESIDE: f64 = 1.4;
/// Beside newcomers whose rate is so many times wider than the noise, what is open is seen through as many nodes at least: far
/// from the mean, fewer tell little of it.
const WIDE: f64 = 2.5;
const SEEN_FROM_FAR: f64 = 16.0;
/// Nodes and pairs of less weight change nothing.
const NEGLIGIBLE: f64 = 1e-15;

/// What is in flight and who newly enters, in money or customers: what decides how many nodes are enough.
#[derive(Clone, Debug)]
pub(in crate::outlook) struct Sizes {
    /// The standard deviation of all that follows, given the rates.
    pub(in crate::outlook) noise: f64,
    /// The mean of what newcomers bring.
    pub(in crate::outlook) newcomers: f64,
    /// What a modelled deal brings, and each known amount.
    pub(in crate::outlook) deal: f64,
    pub(in crate::outlook) known: Vec<f64>,
    /// Multiplies the numbers of nodes.
    pub(in crate::outlook) finer: f64,
}

/// The links of one way, first run of steps first.
#[derive(Clone, Debug)]
pub(in crate::outlook) struct Chain {
    links: Vec<Link>,
    newcomers: Option<Newcomers>,
}

/// Chance if all later steps were sure, number and (as an index) the known amount of open leads.
type OpenAt = (f64, f64, Option<usize>);

/// One run of steps: pairs of its own rate and the rate after it, and how they are handed to the nodes of their product.
#[derive(Clone, Debug)]
struct Link {
    /// What is open, by node of the run's own rate; a single entry where it is in proportion to that rate.
    open: Vec<Vec<OpenAt>>,
    /// The rate from here on.
    nodes: Vec<Node>,
    pairs: Vec<Pair>,
    /// A row per pair (or, where what is open is in proportion to the rate, per node after): the share of each node.
    shares: Vec<f64>,
    in_proportion: bool,
    after: usize,
}

/// A node of the run's own rate, one of the rate after it, and that rate.
#[derive(Clone, Copy, Debug)]
struct Pair {
    own: usize,
    after: usize,
    later: f64,
}

/// Where newcomers enter, their chances, and (where these are not the nodes of the link) how its nodes are interpolated.
#[derive(Clone, Debug)]
struct Newcomers {
    link: usize,
    /// With the weight of each.
    chances: Vec<Node>,
    shares: Option<Vec<f64>>,
}

/// What a frequency makes of deals: its transform of a modelled deal and of each known amount.
pub(in crate::outlook) struct Worths<'a> {
    pub(in crate::outlook) deal: Complex,
    pub(in crate::outlook) known: &'a [Complex],
}

impl Chain {
    /// The chain of a way; `z` is the standardised common factor.
    pub(in crate::outlook) fn of(way: &Way, sizes: &Sizes, z: f64) -> Self {
        let runs = way.runs();
        let entry = runs.iter().position(|run| run.stage == way.entry);
        let noise = sizes.noise.max(1e-12);
        // Newcomers have nodes of their own, or all nodes would have to be as many as theirs.
        let apart = entry.is_some() && !way.is_shared();
        let brought = |cell: &Cell| {
            let rate = way.steps.get(cell.stage).map_or(1.0, Conversion::mean);
            let later: f64 = way.steps_from(cell.stage + 1).iter().map(Conversion::mean).product();
            let worth = cell.amount.and_then(|at| sizes.known.get(at)).copied().unwrap_or(sizes.deal);
            cell.count * cell.odds.chance(rate, later) * worth
        };
        // What moves with the rate from a run on: all that is open up to it, and newcomers up to it.
        let moved = |at: usize, run: &Run<'_>| {
            let open: f64 = way.open.iter().filter(|cell| cell.stage <= run.stage).map(brought).sum();
            let newcomers = if !apart && entry.is_some_and(|entry| entry <= at) { sizes.newcomers } else { 0.0 };
            (open + newcomers) / noise
        };
        let most = to_index(MOST_NODES as f64 * sizes.finer);
        let nodes = |cv: f64, moved: f64| nodes_for(cv * moved, sizes.finer).min(most);
        let chances = to_index(libm::ceil(CHANCES as f64 * sizes.finer)).max(3);
        let mut links: Vec<Link> = Vec::new();
        let mut after: Vec<Node> = vec![(1.0, 1.0)];
        let is_wide = apart && way.cv2_from(way.entry).max(0.0).sqrt() * sizes.newcomers > WIDE * noise;
        let mut least = if is_wide { to_index(SEEN_FROM_FAR * sizes.finer) } else { 1 };
        for (at, run) in runs.iter().enumerate().rev() {
            let moved = moved(at, run);
            // What is open further on is seen from here through polynomials of the same degree.
            let many = |cv: f64| if cv > 0.0 { nodes(cv, moved).max(least) } else { 1 };
            let rule = way.rule_of(*run, many, z);
            least = many(way.cv2_from(run.stage).max(0.0).sqrt());
            let link = Link::of(&rule, &after, least, (way, run.stage, chances));
            after.clone_from(&link.nodes);
            links.push(link);
        }
        links.reverse();
        let newcomers = entry.map(|link| {
            let nodes = links.get(link).map_or(&[][..], |link| link.nodes.as_slice());
            if apart {
                return Newcomers::apart(
                    link,
                    nodes,
                    &way.newcomers(noise / sizes.newcomers.max(1e-3 * noise), BESIDE * sizes.finer),
                    way.on_time,
                );
            }
            Newcomers { link, chances: in_time(nodes, way.on_time), shares: None }
        });
        Self { links, newcomers }
    }

    /// With newcomers only at chances that pass; `None` where they have no nodes of their own.
    pub(in crate::outlook) fn at(&self, passes: &dyn Fn(f64) -> bool) -> Option<Self> {
        let newcomers = self.newcomers.as_ref()?;
        let many = self.links.get(newcomers.link)?.nodes.len().max(1);
        let rows = newcomers.chances.iter().zip(newcomers.shares.as_ref()?.chunks(many));
        let (mut chances, mut shares) = (Vec::new(), Vec::new());
        for (node, row) in rows.filter(|(node, _)| passes(node.0)) {
            chances.push(*node);
            shares.extend_from_slice(row);
        }
        let newcomers = Newcomers { link: newcomers.link, chances, shares: Some(shares) };
        Some(Self { links: self.links.clone(), newcomers: Some(newcomers) })
    }

    /// About how many multiplications of complex numbers a frequency takes.
    pub(in crate::outlook) fn work(&self) -> usize {
        let link = |link: &Link| {
            let open: usize = link.open.iter().map(Vec::len).sum();
            link.shares.len() / 8 + open * (if link.in_proportion { link.nodes.len() } else { link.after })
        };
        let newcomers = self.newcomers.as_ref().map_or(0, |newcomers| {
            newcomers.chances.len() + newcomers.shares.as_ref().map_or(0, |shares| shares.len() / 8)
        });
        self.links.iter().map(link).sum::<usize>() + newcomers
    }

    /// The chance of newcomers by node, with its weight; `None` where newcomers are won deals.
    pub(in crate::outlook) fn chances(&self) -> Option<&[Node]> {
        self.newcomers.as_ref().map(|newcomers| newcomers.chances.as_slice())
    }

    /// The transform of all that is open, averaged over all rates: by the chance of newcomers, in the order of
    /// [`Chain::chances`], 0 where it is not `asked`; a single number where newcomers are won deals.
    pub(in crate::outlook) fn open(&self, worths: &Worths<'_>, asked: &[bool]) -> Vec<Complex> {
        let tables: Vec<Vec<Complex>> = self.links.iter().map(|link| link.table(worths)).collect();
        let mut back: Vec<Complex> = vec![Complex::ONE];
        let entry = self.newcomers.as_ref().map_or(0, |newcomers| newcomers.link);
        for (link, table) in self.links.iter().zip(&tables).skip(entry).rev() {
            back = link.hand_on(&back, table);
        }
        let Some(newcomers) = &self.newcomers else {
            return vec![back.iter().fold(Complex::real(0.0), |sum, part| sum + *part)];
        };
        if entry > 0 {
            let mut ahead = vec![Complex::ONE; self.links.first().map_or(1, |link| link.nodes.len())];
            for (link, table) in self.links.iter().zip(&tables).take(entry) {
                ahead = link.look_ahead(&ahead, table);
            }
            back.iter_mut().zip(&ahead).for_each(|(back, ahead)| *back = *back * *ahead);
        }
        newcomers.interpolated(back, asked)
    }
}

impl Link {
    /// A link of this own rate before that rate `after`, with at most `most` nodes; `chances` is the most nodes of the chances
    /// of open leads that are otherwise alike.
    fn of(rule: &[Node], after: &[Node], most: usize, (way, stage, chances): (&Way, usize, usize)) -> Self {
        let cells: Vec<&Cell> = way.open.iter().filter(|cell| cell.stage == stage).collect();
        let in_proportion = cells.iter().all(|cell| cell.odds.is_in_proportion());
        let mut pairs = Vec::new();
        let mut cloud: Vec<Node> = Vec::new();
        for (at, (later, weight)) in after.iter().enumerate() {
            for (own, (rate, share)) in rule.iter().enumerate() {
                if weight * share > NEGLIGIBLE {
                    pairs.push(Pair { own, after: at, later: *later });
                    cloud.push((rate * later, weight * share));
                }
            }
        }
        let (nodes, every) = Orthogonal::shared_out(&cloud, most);
        let own = |pair: &Pair| rule.get(pair.own).map_or(0.0, |(_, share)| *share);
        let many = nodes.len();
        let rows = pairs.iter().zip(every.chunks(many.max(1)));
        let shares = if in_proportion {
            let mut shares = vec![0.0; after.len() * many];
            for (pair, row) in rows {
                let own = own(pair);
                let slots = shares.iter_mut().skip(pair.after * many);
                slots.zip(row).for_each(|(slot, share)| *slot += own * share);
            }
            shares
        } else {
            rows.flat_map(|(pair, row)| row.iter().map(move |share| (pair, *share)))
                .map(|(pair, share)| own(pair) * share)
                .collect()
        };
        let open = if in_proportion {
            vec![opened(&cells, 1.0, chances)]
        } else {
            rule.iter().map(|(rate, _)| opened(&cells, *rate, chances)).collect()
        };
        Self { open, nodes, pairs, shares, in_proportion, after: after.len() }
    }

    /// The transform of what is open in this stage: by node where it is in proportion to the rate, else by pair.
    fn table(&self, worths: &Worths<'_>) -> Vec<Complex> {
        let none = self.open.iter().all(Vec::is_empty);
        if self.in_proportion {
            let open = self.open.first().map_or(&[][..], Vec::as_slice);
            return self
                .nodes
                .iter()
                .map(|(rate, _)| if none { Complex::ONE } else { transform(open, *rate, worths) })
                .collect();
        }
        let one = |pair: &Pair| transform(self.open.get(pair.own).map_or(&[], Vec::as_slice), pair.later, worths);
        self.pairs.iter().map(one).collect()
    }

    /// The message at the nodes of this link from that at the nodes after it.
    fn hand_on(&self, message: &[Complex], table: &[Complex]) -> Vec<Complex> {
        let many = self.nodes.len();
        let (mut re, mut im) = (vec![0.0; many], vec![0.0; many]);
        let mut add = |part: Complex, row: &[f64]| {
            if part.norm_sqr() > 1e-40 {
                re.iter_mut().zip(row).for_each(|(sum, share)| *sum += part.re * share);
                im.iter_mut().zip(row).for_each(|(sum, share)| *sum += part.im * share);
            }
        };
        let rows = self.shares.chunks(many.max(1));
        if self.in_proportion {
            message.iter().zip(rows).for_each(|(part, row)| add(*part, row));
            return re.into_iter().zip(im).zip(table).map(|((re, im), open)| Complex::new(re, im) * *open).collect();
        }
        for ((pair, open), row) in self.pairs.iter().zip(table).zip(rows) {
            if let Some(part) = message.get(pair.after) {
                add(*part * *open, row);
            }
        }
        re.into_iter().zip(im).map(|(re, im)| Complex::new(re, im)).collect()
    }

    /// E[what is open before, and here | rate after] from E[what is open before | rate from here on].
    fn look_ahead(&self, message: &[Complex], table: &[Complex]) -> Vec<Complex> {
        let mut ahead = vec![Complex::real(0.0); self.after];
        let dot = |row: &[f64], values: &[Complex]| {
            row.iter().zip(values).fold(Complex::real(0.0), |sum, (share, value)| sum + value.scale(*share))
        };
        let rows = self.shares.chunks(self.nodes.len().max(1));
        if self.in_proportion {
            let here: Vec<Complex> = message.iter().zip(table).map(|(part, open)| *part * *open).collect();
            ahead.iter_mut().zip(rows).for_each(|(sum, row)| *sum = dot(row, &here));
            return ahead;
        }
        for ((pair, open), row) in self.pairs.iter().zip(table).zip(rows) {
            if let Some(sum) = ahead.get_mut(pair.after) {
                *sum = *sum + *open * dot(row, message);
            }
        }
        ahead
    }
}

impl Newcomers {
    /// With nodes of their own: what is open is interpolated there.
    fn apart(link: usize, nodes: &[Node], rule: &[Node], on_time: f64) -> Self {
        let chances = in_time(rule, on_time);
        let shares = Orthogonal::interpolation(nodes, rule);
        Self { link, chances, shares: Some(shares) }
    }

    fn interpolated(&self, message: Vec<Complex>, asked: &[bool]) -> Vec<Complex> {
        let Some(shares) = &self.shares else { return message };
        let row = |row: &[f64]| {
            let (mut re, mut im) = (0.0, 0.0);
            for (share, part) in row.iter().zip(&message) {
                re += share * part.re;
                im += share * part.im;
            }
            Complex::new(re, im)
        };
        let rows = shares.chunks(message.len().max(1)).zip(asked);
        rows.map(|(shares, asked)| if *asked { row(shares) } else { Complex::real(0.0) }).collect()
    }
}

fn in_time(nodes: &[Node], on_time: f64) -> Vec<Node> {
    nodes.iter().map(|(rate, weight)| (on_time * rate, *weight)).collect()
}

/// What is open in a stage at one rate of its step, with cells of more than `most` different chances summed.
fn opened(cells: &[&Cell], rate: f64, most: usize) -> Vec<OpenAt> {
    let mut cells = cells.to_vec();
    cells.sort_by_key(|cell| cell.amount);
    let alike = cells.chunk_by(|a, b| a.amount == b.amount);
    let open = alike.flat_map(|cells| {
        let chances = cells.iter().map(|cell| (cell.odds.chance(rate, 1.0), cell.count)).collect();
        let amount = cells.first().and_then(|cell| cell.amount);
        summed(chances, most).into_iter().map(move |(chance, count)| (chance, count, amount))
    });
    open.collect()
}

/// Σ n·f(p) over chances p by the Gauss rule of at most `most` nodes: exact for polynomials of a degree below twice as many.
fn summed(chances: Vec<Node>, most: usize) -> Vec<Node> {
    if chances.len() <= most {
        return chances;
    }
    let all: f64 = chances.iter().map(|(_, count)| count).sum();
    let shares = chances.into_iter().map(|(chance, count)| (chance, count / all)).collect();
    let few = quadrature::compress(shares, most).into_iter();
    few.map(|(chance, share)| (chance.clamp(0.0, 1.0), all * share)).collect()
}

/// The transform of what is open where all later steps together have this rate: few leads by their factors, others by
/// logarithms.
fn transform(open: &[OpenAt], later: f64, worths: &Worths<'_>) -> Complex {
    // Four products side by side: one alone waits for each of its factors.
    let mut parts = [Complex::ONE; 4];
    let mut log = Complex::real(0.0);
    for cells in open.chunks(parts.len()) {
        for (part, (chance, count, known)) in parts.iter_mut().zip(cells) {
            let worth = known.and_then(|at| worths.known.get(at)).copied().unwrap_or(worths.deal);
            let chance = chance * later;
            if let Some(times) = few(*count) {
                let one = Complex::ONE - (Complex::ONE - worth).scale(chance);
                (0..times).for_each(|_| *part = *part * one);
            } else {
                log = log + log_of_one(chance, worth).times(*count);
            }
        }
    }
    let [a, b, c, d] = parts;
    let product = (a * b) * (c * d);
    if log == Complex::real(0.0) { product } else { product * log.exp_or_nothing() }
}

/// A whole number of leads that are quicker multiplied than raised to a power.
fn few(count: f64) -> Option<u8> {
    [1_u8, 2, 3, 4, 5, 6].into_iter().find(|few| (count - f64::from(*few)).abs() < f64::EPSILON)
}

/// ln[1 − p(1 − φ)]; −∞ where nothing is left.
pub(super) fn log_of_one(chance: f64, deal: Complex) -> Complex {
    let miss = (Complex::ONE - deal).scale(-chance);
    if (Complex::ONE + miss).norm_sqr() < 1e-300 { Complex::real(f64::NEG_INFINITY) } else { miss.ln_1p() }
}
