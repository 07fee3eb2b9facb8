//! What became of the rows: read = used + refused, with the repairs and the reasons.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de};

/// How many rows were read, used and refused, which rules repaired rows, and why rows were refused.
///
/// Rules: `clamped` (a stage dated up to `max_disorder_days` before the one it follows), `skipped_stage` (a stage
/// without a day before one with a day), `merged` (the same id again), `reopened` (a loss before a later stage),
/// `negative_amount` and `unreadable_amount` (the amount is not used, the lead is).
/// Reasons: `no_stage` (no day at all), `unreadable_date`, `after_as_of` (entered later than known), `stage_order`
/// (a stage dated earlier than the one it follows by more than repair allows), `before_observed_from` (over before
/// observation began).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    #[serde(deserialize_with = "known")]
    pub repairs: BTreeMap<&'static str, u64>,
    /// Rows by reason.
    #[serde(deserialize_with = "known")]
    pub reasons: BTreeMap<&'static str, u64>,
    /// Rows of which a fact later than `as_of` was ignored.
    pub later_ignored: u64,
    /// Things to know about the table, in sentences.
    pub notes: Vec<String>,
}

/// Counts by the names of rules or reasons.
fn known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<&'static str, u64>, D::Error> {
    let counts: BTreeMap<String, u64> = BTreeMap::deserialize(deserializer)?;
    let names = Rule::ALL.map(|(_, name)| name).into_iter().chain(Reason::ALL.map(|(_, name)| name));
    let name = |(written, count): (String, u64)| Some((names.clone().find(|name| *name == written)?, count));
    counts.into_iter().map(name).collect::<Option<_>>().ok_or_else(|| de::Error::custom("an unknown rule"))
}

impl Report {
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

/// What repairs a used row; the names are part of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    Clamped,
    SkippedStage,
    Merged,
    Reopened,
    NegativeAmount,
    UnreadableAmount,
}

impl Rule {
    const ALL: [(Self, &str); 6] = [
        (Self::Clamped, "clamped"),
        (Self::SkippedStage, "skipped_stage"),
        (Self::Merged, "merged"),
        (Self::Reopened, "reopened"),
        (Self::NegativeAmount, "negative_amount"),
        (Self::UnreadableAmount, "unreadable_amount"),
    ];
}

/// Why a row is refused; the names are part of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    NoStage,
    UnreadableDate,
    AfterAsOf,
    StageOrder,
    BeforeObservedFrom,
}

impl Reason {
    const ALL: [(Self, &str); 5] = [
        (Self::NoStage, "no_stage"),
        (Self::UnreadableDate, "unreadable_date"),
        (Self::AfterAsOf, "after_as_of"),
        (Self::StageOrder, "stage_order"),
        (Self::BeforeObservedFrom, "before_observed_from"),
    ];
}

/// The rules applied to one row, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rules(u8);

impl Rules {
    pub(super) fn apply(&mut self, rule: Rule) {
        self.0 |= 1 << rule as u8;
    }

    fn has(self, rule: Rule) -> bool {
        self.0 >> rule as u8 & 1 == 1
    }
}

/// The numbers of a report while rows are read: adding to them allocates nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    used: u64,
    repaired: u64,
    later_ignored: u64,
    repairs: [u64; Rule::ALL.len()],
    reasons: [u64; Reason::ALL.len()],
}

impl Rows {
    pub(super) fn use_plain(&mut self, rows: u64) {
        self.used += rows;
    }

    pub(super) fn use_row(&mut self, rules: Rules) {
        self.used += 1;
        self.repaired += u64::from(rules != Rules::default());
        for (count, (rule, _)) in self.repairs.iter_mut().zip(Rule::ALL) {
            *count += u64::from(rules.has(rule));
        }
    }

    pub(super) fn refuse(&mut self, reason: Reason) {
        for (count, (known, _)) in self.reasons.iter_mut().zip(Reason::ALL) {
            *count += u64::from(known == reason);
        }
    }

    pub(super) fn ignore_later(&mut self, ignored: bool) {
        self.later_ignored += u64::from(ignored);
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.used += other.used;
        self.repaired += other.repaired;
        self.later_ignored += other.later_ignored;
        self.repairs.iter_mut().zip(&other.repairs).for_each(|(ours, theirs)| *ours += theirs);
        self.reasons.iter_mut().zip(&other.reasons).for_each(|(ours, theirs)| *ours += theirs);
    }

    pub(super) fn report(&self) -> Report {
        let refused = self.reasons.iter().sum();
        Report {
            read: self.used + refused,
            used: self.used,
            refused,
            repaired: self.repaired,
            repairs: named(Rule::ALL.map(|(_, name)| name), self.repairs),
            reasons: named(Reason::ALL.map(|(_, name)| name), self.reasons),
            later_ignored: self.later_ignored,
            notes: Vec::new(),
        }
    }
}

fn named<const N: usize>(names: [&'static str; N], counts: [u64; N]) -> BTreeMap<&'static str, u64> {
    names.into_iter().zip(counts).filter(|(_, count)| *count > 0).collect()
}
