//! How often does the library keep its promises? Worlds with known truth, planners in them, and the score of each.

mod beta;
mod case;
mod in_flight;
mod judge;
mod page;
mod planner;
mod promises;
mod reached;
mod report;
mod scenario;
mod score;
mod study;
mod table;
mod trial;
mod warned;

pub use beta::cumulative;
pub use page::replace_figures;
pub use planner::{Cohorts, Planner, planners};
pub use promises::missed;
pub use report::report;
pub use scenario::{Aim, CURRENCY, DEADLINE, QUARTER_DAYS, START, Scenario, Window, scenarios, windows};
pub use score::{Score, mean, median, share};
pub use study::{Study, World};
pub use table::Table;
pub use trial::{Bought, Judged, LEVELS, Trial};
pub use warned::WARNINGS;
