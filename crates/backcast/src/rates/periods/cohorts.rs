//! The cohorts of calendar months and quarters: what each one's own leads say of every step.

use std::collections::BTreeMap;

use crate::history::Cell;
use crate::quantity::Month;
use crate::rates::curve::{Counts, Effective, StepCurve};

/// The leads that entered a step in one period, counted for each step.
#[derive(Clone, Debug)]
pub(in crate::rates) struct Cohort {
    /// The period's first month in which anyone entered any step.
    first: Month,
    counts: Vec<Counts>,
}

/// What one period says of one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::rates) struct PeriodRate {
    /// The period's first month.
    pub(in crate::rates) first: Month,
    pub(in crate::rates) own: Effective,
}

impl PeriodRate {
    /// The number of its calendar quarter.
    pub(in crate::rates) fn quarter(&self) -> i32 {
        self.first.quarter()
    }
}

/// The monthly cohorts of a tally's cells, all or those of a segment, oldest first; `steps` are counted.
pub(in crate::rates) fn by_month(cells: &[(Cell, u64)], steps: usize) -> Vec<Cohort> {
    let mut months: BTreeMap<Month, Vec<Counts>> = BTreeMap::new();
    let same =
        |a: &(Cell, u64), b: &(Cell, u64)| (a.0.segment, a.0.step, a.0.month) == (b.0.segment, b.0.step, b.0.month);
    for run in cells.chunk_by(same) {
        let Some((first, _)) = run.first() else { continue };
        let counts = months.entry(first.month).or_insert_with(|| vec![Counts::default(); steps]);
        let Some(counts) = counts.get_mut(usize::from(first.step)) else { continue };
        counts.add(run);
    }
    let dated = |(first, mut counts): (Month, Vec<Counts>)| {
        counts.iter_mut().for_each(Counts::date);
        Cohort { first, counts }
    };
    months.into_iter().map(dated).collect()
}

/// The quarterly cohorts that monthly ones make, oldest first.
pub(in crate::rates) fn by_quarter(months: &[Cohort]) -> Vec<Cohort> {
    let together = |run: &[Cohort]| {
        let mut whole = run.first()?.clone();
        for month in run.iter().skip(1) {
            whole.counts.iter_mut().zip(&month.counts).for_each(|(sum, more)| sum.merge(more));
        }
        Some(whole)
    };
    months.chunk_by(|a, b| a.first.quarter() == b.first.quarter()).filter_map(together).collect()
}

/// Per step the effective estimate of each cohort with leads that had time, oldest first.
pub(in crate::rates) fn rates(cohorts: &[Cohort], pooled: &[StepCurve]) -> Vec<Vec<PeriodRate>> {
    let one = |cohort: &Cohort, step: usize, pooled: &StepCurve| {
        let own = pooled.segment(cohort.counts.get(step)?)?;
        Some(PeriodRate { first: cohort.first, own })
    };
    let step =
        |(step, pooled): (usize, &StepCurve)| cohorts.iter().filter_map(|cohort| one(cohort, step, pooled)).collect();
    pooled.iter().enumerate().map(step).collect()
}

#[cfg(test)]
pub(in crate::rates) mod tests {
    use super::*;
    use crate::quantity::Day;

    /// Rates of months, counted from January 2024.
    pub(in crate::rates) fn rates_of(months: &[i32], converted: &[f64], leads: &[f64]) -> Vec<PeriodRate> {
        let first = |month: &i32| {
            let (year, month) = (2024 + month / 12, u32::try_from(month % 12).unwrap() + 1);
            Month::of(Day::from_ymd(year, month, 1).unwrap())
        };
        let own = |(d, n): (&f64, &f64)| Effective { rate: d / n, leads: *n };
        let each = months.iter().map(first).zip(converted.iter().zip(leads).map(own));
        each.map(|(first, own)| PeriodRate { first, own }).collect()
    }

    /// Seeded draws for tests: `SplitMix64`.
    pub(in crate::rates) struct Draw(u64);

    impl Draw {
        pub(in crate::rates) fn seeded(seed: u64) -> Self {
            Self(seed)
        }

        fn uniform(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut bits = self.0;
            bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
        }

        pub(in crate::rates) fn normal(&mut self) -> f64 {
            let radius = (-2.0 * libm::log(1.0 - self.uniform())).sqrt();
            radius * libm::cos(2.0 * core::f64::consts::PI * self.uniform())
        }

        /// Binomial conversions of `leads` leads in each month, at its rate.
        pub(in crate::rates) fn cohorts(&mut self, months: &[i32], rates: &[f64], leads: f64) -> Vec<PeriodRate> {
            let mut converted = Vec::new();
            for rate in rates {
                let mut hits = 0.0;
                let mut left = leads;
                while left > 0.0 {
                    hits += f64::from(u8::from(self.uniform() < *rate));
                    left -= 1.0;
                }
                converted.push(hits);
            }
            rates_of(months, &converted, &vec![leads; months.len()])
        }
    }
}
