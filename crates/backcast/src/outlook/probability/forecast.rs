//! The probability that what follows from given volumes reaches a target: computed on a grid, not simulated.

use num_rational::BigRational;

use super::cornish_fisher::Wide;
use super::ready::Ready;
use super::window::open_chances;
use crate::math::decimal;
use crate::outlook::compound::Ways;
use crate::outlook::convolution::{Alone, Counted};
use crate::outlook::inversion::{Grid, Part, View};
use crate::outlook::mixing::{Grown, Memories, Memory, NEVER, nothing, without_deals};

/// Fewer nodes than this are not worth choosing from.
const FEW_NODES: usize = 80;
/// A wide rate that is off by more gives way to what is counted, where that can be.
const NEARLY_EXACT: f64 = 1e-6;
/// What is remembered of a frequency serves volumes down to the guess divided by this.
const LESS: f64 = 4.0;

impl Ways {
    /// Rates made ready for volumes near `guess`; `finer` multiplies the number of nodes.
    pub(crate) fn forecast(&self, target: &Ready, guess: &[f64], finer: f64) -> Forecast {
        let mut wide = Wide::near(self, guess, target.amount);
        // Few deals are not nearly normal: they are counted, however wide the rate.
        let few = wide
            .as_ref()
            .map_or_else(|| target.is_few(self) || Wide::is_wide(self, guess), |wide| wide.error > NEARLY_EXACT);
        let alone = if target.amount > 0.0 && few { target.alone(self) } else { None };
        if alone.is_some() {
            wide = None;
        }
        let nothing = || Grown { shocks: Vec::new() };
        let counted = match guess {
            [n] if target.amount > 0.0 && wide.is_none() && alone.is_none() => {
                Counted::of(self, (&target.exact, &target.worked), (*n, finer), || target.grids(self).is_exact())
            }
            _ => None,
        };
        let grid = wide.is_none() && alone.is_none() && counted.is_none();
        let grown = if grid { Grown::of(self, guess, finer) } else { nothing() };
        let least = guess.iter().map(|n| n / LESS).collect();
        Forecast { ways: self.clone(), target: target.clone(), grown, seen: Vec::new(), least, wide, alone, counted }
            .remembering()
    }

    /// P(what is open ≥ `target`), with nobody new: few deals, whatever the target takes.
    pub(crate) fn open_at_least(&self, target: &BigRational) -> f64 {
        if self.ways.iter().all(|(way, _)| way.open.is_empty()) {
            return 0.0;
        }
        let nobody = vec![0.0; self.ways.len()];
        let ways = self.without_idle_deals(&nobody);
        let target = Ready::of(target, true);
        ways.forecast(&target, &nobody, 1.0).at_least(&nobody)
    }
}

/// A target and the rates made ready: volumes may now vary.
#[derive(Clone, Debug)]
pub(crate) struct Forecast {
    pub(super) ways: Ways,
    pub(super) target: Ready,
    pub(super) grown: Grown,
    /// What was seen of the rates, by grid, for these volumes or more.
    pub(super) seen: Vec<Memories>,
    pub(super) least: Vec<f64>,
    /// The rate of newcomers, where it is so much wider than all else that no quadrature resolves what lies between.
    pub(super) wide: Option<Wide>,
    /// The same where few deals are enough, counted.
    pub(super) alone: Option<Alone>,
    /// Deals of certain prices, counted.
    pub(super) counted: Option<Counted>,
}

impl Forecast {
    /// Over these rates, without a target yet.
    pub(crate) fn over(ways: &Ways, grown: Grown) -> Self {
        let least = vec![f64::INFINITY; ways.ways.len()];
        let target = Ready::none();
        Self { ways: ways.clone(), target, grown, seen: Vec::new(), least, wide: None, alone: None, counted: None }
    }

