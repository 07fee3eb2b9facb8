//! What became of the rows: read = used + refused, with the repairs and the reasons.

use std::collections::BTreeMap;

/// How many rows were read, used and refused, which rules repaired rows, and why rows were refused.
///
/// Rules: `clamped` (a stage dated up to `max_disorder_days` before the one it follows), `skipped_stage` (a stage
/// without a day before one with a day), `merged` (the same id again), `reopened` (a loss before a later stage),
/// `negative_amount` and `unreadable_amount` (the amount is not used, the lead is).
/// Reasons: `no_stage` (no day at all), `unreadable_date`, `after_as_of` (entered later than known), `stage_order`
/// (a stage dated earlier than the one it follows by more than repair allows), `before_observed_from` (over before
/// observation began).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Rows read.
    pub read: u64,
    /// Rows that count.
    pub used: u64,
    /// Rows that do not count.
    pub refused: u64,
    /// Used rows to which at least one rule was applied.
    pub repaired: u64,
    /// Rows by rule; a row may be repaired by several.
    pub repairs: BTreeMap<&'static str, u64>,
    /// Rows by reason.
    pub reasons: BTreeMap<&'static str, u64>,
    /// Rows of which a fact later than `as_of` was ignored.
    pub later_ignored: u64,
    /// Things to know about the table, in sentences.
    pub notes: Vec<String>,
}

impl Report {
    pub(super) fn use_row(&mut self, rules: &Rules) {
        self.used += 1;
        self.repaired += u64::from(!rules.applied.is_empty());
        for rule in &rules.applied {
            *self.repairs.entry(rule).or_default() += 1;
        }
    }

    pub(super) fn refuse(&mut self, reason: &'static str) {
        self.refused += 1;
        *self.reasons.entry(reason).or_default() += 1;
    }

    /// Adds another part of the same table.
    pub(super) fn add(&mut self, other: &Self) {
        self.read += other.read;
        self.used += other.used;
        self.refused += other.refused;
        self.repaired += other.repaired;
        self.later_ignored += other.later_ignored;
        for (ours, theirs) in [(&mut self.repairs, &other.repairs), (&mut self.reasons, &other.reasons)] {
            for (name, count) in theirs {
                *ours.entry(name).or_default() += count;
            }
        }
        for note in &other.notes {
            if !self.notes.contains(note) {
                self.notes.push(note.clone());
            }
        }
    }
}

/// The rules applied to one row, each at most once.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    pub(super) applied: Vec<&'static str>,
}

impl Rules {
    pub(super) fn apply(&mut self, rule: &'static str) {
        if !self.applied.contains(&rule) {
            self.applied.push(rule);
        }
    }
}
