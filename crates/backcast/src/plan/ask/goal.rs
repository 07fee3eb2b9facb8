//! The common goal of marketing and sales: a measure, a deadline and how sure one wants to be.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed};

use super::channels::Channels;
use super::limits::Limits;
use super::ownership::Ownership;
use super::rounding::Rounding;
use super::scheduling::Scheduling;
use crate::error::{Error, Kind, Result};
use crate::math::{decimal, search::MAX_WHOLE};
use crate::outlook::Open;
use crate::quantity::{Currency, Day, Money, Rate, shown};

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
    pub(in crate::plan) target: Target,
    pub(in crate::plan) start: Option<Day>,
    pub(in crate::plan) by: Option<Day>,
    pub(in crate::plan) confidence: Option<BigRational>,
    pub(in crate::plan) rounding: Rounding,
    pub(in crate::plan) open: Vec<Open>,
    pub(in crate::plan) open_as_of: Option<Day>,
    pub(in crate::plan) detail: bool,
    pub(in crate::plan) scheduling: Option<Scheduling>,
    pub(in crate::plan) ownership: Ownership,
    pub(in crate::plan) channels: Option<Channels>,
    /// A stated number of newcomers to the first stage: what becomes of them?
    pub(in crate::plan) leads: Option<u64>,
    pub(in crate::plan) limits: Limits,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::plan) enum Target {
    Revenue { amount: BigRational, currency: Currency },
    Customers(u64),
}

impl Target {
    /// Money, for a goal in money.
    pub(in crate::plan) fn amount(&self) -> Option<&BigRational> {
        match self {
            Self::Revenue { amount, .. } => Some(amount),
            Self::Customers(_) => None,
        }
    }

    pub(in crate::plan) fn in_words(&self) -> String {
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
            leads: None,
            limits: Limits::default(),
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

    /// With another limit of the work that an answer may take.
    #[must_use]
    pub fn within(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// With this number of leads instead of the one that it takes: the plan says what becomes of them.
    ///
    /// ```
    /// use backcast::{Conversion, Funnel, Goal, Rates};
    /// let rates = Rates::new(Funnel::new(["lead", "customer"])?, vec![Conversion::stated("2 %".parse()?)?])?;
    /// let plan = Goal::customers(50)?.with_leads(2_500)?.plan(&rates)?;
    /// assert_eq!((plan.planned, plan.stages[1].expected), (Some(2_500), Some(50.0)));
    /// assert!((plan.probability.unwrap() - 0.519).abs() < 1e-3);
    /// # Ok::<(), backcast::Error>(())
    /// ```
    ///
    /// # Errors
    /// `out_of_range` above 2⁵³ − 1.
    pub fn with_leads(mut self, leads: u64) -> Result<Self> {
        if leads > MAX_WHOLE {
            return Err(Error::new(Kind::OutOfRange, leads));
        }
        self.leads = Some(leads);
        Ok(self)
    }

    /// The same, where it has a deadline but no first day, from the day after the records end.
    pub(in crate::plan) fn starting_after(&self, as_of: Option<Day>) -> Self {
        let start = as_of.filter(|as_of| self.by.is_some_and(|by| by > *as_of)).map(|as_of| as_of.plus_days(1));
        Self { start: self.start.or(start), ..self.clone() }
    }

    /// The currency of a goal in money.
    pub(in crate::plan) fn currency(&self) -> Option<Currency> {
        match &self.target {
            Target::Revenue { currency, .. } => Some(*currency),
            Target::Customers(_) => None,
        }
    }

    /// The confidence as a stated share: `0.8`, `80 %`.
    pub(crate) fn read_confidence(text: &str) -> Result<BigRational> {
        let refused = || Error::new(Kind::Confidence, text);
        let share = text.parse::<Rate>().map_err(|_| refused())?;
        if share.is_zero() || share.exact().is_one() { Err(refused()) } else { Ok(share.exact().clone()) }
    }
}
