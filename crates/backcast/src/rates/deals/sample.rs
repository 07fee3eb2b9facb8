//! The amounts of won deals as estimation sees them: how often each occurs, their exact sum, their logarithms.

use num_bigint::BigInt;
use num_rational::BigRational;

use crate::history::{Amounts, Deals};
use crate::quantity::{Currency, shown};

/// The unit of amounts: whole minor units of a currency, hundredths where none is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Unit {
    pub(super) currency: Option<Currency>,
    decimals: u32,
    pub(super) minor: f64,
}

impl Unit {
    pub(super) fn of(currency: Option<Currency>) -> Self {
        let decimals = currency.map_or(Amounts::DECIMALS, Currency::decimals);
        Self { currency, decimals, minor: libm::exp10(f64::from(decimals)) }
    }

    /// An amount in minor units, exact: `1,250,000 EUR`.
    pub(super) fn amount(self, minor: i64) -> String {
        let exact = BigRational::new(BigInt::from(minor), BigInt::from(10).pow(self.decimals));
        let currency = self.currency.map_or(String::new(), |currency| format!(" {currency}"));
        format!("{}{currency}", shown::amount(&exact, self.decimals))
    }

    /// An amount in units of the currency, from 1,000 on without decimals.
    pub(super) fn about(self, units: f64) -> String {
        let minor = if units >= 1000.0 { libm::round(units) * self.minor } else { libm::round(units * self.minor) };
        self.amount(to_minor(minor))
    }
}

/// The whole number of minor units next to a double.
#[expect(clippy::cast_possible_truncation, reason = "held within bounds that both types hold")]
pub(super) fn to_minor(minor: f64) -> i64 {
    libm::round(minor).clamp(0.0, 4e18) as i64
}

/// Won deals by amount, ascending.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sample {
    pub(super) amounts: Vec<(i64, u64)>,
    pub(super) deals: u64,
    /// In minor units; exact even where amounts are in buckets.
    pub(super) sum: i128,
    pub(super) unit: Unit,
}

/// Mean and sum of squared deviations of ln(amount in units of the currency) over the deals above 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Logs {
    pub(super) deals: u64,
    pub(super) mean: f64,
    pub(super) squares: f64,
}

impl Logs {
    /// The unbiased variance; 0 for one deal.
    pub(super) fn variance(&self) -> f64 {
        if self.deals < 2 { 0.0 } else { self.squares / (self.deals as f64 - 1.0) }
    }
}

impl Sample {
    pub(super) fn of(deals: &Deals, unit: Unit) -> Self {
        Self { amounts: deals.amounts().collect(), deals: deals.count(), sum: deals.sum(), unit }
    }

    /// What all deals are worth together by how many they are, in units of the currency.
    pub(super) fn average(&self) -> f64 {
        self.sum as f64 / self.deals.max(1) as f64 / self.unit.minor
    }

    pub(super) fn zeros(&self) -> u64 {
        self.amounts.first().filter(|(minor, _)| *minor == 0).map_or(0, |(_, count)| *count)
    }

    pub(super) fn is_alike(&self) -> bool {
        self.amounts.len() == 1
    }

    /// Amounts above 0 in units of the currency.
    pub(super) fn positive(&self) -> impl DoubleEndedIterator<Item = (f64, u64)> + Clone + '_ {
        let units = |(minor, count): &(i64, u64)| (*minor as f64 / self.unit.minor, *count);
        self.amounts.iter().filter(|(minor, _)| *minor > 0).map(units)
    }

    /// `None` without an amount above 0.
    pub(super) fn logs(&self) -> Option<Logs> {
        let deals = self.deals - self.zeros();
        let mean = self.positive().map(|(x, count)| libm::log(x) * count as f64).sum::<f64>() / deals as f64;
        let square = |x: f64| (libm::log(x) - mean) * (libm::log(x) - mean);
        let squares = self.positive().map(|(x, count)| square(x) * count as f64).sum();
        (deals > 0).then_some(Logs { deals, mean, squares })
    }

    /// The coefficient of variation with the unbiased variance; `None` for one deal, or where all are 0.
    pub(super) fn cv(&self) -> Option<f64> {
        let mean = self.average();
        let square = |minor: i64| (minor as f64 / self.unit.minor - mean) * (minor as f64 / self.unit.minor - mean);
        let squares: f64 = self.amounts.iter().map(|(minor, count)| square(*minor) * *count as f64).sum();
        let known = self.deals > 1 && mean > 0.0;
        known.then(|| if self.is_alike() { 0.0 } else { (squares / (self.deals as f64 - 1.0)).sqrt() / mean })
    }

    /// The amount, in units of the currency, at or below which half of the deals are; between two middle ones half-way.
    pub(super) fn median(&self) -> f64 {
        let at = |rank: u64| {
            let mut seen = 0;
            let reaches = |(_, count): &&(i64, u64)| {
                seen += count;
                seen >= rank
            };
            self.amounts.iter().find(reaches).map_or(0.0, |(minor, _)| *minor as f64)
        };
        0.5 * (at(self.deals.div_ceil(2)) + at(self.deals / 2 + 1)) / self.unit.minor
    }
}
