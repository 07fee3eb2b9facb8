//! A conversion rate with its evidence: stated, learned from counts, or estimated from history.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};
use crate::math::decimal;
use crate::quantity::{Exact, Rate, shown};
use crate::words::en::evidence as words;

/// The interval shown of whatever is uncertain: from the 10 % to the 90 % quantile.
pub(crate) const INTERVAL: (f64, f64) = (0.1, 0.9);
/// Jeffreys' prior of a rate: both shapes.
const JEFFREYS: f64 = 0.5;

/// The shapes of the posterior of a rate, of so many that converted and failed: numbers that may have fractions.
pub(super) fn with_prior(converted: f64, failed: f64) -> (f64, f64) {
    (converted + JEFFREYS, failed + JEFFREYS)
}

/// Its mean.
pub(super) fn mean_with_prior(converted: f64, leads: f64) -> f64 {
    (converted + JEFFREYS) / (leads + 2.0 * JEFFREYS)
}

/// A Beta posterior with a smaller shape is all but two points, 0 and 1.
const LEAST_SHAPE: f64 = 1e-6;

/// What is believed about one step's conversion rate.
///
/// # Formula
/// Learned from c of n: Beta(c + ½, n − c + ½) (Jeffreys' prior). Estimated: Beta(mean·ess, (1 − mean)·ess), nothing added.
///
/// # Example
/// ```
/// use backcast::Conversion;
/// let learned = Conversion::learned(20, 1000)?;
/// assert_eq!(learned.mean(), 20.5 / 1001.0);
/// assert_eq!(Conversion::stated("2 %".parse()?)?.mean(), 0.02);
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Row", into = "Row")]
pub struct Conversion {
    evidence: Evidence,
    /// The mean, and the shapes of the posterior where there is doubt, as doubles: asked for again and again.
    mean: f64,
    beta: Option<(f64, f64)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Evidence {
    Stated(Rate),
    Learned { converted: u64, entered: u64 },
    Estimated { mean: BigRational, ess: BigRational },
}

/// A conversion as it is written, in one of the forms of a request's `rates`.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Row {
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<Rate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    converted: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    entered: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mean: Option<Exact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ess: Option<Exact>,
}

impl From<Conversion> for Row {
    fn from(known: Conversion) -> Self {
        match known.evidence {
            Evidence::Stated(rate) => Self { rate: Some(rate), ..Self::default() },
            Evidence::Learned { converted, entered } => {
                Self { converted: Some(converted), entered: Some(entered), ..Self::default() }
            }
            Evidence::Estimated { mean, ess } => {
                Self { mean: Some(Exact(mean)), ess: Some(Exact(ess)), ..Self::default() }
            }
        }
    }
}

impl TryFrom<Row> for Conversion {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        match (row.rate, row.converted.zip(row.entered), row.mean.zip(row.ess)) {
            (Some(rate), None, None) => Self::stated(rate),
            (None, Some((converted, entered)), None) => Self::learned(converted, entered),
            (None, None, Some((mean, ess))) => Self::estimated_exactly(mean.0, ess.0),
            _ => Err(Error::new(Kind::RateForms, "these keys")),
        }
    }
}

impl Conversion {
    /// Taken as exactly true.
    ///
    /// # Errors
    /// `zero_rate`: with a rate of 0 no goal can ever be reached.
    pub fn stated(rate: Rate) -> Result<Self> {
        if rate.is_zero() {
            return Err(Error::new(Kind::ZeroRate, rate));
        }
        Ok(Self::of(Evidence::Stated(rate)))
    }

    fn of(evidence: Evidence) -> Self {
        let mut known = Self { evidence, mean: 0.0, beta: None };
        (known.mean, known.beta) = match (known.shapes(), known.plain()) {
            (Some((a, b)), _) => (decimal::to_f64(&(&a / (&a + &b))), Some((decimal::to_f64(&a), decimal::to_f64(&b)))),
            (None, rate) => (rate.as_ref().map_or(0.0, decimal::to_f64), None),
        };
        known
    }

    /// `converted` of `entered` leads, all of them old enough to have converted.
    ///
    /// # Errors
    /// `zero_entered`, `more_than_entered`.
    pub fn learned(converted: u64, entered: u64) -> Result<Self> {
        if entered == 0 {
            return Err(Error::new(Kind::ZeroEntered, entered));
        }
        if converted > entered {
            let given = format!("{} of {}", shown::count(converted), shown::count(entered));
            return Err(Error::new(Kind::MoreThanEntered, given));
        }
        Ok(Self::of(Evidence::Learned { converted, entered }))
    }

