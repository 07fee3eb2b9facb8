//! The chain of rates stage by stage, with the distribution of sums for messages.

use crate::math::binomial;
use crate::math::complex::Complex;
use crate::math::decimal;
use crate::math::fft::Fft;
use crate::math::quadrature::{Node, Orthogonal};
use crate::math::search::to_index;
use crate::math::work;
use crate::outlook::compound::{Cell, Run, Way, Ways, Worth, nodes_for};
use crate::rates::Conversion;

/// No link has more nodes than this.
const MOST_NODES: usize = 64;
/// Pairs of less weight change nothing.
const NEGLIGIBLE: f64 = 1e-15;

/// One link per step: its own rate, the rate from here on, and how pairs of its own and the later rate are handed to the latter.
pub(super) struct Links(Vec<Link>);

struct Link {
    after: usize,
    nodes: Vec<Node>,
    rows: Rows,
}

/// How much of what is seen beside the later rate goes to each node.
enum Rows {
    /// What is open is in proportion to the rate from here on, or nothing is: by later node.
    Later(Vec<Vec<f64>>),
    /// By own rate and later node.
    Pairs(Vec<Pair>),
}

struct Pair {
    rate: f64,
    later: Node,
    after: usize,
    row: Vec<f64>,
}

/// What open leads of a stage bring on average.
pub(super) fn brought_by(ways: &Ways, way: &Way, worth: &Worth, stage: usize) -> f64 {
    let mean = |stage: usize| way.steps.get(stage).map_or(1.0, Conversion::mean);
    let later: f64 = (stage + 1..way.steps.len()).map(mean).product();
    let amount = |cell: &Cell| cell.amount.and_then(|at| ways.known.get(at)).map_or(worth.mean(), decimal::to_f64);
    let cells = way.open.iter().filter(|cell| cell.stage == stage);
    cells.map(|cell| cell.count * cell.odds.chance(mean(stage), later) * amount(cell)).sum()
}

/// Distributions by node of a rate.
type Message = Vec<Vec<f64>>;

impl Links {
    /// With nodes enough for open leads that bring so much (by stage) beside this noise; `finer` multiplies them.
    pub(super) fn of(way: &Way, brought: &[f64], noise: f64, finer: f64) -> Self {
        let mut links: Vec<Link> = Vec::new();
        let mut after: Vec<Node> = vec![(1.0, 1.0)];
        let most = to_index(MOST_NODES as f64 * finer);
        let mut least = 1;
        for stage in (0..way.steps.len()).rev() {
            let moved = brought.iter().take(stage + 1).sum::<f64>() / noise.max(1e-12);
            let many = |cv: f64| if cv > 0.0 { nodes_for(cv * moved, finer).min(most).max(least) } else { 1 };
            let steps = way.steps.get(stage..=stage).unwrap_or(&[]);
            let own = Run { stage, steps }.rule(many);
            least = many(way.cv2_from(stage).max(0.0).sqrt());
            let mut cells = way.open.iter().filter(|cell| cell.stage == stage);
            let in_proportion = cells.all(|cell| cell.odds.is_in_proportion());
            let link = Link::of(&own, &after, least, in_proportion);
            after.clone_from(&link.nodes);
            links.push(link);
        }
        links.reverse();
        Self(links)
    }

    /// Additions per point of the lattice, where a lead takes so many (by cell).
    pub(super) fn additions(&self, way: &Way, taps: &[f64]) -> f64 {
        let of_stage = |(stage, link): (usize, &Link)| {
            let cells = way.open.iter().zip(taps).filter(|(cell, _)| cell.stage == stage);
            // Alike ones are won together: no more numbers of them are likely than some standard deviations hold.
            let turns = |count: f64| count.min(9.0 * count.sqrt());
            let leads =
                cells.map(|(cell, taps)| if *taps > 1.0 { cell.count * (taps + 1.0) } else { turns(cell.count) });
            let leads: f64 = leads.sum();
            let handed = (link.after * link.nodes.len()) as f64;
            match &link.rows {
                Rows::Later(_) => 2.0 * (handed + link.nodes.len() as f64 * leads),
                Rows::Pairs(pairs) => 2.0 * pairs.len() as f64 * (leads + link.nodes.len() as f64),
            }
        };
        self.0.iter().enumerate().map(of_stage).sum()
    }

