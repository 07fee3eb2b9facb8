//! A grid on which what follows is compared with a target: a lattice, or none, and every deal as it lies there.

use std::sync::{Arc, Mutex};

use crate::math::complex::Complex;
use crate::math::lattice::{Below, Frequency, Lattice};
use crate::outlook::compound::{Way, Ways, Worth, doubtful, in_steps};
use crate::outlook::mixing::{Grown, Memory, Seen};

/// Which outcomes count: sums of known amounts alone are no smooth distribution, and are compared on a grid of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::outlook) enum Part {
    All,
    /// At least one modelled deal.
    With,
    /// No modelled deal.
    Without,
}

/// What a grid looks at.
#[derive(Clone, Copy, Debug)]
pub(in crate::outlook) struct View<'a> {
    pub(in crate::outlook) ways: &'a Ways,
    pub(in crate::outlook) grown: &'a Grown,
    pub(in crate::outlook) part: Part,
    /// The smallest volumes that will be asked for.
    pub(in crate::outlook) least: &'a [f64],
}

/// What a deal of one way is at a frequency.
#[derive(Clone, Debug)]
pub(in crate::outlook) enum Jump {
    /// One size, in whole steps.
    Steps(f64),
    /// By bin.
    Table(Vec<Complex>),
    /// By the law's own transform; the factor on all deals ÷ money per step, and the bins computed so far.
    Law(Worth, f64, Bins),
}

/// Bins in order, computed once: volumes vary, deals do not.
#[derive(Clone, Debug, Default)]
pub(in crate::outlook) struct Bins(Arc<Mutex<Vec<Complex>>>);

impl Bins {
    fn at(&self, bin: u64, compute: impl Fn() -> Complex) -> Complex {
        let (Ok(bin), Ok(mut bins)) = (usize::try_from(bin), self.0.lock()) else { return compute() };
        if let Some(known) = bins.get(bin) {
            return *known;
        }
        let value = compute();
        if bins.len() == bin {
            bins.push(value);
        }
        value
    }
}

/// How amounts lie on a grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::outlook) enum Amounts {
    /// On its points.
    Exact,
    /// What deals bring was split between points, but known amounts and deals are counted.
    Counted,
    /// The same where deals have certain prices, and what few of them bring is compared exactly.
    Nearly,
    /// Deals on its points, known amounts split between the four nearest.
    Fine,
    /// Split between the two nearest points.
    Split,
    /// Where they lie: there are no points.
    Continuous,
}

/// A lattice (or none), what lies below the target, and every deal as it sees it.
#[derive(Clone, Debug)]
pub(in crate::outlook) struct Grid {
    pub(in crate::outlook) lattice: Lattice,
    pub(in crate::outlook) below: Below,
    pub(in crate::outlook) jumps: Vec<Jump>,
    /// Known amounts in steps.
    pub(in crate::outlook) known: Vec<f64>,
    /// What this grid counts in the answer.
    pub(in crate::outlook) share: f64,
    pub(in crate::outlook) amounts: Amounts,
}

impl Grid {
    /// Whether all modelled deals lie on it.
    pub(in crate::outlook) fn is_exact(&self) -> bool {
        matches!(self.amounts, Amounts::Exact | Amounts::Nearly | Amounts::Fine)
    }

    /// No lattice: as many points as bins are needed, and an integral over what lies below.
    pub(in crate::outlook) fn continuous(ways: &Ways, target: f64, doubt: f64, factors: &[f64]) -> Self {
        const LOG2: u32 = 12;
        let half = f64::from(1 << (LOG2 - 1));
        let (lattice, top, below) = doubtful(LOG2, target, doubt);
        let below = below.unwrap_or(Below::Continuous { steps: half });
        let step = top / half;
        let jump =
            |((_, worth), factor): (&(Way, Worth), &f64)| Jump::Law(worth.clone(), factor / step, Bins::default());
        let jumps = ways.ways.iter().zip(factors).map(jump).collect();
        let known = ways.known_f64().into_iter().map(|amount| amount / step).collect();
        Self { lattice, below, jumps, known, share: 1.0, amounts: Amounts::Continuous }
    }

    pub(in crate::outlook) fn lattice(ways: &Ways, target: f64, doubt: f64, factors: &[f64], log2: u32) -> Self {
        let half: u64 = 1 << (log2 - 1);
        let (lattice, top, below) = doubtful(log2, target, doubt);
        let below = below.unwrap_or(Below::Steps { steps: half, on_it: 0.5 });
        let lattice = lattice.with_tables();
        let step = top / half as f64;
        let cap = usize::try_from(half + 1).unwrap_or(0);
        let jump = |((_, worth), factor): (&(Way, Worth), &f64)| {
            let pmf = in_steps(worth, *factor, step, cap);
            Jump::Table(lattice.transform(&pmf))
        };
        let jumps = ways.ways.iter().zip(factors).map(jump).collect();
        let known = ways.known_f64().into_iter().map(|amount| (amount / step).min(cap as f64)).collect();
        Self { lattice, below, jumps, known, share: 1.0, amounts: Amounts::Split }
    }

    /// P(below the target) by this grid; `memory` keeps what was seen of the trees for other volumes.
    pub(in crate::outlook) fn below(&self, view: View<'_>, entrants: &[f64], memory: Option<&Memory>) -> f64 {
        self.lattice.below(&self.below, |bin, at| match (at, memory) {
            (Frequency::At(_), Some(memory)) => memory.at(bin, || self.see(view, bin, at)).transform(entrants),
            _ => self.see(view, bin, at).transform(entrants),
        })
    }

    /// What a frequency makes of the trees.
    pub(in crate::outlook) fn see(&self, view: View<'_>, bin: u64, at: Frequency) -> Seen {
        let known: Vec<Complex> = self.known.iter().map(|steps| self.known_at(at, *steps)).collect();
        let with = || {
            let deals: Vec<Complex> = self.jumps.iter().map(|jump| jump.at(bin, at)).collect();
            Seen::of(view.grown, view.ways, &deals, &known, view.least)
        };
        let without =
            || Seen::of(view.grown, view.ways, &vec![Complex::real(0.0); self.jumps.len()], &known, view.least);
        match view.part {
            Part::All => with(),
            Part::With => with().less(without()),
            Part::Without => without(),
        }
    }

    pub(in crate::outlook) fn known_at(&self, at: Frequency, steps: f64) -> Complex {
        match at {
            _ if steps.is_infinite() => Complex::real(0.0),
            Frequency::At(s) if self.amounts == Amounts::Continuous => (-s.scale(steps)).exp(),
            _ if self.amounts == Amounts::Fine => at.of_amount_smoothly(steps),
            _ => at.of_amount(steps),
        }
    }
}

impl Jump {
    pub(in crate::outlook) fn at(&self, bin: u64, at: Frequency) -> Complex {
        let Frequency::At(s) = at else { return Complex::real(0.0) };
        match self {
            Self::Steps(steps) => (-s.scale(*steps)).exp(),
            Self::Table(bins) => {
                usize::try_from(bin).ok().and_then(|bin| bins.get(bin)).copied().unwrap_or(Complex::real(0.0))
            }
            Self::Law(worth, per_step, bins) => bins.at(bin, || worth.transform(s.scale(*per_step))),
        }
    }
}
