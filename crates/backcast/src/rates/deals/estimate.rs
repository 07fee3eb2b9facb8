//! One row of the table of deal sizes: all deals together, then each segment pooled with the others.

use serde::{Deserialize, Serialize};

use super::delay::Delay;
use super::fit::{FEWEST, Fitted, fit};
use super::outliers::{Outliers, Treatment};
use super::pooling::{LogMean, Shrunk, pool};
use super::sample::{Logs, Sample, Unit};
use crate::funnel::Segment;
use crate::history::{Deals, Tally};
use crate::quantity::Currency;
use crate::rates::conversion::INTERVAL;
use crate::words::en::evidence as words;

/// A segment's own variance of log-amounts counts beside as many deals of the common one (Smyth 2004 estimates their
/// number; this is a judgement).
const COMMON: f64 = 4.0;
/// Degrees of freedom below which segments do not tell how deals differ within them.
const WITHIN: u64 = 5;

/// The size of a won deal in one segment, or of all deals together, in units of the currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DealEstimate {
    /// `None`: all deals together.
    pub segment: Option<Segment>,
    /// Won deals whose amount is known.
    pub deals: u64,
    /// The mean to expect of a deal.
    pub mean: f64,
    /// Lower end of the 80 % interval of the mean; `None` with fewer than 5 deals and no other segments to lean on.
    pub low: Option<f64>,
    /// Upper end of the 80 % interval of the mean.
    pub high: Option<f64>,
    /// Half of the deals are smaller.
    pub median: f64,
    /// Standard deviation ÷ mean between deals; `None` where one deal cannot show it.
    pub cv: Option<f64>,
    /// A segment's mean from its own deals alone, before it was pooled with the others.
    pub own: Option<f64>,
    /// How far the others weigh in the mean: 0 not at all, 1 alone.
    pub shrinkage: Option<f64>,
    /// All deals together: the mean with each won deal weighted for those still open, where delay and size go together.
    pub corrected: Option<f64>,
    /// The currency, if it is known.
    pub currency: Option<Currency>,
    /// The law, its parameters, and the doubt about the mean.
    pub fitted: Fitted,
}

impl DealEstimate {
    /// With an interval where there is enough to know one.
    fn of(fitted: Fitted, is_known: bool, unit: Unit) -> Self {
        let at = |p: f64| is_known.then(|| fitted.mean_at(p));
        Self {
            segment: None,
            deals: fitted.deals,
            mean: fitted.mean,
            low: at(INTERVAL.0).map(|low| low.min(fitted.mean)),
            high: at(INTERVAL.1).map(|high| high.max(fitted.mean)),
            median: fitted.median,
            cv: fitted.cv,
            own: None,
            shrinkage: None,
            corrected: None,
            currency: unit.currency,
            fitted,
        }
    }
}

/// The table of deal sizes, and what to know of it in sentences.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::rates) struct DealSizes {
    pub(in crate::rates) table: Vec<DealEstimate>,
    pub(in crate::rates) notes: Vec<String>,
}

/// All deals together, then each segment if there are dimensions; nothing where no amount is known.
pub(in crate::rates) fn deal_sizes(tally: &Tally, outliers: Outliers) -> DealSizes {
    let unit = Unit::of(tally.currency());
    let recorded = Sample::of(&tally.deals(), unit);
    let treatment = Treatment::of(&recorded, outliers);
    let sample = treatment.apply(recorded.clone());
    let Some(all) = fit(&sample) else { return DealSizes::default() };
    let mut notes = notes(&sample, &all);
    notes.extend(treatment.in_words(&recorded));
    let delay = Delay::of(tally, unit).filter(|_| outliers == Outliers::Keep);
    notes.extend(delay.map(|delay| delay.in_words(unit)));
    let together = DealEstimate {
        corrected: delay.map(|delay| delay.corrected),
        ..DealEstimate::of(all.clone(), all.is_supported(), unit)
    };
    let mut table = vec![together];
    if !tally.dimensions().is_empty() {
        let no_deals = Deals::default();
        let of = |segment: usize| Sample::of(tally.deals_of(segment).unwrap_or(&no_deals), unit);
        let samples: Vec<Sample> = (0..tally.segments().len()).map(|number| treatment.apply(of(number))).collect();
        table.extend(segment_rows(tally.segments(), &samples, &sample, &all));
    }
    DealSizes { table, notes }
}

fn notes(sample: &Sample, all: &Fitted) -> Vec<String> {
    let zeros = sample.zeros();
    let mut notes = Vec::new();
    if !all.is_supported() {
        notes.push(words::few_deals(sample.deals, FEWEST));
    } else if sample.is_alike() {
        notes.push(words::deals_alike(sample.deals));
    }
    if zeros > 0 {
        notes.push(words::deals_of_nothing(zeros, sample.deals));
    }
    notes
}

