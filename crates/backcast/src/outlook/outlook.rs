//! The outlook: the distribution of what follows from given volumes.

use num_bigint::BigInt;
use num_rational::BigRational;

use super::compound::Ways;
use super::convolution::CountLaw;
use super::customers::ConversionPath;
use super::inversion::Spread;
use super::mixing::Grown;
use super::probability::{Forecast, Ready};
use crate::math::search::{crossing, to_whole};
use crate::math::{decimal, normal, quadrature};

/// Beyond so many standard deviations above the mean nothing is looked for.
const REACH: f64 = 12.0;
/// From so many nodes of the rates on, amounts are asked for one by one.
const MANY_NODES: usize = 400;

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
    /// Every amount by itself: of rates that are wide only a part is looked at, another one for each amount.
    Apart { forecast: Box<Forecast>, entrants: Vec<f64>, unit: Option<f64> },
    /// The rates, where they are much wider than all else.
    Wide { forecast: Box<Forecast>, entrants: Vec<f64>, unit: Option<f64> },
}

impl Outlook {
    /// What follows when so many newly enter each way.
    pub(crate) fn of(ways: &Ways, entrants: &[f64]) -> Self {
        let ways = &ways.without_idle_deals(entrants);
        let (mean, variance) = ways.moments(&ways.outline(), entrants);
        let unit = ways.unit();
        if let ([n], Some(worth)) = (entrants, unit)
            && let Some(law) = CountLaw::of(ways, *n)
        {
            return Self { mean, deviation: variance.sqrt(), by: By::Deals { law, unit: worth } };
        }
        let target = Ready::none();
        let forecast = Some(ways.forecast(&target, entrants, 1.0)).filter(Forecast::is_wide);
        if let Some(forecast) = forecast {
            let by = By::Wide { forecast: Box::new(forecast), entrants: entrants.to_vec(), unit };
            return Self { mean, deviation: variance.sqrt(), by };
        }
        let grown = Grown::of(ways, entrants, 1.0);
        if ways.ways.len() == 1 && grown.weight().0 > MANY_NODES {
            let forecast = Box::new(Forecast::over(ways, grown));
            let by = By::Apart { forecast, entrants: entrants.to_vec(), unit };
            return Self { mean, deviation: variance.sqrt(), by };
        }
        let doubt = ways.doubt();
        let top = mean + REACH * variance.sqrt();
        let spread = |factors: &[f64]| Spread::of(ways, &grown, entrants, (mean, top), factors);
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
            By::Apart { forecast, entrants, unit } => forecast.at_most(entrants, amount, *unit),
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
            By::Spreads { .. } | By::Wide { .. } | By::Apart { .. } => {}
        }
        let (mut low, mut high) = (0.0, self.mean + REACH * self.deviation);
        if self.within(0.0) >= p {
            return 0.0;
        }
        // A normal guess first, then what is left.
        let guess = (self.mean + self.deviation * normal::quantile(p)).max(low).min(high);
        let margin = 0.25 * self.deviation;
        for tried in [guess - margin, guess + margin] {
            if tried > low && tried < high {
                if self.within(tried) < p { low = tried } else { high = tried }
            }
        }
        // An amount far below the mean is as good as nothing: it has no digits to be looked for.
        let high = crossing((low, high), p, 1e-6 * self.mean, |amount| self.within(amount)).unwrap_or(high);
        self.on_unit(high)
    }

    /// The multiple of the unit of all sums for which a smooth distribution stands at this amount.
    fn on_unit(&self, amount: f64) -> f64 {
        let unit = match &self.by {
            By::Spreads { unit, .. } | By::Wide { unit, .. } | By::Apart { unit, .. } => *unit,
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

#[cfg(test)]
mod tests {
    use super::super::compound::{Way, Worth};
    use super::*;
    use crate::math::incomplete_gamma;
    use crate::quantity::Number;
    use crate::rates::DealSize;

    /// Deals of two ways, one surely known and alike, the other of gamma size with a mean in doubt: its factor multiplies
    /// them alone. By the gamma distribution's closed form, integrated over the factor.
    #[test]
    fn each_way_has_the_doubt_of_its_own_deals() {
        let mean = |amount: &str| DealSize::mean(&Number::from(amount), "EUR".parse().unwrap()).unwrap();
        let won = Way { steps: vec![], entry: 0, on_time: 1.0, open: vec![], shared: vec![], coupled: 0.0 };
        for (cv, s, deals, target) in
            [(0.5, 0.3, 12.0, 300_000.0), (0.8, 0.1, 60.0, 850_000.0), (1.2, 0.6, 5.0, 280_000.0)]
        {
            let doubtful = mean("10000").with_gamma_spread(cv).unwrap().with_doubt(s * s);
            let ways = Ways {
                ways: vec![(won.clone(), Worth::Money(mean("8000"))), (won.clone(), Worth::Money(doubtful))],
                known: vec![],
            };
            let volumes = [25.0, deals];
            let exact = decimal::from_f64(target).unwrap();
            let got = ways.forecast(&Ready::of(&exact, false), &volumes, 1.0).checked(&volumes);
            let shape = 1.0 / (cv * cv);
            let reached = |z: f64| {
                let scale = 10_000.0 / shape * libm::exp(s * z - 0.5 * s * s);
                1.0 - incomplete_gamma::lower(deals * shape, (target - 200_000.0) / scale)
            };
            let nodes = (-1_200..=1_200).map(|k| f64::from(k) / 150.0);
            let expected: f64 = nodes
                .map(|z| libm::exp(-0.5 * z * z) / (2.0 * core::f64::consts::PI).sqrt() / 150.0 * reached(z))
                .sum();
            assert!((got.value - expected).abs() <= got.error.max(1e-6), "{cv} {s}: {got:?} for {expected}");
            let (first, variance) = ways.moments(&ways.outline(), &volumes);
            let square = 1e8 * (deals * cv * cv + deals * deals) * libm::exp(s * s) - 1e8 * deals * deals;
            assert!((first / (200_000.0 + 10_000.0 * deals) - 1.0).abs() < 1e-12);
            assert!((variance / square - 1.0).abs() < 1e-9, "{variance} for {square}");
            let within = Outlook::of(&ways, &volumes).within(target);
            assert!((1.0 - within - expected).abs() < 2e-4, "{within} for {expected}");
        }
    }
}
