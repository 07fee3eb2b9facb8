//! The largest amount of which two amounts are whole multiples, and where smooth sums of such multiples are cut.

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;

/// The largest amount of which both are whole multiples; 0 counts as no amount.
pub(in crate::outlook) fn common_unit(one: &BigRational, other: &BigRational) -> BigRational {
    let denominator = one.denom().lcm(other.denom());
    let whole = |value: &BigRational| (value * BigRational::from(denominator.clone())).to_integer();
    let common: BigInt = whole(one).gcd(&whole(other));
    BigRational::new(common, denominator)
}

/// A whole number of units, as far as rounding can tell.
const ROUNDING: f64 = 1e-9;

/// Half a unit of all sums below the first of them that reaches a target: where a smooth sum is cut in their stead.
pub(in crate::outlook) fn between(unit: Option<f64>, target: f64) -> f64 {
    unit.map_or(target, |unit| (libm::ceil(target / unit - ROUNDING) - 0.5) * unit)
}
