//! The tail of a compound distribution by a tilted Fourier transform on a lattice of amounts.
//!
//! # Method
//! All amounts lie on 0, 1, 2 … steps. The probability that their sum stays below a target is a scalar product of two
//! transforms of length n, so nothing is transformed back. Every amount is weighted by e^(−θk), θ = 22/n, which pushes
//! what wraps around the lattice below e⁻²² = 3e-10 however many amounts are summed; only the target must fit.
//! Sources: Grübel & Hermesmeier, ASTIN Bulletin 29 (1999) 197 (tilting); Embrechts & Frei, Math. Meth. Oper. Res. 69
//! (2009) 497.

use super::complex::Complex;
use super::fft::Fft;

/// θ·n.
const TILT: f64 = 22.0;
/// Bins whose terms stay below this for [`QUIET`] bins running are the last that count: on a lattice, and without one
/// (where terms may fall slowly, but their sum is still below 1e-8).
const SILENT: f64 = 1e-12;
const FAINT: f64 = 1e-11;
const QUIET: usize = 16;
/// Without a lattice, so many times more bins are looked at if they count.
const FURTHER: u64 = 2;

/// Terms of a sum over bins that have fallen below this stay below it.
const FADED: f64 = 1e-18;
/// What has wrapped around the lattice looks like this: less is nothing.
const WRAPPED: f64 = 1e-9;
/// Sums of more amounts than this are not looked at one by one.
const MOST_AMOUNTS: usize = 1 << 12;

/// A lattice with 2^`log2` points.
#[derive(Clone, Debug)]
pub(crate) struct Lattice {
    n: u64,
    fft: Option<Fft>,
    /// Whether bins may count again after they have been negligible for long: sums of a few prices.
    returns: bool,
}

/// One frequency: e^(−s) belongs to an amount of one step; at the atom every amount counts as 0.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Frequency {
    /// s = θ + 2πiω/n.
    At(Complex),
    /// The limit that leaves only the probability of no amount at all.
    Atom,
}

impl Frequency {
    /// The transform of a fixed amount of so many steps, split between the two nearest whole numbers of steps.
    pub(crate) fn of_amount(self, steps: f64) -> Complex {
        let Self::At(s) = self else { return Complex::real(0.0) };
        let whole = libm::floor(steps);
        let share = steps - whole;
        let one = (-s.scale(whole)).exp();
        if share == 0.0 { one } else { one.scale(1.0 - share) + one * (-s).exp().scale(share) }
    }

    /// The same between the four nearest whole numbers of steps, keeping three moments: for sums that are nearly smooth.
    ///
    /// # Formula
    /// Lagrange's polynomials of four points, from 0 on: weights may be below 0.
    pub(crate) fn of_amount_smoothly(self, steps: f64) -> Complex {
        let Self::At(s) = self else { return Complex::real(0.0) };
        let near = libm::round(steps);
        if (steps - near).abs() < 1e-9 {
            return (-s.scale(near)).exp();
        }
        let first = (libm::floor(steps) - 1.0).max(0.0);
        let t = steps - first;
        let shares = [
            -(t - 1.0) * (t - 2.0) * (t - 3.0) / 6.0,
            t * (t - 2.0) * (t - 3.0) / 2.0,
            -t * (t - 1.0) * (t - 3.0) / 2.0,
            t * (t - 1.0) * (t - 2.0) / 6.0,
        ];
        let step = (-s).exp();
        // Horner's scheme.
        let sum = shares.iter().rev().fold(Complex::real(0.0), |sum, share| sum * step + Complex::real(*share));
        (-s.scale(first)).exp() * sum
    }
}

/// What lies below a target: the weights mₖ of the lattice points, transformed.
#[derive(Clone, Debug)]
pub(crate) enum Below {
    /// mₖ = 1 below this many steps, and a half or nothing on it.
    Steps { steps: u64, on_it: f64 },
    /// Nothing but this point, with this weight.
    On { steps: u64, weight: f64 },
    /// Everything below this many steps, where amounts lie between the points: an integral instead of a sum.
    Continuous { steps: f64 },
    /// The transform of any weights.
    Weights(Vec<Complex>),
}

impl Lattice {
    pub(crate) fn of(log2: u32) -> Self {
        Self { n: 1 << log2.min(60), fft: None, returns: false }
    }

    fn theta(&self) -> f64 {
        TILT / self.n as f64
    }

    /// For amounts whose transform may return to 1: no bin is left out.
    pub(crate) fn of_prices(mut self) -> Self {
        self.returns = true;
        self
    }

