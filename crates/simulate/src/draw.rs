//! The dice: one seeded stream of uniforms, and everything that is drawn from it by inversion.
//!
//! Why not `rand_distr`: its normal is a rejection sampler, which uses up a varying number of uniforms, so that a change of
//! one parameter reshuffles everything after it, and its values may change between versions. Inversion needs one uniform
//! per variate and is pinned by this file.

use crate::normal;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a stream of random numbers is for. Streams of one seed are independent of each other, so that a longer history
/// does not change the campaign that follows it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    Shocks,
    History,
    /// Of a campaign that starts on this day.
    Campaign(i32),
    Oracle,
    Dirt,
}

impl Stream {
    fn number(self) -> u64 {
        match self {
            Self::Shocks => 1,
            Self::History => 2,
            Self::Oracle => 3,
            Self::Dirt => 4,
            Self::Campaign(day) => (1 << 32) + u64::from(day.cast_unsigned()),
        }
    }
}

/// One stream of random numbers.
#[derive(Debug)]
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64, stream: Stream) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream.number());
        Self(generator)
    }

    /// A uniform on the open interval (0, 1): one of 2⁵² equally spaced midpoints, so that neither end can occur.
    pub(crate) fn uniform(&mut self) -> f64 {
        ((self.0.next_u64() >> 12) as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0)
    }

    /// True with chance `p`: never for 0, always for 1.
    pub(crate) fn happens(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// A standard normal variate.
    pub(crate) fn normal(&mut self) -> f64 {
        normal::quantile(self.uniform())
    }

    /// An exponential variate with mean 1.
    pub(crate) fn exponential(&mut self) -> f64 {
        -libm::log(self.uniform())
    }

    /// A whole number from 0 to `n` − 1, or 0 for `n` = 0. Lemire's multiplication; its bias is below `n` / 2⁶⁴.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let product = u128::from(self.0.next_u64()) * n as u128;
        usize::try_from(product >> 64).unwrap_or(0)
    }

    /// A position in a list of cumulative shares that ends with 1.
    pub(crate) fn position(&mut self, cumulative: &[f64]) -> usize {
        let u = self.uniform();
        cumulative.partition_point(|share| *share <= u).min(cumulative.len().saturating_sub(1))
    }

    /// The positions 0 to `n` − 1 in random order (Fisher and Yates).
    pub(crate) fn shuffled(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for last in (1..n).rev() {
            order.swap(last, self.below(last + 1));
        }
        order
    }
}

/// The running shares of some weights: the last is exactly 1.
pub(crate) fn cumulative_shares(weights: impl Iterator<Item = f64> + Clone) -> Vec<f64> {
    let total: f64 = weights.clone().sum();
    let mut running = 0.0;
    let mut shares: Vec<f64> = weights
        .map(|weight| {
            running += weight;
            running / total
        })
        .collect();
    if let Some(last) = shares.last_mut() {
        *last = 1.0;
    }
    shares
}
