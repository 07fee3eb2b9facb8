//! How many of the leads that enter a stage become customers: a distribution, computed and not simulated.

use core::cmp::Ordering;

use num_rational::BigRational;
use num_traits::One;

use crate::error::{Error, Kind, Result};
use crate::math::decimal;
use crate::math::product::Product;
use crate::math::search::{Tried, smallest, to_whole};
use crate::math::urn::{MAX_DRAWS, Urn};
use crate::rates::Conversion;

/// A computed probability this near to a level is a tie: worth deciding exactly, worth telling the user.
pub(crate) const TIE: f64 = 1e-9;

/// The steps from one stage to the customer, each with what is believed of its rate; independent of each other.
///
/// # Formula
/// With known rates K | n ~ Bin(n, Π rᵢ); with learned ones P(K ≥ k) = E[P(Bin(n, Π pᵢ) ≥ k)] over their posteriors.
///
/// # Example
/// ```
/// use backcast::Conversion;
/// use backcast::outlook::ConversionPath;
/// let path = ConversionPath::new(&[Conversion::stated("2 %".parse()?)?]);
/// let customers = path.customers(2789);
/// assert!(customers.probability_of(50) >= 0.8 && path.customers(2788).probability_of(50) < 0.8);
/// assert!((customers.expected() - 55.78).abs() < 1e-12);
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ConversionPath {
    product: Product,
    urn: Option<Urn>,
}

impl ConversionPath {
    /// A path over `steps`, in any order; no step at all is the last stage itself.
    #[must_use]
    pub fn new(steps: &[Conversion]) -> Self {
        Self::over(steps, BigRational::one())
    }

    fn over(steps: &[Conversion], mut known: BigRational) -> Self {
        let mut shapes = Vec::new();
        for step in steps {
            match (step.shapes(), step.plain()) {
                (Some(beta), _) => shapes.push(beta),
                (None, Some(rate)) => known *= rate,
                (None, None) => {}
            }
        }
        let urn = match shapes.as_slice() {
            [] => Some(Urn::binomial(&known)),
            [(a, b)] if known.is_one() => Some(Urn::beta_binomial(a, b)),
            _ => None,
        };
        let betas = shapes.iter().map(|(a, b)| (decimal::to_f64(a), decimal::to_f64(b))).collect();
        let product = Product::new(decimal::to_f64(&known), decimal::to_f64(&decimal::complement(&known)), betas);
        Self { product, urn }
    }

    /// A path that is passed with this chance, from 0 to 1; in floating point throughout.
    pub(crate) fn of_known(chance: f64) -> Self {
        Self { product: Product::new(chance, 1.0 - chance, Vec::new()), urn: None }
    }

    /// The same path when only this share (from 0 to 1) of those that would be won are won in time.
    ///
    /// # Errors
    /// `share_out_of_range`.
    pub fn in_time(steps: &[Conversion], share: f64) -> Result<Self> {
        if (0.0..=1.0).contains(&share) {
            Ok(Self::sharing_time(steps, share))
        } else {
            Err(Error::new(Kind::ShareOutOfRange, share))
        }
    }

    /// The same with a share that was computed.
    pub(crate) fn sharing_time(steps: &[Conversion], share: f64) -> Self {
        match decimal::from_f64(share).filter(|share| !share.is_one()) {
            None => Self::new(steps),
            Some(share) => Self::over(steps, share),
        }
    }

    /// The customers that follow from `entrants`, a whole number up to 2⁵³ − 1.
    #[must_use]
    pub fn customers(&self, entrants: u64) -> Customers<'_> {
        Customers { path: self, entrants }
    }

    /// What division by the mean rate gives for so many customers.
    pub(crate) fn divided(&self, customers: u64) -> f64 {
        customers as f64 / self.product.mean()
    }

    /// The smallest number of entrants, at most `most`, that bring at least `customers` with probability `confidence`.
    pub(crate) fn entrants_for(&self, customers: u64, confidence: &BigRational, most: u64) -> Option<u64> {
        let level = decimal::to_f64(confidence);
        let tried = |entrants: u64| {
            let probability = self.customers(entrants).probability_of(customers);
            let meets = self.compare(entrants, customers, probability, confidence) != Ordering::Less;
            Tried { probability, meets }
        };
        smallest(customers..=most, to_whole(self.divided(customers)), level, tried)
    }

    /// How P(at least `customers`), computed as `probability`, compares with a level: in whole numbers where it is too
    /// near for floating point and small enough.
    fn compare(&self, entrants: u64, customers: u64, probability: f64, level: &BigRational) -> Ordering {
        let nearest = decimal::to_f64(level);
        match &self.urn {
            Some(urn) if (probability - nearest).abs() < TIE && entrants <= MAX_DRAWS && customers <= entrants => {
                urn.compare_tail(entrants, customers, level)
            }
            _ => probability.total_cmp(&nearest),
        }
    }
}

/// The distribution of customers from a number of entrants.
#[derive(Clone, Copy, Debug)]
pub struct Customers<'a> {
    path: &'a ConversionPath,
    entrants: u64,
}

impl Customers<'_> {
    /// P(at least `customers`), from 0 to 1; absolute error about 1e-12,
    /// more where all but some dozens of very many must pass under a posterior worth less than a lead: 1e-9 was seen at
    /// tens of millions, 1e-5 at 10¹¹.
    #[must_use]
    pub fn probability_of(self, customers: u64) -> f64 {
        self.path.product.at_least(self.entrants as f64, customers as f64)
    }

    /// Σ wⱼ P(at least `first` + j customers) for j = 0, 1, …, of weights that add up to at most 1: at once.
    pub(super) fn probability_on_average(self, first: u64, weights: &[f64]) -> f64 {
        self.path.product.at_least_on_average(self.entrants as f64, first as f64, weights)
    }

    /// The mean number.
    #[must_use]
    pub fn expected(self) -> f64 {
        self.entrants as f64 * self.path.product.mean()
    }

    /// The standard deviation: √(N p (1 − p)) with p known, and with N²·V(p) more under the root where it is learned.
    pub(crate) fn deviation(self) -> f64 {
        let (n, mean, cv2) = (self.entrants as f64, self.path.product.mean(), self.path.product.cv2());
        let square = mean * mean * (1.0 + cv2);
        (n * (mean - square).max(0.0) + n * n * mean * mean * cv2).sqrt()
    }

    /// The smallest number that is not exceeded with probability `p`, 0 < `p` < 1.
    #[must_use]
    pub fn quantile(self, p: f64) -> u64 {
        let exceeded = decimal::complement(&decimal::from_f64(p).unwrap_or_else(BigRational::one));
        let tried = |customers: u64| {
            let more = self.probability_of(customers + 1);
            let meets = self.path.compare(self.entrants, customers + 1, more, &exceeded) != Ordering::Greater;
            Tried { probability: 1.0 - more, meets }
        };
        smallest(0..=self.entrants, to_whole(self.expected()), p, tried).unwrap_or(self.entrants)
    }
}
