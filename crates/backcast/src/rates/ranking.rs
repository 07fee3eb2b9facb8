//! Which segments convert best, and which cannot be told apart: from the posteriors whose intervals are shown.

use serde::{Deserialize, Serialize};

use super::{Estimate, Rates};
use crate::error::{Error, Kind, Result};
use crate::funnel::Segment;
use crate::math::beta;
use crate::words::en::evidence as words;

/// One segment or channel is told from another if it is better with at least this probability.
pub(crate) const CLEAR: f64 = 0.9;
/// So many segments are named in a sentence.
const NAMED: usize = 3;

/// A segment's place among the others in one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ranked {
    /// The segment.
    pub segment: Segment,
    /// 1 for the group with the highest rates; segments of one group cannot be told from the group's best (it is better
    /// with a probability below 90 %).
    pub group: u32,
    /// Its estimate, as in the table.
    pub estimate: f64,
    /// Lower end of the 80 % interval.
    pub low: f64,
    /// Upper end of the 80 % interval.
    pub high: f64,
    /// The probability that its rate is higher than that of the segment which follows; `None` for the last one.
    pub better_than_next: Option<f64>,
    /// The probability that the first segment's rate is higher than its; `None` for the first.
    pub best_is_better: Option<f64>,
}

impl Rates {
    /// The segments of a step (`None`: the whole way) by their estimates, the highest first; empty without segments.
    ///
    /// # Formula
    /// P(p₁ > p₂) = ∫ f₁(p) F₂(p) dp over the Beta posteriors of both, taken as independent.
    ///
    /// # Errors
    /// `unknown_step`.
    pub fn ranking(&self, step: Option<&str>) -> Result<Vec<Ranked>> {
        let Some(step) = step.or(self.whole_way()) else { return Ok(Vec::new()) };
        if !self.table().iter().any(|row| row.step == step) {
            return Err(Error::new(Kind::UnknownStep, step));
        }
        let of_step = self.table().iter().filter(|row| row.step == step);
        let mut rows: Vec<(&Estimate, &Segment, f64)> = of_step.filter_map(known).collect();
        rows.sort_by(|a, b| b.2.total_cmp(&a.2));
        let Some((best, ..)) = rows.first().copied() else { return Ok(Vec::new()) };
        let (mut leader, mut group) = (best, 1);
        let mut ranked = Vec::with_capacity(rows.len());
        for (index, (row, segment, estimate)) in rows.iter().copied().enumerate() {
            if above(leader, row).is_some_and(|probability| probability >= CLEAR) {
                (leader, group) = (row, group + 1);
            }
            ranked.push(Ranked {
                segment: segment.clone(),
                group,
                estimate,
                low: row.low,
                high: row.high,
                better_than_next: rows.get(index + 1).and_then(|(next, ..)| above(row, next)),
                best_is_better: if index > 0 { above(best, row) } else { None },
            });
        }
        Ok(ranked)
    }

    /// A sentence if the best segment of the whole way cannot be told from others; `None` if it can, or without segments.
    #[must_use]
    pub fn not_ranked(&self) -> Option<String> {
        let ranked = self.ranking(None).ok()?;
        let best = ranked.first()?;
        let rivals: Vec<&Ranked> =
            ranked.iter().filter(|row| row.best_is_better.is_some_and(|probability| probability < CLEAR)).collect();
        if rivals.is_empty() {
            return None;
        }
        let named: Vec<String> = rivals.iter().take(NAMED).map(|row| row.segment.to_string()).collect();
        let way = self.whole_way().unwrap_or_default();
        let more = rivals.len() - named.len();
        Some(words::not_ranked(way, (&best.segment.to_string(), best.estimate), &named, more, CLEAR))
    }

    /// The name of the last row of all leads together.
    fn whole_way(&self) -> Option<&str> {
        self.table().iter().rfind(|row| row.segment.is_none()).map(|row| row.step.as_str())
    }
}

/// A row of a segment with an estimate.
fn known(row: &Estimate) -> Option<(&Estimate, &Segment, f64)> {
    Some((row, row.segment.as_ref()?, row.estimate?))
}

/// The probability that the first row's rate is the higher one.
fn above(first: &Estimate, second: &Estimate) -> Option<f64> {
    Some(beta::exceeds(first.posterior?, second.posterior?))
}