fn segment_rows(segments: &[Segment], samples: &[Sample], all: &Sample, together: &Fitted) -> Vec<DealEstimate> {
    let spread = Spread::of(samples, all).filter(|_| together.is_supported());
    let mean = |sample: &Sample| Some(spread?.log_mean(sample.logs()?));
    let pooled = pool(&samples.iter().map(mean).collect::<Vec<_>>()).unwrap_or_default();
    let row = |(index, sample): (usize, &Sample)| {
        let by_itself = fit(sample);
        let own = by_itself.as_ref().map(|own| own.mean);
        let (fitted, is_known, shrinkage) = match (pooled.get(index).zip(spread), by_itself) {
            (Some((shrunk, spread)), by_itself) => {
                let leaning = leaning(sample, by_itself.as_ref(), together, *shrunk, spread);
                (leaning, true, Some(shrunk.shrinkage))
            }
            (None, Some(by_itself)) => {
                let is_known = by_itself.is_supported();
                (by_itself, is_known, None)
            }
            // The only segment with deals speaks for those without.
            (None, None) => {
                let others = Fitted { deals: 0, sum_minor: 0, method: "pooled", ..together.clone() };
                (others, together.is_supported(), Some(1.0))
            }
        };
        DealEstimate { own, shrinkage, ..DealEstimate::of(fitted, is_known, all.unit) }
    };
    let rows = samples.iter().enumerate().map(row);
    segments.iter().cloned().zip(rows).map(|(segment, row)| DealEstimate { segment: Some(segment), ..row }).collect()
}

/// A segment's law moved to its pooled mean.
///
/// # Formula
/// ln mean = θ + (1 − B) g + B g₀, with θ and B the pooled mean log-amount and its shrinkage, g = ln mean − mean log of
/// the segment's own deals, g₀ that within all segments. Its variance: that of θ, and what g adds to it.
fn leaning(sample: &Sample, own: Option<&Fitted>, together: &Fitted, shrunk: Shrunk, spread: Spread) -> Fitted {
    let Shrunk { mean, variance, shrinkage } = shrunk;
    let logs = sample.logs();
    let of_own = own.zip(logs).filter(|(own, _)| own.mean > 0.0);
    let gap = of_own.map_or(spread.gap, |(own, logs)| libm::log(own.mean) - logs.mean);
    let of_gap = of_own.map_or(0.0, |(own, logs)| {
        (own.scale_variance - spread.log_mean(logs).variance).max(0.0) * (1.0 - shrinkage) * (1.0 - shrinkage)
    });
    let level = libm::exp(mean + (1.0 - shrinkage) * gap + shrinkage * spread.gap);
    let shape = own.filter(|own| own.is_supported() && own.mean > 0.0).unwrap_or(together);
    let factor = level / shape.mean;
    Fitted {
        family: shape.family.scaled(factor),
        mean: level,
        median: shape.median * factor,
        cv: shape.cv,
        scale_variance: variance + of_gap + shrinkage * shrinkage * spread.gap_variance,
        deals: sample.deals,
        sum_minor: sample.sum,
        method: "pooled",
    }
}

/// How log-amounts differ within segments.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Spread {
    variance: f64,
    /// ln(mean amount) − mean log-amount within a segment.
    gap: f64,
    gap_variance: f64,
}

impl Spread {
    /// The pooled variance within segments, and Duan's (1983) smearing estimate of the gap over residuals r √(n/(n − 1));
    /// over all deals together where the segments have too few. `None` where fewer than two amounts are above 0.
    fn of(samples: &[Sample], all: &Sample) -> Option<Self> {
        let logs: Vec<Option<Logs>> = samples.iter().map(Sample::logs).collect();
        let (deals, segments) = logs.iter().flatten().fold((0, 0), |(n, j), logs| (n + logs.deals, j + 1));
        let parts: Vec<(&Sample, Logs)> = if deals - segments < WITHIN {
            all.logs().map(|logs| (all, logs)).into_iter().collect()
        } else {
            samples.iter().zip(logs).filter_map(|(sample, logs)| Some((sample, logs?))).collect()
        };
        let freedom = parts.iter().map(|(_, logs)| logs.deals - 1).sum::<u64>() as f64;
        if freedom < 1.0 {
            return None;
        }
        let variance = parts.iter().map(|(_, logs)| logs.squares).sum::<f64>() / freedom;
        let (mut smeared, mut count) = (0.0, 0.0);
        for (sample, logs) in parts.iter().filter(|(_, logs)| logs.deals > 1) {
            let n = logs.deals as f64;
            let wider = (n / (n - 1.0)).sqrt();
            let each = |(x, many): (f64, u64)| libm::exp((libm::log(x) - logs.mean) * wider) * many as f64;
            smeared += sample.positive().map(each).sum::<f64>();
            count += n;
        }
        let positive = (all.deals - all.zeros()) as f64 / all.deals as f64;
        let gap = libm::log(smeared / count) + libm::log(positive);
        Some(Self { variance, gap, gap_variance: variance * variance / (2.0 * freedom) })
    }

    /// A segment's mean log-amount with its sampling variance, its own variance moderated by the common one.
    fn log_mean(self, logs: Logs) -> LogMean {
        let n = logs.deals as f64;
        let variance = (logs.squares + COMMON * self.variance) / (n - 1.0 + COMMON);
        LogMean { mean: logs.mean, variance: variance / n }
    }
}
