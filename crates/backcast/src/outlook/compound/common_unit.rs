//! The largest amount of which two amounts are whole multiples.

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
