//! One family's tail: the grouped likelihood of a cure mixture, its derivatives, and its best fit.

use super::incidence::{Counts, Incidence, at};
use crate::math::beta_binomial::{logistic, logit};
use crate::math::newton::{Local, Maximum, maximise};

/// ln σ and logit p are looked for within these bounds.
const LN_SCALE: f64 = 4.0;
const LOGIT: f64 = 14.0;

/// A fit of which so much was reached within the records leaves little to be mistaken about.
const PLAIN: f64 = 0.95;

const LOG_NORMAL: &str = "log-normal";
const WEIBULL: &str = "weibull";
/// The names of all families.
pub(in crate::rates) const TAILS: &[&str] = &[LOG_NORMAL, WEIBULL];

/// A family of delays: the distribution of z = (ln t − μ)/σ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rates) enum Family {
    /// z is standard normal.
    LogNormal,
    /// e^z is standard exponential; μ = ln scale, σ = 1/shape.
    Weibull,
}

impl Family {
    pub(in crate::rates) fn name(self) -> &'static str {
        match self {
            Self::LogNormal => LOG_NORMAL,
            Self::Weibull => WEIBULL,
        }
    }

    /// The z at which a quarter, and half, of the delays are over.
    fn quartiles(self) -> (f64, f64) {
        match self {
            Self::LogNormal => (-0.674_489_750_196_081_7, 0.0),
            Self::Weibull => (-1.245_899_323_707_237_5, -0.366_512_920_581_664_35),
        }
    }

    fn standard(self, z: f64) -> Standard {
        match self {
            Self::LogNormal => {
                let tail = 0.5 * libm::erfc(z.abs() * core::f64::consts::FRAC_1_SQRT_2);
                let (below, above) = if z > 0.0 { (1.0 - tail, tail) } else { (tail, 1.0 - tail) };
                let density = libm::exp(-0.5 * z * z) / (2.0 * core::f64::consts::PI).sqrt();
                Standard { below, above, density, slope: -z * density }
            }
            Self::Weibull => {
                let hazard = libm::exp(z.min(700.0));
                let above = libm::exp(-hazard);
                let density = hazard * above;
                let slope = if density > 0.0 { density * (1.0 - hazard) } else { 0.0 };
                Standard { below: -libm::expm1(-hazard), above, density, slope }
            }
        }
    }
}

/// The standard distribution of a family at one z.
#[derive(Clone, Copy, Debug)]
struct Standard {
    below: f64,
    above: f64,
    density: f64,
    slope: f64,
}

/// A quantity with its derivatives by μ and ln σ: value, two first ones, then those of second order (μμ, μσ, σσ).
type Jet = [f64; 6];

/// One family's fit: the share that ever converts, and its delay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::rates) struct Fit {
    pub(in crate::rates) family: Family,
    /// Share of leads that ever convert.
    pub(in crate::rates) ultimate: f64,
    /// Standard error of its logit.
    pub(in crate::rates) logit_error: f64,
    pub(in crate::rates) location: f64,
    pub(in crate::rates) scale: f64,
    pub(in crate::rates) ln_likelihood: f64,
}

impl Fit {
    /// P(lag ≤ l) among those that ever convert.
    pub(in crate::rates) fn within(&self, day: usize) -> f64 {
        self.family.standard((libm::log((day + 1) as f64) - self.location) / self.scale).below
    }
}

/// The counts by the boundary between days that they need: t = l + 1 ends day l.
pub(in crate::rates) struct Grouped {
    /// ln t, conversions on the day that ends at t, leads censored at t less those first seen at t.
    boundaries: Vec<(f64, f64, f64)>,
    converted: f64,
}

impl Grouped {
    pub(in crate::rates) fn of(counts: &Counts) -> Self {
        let censored = counts.censored();
        let days = counts.converted.len().max(censored.len()).max(counts.delayed.len());
        let boundary = |t: usize| {
            let net = at(&censored, t - 1) as f64 - at(&counts.delayed, t) as f64;
            (libm::log(t as f64), at(&counts.converted, t - 1) as f64, net)
        };
        Self { boundaries: (1..=days).map(boundary).collect(), converted: counts.conversions() as f64 }
    }

