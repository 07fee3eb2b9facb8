//! How rates are learned: within how many days a conversion counts, and how fast old quarters fade.

use super::deals::Outliers;
use super::periods::PeriodRate;
use super::shared_lag::Effective;
use crate::error::{Error, Kind, Result};
use crate::history::Tally;
use crate::quantity::Month;

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

    /// The weights of quarters, if old ones fade.
    pub(super) fn fading(&self, tally: &Tally) -> Result<Option<Fading>> {
        match self.half_life_quarters {
            None => Ok(None),
            Some(half_life) if half_life > 0.0 && half_life.is_finite() => {
                Ok(Some(Fading { now: Month::of(tally.as_of()).quarter(), half_life }))
            }
            Some(given) => Err(Error::new(Kind::NotPositive, given).allowing("`half_life_quarters` above 0")),
        }
    }
}

/// Weights of quarters that halve every so many quarters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fading {
    now: i32,
    half_life: f64,
}

/// Quarters weighted together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Faded {
    /// The power likelihood: Σ w D of Σ w n.
    pub(super) own: Effective,
    /// Kish's effective number of leads: what the weighted mean is worth.
    pub(super) kish: f64,
}

impl Fading {
    fn weight(self, quarter: &PeriodRate) -> f64 {
        let age = f64::from((self.now - quarter.quarter()).max(0));
        libm::exp2(-age / self.half_life)
    }

    /// Each quarter worth fewer leads, the older the fewer.
    pub(super) fn each(self, quarters: &[PeriodRate]) -> Vec<PeriodRate> {
        let faded = |quarter: &PeriodRate| {
            let own = Effective { leads: quarter.own.leads * self.weight(quarter), ..quarter.own };
            PeriodRate { own, ..*quarter }
        };
        quarters.iter().map(faded).collect()
    }

    /// All quarters as one; `None` without leads.
    pub(super) fn together(self, quarters: &[PeriodRate]) -> Option<Faded> {
        let (mut converted, mut leads, mut squares) = (0.0, 0.0, 0.0);
        for quarter in quarters {
            let weight = self.weight(quarter);
            converted += weight * quarter.own.leads * quarter.own.rate;
            leads += weight * quarter.own.leads;
            squares += weight * weight * quarter.own.leads;
        }
        let own = Effective { rate: converted / leads, leads };
        (leads > 0.0).then(|| Faded { own, kish: leads * leads / squares })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: 100 leads now and 200 two quarters ago under a half-life of one quarter weigh 100 and 50.
    #[test]
    fn old_quarters_fade() {
        let quarter = |day: &str, rate: f64, leads: f64| PeriodRate {
            first: Month::of(day.parse().unwrap()),
            own: Effective { rate, leads },
        };
        let quarters = [quarter("2025-04-01", 0.4, 200.0), quarter("2025-10-01", 0.1, 100.0)];
        let fading = Fading { now: Month::of("2025-12-31".parse().unwrap()).quarter(), half_life: 1.0 };
        let faded = fading.together(&quarters).unwrap();
        assert!((faded.own.leads - 150.0).abs() < 1e-12 && (faded.own.rate - 0.2).abs() < 1e-12);
        // (100 + 50)² / (100 + 200/16)
        assert!((faded.kish - 200.0).abs() < 1e-12);
        assert!((fading.each(&quarters)[0].own.leads - 50.0).abs() < 1e-12);
        let never = Fading { half_life: 1e9, ..fading }.together(&quarters).unwrap();
        assert!((never.own.leads - 300.0).abs() < 1e-6 && (never.kish - 300.0).abs() < 1e-6);
    }
}