    /// Whether every bin counts.
    pub(crate) fn takes_all_bins(&self) -> bool {
        self.returns
    }

    /// Prepares for transforms of whole tables.
    pub(crate) fn with_tables(mut self) -> Self {
        self.fft.get_or_insert_with(|| Fft::of(usize::try_from(self.n).unwrap_or(4)));
        self
    }

    /// The transform of a probability for each number of steps, from 0.
    pub(crate) fn transform(&self, pmf: &[f64]) -> Vec<Complex> {
        let theta = self.theta();
        let tilted: Vec<f64> = pmf.iter().enumerate().map(|(k, p)| p * libm::exp(-theta * k as f64)).collect();
        self.fft.as_ref().map(|fft| fft.forward(&tilted)).unwrap_or_default()
    }

    /// Weights by number of steps, from 0, as [`Below`] takes them.
    pub(crate) fn weights(&self, weights: &[f64]) -> Below {
        let theta = self.theta();
        let tilted: Vec<f64> = weights.iter().enumerate().map(|(k, m)| m * libm::exp(theta * k as f64)).collect();
        Below::Weights(self.fft.as_ref().map(|fft| fft.forward(&tilted)).unwrap_or_default())
    }

    pub(crate) fn frequency(&self, bin: u64) -> Complex {
        Complex::new(self.theta(), 2.0 * core::f64::consts::PI * bin as f64 / self.n as f64)
    }

    /// Σ mₖ P(sum is k steps), where `transform` gives the transform of the sum at a bin and its frequency.
    pub(crate) fn below(&self, below: &Below, mut transform: impl FnMut(u64, Frequency) -> Complex) -> f64 {
        let atom = transform(0, Frequency::Atom).re;
        let nothing = atom * below.first();
        let silent = if matches!(below, Below::Continuous { .. }) { FAINT } else { SILENT };
        let (mut sum, mut quiet) = (0.0, 0);
        let mut alternating = Alternating::of(below.alternates(self.n));
        for bin in 0..=self.last(below) {
            let s = self.frequency(bin);
            let total = transform(bin, Frequency::At(s)) - Complex::real(atom);
            let term = (below.at(bin, s).conj() * total).scale(self.share(bin, below));
            sum += term.re;
            quiet = if term.norm_sqr() < silent * silent { quiet + 1 } else { 0 };
            if quiet == QUIET && !self.returns {
                return (sum + nothing).clamp(-1.0, 1.0);
            }
            if let Some(limit) = alternating.limit(sum, bin == self.last(below)) {
                sum = limit;
                break;
            }
        }
        (sum + nothing).clamp(-1.0, 1.0)
    }

    /// P(the sum of k amounts stays below) for k = 0, 1, … until that is negligible, of amounts above 0 with this transform;
    /// `None` where very many would still stay below.
    pub(crate) fn shortfalls(&self, below: &Below, amount: &[Complex]) -> Option<Vec<f64>> {
        let bin = |bin: u64| below.at(bin, self.frequency(bin)).conj().scale(self.share(bin, below));
        let mut terms: Vec<(Complex, Complex)> =
            amount.iter().zip((0..=self.last(below)).map(bin)).map(|(x, b)| (*x, b)).collect();
        let mut short = vec![1.0];
        while short.len() < MOST_AMOUNTS {
            for (amount, product) in &mut terms {
                *product = *product * *amount;
            }
            // High frequencies fade first.
            while terms.last().is_some_and(|(_, product)| product.norm_sqr() < FADED * FADED) {
                terms.pop();
            }
            let sum: f64 = terms.iter().map(|(_, product)| product.re).sum();
            if sum < WRAPPED {
                return Some(short);
            }
            short.push(sum.min(1.0));
        }
        None
    }

    /// A transform bin by bin, until it has stayed negligible for long.
    pub(crate) fn bins(&self, continuous: bool, mut transform: impl FnMut(u64, Complex) -> Complex) -> Vec<Complex> {
        let last = if continuous { self.n * FURTHER } else { self.n / 2 };
        let (mut bins, mut quiet) = (Vec::new(), 0);
        for bin in 0..=last {
            let value = transform(bin, self.frequency(bin));
            bins.push(value);
            // What it can count at most: the weights fall like 1/bin.
            let counts = value.norm_sqr().sqrt() / (bin + 1) as f64;
            quiet = if counts < FAINT { quiet + 1 } else { 0 };
            if quiet == QUIET && !self.returns {
                break;
            }
        }
        bins
    }