    /// The longest lag of a conversion.
    fn last_conversion(&self) -> Option<usize> {
        self.boundaries.iter().rposition(|(_, converted, _)| *converted > 0.0)
    }

    /// ℓ with its derivatives by (logit p, μ, ln σ).
    fn local(&self, family: Family, parameters: &[f64]) -> Option<Local> {
        let [eta, location, ln_scale] = *parameters else { return None };
        if eta.abs() > LOGIT || ln_scale.abs() > LN_SCALE || location.abs() > 40.0 {
            return None;
        }
        let (p, q, scale) = (logistic(eta), logistic(-eta), libm::exp(ln_scale));
        let mut sum = Sum { value: self.converted * libm::log(p), ..Sum::default() };
        sum.gradient[0] = self.converted * q;
        sum.second[0] = -self.converted * p * q;
        let nothing = Standard { below: 0.0, above: 1.0, density: 0.0, slope: 0.0 };
        let (mut before, mut before_jet) = (nothing, [0.0; 6]);
        for (ln_t, converted, net) in &self.boundaries {
            let z = (ln_t - location) / scale;
            let here = family.standard(z);
            let jet = jet(here, z, scale);
            if *converted > 0.0 {
                // Above the middle differences of what is left lose fewer digits.
                let mass = if z > 0.0 { before.above - here.above } else { here.below - before.below };
                sum.add_ln_mass(*converted, mass, &difference(&jet, &before_jet))?;
            }
            if *net != 0.0 {
                sum.add_ln_rest(*net, q + p * here.above, p, q, &jet);
            }
            (before, before_jet) = (here, jet);
        }
        Some(sum.local())
    }
}

/// G and its derivatives by μ and ln σ: z falls by 1/σ per unit of μ, and by z per unit of ln σ.
fn jet(here: Standard, z: f64, scale: f64) -> Jet {
    let (g, slope) = (here.density, here.slope);
    let mixed = (g + z * slope) / scale;
    [here.below, -g / scale, -z * g, slope / (scale * scale), mixed, z * (g + z * slope)]
}

fn difference(a: &Jet, b: &Jet) -> Jet {
    let mut out = *a;
    out.iter_mut().zip(b).for_each(|(a, b)| *a -= b);
    out
}

/// A log-likelihood as it is summed: gradient by (η, μ, λ), second derivatives (ηη, ημ, ηλ, μμ, μλ, λλ).
#[derive(Default)]
struct Sum {
    value: f64,
    gradient: [f64; 3],
    second: [f64; 6],
}

impl Sum {
    /// n ln m; `None` where m is nothing.
    fn add_ln_mass(&mut self, n: f64, mass: f64, jet: &Jet) -> Option<()> {
        let [_, m_mu, m_lambda, mm, ml, ll] = *jet;
        if mass.is_nan() || mass <= 1e-290 {
            return None;
        }
        self.value += n * libm::log(mass);
        let (by_mu, by_lambda) = (m_mu / mass, m_lambda / mass);
        self.add_first([0.0, n * by_mu, n * by_lambda]);
        let second = [mm / mass - by_mu * by_mu, ml / mass - by_mu * by_lambda, ll / mass - by_lambda * by_lambda];
        self.add_second([0.0, 0.0, 0.0, n * second[0], n * second[1], n * second[2]]);
        Some(())
    }

    /// n ln r with r = 1 − pG.
    fn add_ln_rest(&mut self, n: f64, rest: f64, p: f64, q: f64, jet: &Jet) {
        let [g, g_mu, g_lambda, mm, ml, ll] = *jet;
        let pq = p * q;
        self.value += n * libm::log(rest);
        let first = [-pq * g / rest, -p * g_mu / rest, -p * g_lambda / rest];
        let [a, b, c] = first;
        self.add_first([n * a, n * b, n * c]);
        let second = [
            -pq * (q - p) * g / rest - a * a,
            -pq * g_mu / rest - a * b,
            -pq * g_lambda / rest - a * c,
            -p * mm / rest - b * b,
            -p * ml / rest - b * c,
            -p * ll / rest - c * c,
        ];
        self.add_second(second.map(|part| n * part));
    }

