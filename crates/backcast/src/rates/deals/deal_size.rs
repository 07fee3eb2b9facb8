//! The revenue of one won deal: its mean, how deals differ, and how well the mean is known.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};

use super::fit::{Family, Fitted};
use crate::error::{Error, Kind, Result};
use crate::math::complex::Complex;
use crate::math::search::to_whole;
use crate::math::{decimal, incomplete_gamma, normal};
use crate::quantity::{Currency, Money, Number, shown};
use crate::words::en::evidence as words;

/// The size of a deal in one currency.
///
/// # Example
/// ```
/// use backcast::DealSize;
/// use backcast::quantity::Number;
/// let size = DealSize::mean(&Number::from("10000"), "USD".parse()?)?;
/// assert_eq!(size.to_f64(), 10_000.0);
/// let spread = size.with_spread(0.8)?;
/// assert_eq!((spread.cv(), spread.to_f64()), (0.8, 10_000.0));
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct DealSize {
    pub(super) mean: BigRational,
    pub(super) currency: Currency,
    pub(super) spread: Spread,
    /// The variance of ln S, where S is the unknown factor between this mean and the true one; 0: the mean is exact.
    pub(super) doubt: f64,
}

/// Deals that differ by more than this many times their mean show no mean.
const MOST_CV: f64 = 100.0;

/// How deals differ.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Spread {
    Alike,
    /// Standard deviation of the logarithm.
    LogNormal(f64),
    /// Shape.
    Gamma(f64),
    /// Amounts in minor units with how often each occurs, and decimals of the minor unit; at least two different.
    Amounts(Vec<(i64, u64)>, u32),
}

impl DealSize {
    /// All deals alike. A mean may have more decimals than the currency, but not the look of grouped thousands.
    ///
    /// # Errors
    /// `not_a_number`, `not_positive`, `out_of_range`; `ambiguous_amount` for a text such as `10.000`, which may be
    /// ten or ten thousand.
    pub fn mean(stated: &Number, currency: Currency) -> Result<Self> {
        let written = stated.decimal()?;
        // A JSON number has a decimal point; a text of one to three digits, a point and three digits may group by it.
        let like_thousands = written.places == 3 && (1..=3).contains(&written.whole_digits);
        if !stated.is_numeric() && like_thousands && currency.decimals() < 3 {
            return Err(Error::new(Kind::AmbiguousAmount, stated));
        }
        if !written.value.is_positive() {
            return Err(Error::new(Kind::NotPositive, stated));
        }
        if written.value > Money::largest() {
            return Err(Error::new(Kind::OutOfRange, stated));
        }
        Ok(Self::alike(written.value, currency))
    }

    fn alike(mean: BigRational, currency: Currency) -> Self {
        Self { mean, currency, spread: Spread::Alike, doubt: 0.0 }
    }

    /// These amounts, each as often as it occurs, in units of 10^−`decimals`: the next deal is one of them.
    ///
    /// # Errors
    /// `deal_size_missing` without any amount, `not_positive` if they sum to nothing.
    pub(crate) fn of_amounts(mut amounts: Vec<(i64, u64)>, decimals: u32, currency: Currency) -> Result<Self> {
        amounts.sort_unstable();
        let deals: u64 = amounts.iter().map(|(_, count)| count).sum();
        let sum: i128 = amounts.iter().map(|(minor, count)| i128::from(*minor) * i128::from(*count)).sum();
        if deals == 0 {
            return Err(Error::new(Kind::DealSizeMissing, 0));
        }
        if sum <= 0 {
            return Err(Error::new(Kind::NotPositive, sum));
        }
        let minor_per_unit = BigInt::from(10).pow(decimals);
        let size = Self::alike(BigRational::new(BigInt::from(sum), BigInt::from(deals) * minor_per_unit), currency);
        let differ = amounts.first().map(|(minor, _)| minor) != amounts.last().map(|(minor, _)| minor);
        Ok(if differ { Self { spread: Spread::Amounts(amounts, decimals), ..size } } else { size })
    }