    /// P(what follows from these volumes is at most an amount), where sums are multiples of a `unit` if there is one.
    pub(crate) fn at_most(&self, entrants: &[f64], amount: f64, unit: Option<f64>) -> f64 {
        if amount < 0.0 {
            return 0.0;
        }
        let next = unit.map_or(amount, |unit| unit * (libm::floor(amount / unit + 1e-9) + 1.0));
        if next <= 0.0 {
            return nothing(&self.grown, &self.ways, entrants).clamp(0.0, 1.0);
        }
        let Some(target) = decimal::from_f64(next) else { return 1.0 };
        let forecast = Self { target: Ready::of(&target, false), ..self.clone() };
        forecast.below(&forecast.grown, entrants, None).clamp(0.0, 1.0)
    }

    fn remembering(mut self) -> Self {
        if self.wide.is_none() && self.alone.is_none() && self.counted.is_none() {
            self.seen = self.target.grids(&self.ways).all.iter().map(|_| Memories::default()).collect();
        }
        self
    }

    /// P(what follows from these volumes ≥ the target), from 0 to 1.
    pub(crate) fn at_least(&self, entrants: &[f64]) -> f64 {
        if let Some(known) = self.wide_at_least(entrants, self.target.amount) {
            return known;
        }
        if let Some((alone, n)) = self.alone.as_ref().zip(entrants.first()) {
            return alone.at_least(*n);
        }
        if let Some((counted, n)) = self.counted.as_ref().zip(entrants.first()) {
            return counted.at_least(*n);
        }
        (1.0 - self.below(&self.grown, entrants, Some(&self.seen))).clamp(0.0, 1.0)
    }

    pub(crate) fn is_wide(&self) -> bool {
        self.wide.is_some()
    }

    /// How far P may be off, where the rate is wide.
    pub(super) fn wide_error(&self) -> Option<f64> {
        self.wide.as_ref().map(|wide| wide.error)
    }

    /// P(what follows ≥ another amount), where the rate is so wide that no lattice is needed; else `None`.
    pub(crate) fn wide_at_least(&self, entrants: &[f64], amount: f64) -> Option<f64> {
        self.wide.as_ref().zip(entrants.first()).map(|(wide, n)| wide.at_least(*n, amount))
    }

    /// P(what follows stays below the target).
    pub(super) fn below(&self, grown: &Grown, entrants: &[f64], seen: Option<&[Memories]>) -> f64 {
        match self.undecided(grown, entrants) {
            Some((open, missed)) => missed + self.below_by_grids(&open, entrants, None),
            None => self.below_by_grids(grown, entrants, seen),
        }
    }

    /// Where the rate of newcomers is wide: the part of it that leaves the goal open, and how likely it is missed for sure.
    pub(super) fn undecided(&self, grown: &Grown, entrants: &[f64]) -> Option<(Grown, f64)> {
        let [n] = entrants else { return None };
        let (many, _) = grown.weight();
        if many < FEW_NODES {
            return None;
        }
        let (low, high) = open_chances(grown, &self.ways, *n, self.target.amount)?;
        let open = grown.at(&|chance| chance >= low && chance <= high)?;
        let missed = grown.at(&|chance| chance < low)?;
        (open.weight().0 * 2 < many).then(|| (open, missed.weight().1))
    }

    /// P(what follows stays below the target) by all grids.
    pub(super) fn below_by_grids(&self, grown: &Grown, entrants: &[f64], seen: Option<&[Memories]>) -> f64 {
        let grids = self.target.grids(&self.ways);
        let apart = grids.known.as_ref().filter(|_| without_deals(grown, &self.ways, entrants) > NEVER);
        let part = if apart.is_some() { Part::With } else { Part::All };
        let seen = seen.filter(|_| self.is_remembered(entrants));
        let least = if seen.is_some() { &self.least } else { entrants };
        let view = View { ways: &self.ways, grown, part, least };
        let memory = |at: usize| -> Option<&Memory> {
            let memories = seen?.get(at)?;
            Some(if apart.is_some() { &memories.with_deals } else { &memories.all })
        };
        let by = |(at, grid): (usize, &Grid)| grid.share * grid.below(view, entrants, memory(at));
        let smooth: f64 = grids.all.iter().enumerate().map(by).sum();
        smooth + apart.map_or(0.0, |grid| grid.below(View { part: Part::Without, ..view }, entrants, None))
    }

