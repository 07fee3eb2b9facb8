//! The chain of rates stage by stage, with the distribution of sums for messages.

use crate::math::complex::Complex;
use crate::math::decimal;
use crate::math::fft::Fft;
use crate::math::quadrature::{Node, Orthogonal};
use crate::math::search::to_index;
use crate::math::work;
use crate::outlook::compound::{Cell, Run, Way, Ways, Worth, nodes_for};
use crate::rates::Conversion;

/// No link has more nodes than this.
const MOST_NODES: usize = 40;
/// Pairs of less weight change nothing.
const NEGLIGIBLE: f64 = 1e-15;

/// One link per step: its own rate, the rate from here on, and how pairs of its own and the later rate are handed to the latter.
pub(super) struct Links(Vec<Link>);

struct Link {
    own: Vec<Node>,
    after: Vec<Node>,
    nodes: Vec<Node>,
    /// Own node, later node, and the share of each node.
    pairs: Vec<(usize, usize, Vec<f64>)>,
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
            let link = Link::of(own, core::mem::take(&mut after), least);
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
            let leads: f64 = cells.map(|(cell, taps)| cell.count * (taps + 1.0)).sum();
            2.0 * link.pairs.len() as f64 * (leads + link.nodes.len() as f64)
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
            let wins = self.only.is_none_or(|only| only.get(at).copied().unwrap_or(false));
            let mut left = cell.count;
            while left > 0.5 {
                if !work::take(1 + mass.len() / 8) {
                    return;
                }
                if wins {
                    won(mass, chance, moves);
                } else {
                    for p in mass.iter_mut() {
                        *p *= 1.0 - chance;
                    }
                }
                left -= 1.0;
            }
        }
    }
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
    fn of(own: Vec<Node>, after: Vec<Node>, most: usize) -> Self {
        let mut cloud: Vec<Node> = Vec::new();
        let mut places = Vec::new();
        for (late, (later, weight)) in after.iter().enumerate() {
            for (early, (rate, share)) in own.iter().enumerate() {
                if weight * share > NEGLIGIBLE {
                    places.push((early, late));
                    cloud.push((rate * later, weight * share));
                }
            }
        }
        let (nodes, shares) = Orthogonal::shared_out(&cloud, most);
        let rows = shares.chunks(nodes.len().max(1)).map(<[f64]>::to_vec);
        let pairs = places.into_iter().zip(rows).map(|((early, late), row)| (early, late, row)).collect();
        Self { own, after, nodes, pairs }
    }

    fn hand_on(&self, message: &Message, moving: &Moving<'_>) -> Message {
        let points = message.first().map_or(0, Vec::len);
        let mut sums = vec![vec![0.0; points]; self.nodes.len()];
        for (early, late, row) in &self.pairs {
            let (Some((rate, share)), Some((later, _)), Some(before)) =
                (self.own.get(*early), self.after.get(*late), message.get(*late))
            else {
                continue;
            };
            let mut mass = before.clone();
            if !moving.is_empty() {
                moving.apply(&mut mass, *rate, *later);
            }
            let used = mass.iter().rposition(|p| *p != 0.0).unwrap_or(0);
            for (sum, part) in sums.iter_mut().zip(row).filter(|(_, part)| part.abs() > 1e-17) {
                let part = part * share;
                sum.iter_mut().zip(mass.iter().take(used + 1)).for_each(|(slot, p)| *slot += part * p);
            }
        }
        sums
    }

    fn look_ahead(&self, message: &Message, moving: &Moving<'_>) -> Message {
        let points = message.first().map_or(0, Vec::len);
        let mut sums = vec![vec![0.0; points]; self.after.len()];
        for (early, late, row) in &self.pairs {
            let (Some((rate, share)), Some((later, _)), Some(sum)) =
                (self.own.get(*early), self.after.get(*late), sums.get_mut(*late))
            else {
                continue;
            };
            let mut mass = vec![0.0; points];
            for (before, part) in message.iter().zip(row).filter(|(_, part)| part.abs() > 1e-17) {
                let used = before.iter().rposition(|p| *p != 0.0).unwrap_or(0);
                let part = part * share;
                mass.iter_mut().zip(before.iter().take(used + 1)).for_each(|(slot, p)| *slot += part * p);
            }
            if !moving.is_empty() {
                moving.apply(&mut mass, *rate, *later);
            }
            sum.iter_mut().zip(&mass).for_each(|(slot, p)| *slot += p);
        }
        sums
    }
}
