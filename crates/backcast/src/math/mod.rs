//! Numerics without a campaign word: exact decimals, Beta moments and tails, transforms, quadrature, searches, scores.

pub(crate) mod apportion;
pub(crate) mod beta;
pub(crate) mod beta_binomial;
pub(crate) mod binomial;
pub(crate) mod cholesky;
pub(crate) mod complex;
pub(crate) mod decimal;
pub(crate) mod digamma;
pub(crate) mod even;
pub(crate) mod fft;
pub(crate) mod gamma;
pub(crate) mod half_normal;
pub(crate) mod incomplete_gamma;
mod inversion;
pub(crate) mod lattice;
pub(crate) mod lilliefors;
pub(crate) mod newton;
pub(crate) mod normal;
pub(crate) mod product;
pub(crate) mod quadrature;
pub(crate) mod rank_correlation;
pub(crate) mod scores;
pub(crate) mod search;
pub(crate) mod student_t;
pub(crate) mod urn;
pub(crate) mod work;
