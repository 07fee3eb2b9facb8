//! The common goal of marketing and sales: a measure, a deadline and how sure one wants to be.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed};

use super::channels::{Channels, planned};
use super::{Ownership, Plan, Rounding, Scheduling};
use crate::error::{Error, Kind, Result};
use crate::math::{decimal, search::MAX_WHOLE};
use crate::outlook::Open;
use crate::quantity::{Currency, Day, Money, Period, Rate, shown};
use crate::rates::Rates;

/// A target with an optional period, confidence and rounding.
///
/// # Example
/// ```
/// use backcast::{Conversion, DealSize, Funnel, Goal, Rates};
/// let rates = Rates::new(Funnel::new(["lead", "customer"])?, vec![Conversion::learned(20, 1000)?])?
///     .with_deal_size(DealSize::mean(&"10000".into(), "USD".parse()?)?);
/// let plan = Goal::revenue("500000 USD".parse()?)?.at(0.8)?.plan(&rates)?;
/// assert_eq!(plan.stage("lead")?.needed, Some(3_081));
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Goal {
    pub(super) target: Target,
    pub(super) start: Option<Day>,
    pub(super) by: Option<Day>,
    pub(super) confidence: Option<BigRational>,
    pub(super) rounding: Rounding,
    pub(super) open: Vec<Open>,
    pub(super) open_as_of: Option<Day>,
    pub(super) detail: bool,
    pub(super) scheduling: Option<Scheduling>,
    pub(super) ownership: Ownership,
    pub(super) channels: Option<Channels>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    Revenue { amount: BigRational, currency: Currency },
    Customers(u64),
}

impl Target {
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Revenue { amount, currency } => {
                format!("{} {currency}", shown::amount(amount, currency.decimals()))
            }
            Self::Customers(count) => shown::count(*count),
        }
    }
}

impl Goal {
    fn new(target: Target) -> Self {
        Self {
            target,
            start: None,
            by: None,
            confidence: None,
            rounding: Rounding::default(),
            open: Vec::new(),
            open_as_of: None,
            detail: false,
            scheduling: None,
            ownership: Ownership::default(),
            channels: None,
        }
    }

    /// At least `target` in revenue.
    ///
    /// # Errors
    /// `goal_not_positive`.
    pub fn revenue(target: Money) -> Result<Self> {
        if target.minor_units() <= 0 {
            return Err(Error::new(Kind::GoalNotPositive, target));
        }
        Ok(Self::new(Target::Revenue { amount: target.exact(), currency: target.currency() }))
    }

    /// At least `count` customers.
    ///
    /// # Errors
    /// `goal_not_positive`, `out_of_range` above 2⁵³ − 1.
    pub fn customers(count: u64) -> Result<Self> {
        match count {
            0 => Err(Error::new(Kind::GoalNotPositive, count)),
            1..=MAX_WHOLE => Ok(Self::new(Target::Customers(count))),
            _ => Err(Error::new(Kind::OutOfRange, count)),
        }
    }

    /// `percent` more than `baseline`: target = baseline × (1 + percent / 100), exact.
    ///
    /// # Errors
    /// `goal_not_positive`.
    pub(crate) fn growth(baseline: Money, percent: &BigRational) -> Result<Self> {
        let growth = BigRational::one() + percent / BigRational::from(BigInt::from(100));
        let amount = baseline.exact() * growth;
        if !amount.is_positive() {
            let given = shown::amount(&amount, baseline.currency().decimals());
            return Err(Error::new(Kind::GoalNotPositive, format!("{given} {}", baseline.currency())));
        }
        if amount > Money::largest() {
            return Err(Error::new(Kind::OutOfRange, shown::amount(&amount, 0)));
        }
        Ok(Self::new(Target::Revenue { amount, currency: baseline.currency() }))
    }

    /// From this day on.
    #[must_use]
    pub fn starting(mut self, start: Day) -> Self {
        self.start = Some(start);
        self
    }

    /// Until the end of this day.
    #[must_use]
    pub fn by(mut self, deadline: Day) -> Self {
        self.by = Some(deadline);
        self
    }

    /// With this probability, 0 < `confidence` < 1.
    ///
    /// # Errors
    /// `confidence_out_of_range`.
    pub fn at(self, confidence: f64) -> Result<Self> {
        let refused = || Error::new(Kind::Confidence, confidence);
        self.at_exactly(decimal::from_f64(confidence).ok_or_else(refused)?)
    }