    fn add_first(&mut self, parts: [f64; 3]) {
        self.gradient.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
    }

    fn add_second(&mut self, parts: [f64; 6]) {
        self.second.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
    }

    fn local(self) -> Local {
        let [ee, em, el, mm, ml, ll] = self.second.map(|second| -second);
        let curvature = vec![vec![ee], vec![em, mm], vec![el, ml, ll]];
        Local { value: self.value, gradient: self.gradient.to_vec(), curvature }
    }
}

/// The best fit of a family, climbing from one or two guesses of how much is still to come.
pub(in crate::rates) fn fit(data: &Grouped, family: Family, curve: &Incidence) -> Option<Fit> {
    let last = data.last_conversion()?;
    let reached = curve.within(last).clamp(1e-9, 1.0 - 1e-9);
    let climb = |more: f64| -> Option<Maximum> {
        let p = logistic(logit(reached) + more);
        let when = |share: f64| (0..=last).find(|day| curve.within(*day) >= share * p).unwrap_or(last);
        let (ln_quarter, ln_half) = (libm::log((when(0.25) + 1) as f64), libm::log((when(0.5) + 1) as f64));
        let (quarter, half) = family.quartiles();
        let scale = ((ln_half - ln_quarter) / (half - quarter)).clamp(0.3, 3.0);
        maximise(vec![logit(p), ln_half - half * scale, libm::log(scale)], |at| data.local(family, at))
    };
    let near = climb(0.1);
    // Only where much is still to come may a second hill be higher.
    let plain = near.as_ref().and_then(|near| near.at.first()).is_some_and(|eta| logistic(*eta) * PLAIN < reached);
    let far = if plain { None } else { climb(0.7) };
    let best = match (near, far) {
        (Some(near), Some(far)) => Some(if far.value > near.value { far } else { near }),
        (near, far) => near.or(far),
    }?;
    let [eta, location, ln_scale] = *best.at.as_slice() else { return None };
    let error = best.curvature.half(&[1.0, 0.0, 0.0]);
    Some(Fit {
        family,
        ultimate: logistic(eta),
        logit_error: error.iter().fold(0.0, |sum, part| sum + part * part).sqrt(),
        location,
        scale: libm::exp(ln_scale),
        ln_likelihood: best.value,
    })
}

#[cfg(test)]
pub(in crate::rates) mod tests {
    use super::super::incidence::RiskSet;
    use super::*;

    const CONVERTED: [u64; 31] =
        [1, 0, 6, 5, 7, 16, 5, 9, 5, 4, 7, 8, 6, 4, 7, 1, 1, 2, 4, 4, 1, 0, 1, 2, 3, 3, 0, 0, 1, 0, 1];
    const OPEN: [u64; 60] = [
        8, 5, 7, 7, 2, 8, 6, 4, 4, 6, 5, 5, 6, 4, 5, 5, 4, 3, 7, 3, 4, 2, 6, 4, 7, 3, 9, 4, 7, 2, 4, 4, 4, 2, 8, 6, 2,
        5, 4, 2, 5, 5, 4, 6, 6, 5, 0, 5, 9, 3, 6, 1, 7, 5, 5, 4, 4, 3, 5, 5,
    ];
    const LATE_CONVERTED: [u64; 41] = [
        0, 1, 3, 6, 7, 11, 6, 11, 4, 9, 6, 7, 2, 3, 1, 5, 5, 4, 3, 1, 1, 0, 4, 1, 1, 0, 0, 0, 2, 1, 0, 0, 0, 1, 0, 0,
        0, 0, 0, 0, 1,
    ];
    const LATE_OPEN: [u64; 60] = [
        5, 4, 4, 6, 4, 8, 10, 2, 2, 3, 4, 1, 4, 0, 4, 6, 1, 8, 3, 4, 2, 1, 2, 5, 7, 4, 4, 6, 6, 3, 7, 2, 7, 4, 4, 6, 2,
        4, 3, 4, 4, 1, 4, 2, 4, 3, 3, 4, 7, 3, 2, 3, 5, 10, 5, 3, 2, 6, 3, 4,
    ];
    const LATE: [u64; 30] = [0, 3, 3, 6, 2, 5, 7, 4, 6, 5, 1, 1, 5, 2, 1, 4, 3, 0, 2, 3, 3, 2, 1, 2, 2, 0, 1, 2, 1, 1];

