//! What leads of one channel cost: a price each, rising where the channel saturates, up to a capacity.

/// How a channel answers to more money. `cost_per_lead` is the price of its first leads.
///
/// # Formula
/// With x money for n leads at the price p: Michaelis–Menten n = A x/(x + pA), so x = p n A/(A − n); exponential
/// n = A(1 − e^(−x/(pA))), so x = −p A ln(1 − n/A). A is the ceiling that is never reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Saturation {
    /// Michaelis–Menten with half of all that can ever be had, in leads: there a lead costs twice as much on average, and
    /// the next one four times.
    HalfAt(f64),
    /// Exponential with all that can ever be had, in leads.
    Ceiling(f64),
}

/// The cost of a number of leads: convex.
#[derive(Clone, Copy, Debug)]
pub(in crate::plan) struct Response {
    pub(in crate::plan) price: f64,
    pub(in crate::plan) saturation: Option<Saturation>,
    /// The most whole leads that can be had, if there is a most.
    pub(in crate::plan) capacity: Option<u64>,
}

impl Response {
    fn ceiling(&self) -> Option<f64> {
        self.saturation.map(|saturation| match saturation {
            Saturation::HalfAt(half) => 2.0 * half,
            Saturation::Ceiling(all) => all,
        })
    }

    /// The most leads: the capacity, and less than can ever be had.
    pub(in crate::plan) fn limit(&self) -> f64 {
        let capacity = self.capacity.map_or(f64::INFINITY, |capacity| capacity as f64);
        self.ceiling().map_or(capacity, |all| capacity.min(libm::ceil(all) - 1.0))
    }

    /// What `leads` cost, at most the limit.
    pub(in crate::plan) fn cost(&self, leads: f64) -> f64 {
        match self.saturation {
            None => self.price * leads,
            Some(Saturation::HalfAt(half)) => self.price * leads * 2.0 * half / (2.0 * half - leads),
            Some(Saturation::Ceiling(all)) => -self.price * all * libm::log1p(-leads / all),
        }
    }

    /// What the next lead costs, as a slope.
    pub(in crate::plan) fn marginal(&self, leads: f64) -> f64 {
        match self.saturation {
            None => self.price,
            Some(Saturation::HalfAt(half)) => {
                let left = 1.0 - leads / (2.0 * half);
                self.price / (left * left)
            }
            Some(Saturation::Ceiling(all)) => self.price / (1.0 - leads / all),
        }
    }

    fn curvature(&self, leads: f64) -> f64 {
        match self.saturation {
            None => 0.0,
            Some(Saturation::HalfAt(half)) => self.marginal(leads) * 2.0 / (2.0 * half - leads),
            Some(Saturation::Ceiling(all)) => self.marginal(leads) / (all - leads),
        }
    }

    /// The leads, from 0 to `most`, where the slope of the cost plus `curve` · leads reaches `value`.
    pub(in crate::plan) fn leads_at(&self, value: f64, curve: f64, most: f64) -> f64 {
        if value <= self.price {
            return 0.0;
        }
        match self.saturation {
            None if curve > 0.0 => ((value - self.price) / curve).min(most),
            None => most,
            Some(_) if self.marginal(most) + curve * most <= value => most,
            Some(saturation) => {
                // Without a curve in closed form; with one Newton's method from there comes down to the root, for the
                // slope of the cost is convex.
                let mut leads = match saturation {
                    Saturation::HalfAt(half) => 2.0 * half * (1.0 - (self.price / value).sqrt()),
                    Saturation::Ceiling(all) => all * (1.0 - self.price / value),
                };
                for _ in 0..12 {
                    let over = self.marginal(leads) + curve * leads - value;
                    if over <= 1e-12 * value {
                        break;
                    }
                    leads -= over / (self.curvature(leads) + curve);
                }
                leads.clamp(0.0, most)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spending the cost brings the leads, by the responses as they are usually written.
    #[test]
    fn the_cost_of_leads_is_the_inverse_of_the_response() {
        for leads in [1.0, 100.0, 499.0, 900.0] {
            let half = Response { price: 120.0, saturation: Some(Saturation::HalfAt(500.0)), capacity: None };
            let (x, k) = (half.cost(leads), 120.0 * 1000.0);
            assert!((1000.0 * x / (x + k) - leads).abs() < 1e-9);
            let all = Response { saturation: Some(Saturation::Ceiling(1000.0)), ..half };
            assert!((1000.0 * (1.0 - libm::exp(-all.cost(leads) / k)) - leads).abs() < 1e-9);
            for response in [half, all] {
                let slope = (response.cost(leads + 1e-4) - response.cost(leads - 1e-4)) / 2e-4;
                assert!((slope / response.marginal(leads) - 1.0).abs() < 1e-6);
                assert!((response.leads_at(slope, 0.0, response.limit()) - leads).abs() < 1e-2);
            }
        }
        let half = Response { price: 120.0, saturation: Some(Saturation::HalfAt(500.0)), capacity: None };
        assert_eq!((half.cost(500.0), half.marginal(500.0), half.limit()), (2.0 * 120.0 * 500.0, 480.0, 999.0));
    }
}