    pub(crate) fn at_exactly(mut self, confidence: BigRational) -> Result<Self> {
        if !confidence.is_positive() || confidence >= BigRational::one() {
            return Err(Error::new(Kind::Confidence, decimal::write(&confidence, 12)));
        }
        self.confidence = Some(confidence);
        Ok(self)
    }

    /// With credit for open leads, whose ages are as of the end of `as_of`; `None`: of the first day.
    ///
    /// ```
    /// use backcast::{Conversion, Funnel, Goal, Open, Rates};
    /// let funnel = Funnel::new(["lead", "customer"])?;
    /// let open = vec![Open::new(&funnel, "lead", 5, 1000)?];
    /// let rates = Rates::new(funnel, vec![Conversion::stated("2 %".parse()?)?])?;
    /// let goal = Goal::customers(50)?.at(0.8)?;
    /// let (without, with) = (goal.plan(&rates)?, goal.with_pipeline(open, None).plan(&rates)?);
    /// // Leads are as good as new where no delay says otherwise.
    /// assert_eq!(with.planned, without.planned.map(|planned| planned - 1000));
    /// # Ok::<(), backcast::Error>(())
    /// ```
    #[must_use]
    pub fn with_pipeline(mut self, open: Vec<Open>, as_of: Option<Day>) -> Self {
        self.open = open;
        self.open_as_of = as_of;
        self
    }

    /// With what takes longer to compute: the sources of uncertainty, points for a chart, and which change helps most.
    #[must_use]
    pub fn in_detail(mut self) -> Self {
        self.detail = true;
        self
    }

    /// How the expected-value chain becomes whole numbers.
    #[must_use]
    pub fn rounded(mut self, rounding: Rounding) -> Self {
        self.rounding = rounding;
        self
    }

    /// Spread over time like this. Without it a plan with both days is spread evenly.
    #[must_use]
    pub fn scheduled(mut self, scheduling: Scheduling) -> Self {
        self.scheduling = Some(scheduling);
        self
    }

    /// With these owners of stages and these sources.
    #[must_use]
    pub fn owned(mut self, ownership: Ownership) -> Self {
        self.ownership = ownership;
        self
    }

    /// With these channels to choose from: the plan then holds the cheapest mix.
    #[must_use]
    pub fn through(mut self, channels: Channels) -> Self {
        self.channels = Some(channels);
        self
    }

    /// What must be true for this goal, given what history supports. Without a first day, leads enter from the day after the
    /// records end; without a deal size, deals are as the history's won deals were.
    ///
    /// # Errors
    /// `not_identified` for a step without a rate, `deal_size_missing` and `mixed_currency` for a goal in money,
    /// `deadline_before_start`, `deadline_passed`, `too_late`, `out_of_range`; `schedule_period` for a schedule without
    /// both days, and whatever [`Arrival::shares`](super::Arrival::shares) refuses.
    pub fn plan(&self, rates: &Rates) -> Result<Plan> {
        self.check_days(rates.as_of())?;
        let goal = self.starting_after(rates.as_of());
        let sized = rates.sized_in(self.currency())?;
        planned(&goal, &sized)
    }

    /// The same, where it has a deadline but no first day, from the day after the records end.
    fn starting_after(&self, as_of: Option<Day>) -> Self {
        let start = as_of.filter(|as_of| self.by.is_some_and(|by| by > *as_of)).map(|as_of| as_of.plus_days(1));
        Self { start: self.start.or(start), ..self.clone() }
    }

    /// The currency of a goal in money.
    fn currency(&self) -> Option<Currency> {
        match &self.target {
            Target::Revenue { currency, .. } => Some(*currency),
            Target::Customers(_) => None,
        }
    }

    fn check_days(&self, as_of: Option<Day>) -> Result<()> {
        if let (Some(start), Some(by)) = (self.start, self.by) {
            Period::new(start, by.plus_days(1))?;
        }
        match (self.by, as_of) {
            (Some(by), Some(as_of)) if by <= as_of => {
                Err(Error::new(Kind::DeadlinePassed, format!("{by}, and the records are known up to {as_of}")))
            }
            _ => Ok(()),
        }
    }

    /// The confidence as a stated share: `0.8`, `80 %`.
    pub(crate) fn read_confidence(text: &str) -> Result<BigRational> {
        let refused = || Error::new(Kind::Confidence, text);
        let share = text.parse::<Rate>().map_err(|_| refused())?;
        if share.is_zero() || share.exact().is_one() { Err(refused()) } else { Ok(share.exact().clone()) }
    }
}
