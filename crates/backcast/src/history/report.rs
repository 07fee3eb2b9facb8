//! What became of the rows: read = used + refused, with the repairs and the reasons.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de};

/// How many rows were read, used and refused, which rules repaired rows, and why rows were refused.
///
/// Rules: `clamped` (a stage dated up to `max_disorder_days` before the one it follows), `skipped_stage` (a stage
/// without a day before one with a day), `merged` (the same id again), `reopened` (a loss before a later stage),
/// `negative_amount` and `unreadable_amount` (the amount is not used, the lead is), `never` (a day more than 22 years ago
/// that stands for none, such as 1900-01-01, or one after `as_of`, such as 9999-12-31, read as empty).
/// Reasons: `no_stage` (no day at all), `unreadable_date`, `after_as_of` (entered later than known), `stage_order`
/// (a stage dated earlier than the one it follows by more than repair allows), `before_observed_from` (over before
/// observation began), `malformed_row` (a row of a file that does not fit its header).
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
    /// What is known of the amounts of won deals; `None` for a table without amounts.
    #[serde(default)]
    pub amounts: Option<AmountsOfWon>,
    /// Things to know about the table, in sentences.
    pub notes: Vec<String>,
}

/// An amount that is not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unusable {
    Negative,
    Unreadable,
}

/// Won deals by what is known of their amounts: `won = used + missing + negative + unreadable`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AmountsOfWon {
    /// Won deals.
    pub won: u64,
    /// Those with an amount.
    pub used: u64,
    /// Those without.
    pub missing: u64,
    /// Those with an amount below 0, which is not used.
    pub negative: u64,
    /// Those with an amount that cannot be read.
    pub unreadable: u64,
}

impl AmountsOfWon {
    /// Counts a won lead, with an amount or with a reason why there is none.
    pub(super) fn take(&mut self, used: bool, unusable: Option<Unusable>) {
        self.won += 1;
        match unusable {
            _ if used => self.used += 1,
            Some(Unusable::Negative) => self.negative += 1,
            Some(Unusable::Unreadable) => self.unreadable += 1,
            // What is missing is counted when all are.
            None => {}
        }
    }

    fn add(&mut self, other: &Self) {
        self.won += other.won;
        self.used += other.used;
        self.missing += other.missing;
        self.negative += other.negative;
        self.unreadable += other.unreadable;
    }

    /// With those that are none of the others.
    pub(super) fn complete(self) -> Self {
        Self { missing: self.won.saturating_sub(self.used + self.negative + self.unreadable), ..self }
    }
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
        if let Some(theirs) = &other.amounts {
            self.amounts.get_or_insert_default().add(theirs);
        }
        for (ours, theirs) in [(&mut self.repairs, &other.repairs), (&mut self.reasons, &other.reasons)] {
            for (name, count) in theirs {
                *ours.entry(name).or_default() += count;
            }
        }
        let new: Vec<String> = other.notes.iter().filter(|text| !self.notes.contains(text)).cloned().collect();
        self.notes.extend(new);
        // Sorted: which part came first must not show.
        self.notes.sort();
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
    Never,
}

impl Rule {
    const ALL: [(Self, &str); 7] = [
        (Self::Clamped, "clamped"),
        (Self::SkippedStage, "skipped_stage"),
        (Self::Merged, "merged"),
        (Self::Reopened, "reopened"),
        (Self::NegativeAmount, "negative_amount"),
        (Self::UnreadableAmount, "unreadable_amount"),
        (Self::Never, "never"),
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
    MalformedRow,
}

impl Reason {
    const ALL: [(Self, &str); 6] = [
        (Self::NoStage, "no_stage"),
        (Self::UnreadableDate, "unreadable_date"),
        (Self::AfterAsOf, "after_as_of"),
        (Self::StageOrder, "stage_order"),
        (Self::BeforeObservedFrom, "before_observed_from"),
        (Self::MalformedRow, "malformed_row"),
    ];
}

impl Reason {
    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(reason, _)| *reason == self).map_or("", |(_, name)| name)
    }
}

/// The columns of days: the stages, then these two.
pub(super) const LOST: usize = 12;
pub(super) const OBSERVED_FROM: usize = 13;

/// Why a row is refused, and the column of days that it is refused for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) reason: Reason,
    pub(super) column: usize,
}

/// Refused rows by the column they are refused for: those without a day in a later stage than the first, and those with.
pub(super) type ByColumn = [[u64; 2]; 14];

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
    /// Of those that are refused for what stands in their cells.
    by_column: ByColumn,
    /// Leads whose first day was blank.
    pub(super) first_blank: u64,
    pub(super) amounts: AmountsOfWon,
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

    /// A row that is refused; `later`: whether it has a day in a later stage than the first.
    pub(super) fn refuse(&mut self, refusal: Refusal, later: bool) {
        self.refuse_all(refusal.reason, 1);
        if matches!(refusal.reason, Reason::NoStage | Reason::UnreadableDate | Reason::StageOrder)
            && let Some(counts) = self.by_column.get_mut(refusal.column)
        {
            let [without, with] = counts;
            *(if later { with } else { without }) += 1;
        }
    }

    pub(super) fn refuse_all(&mut self, reason: Reason, rows: u64) {
        for (count, (known, _)) in self.reasons.iter_mut().zip(Reason::ALL) {
            *count += if known == reason { rows } else { 0 };
        }
    }

    pub(super) fn by_column(&self) -> &ByColumn {
        &self.by_column
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
        self.first_blank += other.first_blank;
        self.amounts.add(&other.amounts);
        let counts = self.by_column.iter_mut().flatten().zip(other.by_column.iter().flatten());
        counts.for_each(|(ours, theirs)| *ours += theirs);
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
            amounts: None,
            notes: Vec::new(),
        }
    }
}

fn named<const N: usize>(names: [&'static str; N], counts: [u64; N]) -> BTreeMap<&'static str, u64> {
    names.into_iter().zip(counts).filter(|(_, count)| *count > 0).collect()
}
