//! An oracle: P(at least k customers) for every number of entrants at once, stage by stage from the customer upward.
//!
//! Each row of a (beta-)binomial is built from its largest term by exact ratios of neighbours and divided by its sum:
//! no logarithm, no gamma function, no transform.
#![allow(dead_code, reason = "each test uses a part of it")]

/// What is believed of one step's rate.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Exactly known.
    Known(f64),
    /// Beta(a, b).
    Beta(f64, f64),
}

impl Step {
    /// The posterior after `converted` of `entered`.
    pub(crate) fn learned(converted: u32, entered: u32) -> Self {
        Self::Beta(f64::from(converted) + 0.5, f64::from(entered - converted) + 0.5)
    }

    fn likeliest(self, entrants: usize) -> usize {
        let entrants = entrants as f64;
        let at = match self {
            Self::Known(p) => (entrants + 1.0) * p,
            Self::Beta(a, b) if a > 1.0 && b > 1.0 => entrants * (a - 1.0) / (a + b - 2.0),
            Self::Beta(a, b) => {
                if a > b {
                    entrants
                } else {
                    0.0
                }
            }
        };
        format!("{:.0}", libm::floor(at.clamp(0.0, entrants))).parse().unwrap()
    }

    /// P(j + 1 pass) ÷ P(j pass).
    fn ratio(self, entrants: usize, passing: usize) -> f64 {
        let (left, passing) = ((entrants - passing) as f64, passing as f64);
        let odds = match self {
            Self::Known(p) => p / (1.0 - p),
            Self::Beta(a, b) => (a + passing) / (b + left - 1.0),
        };
        left / (passing + 1.0) * odds
    }

    /// P(0 pass), … P(all pass) of so many entrants.
    pub(crate) fn row(self, entrants: usize) -> Vec<f64> {
        let mut row = vec![0.0; entrants + 1];
        if matches!(self, Self::Known(p) if p >= 1.0) {
            row[entrants] = 1.0;
            return row;
        }
        let start = self.likeliest(entrants);
        row[start] = 1.0;
        for j in start..entrants {
            row[j + 1] = row[j] * self.ratio(entrants, j);
        }
        for j in (0..start).rev() {
            row[j] = row[j + 1] / self.ratio(entrants, j);
        }
        let total: f64 = row.iter().sum();
        row.iter().map(|mass| mass / total).collect()
    }
}

/// For each stage, first to last, P(at least `customers`) by number of entrants from 0 to `most`.
pub(crate) fn reached(steps: &[Step], customers: usize, most: usize) -> Vec<Vec<f64>> {
    let last: Vec<f64> = (0..=most).map(|n| if n >= customers { 1.0 } else { 0.0 }).collect();
    let mut stages = vec![last];
    for step in steps.iter().rev() {
        let below = stages.last().unwrap();
        let expected = |n: usize| step.row(n).iter().zip(below).map(|(mass, reach)| mass * reach).sum();
        stages.push((0..=most).map(expected).collect());
    }
    stages.reverse();
    stages
}

/// The distribution of customers from `entrants`.
pub(crate) fn customers(steps: &[Step], entrants: usize) -> Vec<f64> {
    let mut mass = vec![0.0; entrants + 1];
    mass[entrants] = 1.0;
    for step in steps {
        let mut next = vec![0.0; entrants + 1];
        for (n, weight) in mass.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
            for (slot, share) in next.iter_mut().zip(step.row(n)) {
                *slot += weight * share;
            }
        }
        mass = next;
    }
    mass
}