    /// `scipy.optimize.minimize` (Nelder–Mead, 1e-11) of the same likelihood written with `scipy.stats.lognorm` and
    /// `weibull_min` (`SciPy` 1.17): p, μ, σ, ℓ, and the standard error of logit p from a numerical Hessian.
    #[expect(clippy::unreadable_literal, reason = "as SciPy prints them")]
    const FITS: [(bool, Family, [f64; 5]); 4] = [
        (
            false,
            Family::LogNormal,
            [0.3563889333672618, 2.328600005079168, 0.7228676104178732, -579.8097894993435, 0.12572171852523603],
        ),
        (
            false,
            Family::Weibull,
            [0.3465603484295801, 2.593928771921492, 0.5686919748410597, -579.6326834015026, 0.11926139878911467],
        ),
        (
            true,
            Family::LogNormal,
            [0.41544668516431693, 2.2831686519066894, 0.6709310136053523, -518.7234748302833, 0.1296901614943367],
        ),
        (
            true,
            Family::Weibull,
            [0.40910824424384135, 2.5751844541316036, 0.6004518558501786, -524.2068617915284, 0.12695040937070526],
        ),
    ];

    pub(in crate::rates) fn counts(late: bool) -> Counts {
        if late {
            let (converted, open) = (LATE_CONVERTED.to_vec(), LATE_OPEN.to_vec());
            Counts { converted, open, delayed: LATE.to_vec(), ..Counts::default() }
        } else {
            Counts { converted: CONVERTED.to_vec(), open: OPEN.to_vec(), ..Counts::default() }
        }
    }

    #[test]
    fn fits_agree_with_scipy() {
        for (late, family, [p, location, scale, ln_likelihood, error]) in FITS {
            let curve = Incidence::of(&counts(late), RiskSet::Subdistribution);
            let fit = fit(&Grouped::of(&counts(late)), family, &curve).unwrap();
            let close = |got: f64, wanted: f64, tolerance: f64| (got / wanted - 1.0).abs() < tolerance;
            assert!(close(fit.ultimate, p, 1e-6), "{late} {family:?} {fit:?}");
            assert!(close(fit.location, location, 1e-6) && close(fit.scale, scale, 1e-5), "{fit:?}");
            assert!((fit.ln_likelihood - ln_likelihood).abs() < 1e-8, "{fit:?}");
            assert!(close(fit.logit_error, error, 1e-4), "{fit:?}");
        }
    }

    /// The derivatives against differences of the value.
    #[test]
    fn derivatives_are_those_of_the_value() {
        let data = Grouped::of(&counts(true));
        for family in [Family::LogNormal, Family::Weibull] {
            let at = [-0.3, 2.1, -0.2];
            let local = data.local(family, &at).unwrap();
            for i in 0..3 {
                let moved = |by: f64| {
                    let mut moved = at;
                    moved[i] += by;
                    data.local(family, &moved).unwrap()
                };
                let (up, down) = (moved(1e-5), moved(-1e-5));
                assert!(((up.value - down.value) / 2e-5 - local.gradient[i]).abs() < 1e-4, "{family:?} {i}");
                for j in 0..=i {
                    let second = (up.gradient[j] - down.gradient[j]) / 2e-5;
                    assert!((second + local.curvature[i][j]).abs() < 1e-3, "{family:?} {i} {j}");
                }
            }
        }
    }
}
