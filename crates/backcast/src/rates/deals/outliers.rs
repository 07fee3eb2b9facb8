//! One absurd amount: noticed by robust distance of logarithms, kept and named unless the user asks otherwise.

use core::str::FromStr;

use super::fit::{FEWEST, fit};
use super::sample::{Sample, to_minor};
use crate::error::{Error, Kind};
use crate::math::normal;
use crate::words::en::evidence as words;

/// A deal this many robust standard deviations from the median is out of line (Iglewicz & Hoaglin 1993) …
const Z: f64 = 3.5;
/// … or further, so that among any number of ordinary deals one is out of line only so often …
const FALSE_ALARM: f64 = 0.05;
/// … and at least as far as a slip by one digit would put it.
const DIGIT: f64 = 10.0;
/// More than this share out of line is no slip but another kind of deal.
const FEW: f64 = 0.05;

/// What becomes of deals whose amount is out of line with the others.
///
/// Large deals are real: sizes have long tails, and the largest deals carry much of the revenue, so leaving them out
/// without a word would plan for too small a mean; keeping a slip of the keyboard without a word, for too large a one.
/// Nobody but the user can tell one from the other. So they are kept as recorded, named with their size and their effect
/// on the mean, and treated otherwise only when asked to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outliers {
    /// `keep`: used as recorded, with a warning.
    #[default]
    Keep,
    /// `winsorise`: counted as the nearest amount that would still be in line.
    Winsorise,
    /// `trim`: left out.
    Trim,
}

impl Outliers {
    /// `keep`, `winsorise` or `trim`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Winsorise => "winsorise",
            Self::Trim => "trim",
        }
    }
}

impl FromStr for Outliers {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "keep" => Ok(Self::Keep),
            "winsorise" => Ok(Self::Winsorise),
            "trim" => Ok(Self::Trim),
            _ => Err(Error::new(Kind::UnknownOutliers, name)),
        }
    }
}

/// The amounts, in minor units, between which deals are in line.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Fences {
    low: i64,
    high: i64,
}

impl Fences {
    /// `None` where no deal, or more than a few, lie beyond.
    ///
    /// # Formula
    /// |ln x − median| > max(z · 1.4826 MAD, ln 10) with z = max(3.5, Φ⁻¹(1 − 0.05/2n)); where more than half of the deals
    /// are alike (MAD = 0), 1.2533 times the mean absolute deviation takes the place of 1.4826 MAD.
    fn of(sample: &Sample) -> Option<Self> {
        let logs: Vec<(f64, u64)> = sample.positive().map(|(x, count)| (libm::log(x), count)).collect();
        let deals: u64 = logs.iter().map(|(_, count)| count).sum();
        if deals < FEWEST {
            return None;
        }
        let middle = median(&logs, deals);
        let mut apart: Vec<(f64, u64)> = logs.iter().map(|(log, count)| ((log - middle).abs(), *count)).collect();
        apart.sort_by(|a, b| a.0.total_cmp(&b.0));
        let median_apart = median(&apart, deals);
        let mean_apart = apart.iter().map(|(apart, count)| apart * *count as f64).sum::<f64>() / deals as f64;
        let scale = if median_apart > 0.0 { 1.4826 * median_apart } else { 1.253_314 * mean_apart };
        let limit = (scale * z(deals)).max(libm::log(DIGIT));
        let beyond: u64 = apart.iter().filter(|(apart, _)| *apart > limit).map(|(_, count)| count).sum();
        let few = beyond > 0 && beyond as f64 <= (FEW * deals as f64).max(1.0);
        let fence = |log: f64| to_minor(libm::exp(log) * sample.unit.minor);
        few.then(|| Self { low: fence(middle - limit), high: fence(middle + limit) })
    }

    /// Zeros are another matter than slips.
    fn holds(self, minor: i64) -> bool {
        minor == 0 || (self.low..=self.high).contains(&minor)
    }
}

fn z(deals: u64) -> f64 {
    normal::quantile(1.0 - FALSE_ALARM / (2.0 * deals as f64)).max(Z)
}

/// Of values in ascending order, the one at which half of all are reached.
fn median(values: &[(f64, u64)], all: u64) -> f64 {
    let mut seen = 0;
    let reaches = |(_, count): &&(f64, u64)| {
        seen += count;
        2 * seen >= all
    };
    values.iter().find(reaches).map_or(0.0, |(value, _)| *value)
}

/// What is done about deals out of line; the fences are those of all deals, for every segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Treatment {
    rule: Outliers,
    fences: Option<Fences>,
}

impl Treatment {
    pub(super) fn of(all: &Sample, rule: Outliers) -> Self {
        Self { rule, fences: Fences::of(all) }
    }

    pub(super) fn apply(&self, sample: Sample) -> Sample {
        match (self.fences, self.rule) {
            (Some(fences), Outliers::Winsorise) => within(sample, fences),
            (Some(fences), Outliers::Trim) => without(sample, fences),
            _ => sample,
        }
    }

    /// A sentence if any deal is out of line.
    pub(super) fn in_words(&self, all: &Sample) -> Option<String> {
        said(all, self.rule, self.fences?)
    }
}

fn without(mut sample: Sample, fences: Fences) -> Sample {
    for (minor, count) in sample.amounts.iter().filter(|(minor, _)| !fences.holds(*minor)) {
        sample.deals -= count;
        sample.sum -= i128::from(*minor) * i128::from(*count);
    }
    sample.amounts.retain(|(minor, _)| fences.holds(*minor));
    sample
}

fn within(mut sample: Sample, fences: Fences) -> Sample {
    for (minor, count) in sample.amounts.iter_mut().filter(|(minor, _)| !fences.holds(*minor)) {
        let held = (*minor).clamp(fences.low, fences.high);
        sample.sum += (i128::from(held) - i128::from(*minor)) * i128::from(*count);
        *minor = held;
    }
    sample.amounts.sort_unstable();
    sample.amounts.dedup_by(|later, first| {
        let same = later.0 == first.0;
        if same {
            first.1 += later.1;
        }
        same
    });
    sample
}

fn said(sample: &Sample, rule: Outliers, fences: Fences) -> Option<String> {
    let unit = sample.unit;
    let beyond = || sample.amounts.iter().filter(|(minor, _)| !fences.holds(*minor));
    let (first, last) = (beyond().next()?.0, beyond().next_back()?.0);
    let many: u64 = beyond().map(|(_, count)| count).sum();
    let (first, last, median) = (unit.amount(first), unit.amount(last), unit.about(sample.median()));
    let found = words::out_of_line(many, sample.deals, (&first, &last), &median);
    let mean = |sample: &Sample| fit(sample).map(|fitted| fitted.mean);
    let (kept, trimmed) = (mean(sample)?, mean(&without(sample.clone(), fences))?);
    let held = unit.about(mean(&within(sample.clone(), fences))?);
    let change = trimmed / kept - 1.0;
    let (kept, trimmed) = (unit.about(kept), unit.about(trimmed));
    Some(match rule {
        Outliers::Keep => words::outliers_kept(&found, many, (&kept, &trimmed, &held), change),
        Outliers::Trim => words::outliers_left_out(&found, &trimmed, &kept),
        Outliers::Winsorise => words::outliers_held(&found, &held, &kept),
    })
}
