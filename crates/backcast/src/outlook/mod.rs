//! What will follow from given volumes? The distribution of customers, and the revenue they bring.

mod customers;

pub(crate) use customers::TIE;
pub use customers::{Customers, Path};
