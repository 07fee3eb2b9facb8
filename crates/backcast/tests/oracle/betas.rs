//! An oracle: customers from several channels, each beta-binomial, by convolution; and all whole mixes by brute force.
#![allow(
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    reason = "an oracle in its own words, run natively"
)]

/// ln Γ by Stirling's series after raising the argument.
fn ln_gamma(x: f64) -> f64 {
    let (mut x, mut shift) = (x, 0.0);
    while x < 20.0 {
        shift -= libm::log(x);
        x += 1.0;
    }
    let i = 1.0 / x;
    let series = i / 12.0 - libm::pow(i, 3.0) / 360.0 + libm::pow(i, 5.0) / 1260.0 - libm::pow(i, 7.0) / 1680.0;
    shift + (x - 0.5) * libm::log(x) - x + 0.5 * libm::log(2.0 * std::f64::consts::PI) + series
}

fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// P(K = k) up to `most` for each channel and number of leads.
pub(crate) struct Betas {
    pmf: Vec<Vec<Vec<f64>>>,
    customers: usize,
}

impl Betas {
    /// Channels as (converted, entered, capacity).
    pub(crate) fn of(channels: &[(u64, u64, u64)], customers: u64) -> Self {
        let pmf = |(converted, entered, most): &(u64, u64, u64)| {
            let (a, b) = (*converted as f64 + 0.5, (*entered - *converted) as f64 + 0.5);
            let one = |n: u64| {
                let p = |k: u64| {
                    let (n, k) = (n as f64, k as f64);
                    let choose = ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0);
                    (choose + ln_beta(k + a, n - k + b) - ln_beta(a, b)).exp()
                };
                (0..customers).map(|k| if k <= n { p(k) } else { 0.0 }).collect()
            };
            (0..=*most).map(one).collect()
        };
        Self { pmf: channels.iter().map(pmf).collect(), customers: customers as usize }
    }

    pub(crate) fn probability(&self, leads: &[u64]) -> f64 {
        let mut all = vec![0.0; self.customers];
        all[0] = 1.0;
        for (channel, n) in self.pmf.iter().zip(leads) {
            let one = &channel[*n as usize];
            all = (0..self.customers).map(|k| (0..=k).map(|j| all[j] * one[k - j]).sum()).collect();
        }
        1.0 - all.iter().sum::<f64>()
    }

    /// The cheapest of all whole mixes.
    pub(crate) fn cheapest(&self, costs: &[f64], confidence: f64) -> Option<(f64, Vec<u64>)> {
        let mut best: Option<(f64, Vec<u64>)> = None;
        let sizes: Vec<u64> = self.pmf.iter().map(|channel| channel.len() as u64).collect();
        for code in 0..sizes.iter().product() {
            let mut rest: u64 = code;
            let leads: Vec<u64> = sizes
                .iter()
                .map(|size| {
                    let n = rest % size;
                    rest /= size;
                    n
                })
                .collect();
            let cost: f64 = leads.iter().zip(costs).map(|(n, cost)| *n as f64 * cost).sum();
            if best.as_ref().is_none_or(|(least, _)| cost < *least) && self.probability(&leads) >= confidence {
                best = Some((cost, leads));
            }
        }
        best
    }
}

/// P(Beta(a) > Beta(b)) by Simpson's rule over both densities.
pub(crate) fn better(one: (f64, f64), other: (f64, f64)) -> f64 {
    let steps = 4000_u32;
    let density =
        |(a, b): (f64, f64), x: f64| ((a - 1.0) * libm::log(x) + (b - 1.0) * (1.0 - x).ln() - ln_beta(a, b)).exp();
    let h = 1.0 / f64::from(steps);
    let (mut below, mut sum) = (0.0, 0.0);
    for step in 0..steps {
        let x = (f64::from(step) + 0.5) * h;
        let mass = density(other, x) * h;
        sum += density(one, x) * h * (below + 0.5 * mass);
        below += mass;
    }
    sum
}
