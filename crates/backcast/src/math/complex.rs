//! A complex number with the few operations that transforms need.

use core::ops::{Add, Div, Mul, Neg, Sub};

/// `re + i·im`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Complex {
    pub(crate) re: f64,
    pub(crate) im: f64,
}

impl Complex {
    pub(crate) const ONE: Self = Self::new(1.0, 0.0);

    pub(crate) const fn new(re: f64, im: f64) -> Self {
        Self { re, im }
    }

    pub(crate) const fn real(re: f64) -> Self {
        Self::new(re, 0.0)
    }

    pub(crate) const fn conj(self) -> Self {
        Self::new(self.re, -self.im)
    }

    /// |z|², without the square root.
    pub(crate) fn norm_sqr(self) -> f64 {
        self.re * self.re + self.im * self.im
    }

    pub(crate) fn scale(self, by: f64) -> Self {
        Self::new(self.re * by, self.im * by)
    }

    pub(crate) fn is_zero(self) -> bool {
        self.re == 0.0 && self.im == 0.0
    }

    /// e^z; 0 where that is below 2e-22, so that terms of sums near 1 may be left out.
    pub(crate) fn exp_or_nothing(self) -> Self {
        const NOTHING: f64 = -50.0;
        if self.re < NOTHING { Self::real(0.0) } else { self.exp() }
    }

    pub(crate) fn exp(self) -> Self {
        let radius = libm::exp(self.re);
        let (sin, cos) = libm::sincos(self.im);
        Self::new(radius * cos, radius * sin)
    }

    /// n ln z, with 0 · ∞ = 0: what is never tried never fails.
    pub(crate) fn times(self, n: f64) -> Self {
        if n <= 0.0 { Self::real(0.0) } else { self.scale(n) }
    }

    /// zⁿ for a whole number n ≥ 0 (0⁰ = 1): by the logarithm, whose branch then does not matter.
    pub(crate) fn power(self, n: f64) -> Self {
        let norm = self.norm_sqr();
        if n <= 0.0 {
            Self::ONE
        } else if norm < 1e-300 {
            Self::real(0.0)
        } else {
            Self::new(0.5 * libm::log(norm), libm::atan2(self.im, self.re)).scale(n).exp()
        }
    }

    /// ln(1 + z), exact to the last bits for small `z` too.
    pub(crate) fn ln_1p(self) -> Self {
        let re = 0.5 * libm::log1p(self.re * (2.0 + self.re) + self.im * self.im);
        Self::new(re, libm::atan2(self.im, 1.0 + self.re))
    }
}

impl Add for Complex {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.re + other.re, self.im + other.im)
    }
}

impl Sub for Complex {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.re - other.re, self.im - other.im)
    }
}

impl Neg for Complex {
    type Output = Self;
    fn neg(self) -> Self {
        Self::new(-self.re, -self.im)
    }
}

impl Mul for Complex {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self::new(self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re)
    }
}

impl Div for Complex {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let norm = other.norm_sqr();
        Self::new((self.re * other.re + self.im * other.im) / norm, (self.im * other.re - self.re * other.im) / norm)
    }
}