    /// What the amounts of won deals support. Fewer deals than show how they differ are taken as alike; without the
    /// `amounts` (as an outlier was treated) those that were as recorded are log-normal.
    pub(crate) fn of_fitted(
        fitted: &Fitted,
        amounts: Option<Vec<(i64, u64)>>,
        decimals: u32,
        currency: Currency,
    ) -> Result<Self> {
        let minor_per_unit = BigInt::from(10).pow(decimals);
        let average = || BigRational::new(BigInt::from(fitted.sum_minor), BigInt::from(fitted.deals) * minor_per_unit);
        if fitted.sum_minor <= 0 {
            return Err(Error::new(Kind::NotPositive, fitted.sum_minor));
        }
        let cv = fitted.cv.unwrap_or(0.0).min(MOST_CV);
        let size = match (fitted.family, amounts) {
            (Family::Alike, _) => Self::alike(average(), currency),
            _ if !fitted.is_supported() => Self::alike(average(), currency),
            (Family::LogNormal { sigma, .. }, _) => {
                let mean = decimal::from_f64(fitted.mean).unwrap_or_else(average);
                Self { spread: Spread::LogNormal(sigma), ..Self::alike(mean, currency) }
            }
            (Family::Gamma { shape, .. }, _) => {
                Self { spread: Spread::Gamma(shape), ..Self::alike(average(), currency) }
            }
            (Family::Empirical, Some(amounts)) => Self::of_amounts(amounts, decimals, currency)?,
            (Family::Empirical, None) => Self::alike(average(), currency).with_spread(cv)?,
        };
        Ok(if fitted.is_supported() { size.with_doubt(fitted.scale_variance) } else { size })
    }

    /// The same mean, with deals that differ: log-normal with this coefficient of variation (standard deviation ÷ mean,
    /// 0 to 100); 0 is all alike.
    ///
    /// # Formula
    /// σ² = ln(1 + cv²), the variance of the logarithm of a deal.
    ///
    /// # Errors
    /// `negative`, `cv_out_of_range`.
    pub fn with_spread(self, cv: f64) -> Result<Self> {
        Self::check_cv(cv)?;
        let spread = if cv > 0.0 { Spread::LogNormal(libm::log1p(cv * cv).sqrt()) } else { Spread::Alike };
        Ok(Self { spread, ..self })
    }

    /// The same mean, with deals that are gamma distributed with this coefficient of variation: shape 1 ÷ cv².
    ///
    /// # Errors
    /// As [`DealSize::with_spread`].
    pub fn with_gamma_spread(self, cv: f64) -> Result<Self> {
        Self::check_cv(cv)?;
        let spread = if cv > 0.0 { Spread::Gamma(1.0 / (cv * cv)) } else { Spread::Alike };
        Ok(Self { spread, ..self })
    }

    fn check_cv(cv: f64) -> Result<()> {
        if cv < 0.0 {
            return Err(Error::new(Kind::Negative, cv));
        }
        // Log-normal deals beyond this spread have a mean that no sample shows.
        if cv <= MOST_CV { Ok(()) } else { Err(Error::new(Kind::CvOutOfRange, cv)) }
    }

    /// The same, when the mean is known only from this many deals.
    ///
    /// # Formula
    /// The true mean is this one times S, ln S ~ N(−s²/2, s²): s² = σ²/n + σ⁴/(2(n − 1)) for log-normal deals (the
    /// variance of the logarithm of the estimated mean), cv²/n for others.
    ///
    /// # Errors
    /// `few_deals` for fewer than 2: a single one cannot show how much deals differ.
    pub fn learned_from(mut self, deals: u64) -> Result<Self> {
        if deals < 2 {
            return Err(Error::new(Kind::FewDeals, deals));
        }
        let n = deals as f64;
        self.doubt = match &self.spread {
            Spread::LogNormal(sigma) => {
                let variance = sigma * sigma;
                variance / n + variance * variance / (2.0 * (n - 1.0))
            }
            _ => self.cv() * self.cv() / n,
        };
        Ok(self)
    }

