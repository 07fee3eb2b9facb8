//! Numerics without a campaign word: exact decimals, Beta moments and tails, exact ties, searches, scores.

pub(crate) mod beta;
pub(crate) mod beta_binomial;
pub(crate) mod complex;
pub(crate) mod decimal;
pub(crate) mod gamma;
pub(crate) mod product;
pub(crate) mod scores;
pub(crate) mod search;
pub(crate) mod urn;
