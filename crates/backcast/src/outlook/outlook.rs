//! The outlook: the distribution of what follows from given volumes, and what makes it uncertain.

use num_bigint::BigInt;
use num_rational::BigRational;

use super::counted::CountLaw;
use super::customers::ConversionPath;
use super::forecast::{Forecast, Ways};
use super::ready::Ready;
use super::spread::Spread;
use super::way::Way;
use super::worth::Worth;
use crate::math::search::to_whole;
use crate::math::{decimal, normal, quadrature};

/// Beyond so many standard deviations above the mean nothing is looked for.
const REACH: f64 = 12.0;

/// The distribution of customers or revenue from given volumes: computed, not simulated.
#[derive(Clone, Debug)]
pub struct Outlook {
    mean: f64,
    deviation: f64,
    by: By,
}

/// What answers.
#[derive(Clone, Debug)]
enum By {
    /// Nothing is open and deals are alike: customers, exactly, each worth the unit.
    Count { path: ConversionPath, entrants: u64, unit: BigRational },
    /// Leads are open and deals are alike: so many, each worth the unit.
    Deals { law: CountLaw, unit: f64 },
    /// Distributions with their weights, and the variance of the logarithm of a factor on all of it.
    Spreads { spreads: Vec<(f64, Spread)>, doubt: f64, unit: Option<f64> },
    /// The rates, where they are much wider than all else.
    Wide { forecast: Box<Forecast>, entrants: Vec<f64>, unit: Option<f64> },
}

/// One source of uncertainty, and how much of the variance would go away if it were known perfectly.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Source {
    pub(crate) name: String,
    /// From 0 to 1.
    pub(crate) share: f64,
}

impl Outlook {
    /// What follows when so many newly enter each way.
    pub(crate) fn of(ways: &Ways, entrants: &[f64]) -> Self {
        let ways = &ways.without_idle_deals(entrants);
        let (mean, variance) = ways.moments(&ways.outline(), entrants);
        let unit = ways.unit();
        if let ([n], Some(worth)) = (entrants, unit)
            && let Some(law) = ways.count_law(*n)
        {
            return Self { mean, deviation: variance.sqrt(), by: By::Deals { law, unit: worth } };
        }
        let target = Ready::none();
        let forecast = Some(ways.forecast(&target, entrants, 1.0)).filter(Forecast::is_wide);
        if let Some(forecast) = forecast {
            let by = By::Wide { forecast: Box::new(forecast), entrants: entrants.to_vec(), unit };
            return Self { mean, deviation: variance.sqrt(), by };
        }
        let grown = ways.grow(entrants, 1.0);
        let doubt = ways.doubt();
        let top = mean + REACH * variance.sqrt();
        let spread = |factors: &[f64]| ways.spread(&grown, entrants, (mean, top), factors);
        let (spreads, doubt) = if ways.is_doubt_uneven() {
            let factors = quadrature::normal_for(ways.doubt_ratio(mean)).into_iter();
            let part = |(z, weight): (f64, f64)| (weight, spread(&ways.factors(z)));
            (factors.map(part).collect(), 0.0)
        } else {
            (vec![(1.0, spread(&vec![1.0; ways.ways.len()]))], doubt)
        };
        Self { mean, deviation: variance.sqrt(), by: By::Spreads { spreads, doubt, unit } }
    }

    /// What follows when so many newly enter a path, nothing is open and every customer is worth the same.
    pub(crate) fn of_count(path: ConversionPath, entrants: u64, unit: BigRational) -> Self {
        let customers = path.customers(entrants);
        let (mean, deviation) = (customers.expected(), customers.deviation());
        let worth = decimal::to_f64(&unit);
        Self { mean: worth * mean, deviation: worth * deviation, by: By::Count { path, entrants, unit } }
    }

    /// The mean.
    #[must_use]
    pub fn expected(&self) -> f64 {
        self.mean
    }

    /// The standard deviation.
    #[must_use]
    pub fn deviation(&self) -> f64 {
        self.deviation
    }

    /// P(at most `amount`).
    #[must_use]
    pub fn within(&self, amount: f64) -> f64 {
        match &self.by {
            By::Count { path, entrants, unit } => {
                let wins = libm::floor(amount / decimal::to_f64(unit) + 1e-9);
                if wins < 0.0 { 0.0 } else { 1.0 - path.customers(*entrants).probability_of(to_whole(wins) + 1) }
            }
            By::Deals { law, unit } => {
                if amount < 0.0 {
                    return 0.0;
                }
                law.within(to_whole(libm::floor(amount / unit + 1e-9)))
            }
            By::Wide { forecast, entrants, .. } => 1.0 - forecast.wide_at_least(entrants, amount).unwrap_or(0.0),
            By::Spreads { spreads, doubt, .. } => {
                let within = |spread: &Spread| {
                    if *doubt > 0.0 { spread.within_in_doubt(amount, *doubt) } else { spread.within(amount) }
                };
                spreads.iter().map(|(weight, spread)| weight * within(spread)).sum::<f64>().clamp(0.0, 1.0)
            }
        }
    }