    /// Deals of several sizes in one currency, each as often as its weight says: log-normal with their mean and variance.
    pub(crate) fn mixed(sizes: &[Self], weights: &[f64]) -> Option<Self> {
        let all: f64 = weights.iter().sum();
        let average =
            |of: &dyn Fn(&Self) -> f64| sizes.iter().zip(weights).map(|(size, w)| w / all * of(size)).sum::<f64>();
        let mean = average(&Self::to_f64);
        let square = average(&|size| size.to_f64() * size.to_f64() * (1.0 + size.cv() * size.cv()));
        // The factors of all move together, each as far as its own doubt.
        let doubt = average(&|size| size.to_f64() * size.doubt.sqrt()) / mean;
        let cv = (square / (mean * mean) - 1.0).max(0.0).sqrt();
        let mixed = Self::alike(decimal::from_f64(mean)?, sizes.first()?.currency);
        Some(mixed.with_spread(cv).ok()?.with_doubt(doubt * doubt))
    }

    /// With this variance of the logarithm of the factor between the mean and the true one.
    pub(crate) fn with_doubt(self, variance: f64) -> Self {
        Self { doubt: variance.max(0.0), ..self }
    }

    /// The same without any doubt about the mean.
    pub(crate) fn without_doubt(self) -> Self {
        self.with_doubt(0.0)
    }

    /// The same mean (with the same doubt), all deals alike.
    pub(crate) fn without_spread(self) -> Self {
        Self { spread: Spread::Alike, ..self }
    }

    /// Units of the currency, exact.
    pub(crate) fn exact(&self) -> &BigRational {
        &self.mean
    }

    /// The currency.
    #[must_use]
    pub fn currency(&self) -> Currency {
        self.currency
    }

