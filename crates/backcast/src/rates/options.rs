//! How rates are learned: within how many days a conversion counts, and how fast old quarters fade.

use super::deals::Outliers;

/// Options of [`Rates::learn_with`](crate::Rates::learn_with); the default is that of [`Rates::learn`](crate::Rates::learn).
///
/// # Example
/// ```
/// use backcast::rates::LearnOptions;
/// let recent = LearnOptions::default().half_life_quarters(4.0);
/// assert_eq!((recent.half_life_quarters, recent.horizon_days), (Some(4.0), None));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct LearnOptions {
    /// Days after entering a stage within which a conversion counts; `None`: per step, the last lag with enough leads at
    /// risk.
    pub horizon_days: Option<u32>,
    /// So many quarters ago a lead counts half; `None`: all alike. Above 0.
    ///
    /// # Formula
    /// The effective conversions and leads of each quarter's cohort (of each segment) are multiplied by
    /// w = 2^(−age ÷ half-life), age in quarters before that of `as_of`; the lag curve stays that of all leads.
    /// `effective_leads` is then Kish's (Σ w n)² ÷ Σ w² n.
    ///
    /// It does not cure drift: where rates fell by 40 % over 8 quarters, all history predicts the next one 42 % too high,
    /// a half-life of 2 quarters still 29 %. It is a choice of what to believe, not an estimate of what has changed.
    pub half_life_quarters: Option<f64>,
    /// What becomes of deals whose amount is out of line with the others.
    pub outliers: Outliers,
}

impl LearnOptions {
    /// With another horizon, in days; `None` for that of each step.
    #[must_use]
    pub fn horizon_days(self, days: impl Into<Option<u32>>) -> Self {
        Self { horizon_days: days.into(), ..self }
    }

    /// With another half-life, in quarters; `None` for none.
    #[must_use]
    pub fn half_life_quarters(self, quarters: impl Into<Option<f64>>) -> Self {
        Self { half_life_quarters: quarters.into(), ..self }
    }

    /// With another treatment of deals that are out of line.
    #[must_use]
    pub fn outliers(self, outliers: Outliers) -> Self {
        Self { outliers, ..self }
    }
}
