//! An oracle: fractions of big whole numbers, with no line in common with the core's decimals.
#![allow(dead_code, reason = "each test uses a part of it")]

use num_bigint::BigInt;

/// A fraction with a positive denominator, never reduced: slow, plain and hard to get wrong.
#[derive(Clone, Debug)]
pub(crate) struct Fraction {
    numer: BigInt,
    denom: BigInt,
}

impl Fraction {
    /// `numer` over a positive `denom`.
    pub(crate) fn new(numer: impl Into<BigInt>, denom: impl Into<BigInt>) -> Self {
        Self { numer: numer.into(), denom: denom.into() }
    }

    /// `units` hundredths, thousandths, … : `units` · 10^(−places).
    pub(crate) fn decimal(units: i128, places: u32) -> Self {
        Self::new(units, BigInt::from(10).pow(places))
    }

    /// Their quotient.
    pub(crate) fn over(&self, by: &Self) -> Self {
        Self::new(&self.numer * &by.denom, &self.denom * &by.numer)
    }

    /// Their product.
    pub(crate) fn times(&self, by: &Self) -> Self {
        Self::new(&self.numer * &by.numer, &self.denom * &by.denom)
    }

    /// Whether this is at least `other`.
    pub(crate) fn at_least(&self, other: &Self) -> bool {
        &self.numer * &other.denom >= &other.numer * &self.denom
    }

    /// The smallest whole number that is not below it; for values from 0.
    pub(crate) fn up(&self) -> BigInt {
        let floor = &self.numer / &self.denom;
        if &floor * &self.denom == self.numer { floor } else { floor + 1 }
    }

    /// The nearest whole number, ties up; for values from 0.
    pub(crate) fn near(&self) -> BigInt {
        (&self.numer + &self.numer + &self.denom) / (&self.denom + &self.denom)
    }

    /// The nearest double, halves to even: 200 decimals and a mark for what is left, read by the standard library.
    ///
    /// Every point half-way between two doubles of at least 10⁻⁸ has at most 80 decimals, so the mark decides rightly.
    pub(crate) fn nearest_double(&self) -> f64 {
        let scale = BigInt::from(10).pow(200);
        let scaled = &self.numer * scale;
        let floor = &scaled / &self.denom;
        let mark = if &floor * &self.denom == scaled { '0' } else { '1' };
        format!("{floor}{mark}e-201").parse().unwrap()
    }
}
