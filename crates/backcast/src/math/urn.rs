//! Exact comparison of a tail with a level, for ties that no floating-point sum can decide (Pólya's urn in whole numbers).

use core::cmp::Ordering;

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

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
        let (success, failure, step) = (a.numer() * b.denom(), b.numer() * a.denom(), a.denom() * b.denom());
        let common = success.gcd(&failure).gcd(&step);
        Self { success: success / &common, failure: failure / &common, step: step / &common }
    }

    /// How P(at least `k` of `n` draws succeed) compares with `level`, decided in whole numbers; `n` ≤ [`MAX_DRAWS`].
    pub(crate) fn compare_tail(&self, n: u64, k: u64, level: &BigRational) -> Ordering {
        self.compare_nearly(n, k, level).unwrap_or_else(|| self.compare_exactly(n, k, level))
    }

    /// Term j − 1 over term j, of the terms T(j) = C(n, j)·rising(success, j)·rising(failure, n − j).
    fn ratio(&self, n: u64, j: u64) -> (BigInt, BigInt) {
        let gained = &self.failure + &self.step * BigInt::from(n - j);
        let given_up = &self.success + &self.step * BigInt::from(j - 1);
        (gained * BigInt::from(j), given_up * BigInt::from(n - j + 1))
    }

    /// The same with terms of [`DIGITS`] bits; `None` where these are too few to tell.
    ///
    /// Each product and each sum is off by at most one part in 2^(DIGITS − 1), and all are positive: what 3 n of them add
    /// up to is far below one part in 2^CERTAIN.
    fn compare_nearly(&self, n: u64, k: u64, level: &BigRational) -> Option<Ordering> {
        let mut term = Float::new(BigInt::one(), 0);
        let (mut tail, mut all) = (Float::default(), Float::default());
        for j in (0..=n).rev() {
            all = all.plus(&term);
            if j >= k {
                tail = all.clone();
            }
            if j > 0 {
                let (numer, denom) = self.ratio(n, j);
                term = term.times(&numer, &denom);
            }
        }
        let least = tail.exponent.min(all.exponent);
        let whole = |float: &Float| &float.mantissa << float.exponent.abs_diff(least);
        let (tail, level) = (whole(&tail) * level.denom(), whole(&all) * level.numer());
        let apart = (&tail - &level).abs() << CERTAIN;
        (apart > level).then(|| tail.cmp(&level))
    }

    fn compare_exactly(&self, n: u64, k: u64, level: &BigRational) -> Ordering {
        // The terms' sum is rising(success + failure, n).
        let rising = |base: &BigInt, times: u64| {
            (0..times).fold(BigInt::one(), |product, i| product * (base + &self.step * BigInt::from(i)))
        };
        let mut term = rising(&self.success, n);
        let mut tail = BigInt::zero();
        for j in (k..=n).rev() {
            tail += &term;
            if j > k {
                let (numer, denom) = self.ratio(n, j);
                term = term * numer / denom;
            }
        }
        (tail * level.denom()).cmp(&(rising(&(&self.success + &self.failure), n) * level.numer()))
    }
}

/// Bits of a term: most comparisons need no more.
const DIGITS: u64 = 256;
/// A difference of less than one part in 2 to this power is left to whole numbers.
const CERTAIN: u64 = 200;

/// `mantissa`·2^`exponent`, not negative, of [`DIGITS`] bits, cut off.
#[derive(Clone, Debug, Default)]
struct Float {
    mantissa: BigInt,
    exponent: i64,
}

impl Float {
    fn new(mantissa: BigInt, exponent: i64) -> Self {
        let bits = mantissa.bits();
        let shift = bits.abs_diff(DIGITS);
        if bits > DIGITS {
            Self { mantissa: mantissa >> shift, exponent: exponent.saturating_add_unsigned(shift) }
        } else {
            Self { mantissa: mantissa << shift, exponent: exponent.saturating_sub_unsigned(shift) }
        }
    }

    fn times(&self, numer: &BigInt, denom: &BigInt) -> Self {
        let room = denom.bits();
        Self::new(((&self.mantissa * numer) << room) / denom, self.exponent.saturating_sub_unsigned(room))
    }

    fn plus(&self, other: &Self) -> Self {
        if self.mantissa.is_zero() || other.mantissa.is_zero() {
            return if self.mantissa.is_zero() { other.clone() } else { self.clone() };
        }
        let (high, low) = if self.exponent < other.exponent { (other, self) } else { (self, other) };
        Self::new(&high.mantissa + (&low.mantissa >> high.exponent.abs_diff(low.exponent)), high.exponent)
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

    /// What few bits decide is what whole numbers say, and a tie is never decided by few bits.
    #[test]
    fn few_bits_agree_with_whole_numbers() {
        let urns = [
            Urn::binomial(&ratio(1, 2)),
            Urn::binomial(&ratio(999_999, 1_000_000)),
            Urn::beta_binomial(&ratio(1, 2), &ratio(121, 2)),
            Urn::beta_binomial(&ratio(1, 1_000_000), &ratio(1, 1000)),
            Urn::beta_binomial(&ratio(41, 2), &ratio(1961, 2)),
        ];
        let billionth = ratio(1, 1_000_000_000);
        for urn in urns {
            for (n, k) in [(1, 1), (7, 1), (7, 4), (40, 3), (200, 100), (200, 200), (1000, 17)] {
                for level in [ratio(1, 2), ratio(81, 100), billionth.clone(), BigRational::one() - &billionth] {
                    let exactly = urn.compare_exactly(n, k, &level);
                    let nearly = urn.compare_nearly(n, k, &level);
                    assert!(nearly.is_none_or(|order| order == exactly), "{urn:?} {n} {k} {level}");
                    assert_eq!(nearly.is_none(), exactly.is_eq(), "{urn:?} {n} {k} {level}");
                }
            }
        }
        assert_eq!(Urn::binomial(&ratio(1, 2)).compare_nearly(999, 500, &ratio(1, 2)), None);
    }
}
