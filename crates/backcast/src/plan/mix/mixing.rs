//! Ways to the goal with what each costs, and what whole leads of each come to.

use super::water_filling::Filling;
use crate::math::{normal, search::MAX_WHOLE};
use crate::outlook::{Computed, Joint, Ready, Ways};

/// What is to be reached, by which channels; what is open stands as the last of the ways, where there is any.
#[derive(Clone, Debug)]
pub(in crate::plan) struct Mixing {
    pub(in crate::plan) ways: Ways,
    pub(in crate::plan) ready: Ready,
    pub(in crate::plan) filling: Filling,
}

/// Whole leads per channel with their probability.
#[derive(Clone, Debug)]
pub(in crate::plan) struct Found {
    pub(in crate::plan) leads: Vec<u64>,
    pub(in crate::plan) probability: f64,
    /// How far it may be off, where that was looked at.
    pub(in crate::plan) error: Option<f64>,
    pub(in crate::plan) cost: f64,
}

impl Mixing {
    /// Volumes of all ways: nobody new where leads are open.
    pub(in crate::plan) fn volumes(&self, leads: &[f64]) -> Vec<f64> {
        let mut volumes = leads.to_vec();
        volumes.resize(self.ways.ways.len(), 0.0);
        volumes
    }

    /// The probability made ready near these leads.
    pub(in crate::plan) fn joint(&self, leads: &[f64]) -> Joint {
        Joint::near(&self.ways, &self.ready, &self.volumes(leads))
    }

    /// P(goal) with these whole leads.
    pub(in crate::plan) fn probability(&self, leads: &[u64]) -> f64 {
        let leads: Vec<f64> = leads.iter().map(|n| *n as f64).collect();
        self.joint(&leads).at_least(&self.volumes(&leads))
    }

    /// P(goal) with these leads, and how far it may be off.
    fn checked(&self, leads: &[u64]) -> Computed {
        let volumes = self.volumes(&leads.iter().map(|n| *n as f64).collect::<Vec<_>>());
        self.ways.forecast(&self.ready, &volumes, 1.0).checked(&volumes)
    }

    /// How far P(goal) with these leads may be off.
    pub(in crate::plan) fn error(&self, found: &Found) -> f64 {
        found.error.unwrap_or_else(|| self.checked(&found.leads).error)
    }

    pub(in crate::plan) fn found(&self, leads: Vec<u64>) -> Found {
        let Computed { value, error } = self.checked(&leads);
        Found { error: Some(error), ..self.known(leads, value) }
    }

    pub(in crate::plan) fn known(&self, leads: Vec<u64>, probability: f64) -> Found {
        let cost = self.filling.cost(&leads.iter().map(|n| *n as f64).collect::<Vec<_>>());
        Found { leads, probability, error: None, cost }
    }

    /// All that can be had.
    pub(in crate::plan) fn all(&self) -> Vec<f64> {
        self.filling.each.iter().map(|each| each.most).collect()
    }

    /// The most that can be had of each channel becomes finite: more than the confidence can take of it alone.
    pub(in crate::plan) fn bounded(&mut self) {
        let confidence = 0.9999;
        let target = self.ready.amount;
        let z = normal::quantile(confidence);
        let doubt = self.filling.doubt;
        for each in &mut self.filling.each {
            if each.most.is_infinite() && each.value > 0.0 {
                let expected = target / each.value;
                let square = each.value * each.value;
                let ratio =
                    (each.own + each.common * each.common) / square + doubt + each.luck * expected / (target * target);
                let s2 = libm::log1p(ratio);
                let leads = expected * libm::exp(0.5 * s2 + z * s2.sqrt());
                each.most = (4.0 * leads + 10.0).min(MAX_WHOLE as f64);
            } else if each.value <= 0.0 {
                each.most = 0.0;
            }
        }
    }

    /// Whole leads that bring the target on average: rounded down, and the gap is closed by the cheapest that do.
    pub(in crate::plan) fn whole_on_average(&self, mix: &[f64]) -> Vec<u64> {
        let mut leads: Vec<f64> = mix.iter().map(|n| libm::floor(*n + 1e-9)).collect();
        let tolerance = 1e-12 * self.ready.amount;
        for _ in 0..=leads.len() {
            let missing = self.ready.amount - self.filling.mean(&leads);
            if missing <= tolerance {
                break;
            }
            let candidates: Vec<(usize, f64, f64)> = (self.filling.each.iter().zip(&leads).enumerate())
                .filter(|(_, (each, n))| each.value > 0.0 && **n < each.most)
                .map(|(way, (each, n))| {
                    let most = each.most - n;
                    let many = libm::ceil((missing - tolerance) / each.value).min(most);
                    (way, many, each.response.cost(n + many) - each.response.cost(*n))
                })
                .collect();
            // One channel closes the gap, or the one that the mix leaves most of takes what it can.
            let closes = |(way, many, _): &&(usize, f64, f64)| {
                self.filling.each.get(*way).is_some_and(|each| many * each.value >= missing - tolerance)
            };
            let best = candidates.iter().filter(closes).min_by(|a, b| a.2.total_cmp(&b.2)).or(candidates.first());
            let Some((way, many, _)) = best else { break };
            leads.iter_mut().skip(*way).take(1).for_each(|n| *n += many);
        }
        leads.into_iter().map(crate::math::search::to_whole).collect()
    }
}
