//! Exact comparison of a tail with a level, for ties that no floating-point sum can decide (Pólya's urn in whole numbers).

use core::cmp::Ordering;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Zero};

/// Beyond this many draws a tie is left to floating point: the whole numbers would grow too long.
pub(crate) const MAX_DRAWS: u64 = 3_000;

/// A draw succeeds with probability α/(α + β); a success then adds `step` to α, a failure adds it to β.
/// `step` = 0 is the binomial, `step` = 1 with shapes (α, β) the beta-binomial; only the proportions matter.
#[derive(Clone, Debug)]
pub(crate) struct Urn {
    success: BigInt,
    failure: BigInt,
    step: BigInt,
}

impl Urn {
    /// Sequence of independent draws of an exactly known rate.
    pub(crate) fn binomial(rate: &BigRational) -> Self {
        Self { success: rate.numer().clone(), failure: rate.denom() - rate.numer(), step: BigInt::zero() }
    }

    /// Draws whose rate is Beta(a, b) distributed.
    pub(crate) fn beta_binomial(a: &BigRational, b: &BigRational) -> Self {
        Self { success: a.numer() * b.denom(), failure: b.numer() * a.denom(), step: a.denom() * b.denom() }
    }

    /// How P(at least `k` of `n` draws succeed) compares with `level`, decided in whole numbers; `n` ≤ [`MAX_DRAWS`].
    pub(crate) fn compare_tail(&self, n: u64, k: u64, level: &BigRational) -> Ordering {
        // Terms T(j) = C(n, j)·rising(success, j)·rising(failure, n − j), over the total rising(success + failure, n).
        let rising = |base: &BigInt, times: u64| {
            (0..times).fold(BigInt::one(), |product, i| product * (base + &self.step * BigInt::from(i)))
        };
        let mut term = rising(&self.success, n);
        let mut tail = BigInt::zero();
        for j in (k..=n).rev() {
            tail += &term;
            if j > k {
                let gained = &self.failure + &self.step * BigInt::from(n - j);
                let given_up = &self.success + &self.step * BigInt::from(j - 1);
                term = term * BigInt::from(j) * gained / (BigInt::from(n - j + 1) * given_up);
            }
        }
        (tail * level.denom()).cmp(&(rising(&(&self.success + &self.failure), n) * level.numer()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Urn {
        fn tail_reaches(&self, n: u64, k: u64, level: &BigRational) -> bool {
            self.compare_tail(n, k, level) != Ordering::Less
        }
    }

    fn ratio(numer: i64, denom: i64) -> BigRational {
        BigRational::new(numer.into(), denom.into())
    }

    #[test]
    fn ties_are_ties() {
        let fair = Urn::binomial(&ratio(1, 2));
        let even = Urn::beta_binomial(&ratio(11, 2), &ratio(11, 2));
        for k in [1, 2, 50] {
            for urn in [&fair, &even] {
                assert!(urn.tail_reaches(2 * k - 1, k, &ratio(1, 2)));
                assert!(!urn.tail_reaches(2 * k - 1, k, &ratio(500_000_001, 1_000_000_000)));
                assert!(!urn.tail_reaches(2 * k - 2, k, &ratio(1, 2)));
            }
        }
        // P(at least 2 of 2) = 0.9² = 0.81 exactly; and 3 of 4 at 1/3: (4·2 + 1)/81.
        assert!(Urn::binomial(&ratio(9, 10)).tail_reaches(2, 2, &ratio(81, 100)));
        assert!(Urn::binomial(&ratio(1, 3)).tail_reaches(4, 3, &ratio(9, 81)));
        assert!(!Urn::binomial(&ratio(1, 3)).tail_reaches(4, 3, &ratio(9, 80)));
    }
}