    /// The distributions of the sum of all that is open beside the rate from each stage on (with the weights of its nodes), and
    /// of the sum alone; `only` some cells can be won.
    pub(super) fn messages(
        &self,
        way: &Way,
        moves: &[Vec<(usize, f64)>],
        points: usize,
        only: Option<&[bool]>,
    ) -> Vec<(Vec<Node>, Message)> {
        let start = |weight: f64| {
            let mut mass = vec![0.0; points];
            mass.iter_mut().take(1).for_each(|first| *first = weight);
            mass
        };
        // Back from the last stage, then ahead from the first.
        let mut back: Vec<Message> = vec![vec![start(1.0)]];
        for (stage, link) in self.0.iter().enumerate().rev() {
            let moving = Moving { way, stage, moves, only };
            let message = back.last().map_or_else(Vec::new, |message| link.hand_on(message, &moving));
            back.push(message);
        }
        let mut all = Vec::new();
        let mut ahead: Option<Message> = None;
        for (stage, link) in self.0.iter().enumerate() {
            let Some(message) = back.pop() else { break };
            let together = match &ahead {
                None => message,
                Some(ahead) => message.iter().zip(ahead).map(|(back, ahead)| convolved(back, ahead)).collect(),
            };
            all.push((link.nodes.clone(), together));
            let before = ahead.unwrap_or_else(|| link.nodes.iter().map(|_| start(1.0)).collect());
            ahead = Some(link.look_ahead(&before, &Moving { way, stage, moves, only }));
        }
        let sum = ahead.and_then(|ahead| ahead.into_iter().next()).unwrap_or_else(|| start(1.0));
        all.push((vec![(1.0, 1.0)], vec![sum]));
        all
    }
}

/// The open leads of one stage.
struct Moving<'a> {
    way: &'a Way,
    stage: usize,
    moves: &'a [Vec<(usize, f64)>],
    only: Option<&'a [bool]>,
}

impl Moving<'_> {
    fn is_empty(&self) -> bool {
        !self.way.open.iter().any(|cell| cell.stage == self.stage)
    }

    /// Lets every lead be won or not.
    fn apply(&self, mass: &mut [f64], rate: f64, later: f64) {
        let cells = self.way.open.iter().zip(self.moves).enumerate();
        for (at, (cell, moves)) in cells.filter(|(_, (cell, _))| cell.stage == self.stage) {
            let chance = cell.odds.chance(rate, later);
            if !self.only.is_none_or(|only| only.get(at).copied().unwrap_or(false)) {
                let lost = libm::pow(1.0 - chance, cell.count);
                for p in mass.iter_mut() {
                    *p *= lost;
                }
                continue;
            }
            if let [(steps, _)] = moves.as_slice()
                && chance > 0.0
                && chance < 1.0
            {
                if !won_alike(mass, (cell.count, chance), *steps) {
                    return;
                }
                continue;
            }
            let mut left = cell.count;
            while left > 0.5 {
                if !work::take(1 + mass.len() / 8) {
                    return;
                }
                won(mass, chance, moves);
                left -= 1.0;
            }
        }
    }
}

/// So many leads are won with this chance each, and move the sum by the same number of steps; beyond the last point it stays
/// there. `false` where the work is over.
fn won_alike(mass: &mut [f64], (count, chance): (f64, f64), steps: usize) -> bool {
    let last = mass.len() - 1;
    let used = mass.iter().rposition(|p| *p != 0.0).map_or(0, |last| last + 1);
    let before: Vec<f64> = mass.iter().take(used).copied().collect();
    let (first, won) = binomial::masses(count, chance);
    if !work::take(1 + won.len() * (1 + used / 16)) {
        return false;
    }
    mass.iter_mut().take(used).for_each(|p| *p = 0.0);
    for (wins, part) in won.iter().enumerate() {
        let from = (first + wins).saturating_mul(steps).min(last);
        let fits = (last - from).min(used);
        mass.iter_mut().skip(from).zip(before.iter().take(fits)).for_each(|(slot, p)| *slot += part * p);
        let beyond: f64 = before.iter().skip(fits).sum();
        mass.iter_mut().skip(last).for_each(|slot| *slot += part * beyond);
    }
    true
}

/// One lead is won with this chance, and moves the sum by these steps with these shares; beyond the last point it stays there.
fn won(mass: &mut [f64], chance: f64, moves: &[(usize, f64)]) {
    let last = mass.len() - 1;
    let used = mass.iter().rposition(|p| *p != 0.0).unwrap_or(0);
    let before: Vec<f64> = mass.iter().take(used + 1).copied().collect();
    mass.iter_mut().take(used + 1).for_each(|p| *p *= 1.0 - chance);
    for (steps, share) in moves {
        let part = chance * share;
        let from = (*steps).min(last);
        let fits = (last - from).min(used + 1);
        mass.iter_mut().skip(from).zip(before.iter().take(fits)).for_each(|(slot, p)| *slot += part * p);
        let beyond: f64 = before.iter().skip(fits).sum();
        mass.iter_mut().skip(last).for_each(|slot| *slot += part * beyond);
    }
}