    /// The last bin of a sum over bins: without points in between there is no highest frequency.
    pub(crate) fn last(&self, below: &Below) -> u64 {
        if matches!(below, Below::Continuous { .. }) { self.n * FURTHER } else { self.n / 2 }
    }

    /// What a bin counts: bins above n/2 mirror those below.
    pub(crate) fn share(&self, bin: u64, below: &Below) -> f64 {
        let mirrored = bin > 0 && (bin < self.n / 2 || matches!(below, Below::Continuous { .. }));
        if mirrored { 2.0 / self.n as f64 } else { 1.0 / self.n as f64 }
    }
}

/// The limit of a sum whose terms come to alternate: partial sums averaged with binomial weights (Euler's method, as in
/// Abate & Whitt, ORSA J. Computing 7 (1995) 36).
struct Alternating {
    /// The last partial sums, if terms alternate.
    partial: Option<Vec<f64>>,
    found: f64,
    agreed: u32,
}

impl Alternating {
    /// Partial sums that are averaged.
    const AVERAGED: usize = 33;
    /// Limits that agree this well, this often, are the limit.
    const AGREED: f64 = 1e-12;
    const TIMES: u32 = 4;

    fn of(alternates: bool) -> Self {
        Self { partial: alternates.then(Vec::new), found: f64::NAN, agreed: 0 }
    }

    /// The limit after one more partial sum, where it has settled or no more follows.
    fn limit(&mut self, sum: f64, last: bool) -> Option<f64> {
        let partial = self.partial.as_mut()?;
        partial.push(sum);
        if partial.len() < Self::AVERAGED || !(last || partial.len() % Self::AVERAGED == 0) {
            return None;
        }
        let most = (Self::AVERAGED - 1) as f64;
        let mut weight = libm::exp2(-most);
        let mut limit = 0.0;
        for (k, sum) in partial.iter().rev().take(Self::AVERAGED).enumerate() {
            limit += weight * sum;
            weight *= (most - k as f64) / (k as f64 + 1.0);
        }
        self.agreed = if (limit - self.found).abs() < Self::AGREED { self.agreed + 1 } else { 0 };
        self.found = limit;
        (last || self.agreed == Self::TIMES).then_some(limit)
    }
}

impl Below {
    /// Whether the weights of neighbouring bins have opposite signs: the target lies in the middle of the lattice.
    fn alternates(&self, n: u64) -> bool {
        matches!(self, Self::Continuous { steps } if (2.0 * steps - n as f64).abs() < 0.5)
    }

    /// The weight of no amount at all: it lies below every target.
    pub(crate) fn first(&self) -> f64 {
        if matches!(self, Self::On { .. }) { 0.0 } else { 1.0 }
    }

    pub(crate) fn at(&self, bin: u64, s: Complex) -> Complex {
        match self {
            Self::Weights(bins) => {
                usize::try_from(bin).ok().and_then(|bin| bins.get(bin)).copied().unwrap_or(Complex::real(0.0))
            }
            // The integral from −∞ on: nothing lies below 0.
            Self::Continuous { steps } => {
                let z = s.conj();
                z.scale(*steps).exp() / z
            }
            // A geometric sum in z = e^(θ − iω): Σ_{k<j} zᵏ = (zʲ − 1)/(z − 1).
            Self::On { steps, weight } => s.conj().scale(*steps as f64).exp().scale(*weight),
            Self::Steps { steps, on_it } => {
                let z = s.conj();
                let (last, one) = (z.scale(*steps as f64).exp(), z.exp());
                (last - Complex::ONE) / (one - Complex::ONE) + last.scale(*on_it)
            }
        }
    }
}

/// The probability of each number of steps 0 … `cap` for an amount whose limited mean E[min(X, x)] is known, so that the
/// mean stays exact; larger amounts count as `cap` steps.
///
/// # Formula
/// pₖ = [2Λ(kh) − Λ((k−1)h) − Λ((k+1)h)] / h, p₀ = 1 − Λ(h)/h, for the cap C: [Λ(Ch) − Λ((C−1)h)] / h.
pub(crate) fn spread(limited_mean: impl Fn(f64) -> f64, step: f64, cap: usize) -> Vec<f64> {
    let means: Vec<f64> = (0..=cap).map(|k| limited_mean(step * k as f64) / step).collect();
    let rise: Vec<f64> =
        means.windows(2).map(|pair| pair.iter().rev().copied().reduce(|b, a| b - a).unwrap_or(0.0)).collect();
    let mut pmf: Vec<f64> = core::iter::once(&1.0).chain(&rise).zip(&rise).map(|(a, b)| (a - b).max(0.0)).collect();
    pmf.push(rise.last().copied().unwrap_or(1.0).max(0.0));
    let sum: f64 = pmf.iter().sum();
    for p in &mut pmf {
        *p /= sum;
    }
    pmf
}