    /// The smallest amount that is not exceeded with probability `p`, 0 < `p` < 1.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        match &self.by {
            By::Count { path, entrants, unit } => {
                return decimal::to_f64(
                    &(unit * BigRational::from(BigInt::from(path.customers(*entrants).quantile(p)))),
                );
            }
            By::Spreads { spreads, doubt, .. } if *doubt <= 0.0 => {
                if let [(_, spread)] = spreads.as_slice()
                    && let Some(unit) = spread.unit()
                {
                    return spread.quantile_in(unit, p);
                }
            }
            By::Deals { law, unit } => {
                let most = to_whole(libm::ceil((self.mean + REACH * self.deviation) / unit) + 1.0);
                return unit * law.quantile(p, most) as f64;
            }
            By::Spreads { .. } | By::Wide { .. } => {}
        }
        let (mut low, mut high) = (0.0, self.mean + REACH * self.deviation);
        if self.within(0.0) >= p {
            return 0.0;
        }
        // A normal guess first, then bisection on what is left.
        let guess = (self.mean + self.deviation * normal::quantile(p)).max(low).min(high);
        let margin = 0.25 * self.deviation;
        for tried in [guess - margin, guess + margin] {
            if tried > low && tried < high {
                if self.within(tried) < p { low = tried } else { high = tried }
            }
        }
        // An amount far below the mean is as good as nothing: it has no digits to be looked for.
        while high - low > 1e-7 * high.max(1e-6 * self.mean) {
            let middle = 0.5 * (low + high);
            if self.within(middle) < p { low = middle } else { high = middle }
        }
        self.on_unit(high)
    }

    /// The multiple of the unit of all sums for which a smooth distribution stands at this amount.
    fn on_unit(&self, amount: f64) -> f64 {
        let unit = match &self.by {
            By::Spreads { unit, .. } | By::Wide { unit, .. } => *unit,
            By::Count { .. } | By::Deals { .. } => None,
        };
        // Half a unit below a sum begins what is rounded to it.
        let snapped = |unit: f64| unit * libm::ceil(amount / unit - 0.5 - 1e-9);
        unit.filter(|unit| amount / unit < 1e12).map_or(amount, snapped)
    }

    /// Amounts evenly spaced over all that is likely (0.1 % to 99.9 %) with the probability of at most each: for a chart.
    #[must_use]
    pub fn points(&self, many: u32) -> Vec<(f64, f64)> {
        let (low, high) = (self.quantile(0.001), self.quantile(0.999));
        let amount = |i: u32| low + (high - low) * f64::from(i) / f64::from(many.max(2) - 1);
        (0..many).map(|i| (amount(i), self.within(amount(i)))).collect()
    }
}

/// How the variance of what follows would shrink with perfect knowledge of each rate, of the mean deal, of how deals
/// differ, and of luck (who is won, given the rates). The shares need not sum to 1: sources act together.
///
/// # Formula
/// 1 − V(source at its mean) ÷ V; for luck, the share that is left when all rates and the mean deal are known.
pub(crate) fn sources(ways: &Ways, entrants: &[f64], step_names: &[String]) -> Vec<Source> {
    let variance = |ways: &Ways| ways.moments(&ways.outline(), entrants).1;
    let all = variance(ways);
    if all <= 0.0 {
        return Vec::new();
    }
    let with = |change: &dyn Fn(&mut Way, &mut Worth)| {
        let mut other = ways.clone();
        other.ways.iter_mut().for_each(|(way, worth)| change(way, worth));
        variance(&other)
    };
    let mut sources = Vec::new();
    for (step, name) in step_names.iter().enumerate() {
        let without = with(&|way: &mut Way, _: &mut Worth| {
            way.steps.iter_mut().skip(step).take(1).for_each(|known| *known = known.without_doubt());
        });
        sources.push(Source { name: format!("the rate {name}"), share: (1.0 - without / all).max(0.0) });
    }
    let shared = with(&|way: &mut Way, _: &mut Worth| {
        way.shared.clear();
        way.coupled = 0.0;
    });
    sources.push(Source { name: "what moves all channels together".to_owned(), share: (1.0 - shared / all).max(0.0) });
    let certain_mean = with(&|_: &mut Way, worth: &mut Worth| worth.settle(false));
    sources.push(Source { name: "the mean deal".to_owned(), share: (1.0 - certain_mean / all).max(0.0) });
    let alike = with(&|_: &mut Way, worth: &mut Worth| worth.settle(true));
    sources
        .push(Source { name: "differences between deals".to_owned(), share: ((certain_mean - alike) / all).max(0.0) });
    let luck = with(&|way: &mut Way, worth: &mut Worth| {
        *way = way.without_doubt();
        worth.settle(true);
    });
    sources.push(Source { name: "luck: who is won at these rates".to_owned(), share: luck / all });
    sources.retain(|source| source.share > 0.0005);
    sources
}