/// The distribution of the sum of two; beyond the last point it stays there.
fn convolved(one: &[f64], other: &[f64]) -> Vec<f64> {
    const DIRECTLY: usize = 1 << 18;
    let used = |mass: &[f64]| mass.iter().rposition(|p| *p != 0.0).map_or(0, |last| last + 1);
    let (long, short) = (used(one), used(other));
    let mut sum = vec![0.0; (long + short).max(1)];
    if long * short <= DIRECTLY {
        for (at, p) in one.iter().take(long).enumerate().filter(|(_, p)| **p != 0.0) {
            sum.iter_mut().skip(at).zip(other.iter().take(short)).for_each(|(slot, q)| *slot += p * q);
        }
    } else {
        let fft = Fft::of((long + short).next_power_of_two());
        let (a, b) = (fft.forward(one.get(..long).unwrap_or(one)), fft.forward(other.get(..short).unwrap_or(other)));
        let bins: Vec<Complex> = a.into_iter().zip(b).map(|(a, b)| a * b).collect();
        sum.iter_mut().zip(fft.back(&bins)).for_each(|(slot, p)| *slot = p);
    }
    let beyond: f64 = sum.iter().skip(one.len()).sum();
    sum.resize(one.len(), 0.0);
    sum.iter_mut().skip(one.len() - 1).for_each(|last| *last += beyond);
    sum
}

impl Link {
    fn of(own: &[Node], after: &[Node], most: usize, in_proportion: bool) -> Self {
        let mut cloud: Vec<Node> = Vec::new();
        let mut places = Vec::new();
        for (late, later) in after.iter().enumerate() {
            for (rate, share) in own {
                if later.1 * share > NEGLIGIBLE {
                    places.push((*rate, *share, *later, late));
                    cloud.push((rate * later.0, later.1 * share));
                }
            }
        }
        let (nodes, shares) = Orthogonal::shared_out(&cloud, most);
        let rows = places.into_iter().zip(shares.chunks(nodes.len().max(1)));
        let rows = if in_proportion {
            let mut sums = vec![vec![0.0; nodes.len()]; after.len()];
            for ((_, share, _, late), row) in rows {
                let sum = sums.iter_mut().skip(late).take(1).flatten();
                sum.zip(row).for_each(|(sum, part)| *sum += share * part);
            }
            Rows::Later(sums)
        } else {
            let pair = |((rate, share, later, after), row): ((f64, f64, Node, usize), &[f64])| {
                let row = row.iter().map(|part| part * share).collect();
                Pair { rate, later, after, row }
            };
            Rows::Pairs(rows.map(pair).collect())
        };
        Self { after: after.len(), nodes, rows }
    }

    fn hand_on(&self, message: &Message, moving: &Moving<'_>) -> Message {
        let points = message.first().map_or(0, Vec::len);
        let mut sums = vec![vec![0.0; points]; self.nodes.len()];
        match &self.rows {
            Rows::Later(rows) => {
                for (before, row) in message.iter().zip(rows) {
                    share_out(before, row, &mut sums);
                }
                self.open_at_nodes(&mut sums, moving);
            }
            Rows::Pairs(pairs) => {
                for pair in pairs {
                    let Some(before) = message.get(pair.after) else { continue };
                    let mut mass = before.clone();
                    moving.apply(&mut mass, pair.rate, pair.later.0);
                    share_out(&mass, &pair.row, &mut sums);
                }
            }
        }
        sums
    }

    fn look_ahead(&self, message: &Message, moving: &Moving<'_>) -> Message {
        let points = message.first().map_or(0, Vec::len);
        let mut sums = vec![vec![0.0; points]; self.after];
        match &self.rows {
            Rows::Later(rows) => {
                let mut here = message.clone();
                self.open_at_nodes(&mut here, moving);
                sums.iter_mut().zip(rows).for_each(|(sum, row)| add_up(&here, row, sum));
            }
            Rows::Pairs(pairs) => {
                for pair in pairs {
                    let Some(sum) = sums.get_mut(pair.after) else { continue };
                    let mut mass = vec![0.0; points];
                    add_up(message, &pair.row, &mut mass);
                    moving.apply(&mut mass, pair.rate, pair.later.0);
                    sum.iter_mut().zip(&mass).for_each(|(slot, p)| *slot += p);
                }
            }
        }
        sums
    }

    /// What is open here beside each node, where it is in proportion to the rate.
    fn open_at_nodes(&self, message: &mut Message, moving: &Moving<'_>) {
        if !moving.is_empty() {
            message.iter_mut().zip(&self.nodes).for_each(|(mass, (rate, _))| moving.apply(mass, 1.0, *rate));
        }
    }
}

/// Shares of less than this are not handed on.
const NO_SHARE: f64 = 1e-17;

fn add(mass: &[f64], part: f64, sum: &mut [f64]) {
    let used = mass.iter().rposition(|p| *p != 0.0).map_or(0, |last| last + 1);
    if part.abs() > NO_SHARE && work::take(1 + used / 16) {
        sum.iter_mut().zip(mass.iter().take(used)).for_each(|(slot, p)| *slot += part * p);
    }
}

fn share_out(mass: &[f64], row: &[f64], sums: &mut Message) {
    sums.iter_mut().zip(row).for_each(|(sum, part)| add(mass, *part, sum));
}

fn add_up(message: &Message, row: &[f64], sum: &mut [f64]) {
    message.iter().zip(row).for_each(|(mass, part)| add(mass, *part, sum));
}
