//! The dirt: how many rows of each kind of trouble the sample CRM holds.

/// Counts of planted dirt, in rows. A row carries at most one kind, and its lead is clean otherwise, so that a reader's
/// own counts can be checked against these exactly.
///
/// | what | a careful reader's answer |
/// |---|---|
/// | `exact_duplicates`, `reentries_within_180_days` | merges the row with the earlier one of the same id |
/// | `reentries_after_180_days` | a lead of its own, in spite of the same id |
/// | `skipped_stage`, `clamped` | repairs the row |
/// | `stage_order`, `no_date`, `lead_after_as_of`, `unreadable_date` | refuses the row |
/// | `stage_after_as_of` | keeps the row and ignores the late fact: the lead is open |
/// | `channel_white_space` | drops the white space around the value |
/// | `channel_case` | keeps the value as it is: `Email` and `Paid Search` are channels of their own |
/// | `amount_missing`, `amount_negative` | keeps the won deal, does not use the amount |
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dirt {
    /// Rows that repeat another row in every field, at once after it.
    pub exact_duplicates: usize,
    /// Rows of a lead that came back 5 to 179 days after its recorded loss, under the same id.
    pub reentries_within_180_days: usize,
    /// Rows of a lead that came back 181 to 360 days after its recorded loss, under the same id.
    pub reentries_after_180_days: usize,
    /// Rows with a later stage dated and an earlier one blank: an MQL or SQL that nobody entered.
    pub skipped_stage: usize,
    /// Rows whose last stage is dated 1 or 2 days before the stage before it.
    pub clamped: usize,
    /// Rows whose last stage is dated 15 to 60 days before the stage before it.
    pub stage_order: usize,
    /// Rows without any date.
    pub no_date: usize,
    /// Rows whose lead date lies 1 to 45 days after the day of the export.
    pub lead_after_as_of: usize,
    /// Rows whose last stage, MQL or SQL, is dated 1 to 30 days after the day of the export.
    pub stage_after_as_of: usize,
    /// Rows with `n/a` as the date of a lead without any other date, or `31/02/2025` as the date of the MQL.
    pub unreadable_date: usize,
    /// Rows whose channel has white space around it.
    pub channel_white_space: usize,
    /// Rows whose channel is written `Email` or `Paid Search` instead of `email` or `paid search`.
    pub channel_case: usize,
    /// Won deals without an amount.
    pub amount_missing: usize,
    /// Won deals with a minus sign before the amount.
    pub amount_negative: usize,
}

impl Dirt {
    /// Rows that cannot be used, in whole.
    #[must_use]
    pub fn refused(&self) -> usize {
        self.stage_order + self.no_date + self.lead_after_as_of + self.unreadable_date
    }

    /// Rows that belong to the lead of an earlier row.
    #[must_use]
    pub fn merged(&self) -> usize {
        self.exact_duplicates + self.reentries_within_180_days
    }
}
