//! The sample CRM: about 20,000 rows of text, as an export would hold them, with dirt that is counted.

mod crm;
mod dirt;
mod plant;
mod recipe;
mod row;

pub use crm::{SAMPLE_COLUMNS, SampleCrm, sample_crm};
pub use dirt::Dirt;
pub use recipe::{SAMPLE_AS_OF, sample_world};
