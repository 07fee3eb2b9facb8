//! Old quarters count less: how much each still says, and all of them together.

use super::cohorts::PeriodRate;
use crate::error::{Error, Kind, Result};
use crate::quantity::{Day, Month};
use crate::rates::curve::Effective;

/// Weights of quarters that halve every so many quarters.
#[derive(Clone, Copy, Debug)]
pub(in crate::rates) struct Fading {
    now: i32,
    half_life: f64,
}

/// Quarters weighted together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::rates) struct Faded {
    /// The power likelihood: Σ w D of Σ w n.
    pub(in crate::rates) own: Effective,
    /// Kish's effective number of leads: what the weighted mean is worth.
    pub(in crate::rates) kish: f64,
}

impl Fading {
    /// From a half-life in quarters, as of a day; `None` without one: all quarters count alike.
    ///
    /// # Errors
    /// `not_positive` for a half-life that is not above 0.
    pub(in crate::rates) fn of(half_life_quarters: Option<f64>, as_of: Day) -> Result<Option<Self>> {
        match half_life_quarters {
            None => Ok(None),
            Some(half_life) if half_life > 0.0 && half_life.is_finite() => {
                Ok(Some(Self { now: Month::of(as_of).quarter(), half_life }))
            }
            Some(given) => Err(Error::new(Kind::NotPositive, given).allowing("`half_life_quarters` above 0")),
        }
    }

    fn weight(self, quarter: &PeriodRate) -> f64 {
        let age = f64::from((self.now - quarter.quarter()).max(0));
        libm::exp2(-age / self.half_life)
    }

    /// Each quarter worth fewer leads, the older the fewer.
    pub(in crate::rates) fn each(self, quarters: &[PeriodRate]) -> Vec<PeriodRate> {
        let faded = |quarter: &PeriodRate| {
            let own = Effective { leads: quarter.own.leads * self.weight(quarter), ..quarter.own };
            PeriodRate { own, ..*quarter }
        };
        quarters.iter().map(faded).collect()
    }

    /// All quarters as one; `None` without leads.
    pub(in crate::rates) fn together(self, quarters: &[PeriodRate]) -> Option<Faded> {
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