    /// A posterior with this mean (0 < mean < 1) that is worth `ess` leads (> 0, not necessarily whole).
    ///
    /// # Errors
    /// `mean_out_of_range`, `not_positive`, `weak_estimate`.
    pub fn estimated(mean: f64, ess: f64) -> Result<Self> {
        let exact = |value: f64| decimal::from_f64(value).ok_or_else(|| Error::new(Kind::NotANumber, value));
        Self::estimated_exactly(exact(mean)?, exact(ess)?)
    }

    pub(crate) fn estimated_exactly(mean: BigRational, ess: BigRational) -> Result<Self> {
        if !mean.is_positive() || mean >= BigRational::one() {
            return Err(Error::new(Kind::MeanOutOfRange, decimal::write(&mean, 12)));
        }
        if !ess.is_positive() {
            return Err(Error::new(Kind::NotPositive, decimal::write(&ess, 12)));
        }
        let least = decimal::to_f64(&(&mean * &ess)).min(decimal::to_f64(&(decimal::complement(&mean) * &ess)));
        if least < LEAST_SHAPE {
            let given = format!("{} with the weight of {} leads", decimal::to_f64(&mean), decimal::to_f64(&ess));
            return Err(Error::new(Kind::WeakEstimate, given));
        }
        Ok(Self::of(Evidence::Estimated { mean, ess }))
    }

    /// The rate of plain division, for the expected-value chain: stated, converted ÷ entered, or the estimate's mean.
    /// `None` where nothing has converted: then division has no answer.
    pub(crate) fn plain(&self) -> Option<BigRational> {
        match &self.evidence {
            Evidence::Stated(rate) => Some(rate.exact().clone()),
            Evidence::Learned { converted: 0, .. } => None,
            Evidence::Learned { converted, entered } => {
                Some(BigRational::new(BigInt::from(*converted), BigInt::from(*entered)))
            }
            Evidence::Estimated { mean, .. } => Some(mean.clone()),
        }
    }

    /// The shapes of the Beta posterior; `None` for a stated rate.
    pub(crate) fn shapes(&self) -> Option<(BigRational, BigRational)> {
        match &self.evidence {
            Evidence::Stated(_) => None,
            Evidence::Learned { converted, entered } => {
                let plus_half = |count: u64| BigRational::new(BigInt::from(2 * u128::from(count) + 1), BigInt::from(2));
                Some((plus_half(*converted), plus_half(entered - converted)))
            }
            Evidence::Estimated { mean, ess } => Some((mean * ess, decimal::complement(mean) * ess)),
        }
    }

    /// The expected rate, from 0 to 1: as stated, or the posterior's mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Mean and effective sample size of the posterior; `None` for a stated rate.
    pub(crate) fn mean_and_weight(&self) -> Option<(f64, f64)> {
        let (a, b) = self.shapes()?;
        Some((self.mean(), decimal::to_f64(&(a + b))))
    }

    /// The shapes of the Beta posterior as doubles; `None` for a stated rate.
    pub(crate) fn beta(&self) -> Option<(f64, f64)> {
        self.beta
    }

    /// The squared coefficient of variation of the posterior; 0 for a stated rate.
    pub(crate) fn cv2(&self) -> f64 {
        self.beta().map_or(0.0, |(a, b)| b / (a * (a + b + 1.0)))
    }

    /// Another mean, above 0 and at most 1, with the same weight of evidence.
    pub(crate) fn with_mean(&self, mean: f64) -> Result<Self> {
        let exact = decimal::from_f64(mean).ok_or_else(|| Error::new(Kind::NotANumber, mean))?;
        match self.mean_and_weight() {
            Some((_, ess)) if mean < 1.0 => Self::estimated(mean, ess),
            _ => Self::stated(Rate::exactly(exact)?),
        }
    }

    /// The same mean without any doubt.
    pub(crate) fn without_doubt(&self) -> Self {
        let mean = self.shapes().map(|(a, b)| &a / (&a + &b));
        let rate = mean.and_then(|mean| Rate::exactly(mean).ok());
        rate.map_or_else(|| self.clone(), |rate| Self::of(Evidence::Stated(rate)))
    }

    /// The same mean with `share` of the variance.
    pub(crate) fn narrowed(&self, share: f64) -> Self {
        let Some((mean, ess)) = self.mean_and_weight() else { return self.clone() };
        Self::estimated(mean, (ess + 1.0) / share - 1.0).unwrap_or_else(|_| self.clone())
    }

    /// The evidence in words, for `explain`.
    pub(crate) fn in_words(&self) -> String {
        match &self.evidence {
            Evidence::Stated(rate) => words::stated_rate(&rate.to_string()),
            Evidence::Learned { converted, entered } => {
                let share = BigRational::new(BigInt::from(*converted), BigInt::from(*entered));
                words::learned_rate(*converted, *entered, decimal::to_f64(&share))
            }
            Evidence::Estimated { mean, ess } => words::estimated_rate(decimal::to_f64(mean), &shown::exact(ess, 0)),
        }
    }
}
