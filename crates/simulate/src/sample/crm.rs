//! The sample CRM as a table of text.

use super::dirt::Dirt;
use super::plant::Planter;
use super::recipe::{SAMPLE_AS_OF, sample_world};
use super::row::{Course, Row};
use crate::draw::{Dice, Stream};

/// The columns of the sample CRM, in order.
pub const SAMPLE_COLUMNS: [&str; 10] =
    ["lead_id", "channel", "persona", "country", "lead_on", "mql_on", "sql_on", "customer_on", "lost_on", "deal_value"];

/// The sample CRM: text columns of equal length, sorted by the day on which the lead was created.
///
/// Days are written `YYYY-MM-DD`, blank where nothing happened. `deal_value` is in EUR, major units with two decimals, on
/// won deals only. Some rows are dirty: see [`Dirt`]. Some dates lie after `as_of`, so a reader must be told that day and
/// not take the latest date for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleCrm {
    /// The columns, in the order of [`SAMPLE_COLUMNS`].
    pub columns: [Vec<String>; 10],
    /// The day of the export, 2025-12-31, in days since 1970-01-01.
    pub as_of: i32,
    /// How many rows of each kind of dirt there are.
    pub dirt: Dirt,
}

impl SampleCrm {
    /// How many rows there are.
    ///
    /// ```
    /// assert!((19_000..21_000).contains(&simulate::sample_crm(1).len()));
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A column by its name.
    ///
    /// ```
    /// let crm = simulate::sample_crm(1);
    /// assert_eq!(crm.column("lead_id").unwrap()[0], "L-00001");
    /// assert_eq!(crm.column("visits"), None);
    /// ```
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&[String]> {
        let named = SAMPLE_COLUMNS.iter().zip(&self.columns);
        named.into_iter().find(|(column, _)| **column == name).map(|(_, values)| values.as_slice())
    }

    /// The table as CSV: a header, `\n` at each end of line, no quotes, because no value needs them.
    ///
    /// ```
    /// let csv = simulate::sample_crm(1).to_csv();
    /// assert!(csv.starts_with("lead_id,channel,persona,country,lead_on,mql_on,sql_on,customer_on,lost_on,deal_value\n"));
    /// ```
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut csv = SAMPLE_COLUMNS.join(",");
        csv.push('\n');
        for row in 0..self.len() {
            for (index, column) in self.columns.iter().enumerate() {
                if index > 0 {
                    csv.push(',');
                }
                csv.push_str(column.get(row).map_or("", String::as_str));
            }
            csv.push('\n');
        }
        csv
    }
}

/// Draws the sample CRM: about 20,000 rows from 2024-01-01 to 2025-12-31, stages lead → MQL → SQL → customer, with channels
/// and personas that differ, drift between quarters, one channel whose quality falls, delays of weeks to months, re-entries
/// and dirty rows. The same seed gives the same text.
///
/// ```
/// let crm = simulate::sample_crm(1);
/// assert_eq!(crm.dirt.refused(), 90);
/// ```
#[must_use]
pub fn sample_crm(seed: u64) -> SampleCrm {
    let everything = sample_world().unchecked_history(seed);
    let mut dice = Dice::new(seed, Stream::Dirt);
    let rows = Row::all(&everything.as_of(SAMPLE_AS_OF), &mut dice);
    let (rows, dirt) = Planter::new(rows, Course::all(&everything), dice).plant();
    let mut columns: [Vec<String>; 10] = std::array::from_fn(|_| Vec::with_capacity(rows.len()));
    for row in &rows {
        for (column, text) in columns.iter_mut().zip(row.text()) {
            column.push(text);
        }
    }
    SampleCrm { columns, as_of: SAMPLE_AS_OF, dirt }
}