/// The same for amounts with their probabilities: each is split between the two nearest points, keeping its mean.
pub(crate) fn split(amounts: impl Iterator<Item = (f64, f64)>, step: f64, cap: usize) -> Vec<f64> {
    let mut pmf = vec![0.0; cap + 1];
    for (amount, probability) in amounts {
        let steps = (amount / step).min(cap as f64);
        // A whole number of steps must not be split by the rounding of a quotient.
        let near = libm::round(steps);
        let steps = if (steps - near).abs() < 1e-9 { near } else { steps };
        let whole = libm::floor(steps);
        let share = steps - whole;
        let places = pmf.iter_mut().skip(super::search::to_index(whole)).take(2);
        places.zip([1.0 - share, share]).for_each(|(slot, part)| *slot += probability * part);
    }
    pmf
}

#[cfg(test)]
mod tests {
    use super::*;

    /// n deals at rate p, each of these sizes: the transform that the tests hand over.
    fn binomial(n: f64, p: f64, deal: Complex) -> Complex {
        (-(Complex::ONE - deal).scale(p)).ln_1p().scale(n).exp()
    }

    /// Panjer's recursion, from the reference file: 50 leads, p = .2, sizes 0 … 6, P(≥ 32).
    #[test]
    fn agrees_with_panjer() {
        let lattice = Lattice::of(7).with_tables();
        let deal = lattice.transform(&[0.0, 0.5, 0.2, 0.1, 0.1, 0.05, 0.05]);
        let below = Below::Steps { steps: 32, on_it: 0.0 };
        let got = 1.0
            - lattice.below(&below, |bin, at| match at {
                Frequency::At(_) => binomial(50.0, 0.2, deal[usize::try_from(bin).unwrap()]),
                Frequency::Atom => binomial(50.0, 0.2, Complex::real(0.0)),
            });
        assert!((got - 0.104_059_352_398_725_55).abs() < 1e-9, "{got}");
    }

    /// Seven open deals by enumeration of all 2⁷ outcomes, from the reference file: target 16, unit 2.
    #[test]
    fn agrees_with_enumeration() {
        let open = [(0.1, 4.0), (0.3, 8.0), (0.5, 2.0), (0.7, 6.0), (0.9, 4.0), (0.25, 10.0), (0.6, 2.0)];
        let lattice = Lattice::of(5);
        let won =
            |(q, amount): &(f64, f64), at: Frequency| Complex::real(1.0 - q) + at.of_amount(amount / 2.0).scale(*q);
        let below = lattice.below(&Below::Steps { steps: 8, on_it: 0.0 }, |_, at| {
            open.iter().map(|deal| won(deal, at)).fold(Complex::ONE, |all, one| all * one)
        });
        assert!((1.0 - below - 0.440_469_999_999_999_9).abs() < 1e-9);
    }

    /// 700 leads at 10 %, at least 64 customers: `scipy.stats.binom.sf`, from the reference file; on a lattice that holds
    /// the target but not the sum.
    #[test]
    fn the_target_must_fit_not_the_sum() {
        for log2 in [8, 10, 14] {
            let lattice = Lattice::of(log2);
            let got =
                lattice.below(&Below::Steps { steps: 64, on_it: 0.0 }, |_, at| binomial(700.0, 0.1, at.of_amount(1.0)));
            assert!((1.0 - got - 0.792_031_588_828_079_8).abs() < 1e-9, "{log2}: {got}");
        }
    }

    #[test]
    fn amounts_on_the_lattice_keep_their_mean() {
        let exponential = |x: f64| 1.0 - libm::exp(-x);
        let pmf = spread(exponential, 0.01, 2000);
        let mean: f64 = pmf.iter().enumerate().map(|(k, p)| 0.01 * k as f64 * p).sum();
        assert!((mean - exponential(20.0)).abs() < 1e-12);
        let two = split([(1.5, 0.5), (7.25, 0.5)].into_iter(), 0.5, 100);
        let mean: f64 = two.iter().enumerate().map(|(k, p)| 0.5 * k as f64 * p).sum();
        assert!((mean - 4.375).abs() < 1e-14);
    }
}
