//! How much work an answer may take.

/// How much work an answer may take before it is refused as `too_large`: counted in steps, so that every machine draws the same
/// line. A step is about one complex exponential.
///
/// # Example
/// ```
/// use backcast::plan::Limits;
/// use backcast::{Conversion, ErrorKind, Funnel, Goal, Open, Rates};
/// let funnel = Funnel::new(["lead", "customer"])?;
/// let open = vec![Open::new(&funnel, "lead", 5, 20)?.worth(8_000.0)?];
/// let rates = Rates::new(funnel, vec![Conversion::learned(20, 1000)?])?;
/// let goal = Goal::customers(50)?.at(0.8)?.with_pipeline(open, None);
/// let hurried = goal.clone().within(Limits::of(100));
/// assert_eq!(hurried.plan(&rates).unwrap_err().kind(), ErrorKind::TooLarge);
/// assert_eq!(goal.clone().within(Limits::none()).plan(&rates)?, goal.plan(&rates)?);
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// At most so many; `None`: as long as it takes.
    steps: Option<u64>,
    with_channels: Option<u64>,
}

impl Limits {
    /// About a second on one core.
    pub const USUAL: u64 = 30_000_000;
    /// With channels to choose from, where a mix is looked for at six confidences: about three seconds.
    pub const WITH_CHANNELS: u64 = 120_000_000;

    /// At most so many steps, with channels or without.
    #[must_use]
    pub fn of(steps: u64) -> Self {
        Self { steps: Some(steps), with_channels: Some(steps) }
    }

    /// As long as it takes: for a server's nightly work, not for a request from outside.
    #[must_use]
    pub fn none() -> Self {
        Self { steps: None, with_channels: None }
    }

    /// The steps for a goal with channels or without.
    pub(in crate::plan) fn steps(self, channels: bool) -> Option<u64> {
        if channels { self.with_channels } else { self.steps }
    }
}

impl Default for Limits {
    /// [`Limits::USUAL`] and [`Limits::WITH_CHANNELS`].
    fn default() -> Self {
        Self { steps: Some(Self::USUAL), with_channels: Some(Self::WITH_CHANNELS) }
    }
}
