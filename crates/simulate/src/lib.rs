//! A seeded world of leads with known truth: what a CRM would have recorded, and what it could not know.
//!
//! Estimators are judged here, so nothing in this crate estimates. Two faces:
//!
//! | question | name |
//! |---|---|
//! | how often does a method keep its promise? | [`World`]: history, following campaign, truth and oracle |
//! | what does a real, dirty export look like? | [`sample_crm`]: the project's sample CRM as text columns |
//!
//! Same seed, same bits, on every machine: the generator is `ChaCha8`, every variate comes from one uniform by inversion,
//! and elementary functions come from `libm`.
//!
//! ```
//! use simulate::{World, day_of};
//!
//! let world = World { tau: 0.3, ..World::default() };
//! let history = world.history(7)?;                          // everything that ever happens to these leads
//! let known = history.as_of(world.as_of);                   // what the CRM knows today
//! assert!(known.customers() < history.customers());
//!
//! let campaign = world.campaign(7, 1_000, day_of(2026, 1, 1), 90)?; // the next quarter of the same world
//! assert_eq!(campaign.leads.len(), 1_000);
//! # Ok::<(), simulate::Error>(())
//! ```

mod calendar;
mod draw;
mod error;
mod lag;
mod normal;
mod sample;
mod world;

pub use calendar::{day_of, iso_day, quarter_of};
pub use error::Error;
pub use lag::Lag;
pub use sample::{Dirt, SAMPLE_AS_OF, SAMPLE_COLUMNS, SampleCrm, sample_crm, sample_world};
pub use world::{
    Deal, Leads, Loss, MISSING, MISSING_AMOUNT, Oracle, Outcome, Part, RateBreak, Segment, Step, Truth, World,
};
