//! Backward planning of a campaign: from a revenue target, through what history supports about conversion, delay and
//! deal size, to the customers, SQLs, MQLs and leads that it takes, with what probability.
//!
//! ```
//! use backcast::{Conversion, DealSize, Funnel, Goal, Rates};
//!
//! let rates = Rates::new(Funnel::new(["lead", "customer"])?, vec![Conversion::learned(20, 1000)?])?
//!     .with_deal_size(DealSize::mean(&"10000".into(), "USD".parse()?)?);
//! let plan = Goal::revenue("500000 USD".parse()?)?.at(0.8)?.plan(&rates)?;
//! // Plain division says 2,500 leads, which reach the goal half of the time.
//! assert_eq!(plan.stage("lead")?.exact, Some(2500.0));
//! assert_eq!(plan.stage("lead")?.needed, Some(3_081));
//! # Ok::<(), backcast::Error>(())
//! ```
//!
//! | term of the field | here |
//! |---|---|
//! | stage, funnel | [`Funnel`] |
//! | conversion rate | [`Rate`] as stated, [`Conversion`] with its evidence, [`rates::Estimate`] from history |
//! | channel, persona, region | [`Segment`] |
//! | deal size (ACV, ASP) | [`DealSize`] as stated, [`rates::DealEstimate`] from history |
//! | target, deadline, how sure | [`Goal`] |
//! | leads, MQLs, SQLs that are needed | [`Plan`], [`plan::StagePlan`] |
//! | CRM table, and what became of its rows | [`Table`], [`History`], [`history::Report`] |
//! | backtest on one's own history | [`Backtest`], [`review::TestedCohort`], [`review::MethodScore`] |
//!
//! It does no input or output, reads no clock, draws no random number, and gives the same bits on every machine.
//! Rooms in reading order; each uses only those before it:
#![forbid(unsafe_code)]

mod math;
pub mod error;
mod saved;
pub mod quantity;
pub mod words;
pub mod funnel;
pub mod history;
pub mod rates;
pub mod outlook;
pub mod plan;
pub mod review;
pub mod answer;

pub use answer::{Answer, Request, answer, answer_json};
pub use error::{Error, ErrorKind};
pub use funnel::{Funnel, Segment};
pub use history::{History, Table, Tally};
pub use outlook::{Open, Outlook};
pub use plan::{Channel, Channels, Goal, Plan};
pub use quantity::{Currency, Day, Money, Rate};
pub use rates::{Conversion, DealSize, Lag, Rates};
pub use review::Backtest;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
