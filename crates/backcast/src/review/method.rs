//! Who predicts: the library, and the rules of thumb that people use.

use serde::Serialize;

/// Who predicts. The rules of thumb divide customers won within the horizon by leads, and take the quotient for exactly
/// true: K ~ Bin(n, converted ÷ entered).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// What this library would have planned with on that day.
    Backcast,
    /// All leads known on that day.
    AllHistory,
    /// The leads of the six calendar months before the cohort.
    LastTwoQuarters,
    /// The leads of months that ended at least the horizon before that day.
    Matured,
}

impl Method {
    /// All methods, the library's own first.
    pub const ALL: [Self; 4] = [Self::Backcast, Self::AllHistory, Self::LastTwoQuarters, Self::Matured];

    /// A stable word: `backcast`, `all_history`, `last_two_quarters`, `matured`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Backcast => "backcast",
            Self::AllHistory => "all_history",
            Self::LastTwoQuarters => "last_two_quarters",
            Self::Matured => "matured",
        }
    }
}