    /// Whether what was seen serves these volumes.
    fn is_remembered(&self, entrants: &[f64]) -> bool {
        entrants.iter().zip(&self.least).all(|(n, least)| n >= least)
    }

    pub(super) fn remembered(&self, entrants: &[f64]) -> Option<&[Memories]> {
        self.is_remembered(entrants).then_some(self.seen.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::super::cornish_fisher::normal_error;
    use super::*;
    use crate::math::decimal;
    use crate::outlook::compound::{Cell as OpenCell, Way, Worth};
    use crate::outlook::inversion::counting;
    use crate::outlook::open::Odds;
    use crate::quantity::Number;
    use crate::rates::Conversion;
    use crate::rates::DealSize;

    fn exact(value: f64) -> BigRational {
        decimal::from_f64(value).unwrap()
    }

    fn way(steps: Vec<Conversion>) -> Way {
        Way { steps, entry: 0, on_time: 1.0, open: vec![], shared: vec![], coupled: 0.0 }
    }

    fn money(mean: &str) -> DealSize {
        DealSize::mean(&Number::from(mean), "EUR".parse().unwrap()).unwrap()
    }

    fn one(way: Way, worth: Worth) -> Ways {
        Ways { ways: vec![(way, worth)], known: vec![] }
    }

    fn stated(rate: &str) -> Conversion {
        Conversion::stated(rate.parse().unwrap()).unwrap()
    }

    /// From the reference file: 300 leads, p = .06, gamma deals of shape 1.7 and scale 9,000, target 220,000.
    #[test]
    fn gamma_deals_agree_with_the_closed_form() {
        let deal = money("15300").with_gamma_spread((1.0_f64 / 1.7).sqrt()).unwrap();
        let ways = one(way(vec![stated("0.06")]), Worth::Money(deal));
        let got = ways.forecast(&Ready::of(&exact(220_000.0), false), &[300.0], 1.0).checked(&[300.0]);
        assert!((got.value - 0.743_587_473_689_682_9).abs() < 1e-8, "{got:?}");
        assert!((got.value - 0.743_587_473_689_682_9).abs() <= got.error);
    }

    fn on(amount: f64, grids: Vec<Grid>) -> Ready {
        Ready::on(amount, grids)
    }

    /// Counting deals first and then asking how much so many bring is the same as the lattice of money.
    #[test]
    fn deals_and_money_agree() {
        let steps = || vec![Conversion::learned(60, 300).unwrap(), Conversion::learned(25, 100).unwrap()];
        for deal in [
            money("8000").with_spread(0.3).unwrap(),
            money("8000").with_spread(2.5).unwrap(),
            money("8000").with_gamma_spread(1.4).unwrap().learned_from(9).unwrap(),
        ] {
            for (leads, target) in [(3.0, 5_000.0), (150.0, 60_000.0), (400.0, 190_000.0)] {
                let ways = one(way(steps()), Worth::Money(deal.clone()));
                let counting = counting(&ways, &exact(target), false, 0).unwrap();
                for (log2, deals) in [11, 12].into_iter().zip(counting) {
                    let money = Grid::lattice(&ways, target, deal.doubt(), &[1.0], log2);
                    let by = |grid| ways.forecast(&on(target, vec![grid]), &[leads], 1.0).at_least(&[leads]);
                    let (money, deals) = (by(money), by(Grid { share: 1.0, ..deals }));
                    assert!((money - deals).abs() < 3e-9, "{deal:?} {leads} {target}: {money} {deals}");
                }
            }
        }
    }

    /// Two ways, each with a price of its own: no common unit, so a sum may hit the target. By all pairs of counts.
    #[test]
    fn a_target_that_sums_hit_is_within_the_stated_error() {
        let leads = 400_u32;
        let mut count = vec![libm::pow(0.9, f64::from(leads))];
        for k in 1..=leads {
            count.push(count[k as usize - 1] * f64::from(leads - k + 1) / f64::from(k) / 9.0);
        }
        let price = |mean: &str| Worth::Money(money(mean));
        let ways = Ways {
            ways: vec![(way(vec![stated("0.1")]), price("1000")), (way(vec![stated("0.1")]), price("1414.21"))],
            known: vec![],
        };
        let target = 40 * 100_000 + 28 * 141_421;
        let volumes = [f64::from(leads); 2];
        let exact_target = exact(f64::from(target) / 100.0);
        let got = ways.forecast(&Ready::of(&exact_target, false), &volumes, 1.0).checked(&volumes);
        let pairs = (0..=leads).flat_map(|a| (0..=leads).map(move |b| (a, b)));
        let enough = pairs.filter(|(a, b)| a * 100_000 + b * 141_421 >= target);
        let expected: f64 = enough.map(|(a, b)| count[a as usize] * count[b as usize]).sum();
        assert!((got.value - expected).abs() <= got.error && got.error < 0.05, "{got:?} {expected}");
        assert!((got.value - expected).abs() > 1e-5, "a target that sums do not hit: {got:?} {expected}");
    }

    /// A wide rate by cumulants, and by nodes that resolve every sum: two ways that share nothing.
    #[test]
    fn wide_rates_agree_with_quadrature() {
        let list = |amounts: Vec<(i64, u64)>| DealSize::of_amounts(amounts, 0, "EUR".parse().unwrap()).unwrap();
        let laws = [
            Worth::Customers,
            Worth::Money(money("1000")),
            Worth::Money(list(vec![(500, 1), (1500, 1)])),
            Worth::Money(list(vec![(517, 50), (1483, 50)])),
            Worth::Money(money("1000").with_spread(0.5).unwrap()),
            Worth::Money(money("1000").with_spread(1.0).unwrap()),
            Worth::Money(money("1000").with_spread(2.0).unwrap()),
            Worth::Money(money("1000").with_spread(3.0).unwrap()),
            Worth::Money(money("1000").with_gamma_spread(1.5).unwrap()),
            Worth::Money(money("1000").with_gamma_spread(3.0).unwrap()),
        ];
        let cases = laws.iter().flat_map(|law| [(300.0, 3.1), (300.0, 5.0), (2000.0, 3.1)].map(|case| (law, case)));
        for (worth, (deals, ratio)) in cases {
            let rate = 0.05;
            let noise2 = (worth.mean_square() / (worth.mean() * worth.mean()) - rate) / deals;
            let ess = (1.0 - rate) / (rate * ratio * ratio * noise2) - 1.0;
            if ess * rate < 2.0 {
                continue;
            }
            let way = way(vec![Conversion::estimated(rate, ess).unwrap()]);
            let wide = Wide::of(&way, worth, normal_error(worth, deals, ratio));
            let ways = one(way, worth.clone());
            let target = Ready::of(&exact(deals * worth.mean()), false);
            for volume in [0.8, 1.1, 1.7].map(|times| [f64::floor(times * deals / rate)]) {
                let by_nodes = Forecast {
                    wide: None,
                    alone: None,
                    counted: None,
                    grown: Grown::of(&ways, &volume, 1.5),
                    ..ways.forecast(&target, &volume, 1.0)
                };
                let wide = Forecast { wide: Some(wide.clone()), ..by_nodes.clone() };
                let (got, expected) = (wide.checked(&volume), by_nodes.at_least(&volume));
                assert!((got.value - expected).abs() <= got.error, "{worth:?} {deals} {ratio}: {got:?} {expected}");
            }
        }
    }

    /// From the reference file (`aggregate` 0.30.1): 300 leads, p = .06, log-normal deals, mean 20,000, cv 1, at 400,000;
    /// by the continuous way too.
    #[test]
    fn log_normal_deals_agree_with_aggregate() {
        let deal = money("20000").with_spread(1.0).unwrap();
        let ways = one(way(vec![stated("0.06")]), Worth::Money(deal));
        let amount = 400_000.0;
        let continuous = on(amount, vec![Grid::continuous(&ways, amount, 0.0, &[1.0])]);
        for target in [Ready::of(&exact(amount), false), continuous] {
            let got = ways.forecast(&target, &[300.0], 1.0).at_least(&[300.0]);
            assert!((got - 0.331_760_675_815_515_4).abs() < 2e-6, "{got}");
        }
    }

    /// `scipy.stats.binom.sf` and `betabinom.sf`, from the reference file.
    #[test]
    fn customers_agree_with_scipy() {
        let target = exact(64.0);
        let known = one(way(vec![stated("0.1")]), Worth::Customers);
        assert!(
            (known.forecast(&Ready::of(&target, false), &[700.0], 1.0).at_least(&[700.0]) - 0.792_031_588_828_079_8)
                .abs()
                < 1e-9
        );
        let learned = one(way(vec![Conversion::estimated(0.1, 200.0).unwrap()]), Worth::Customers);
        let got = learned.forecast(&Ready::of(&target, false), &[700.0], 1.0).checked(&[700.0]);
        assert!((got.value - 0.629_903_792_969_092).abs() < 1e-8, "{got:?}");
    }

    /// From the reference file: seven open deals, target 16.
    #[test]
    fn open_deals_agree_with_enumeration() {
        let open = [(0.1, 4), (0.3, 8), (0.5, 2), (0.7, 6), (0.9, 4), (0.25, 10), (0.6, 2)];
        let cells = open.iter().enumerate().map(|(at, (q, _))| OpenCell {
            stage: 0,
            odds: Odds { reach: *q, seen: 0.0, lost: 0.0 },
            count: 1.0,
            amount: Some(at),
            worthless: false,
        });
        let way = Way { open: cells.collect(), ..way(vec![stated("1")]) };
        let known = open.iter().map(|(_, amount)| exact(f64::from(*amount))).collect();
        let ways = Ways { ways: vec![(way, Worth::Money(money("2")))], known };
        let got = ways.forecast(&Ready::of(&exact(16.0), false), &[0.0], 1.0).at_least(&[0.0]);
        assert!((got - 0.440_469_999_999_999_9).abs() < 1e-9, "{got}");
    }

    /// The continuous way and a fine lattice agree, with doubt about the mean deal too, over several kinds of deals.
    #[test]
    fn continuous_and_lattice_agree() {
        let steps = || vec![Conversion::learned(60, 300).unwrap(), Conversion::learned(25, 100).unwrap()];
        let deals = [
            money("8000").with_spread(0.6).unwrap(),
            money("8000").with_spread(2.0).unwrap(),
            money("8000").with_spread(0.6).unwrap().learned_from(30).unwrap(),
            money("8000").with_gamma_spread(0.8).unwrap().learned_from(12).unwrap(),
            DealSize::of_amounts(vec![(51_703, 7), (80_111, 9), (230_007, 2)], 2, "EUR".parse().unwrap()).unwrap(),
        ];
        for deal in deals {
            let ways = one(way(steps()), Worth::Money(deal.clone()));
            let target = 70.0 * deal.to_f64();
            let forecast = ways.forecast(&Ready::of(&exact(target), false), &[1500.0], 1.0);
            let by_lattice = |log2: u32| {
                let grid = |log2| Grid::lattice(&ways, target, deal.doubt(), &[1.0], log2);
                let grids = vec![Grid { share: -1.0 / 3.0, ..grid(log2 - 1) }, Grid { share: 4.0 / 3.0, ..grid(log2) }];
                ways.forecast(&on(target, grids), &[1500.0], 1.0).at_least(&[1500.0])
            };
            let (got, expected) = (forecast.checked(&[1500.0]), by_lattice(14));
            let sums_are_smooth = deal.price_list().is_none();
            if sums_are_smooth {
                assert!((got.value - expected).abs() < 1e-6, "{deal:?}: {got:?} {expected}");
            } else {
                // By summing the multinomial probabilities of all combinations (NumPy).
                assert!((got.value - 0.604_269_277_581_889_4).abs() < got.error && got.error < 5e-4, "{got:?}");
            }
        }
    }
}