    /// The mean in units of the currency, as the nearest double.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        decimal::to_f64(&self.mean)
    }

    /// Whether all deals have the same size, which is exactly known.
    pub(crate) fn is_certain(&self) -> bool {
        self.is_alike() && self.doubt <= 0.0
    }

    /// Whether all deals have the same size.
    pub(crate) fn is_alike(&self) -> bool {
        self.spread == Spread::Alike
    }

    /// The variance of the logarithm of the unknown factor on the mean.
    pub(crate) fn doubt(&self) -> f64 {
        self.doubt
    }

    /// E Xᵏ of a deal.
    pub(crate) fn moment(&self, k: i32) -> f64 {
        let (mean, square) = (self.to_f64(), self.cv() * self.cv());
        let power = |x: f64| libm::pow(x, f64::from(k));
        match &self.spread {
            Spread::Alike => power(mean),
            Spread::LogNormal(_) => power(mean) * libm::pow(1.0 + square, f64::from(k * (k - 1) / 2)),
            Spread::Gamma(_) => power(mean) * (1..k).map(|i| 1.0 + f64::from(i) * square).product::<f64>(),
            Spread::Amounts(..) => self.amounts().into_iter().map(|(x, p)| p * power(x)).sum(),
        }
    }

    /// The coefficient of variation between deals: standard deviation ÷ mean; 0: all alike.
    #[must_use]
    pub fn cv(&self) -> f64 {
        match &self.spread {
            Spread::Alike => 0.0,
            Spread::LogNormal(sigma) => libm::expm1(sigma * sigma).sqrt(),
            Spread::Gamma(shape) => (1.0 / shape).sqrt(),
            Spread::Amounts(..) => {
                let mean = self.to_f64();
                let amounts = self.amounts();
                (amounts.iter().map(|(x, p)| p * (x - mean) * (x - mean)).sum::<f64>()).sqrt() / mean
            }
        }
    }

    /// The possible amounts in units of the currency with their probabilities; the mean alone unless deals are amounts.
    pub(crate) fn amounts(&self) -> Vec<(f64, f64)> {
        let Spread::Amounts(amounts, decimals) = &self.spread else { return vec![(self.to_f64(), 1.0)] };
        let deals: u64 = amounts.iter().map(|(_, count)| count).sum();
        let unit = libm::pow(10.0, f64::from(*decimals));
        amounts.iter().map(|(minor, count)| (*minor as f64 / unit, *count as f64 / deals as f64)).collect()
    }

    /// The possible amounts, exact, if there are finitely many; all of one size is one.
    pub(crate) fn price_list(&self) -> Option<Vec<BigRational>> {
        match &self.spread {
            Spread::Alike => Some(vec![self.mean.clone()]),
            Spread::Amounts(amounts, decimals) => {
                let unit = BigInt::from(10).pow(*decimals);
                let exact = |(minor, _): &(i64, u64)| BigRational::new(BigInt::from(*minor), unit.clone());
                Some(amounts.iter().map(exact).filter(|amount| !amount.is_zero()).collect())
            }
            Spread::LogNormal(_) | Spread::Gamma(_) => None,
        }
    }

    /// E[min(X, x)] of a deal X, in units of the currency; x ≥ 0. `None` where deals are a price list.
    ///
    /// # Formula
    /// Log-normal: m Φ((ln x − μ − σ²)/σ) + x Φ(−(ln x − μ)/σ); gamma: m P(k + 1, x/θ) + x Q(k, x/θ).
    pub(crate) fn limited_mean(&self, x: f64) -> Option<f64> {
        let mean = self.to_f64();
        if x <= 0.0 {
            return Some(0.0);
        }
        match &self.spread {
            Spread::LogNormal(sigma) => {
                let z = (libm::log(x / mean) + 0.5 * sigma * sigma) / sigma;
                Some(mean * normal::cdf(z - sigma) + x * normal::cdf(-z))
            }
            Spread::Gamma(shape) => {
                let at = x * shape / mean;
                Some(mean * incomplete_gamma::lower(shape + 1.0, at) + x * incomplete_gamma::upper(*shape, at))
            }
            Spread::Alike | Spread::Amounts(..) => None,
        }
    }

    /// E[e^(−sX)] for Re s ≥ 0, Im s ≥ 0, where many deals are summed: exact to about 1e-13.
    ///
    /// E[e^(λX)] − 1, where there is such a mean: not for log-normal deals, nor for gamma deals from 1/θ on.
    pub(crate) fn generating(&self, rate: f64) -> Option<f64> {
        let mean = self.to_f64();
        match &self.spread {
            Spread::Alike => Some(libm::expm1(rate * mean)),
            Spread::Gamma(shape) => {
                let scaled = rate * mean / shape;
                (scaled < 0.999).then(|| libm::expm1(-shape * libm::log1p(-scaled)))
            }
            Spread::Amounts(..) => Some(self.amounts().into_iter().map(|(x, p)| p * libm::expm1(rate * x)).sum()),
            Spread::LogNormal(_) => None,
        }
    }

    /// # Method
    /// Log-normal: E over z of e^(−s m e^(σz − σ²/2)), by the trapezoidal rule along z − ic, where e^(−sX) does not
    /// oscillate but decays; c = min(1, π/(4σ)). Gamma: (1 + sθ)^(−k). Amounts: their sum.
    pub(crate) fn transform(&self, s: Complex) -> Complex {
        let mean = self.to_f64();
        match &self.spread {
            Spread::Alike => (-s.scale(mean)).exp(),
            Spread::Gamma(shape) => (-s.scale(mean / shape).ln_1p().scale(*shape)).exp(),
            Spread::Amounts(..) => {
                let each = self.amounts().into_iter().map(|(x, p)| (-s.scale(x)).exp().scale(p));
                each.fold(Complex::real(0.0), |sum, term| sum + term)
            }
            Spread::LogNormal(sigma) => {
                let turn = (core::f64::consts::FRAC_PI_4 / sigma).min(1.0);
                let (sin, cos) = libm::sincos(-sigma * turn);
                let s = s * Complex::new(cos, sin).scale(mean * libm::exp(-0.5 * sigma * sigma));
                let (step, reach) = ((0.18 / sigma).min(0.2), 9.0);
                let points = 2 * to_whole(libm::ceil(reach / step));
                let term = |k: u64| {
                    let z = step * k as f64 - reach;
                    let density = Complex::new(0.5 * (turn * turn - z * z), z * turn);
                    (density - s.scale(libm::exp(sigma * z))).exp()
                };
                let sum = (0..=points).map(term).fold(Complex::real(0.0), |sum, term| sum + term);
                sum.scale(step * 0.398_942_280_401_432_7)
            }
        }
    }

    pub(crate) fn in_words(&self) -> String {
        format!("{} {}", shown::amount(&self.mean, self.currency.decimals()), self.currency)
    }

    /// How deals differ, in words; `None` if they do not.
    pub(crate) fn spread_in_words(&self) -> Option<String> {
        let cv = libm::round(self.cv() * 1e9) / 1e9;
        let law = match &self.spread {
            Spread::Alike => return None,
            Spread::LogNormal(_) => "log-normal".to_owned(),
            Spread::Gamma(_) => "gamma".to_owned(),
            Spread::Amounts(amounts, _) => {
                let deals: u64 = amounts.iter().map(|(_, count)| count).sum();
                words::by_amounts(deals)
            }
        };
        Some(words::deals_differ(cv, &law))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deals(cv: f64, gamma: bool) -> DealSize {
        let mean = DealSize::mean(&Number::from("20000"), "USD".parse().unwrap()).unwrap();
        if gamma { mean.with_gamma_spread(cv).unwrap() } else { mean.with_spread(cv).unwrap() }
    }

    /// The limited mean is ∫₀ˣ P(X > t) dt; its end is the mean. By the trapezoidal rule over `scipy`'s survival functions
    /// at x = 30,000: log-normal cv 1 and gamma cv 0.7.
    #[test]
    fn limited_means_agree_with_scipy() {
        for (size, expected) in [(deals(1.0, false), LOGNORMAL), (deals(0.7, true), GAMMA)] {
            let got = size.limited_mean(30_000.0).unwrap();
            assert!((got / expected - 1.0).abs() < 1e-9, "{got} {expected}");
            assert!((size.limited_mean(1e9).unwrap() / 20_000.0 - 1.0).abs() < 1e-9);
        }
    }

    const LOGNORMAL: f64 = 16_059.496_485_517_358;
    const GAMMA: f64 = 17_558.303_425_926_268;

    /// E e^(−sX) of a log-normal deal by `mpmath.quad` with 40 digits: mean 20,000, cv as given, s per mean deal.
    #[test]
    fn transforms_agree_with_mpmath() {
        for (cv, re, im, expected) in TRANSFORMS {
            let got = deals(cv, false).transform(Complex::new(re / 20_000.0, im / 20_000.0));
            let expected = Complex::new(expected.0, expected.1);
            assert!((got - expected).norm_sqr().sqrt() < 1e-12, "{cv} {re} {im}: {got:?} {expected:?}");
        }
    }

    type Row = (f64, f64, f64, (f64, f64));
    #[expect(clippy::unreadable_literal, reason = "as mpmath prints them")]
    const TRANSFORMS: [Row; 6] = [
        (0.2, 0.01, 0.3, (0.9441754498264884, -0.2919210447080042)),
        (0.8, 0.001, 0.05, (0.9969613164847334, -0.049826976897064494)),
        (0.8, 0.0, 2.0, (0.03885599083360838, -0.5679423950159124)),
        (3.0, 0.01, 0.5, (0.8334693731160943, -0.24536581224116497)),
        (2.9, 0.2, 4.0, (0.29537738689096266, -0.33668919414999116)),
        (1.0, 0.5, 0.0, (0.6582734064266333, -1.7608989688018145e-33)),
    ];
}
