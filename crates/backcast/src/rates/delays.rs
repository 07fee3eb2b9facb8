//! How long does each step take, and the whole way? The lag curves behind the rates, and their sum along the funnel.

use serde::{Deserialize, Serialize};

use super::{Lag, Rates};

/// The delay of one step, or of the whole way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Delay {
    /// The step, written `lead->mql`.
    pub step: String,
    /// The days it takes those that convert.
    pub lag: Lag,
}

impl Rates {
    /// The delay of each step, then of the whole way where it is not the only step: the steps one after the other, taken
    /// as independent of each other (a convolution).
    ///
    /// Within the horizon of each step; `in_the_end` with what a fitted tail adds beyond the longest lag that can be
    /// read, and then only of steps whose ultimate conversion is identified. A step whose delay is not known is left
    /// out, and with it the whole way.
    ///
    /// # Example
    /// ```
    /// use backcast::{Conversion, Funnel, Lag, Rates};
    /// let rate = || Conversion::learned(20, 100);
    /// let rates = Rates::new(Funnel::new(["lead", "mql", "won"])?, vec![rate()?, rate()?])?
    ///     .with_lags(vec![Lag::from_pmf(&[0.5, 0.5])?, Lag::from_pmf(&[0.0, 1.0])?])?;
    /// let delays = rates.delays(false);
    /// assert_eq!(delays[2].step, "lead->won");
    /// assert_eq!(delays[2].lag.pmf(), [0.0, 0.5, 0.5]);
    /// # Ok::<(), backcast::Error>(())
    /// ```
    #[must_use]
    pub fn delays(&self, in_the_end: bool) -> Vec<Delay> {
        let steps = self.funnel().steps();
        let known = |index: usize| {
            if in_the_end { self.table().get(index)?.lag_in_the_end.as_ref() } else { self.lags()?.get(index) }
        };
        let each: Vec<Option<Delay>> = steps
            .enumerate()
            .map(|(index, step)| Some(Delay { step: step.to_string(), lag: known(index)?.clone() }))
            .collect();
        let along = each.iter().try_fold(Lag::none(), |way, step| Some(way.then(&step.as_ref()?.lag)));
        let whole =
            along.filter(|_| each.len() > 1).map(|lag| Delay { step: self.funnel().end_to_end().to_string(), lag });
        each.into_iter().flatten().chain(whole).collect()
    }
}
