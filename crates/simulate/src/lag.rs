//! The lag: whole days from one event to the next, lognormal and cut down to whole days.

use crate::error::{Error, within};
use crate::normal;

/// The longest lag that is ever drawn, in days (twenty years). Longer ones are cut to it.
pub(crate) const LONGEST_DAYS: i32 = 7_300;

/// The law of a lag in whole days.
///
/// # Formula
/// lag = ⌊median · exp(sigma · Z)⌋, Z standard normal, so P(lag ≤ l) = Φ(ln((l + 1) / median) / sigma). Lag 0 is legal.
///
/// ```
/// let lag = simulate::Lag { median_days: 20.0, sigma: 0.9 };
/// assert!((lag.cumulative(19) - 0.5).abs() < 1e-12); // half of all lags are shorter than 20 days
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lag {
    /// Median of the lognormal before it is cut down, in days, 0 to 3,650. With 0 every lag is 0.
    pub median_days: f64,
    /// Standard deviation of the logarithm, without unit, 0 to 3. With 0 every lag is ⌊median⌋.
    pub sigma: f64,
}

impl Lag {
    /// The chance that the lag is at most `days`: 0 below day 0, 1 from 7,300 days on, where every longer lag is cut.
    #[must_use]
    pub fn cumulative(&self, days: i32) -> f64 {
        if days < 0 {
            return 0.0;
        }
        if days >= LONGEST_DAYS || self.median_days <= 0.0 {
            return 1.0;
        }
        let end = f64::from(days) + 1.0;
        if self.sigma <= 0.0 {
            return if end > self.median_days { 1.0 } else { 0.0 };
        }
        normal::cumulative(libm::log(end / self.median_days) / self.sigma)
    }

    /// The chances of lag 0, 1, …, `last_day`; they sum to `cumulative(last_day)`.
    ///
    /// ```
    /// let pmf = simulate::Lag { median_days: 2.0, sigma: 0.5 }.pmf(365);
    /// assert!((pmf.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn pmf(&self, last_day: i32) -> Vec<f64> {
        (0..=last_day).map(|day| self.cumulative(day) - self.cumulative(day - 1)).collect()
    }

    /// The lag in days that belongs to a standard normal variate `z`.
    pub(crate) fn days(&self, z: f64) -> i32 {
        whole_days(self.median_days * libm::exp(self.sigma * z))
    }

    pub(crate) fn check(&self, field: &str) -> Result<(), Error> {
        within(format!("{field}.median_days"), self.median_days, 0.0, 3_650.0)?;
        within(format!("{field}.sigma"), self.sigma, 0.0, 3.0)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the bound above the cast is far inside i32")]
fn whole_days(days: f64) -> i32 {
    days.min(f64::from(LONGEST_DAYS)) as i32
}
