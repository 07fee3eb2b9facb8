//! The leads: plain columns of what happened to each, and when.

use crate::world::World;

/// "It did not happen" in a column of days.
pub const MISSING: i32 = i32::MIN;

/// "No deal was won" in the column of amounts.
pub const MISSING_AMOUNT: i64 = i64::MIN;

/// Leads as plain columns, all of the same length, in order of creation for a history.
///
/// ```
/// use simulate::{MISSING, World};
/// let leads = World::default().history(1)?;
/// let won = leads.entered.last().unwrap().iter().filter(|day| **day != MISSING).count();
/// assert_eq!(won, leads.customers());
/// # Ok::<(), simulate::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Leads {
    /// One column per stage, first stage first: the day the lead entered it, in days since 1970-01-01, or [`MISSING`].
    pub entered: Vec<Vec<i32>>,
    /// The day a loss was recorded, in days since 1970-01-01, or [`MISSING`].
    pub lost: Vec<i32>,
    /// The amount of the won deal in minor units (cents), at least 1, or [`MISSING_AMOUNT`] where none was won.
    pub amount: Vec<i64>,
    /// The segment, a position in `segment_names`.
    pub segment: Vec<u16>,
    /// Names of the segments, in the order of the world's.
    pub segment_names: Vec<String>,
}

impl Leads {
    pub(crate) fn with_capacity(world: &World, leads: usize) -> Self {
        Self {
            entered: (0..=world.steps.len()).map(|_| Vec::with_capacity(leads)).collect(),
            lost: Vec::with_capacity(leads),
            amount: Vec::with_capacity(leads),
            segment: Vec::with_capacity(leads),
            segment_names: world.segments.iter().map(|s| s.name.clone()).collect(),
        }
    }

    /// How many leads there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lost.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lost.is_empty()
    }

    /// How many leads ever entered the last stage, as far as these columns know.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.entered.last().map_or(0, |days| days.iter().filter(|day| **day != MISSING).count())
    }

    /// What was known on a day: leads created by then, and of these only what had happened by then. The amount is known
    /// when the deal is won. `day` is in days since 1970-01-01 and included.
    ///
    /// ```
    /// use simulate::{World, day_of};
    /// let leads = World::default().history(1)?;
    /// let early = leads.as_of(day_of(2024, 6, 30));
    /// assert!(early.entered.iter().flatten().all(|d| *d <= day_of(2024, 6, 30)));
    /// # Ok::<(), simulate::Error>(())
    /// ```
    #[must_use]
    pub fn as_of(&self, day: i32) -> Self {
        let created: &[i32] = self.entered.first().map_or(&[], Vec::as_slice);
        let won: &[i32] = self.entered.last().map_or(&[], Vec::as_slice);
        let kept = |of: &[i32]| -> Vec<i32> {
            let known = |d: i32| if d > day { MISSING } else { d };
            created.iter().zip(of).filter(|(born, _)| **born <= day).map(|(_, d)| known(*d)).collect()
        };
        let amounts = created.iter().zip(won).zip(&self.amount).filter(|((born, _), _)| **born <= day);
        Self {
            entered: self.entered.iter().map(|column| kept(column)).collect(),
            lost: kept(&self.lost),
            amount: amounts.map(|((_, won), amount)| if *won > day { MISSING_AMOUNT } else { *amount }).collect(),
            segment: created.iter().zip(&self.segment).filter(|(born, _)| **born <= day).map(|(_, s)| *s).collect(),
            segment_names: self.segment_names.clone(),
        }
    }
}
