//! Which single change helps most: in leads, in money and in probability, and how far each would have to go alone.

use super::days::days;
use super::deadline::deadline;
use super::volumes::Volumes;
use crate::math::decimal;
use crate::math::search::{crossing, to_whole};
use crate::plan::ask::goal::Goal;
use crate::plan::result::change::Change;
use crate::rates::{Conversion, DealSize, Lag, Rates};

/// Deals or leads that must grow beyond this factor are no answer.
const MOST: f64 = 20.0;

/// A goal whose inputs can be changed.
struct Changed<'a> {
    goal: &'a Goal,
    rates: &'a Rates,
    volumes: &'a Volumes,
    least_wins: u64,
    /// Leads that decide when leads arrive.
    arriving: u64,
}

pub(in crate::plan) fn changes(
    goal: &Goal,
    rates: &Rates,
    volumes: &Volumes,
    planned: u64,
    least_wins: u64,
) -> Vec<Change> {
    let base = Changed { goal, rates, volumes, least_wins, arriving: planned };
    let mean = |volumes: &Volumes, leads: u64| volumes.outlook_mean(leads);
    let before = mean(volumes, planned);
    let plain = base.plain();
    let row =
        |what: &str, step: Option<String>, change: &str, changed: &Volumes, leads: u64, seek: Option<f64>| Change {
            what: what.to_owned(),
            step,
            change: change.to_owned(),
            needed: base.needed(changed),
            gain: mean(changed, leads) - before,
            probability: changed.reach(base.wins_for(changed)).value(leads),
            goal_seek: seek,
        };
    let mut rows = Vec::new();
    for (at, step) in rates.funnel().steps().enumerate() {
        let rate = volumes.steps.get(at).map_or(0.0, Conversion::mean);
        let Some(better) = base.with_rate(at, (rate + 0.01).min(1.0)) else { continue };
        let seek = plain.and_then(|leads| base.seek(rate, 1.0, |rate| base.with_rate(at, rate), leads));
        rows.push(row("rate", Some(step.to_string()), "1 point more", &better, planned, seek));
    }
    if let Some(faster) = base.with_delays_times(0.9) {
        let seek = plain.and_then(|leads| base.seek(1.0, 0.0, |factor| base.with_delays_times(factor), leads));
        rows.push(row("delay", None, "a tenth shorter", &faster, planned, seek));
    }
    if let Some(deal) = volumes.deal.as_ref().filter(|_| volumes.in_money).map(DealSize::to_f64) {
        let larger = volumes.with_deals_times(1.1);
        let seek = plain.and_then(|leads| base.seek(1.0, MOST, |factor| Some(volumes.with_deals_times(factor)), leads));
        let mut change = row("deal_size", None, "a tenth larger", &larger, planned, seek.map(|factor| factor * deal));
        // Deals were kept and the target was made smaller: in money each is worth as much more.
        change.gain = 0.1 * before;
        rows.push(change);
    }
    let more = planned.saturating_add(to_whole(libm::ceil(0.1 * planned as f64)));
    rows.push(row("leads", None, "a tenth more", volumes, more, base.needed(volumes).map(|needed| needed as f64)));
    rows
}

impl Changed<'_> {
    /// Wins that the target takes after a change of deals.
    fn wins_for(&self, changed: &Volumes) -> u64 {
        match (&changed.deal, changed.in_money) {
            (Some(deal), true) => {
                decimal::ceil(&(&changed.target / deal.exact())).try_into().unwrap_or(self.least_wins)
            }
            _ => self.least_wins,
        }
    }

    fn needed(&self, changed: &Volumes) -> Option<u64> {
        let confidence = self.goal.confidence.as_ref().filter(|_| changed.share(0) > 0.0)?;
        changed.reach(self.wins_for(changed)).needed(confidence).ok().map(|enough| enough.entrants)
    }

    /// The leads of plain division: what the target still takes, beside the mean of what is in flight, ÷ mean deal ÷ rates,
    /// up.
    fn plain(&self) -> Option<u64> {
        let rate = self.volumes.steps.iter().map(Conversion::mean).fold(self.volumes.share(0), |all, rate| all * rate);
        let left = 1.0 - self.volumes.in_flight_mean() / decimal::to_f64(&self.volumes.target);
        (rate > 0.0).then(|| to_whole(libm::ceil(self.least_wins as f64 * left.max(0.0) / rate)))
    }

    fn with_rate(&self, at: usize, rate: f64) -> Option<Volumes> {
        let mut changed = self.volumes.clone();
        let step = changed.steps.get_mut(at)?;
        *step = step.with_mean(rate).ok()?;
        Some(changed)
    }

    fn with_delays_times(&self, factor: f64) -> Option<Volumes> {
        let (_, lags) = self.volumes.on_time.as_ref().zip(self.rates.lags())?;
        let faster: Vec<Lag> = lags.iter().map(|lag| lag.times(factor)).collect();
        let rates = self.rates.clone().with_lags(faster).ok()?;
        let days = days(self.goal, self.arriving).ok()?;
        let left = deadline(self.goal, &rates, days.as_ref()).ok()??;
        // What is open already keeps its chances: its ages were reached under the old delays.
        Some(self.volumes.on_time_by(left.on_time))
    }

    /// Where between `from` and `to` the goal is met with the confidence by `leads`; `None` if not even at `to`.
    fn seek(&self, from: f64, to: f64, changed: impl Fn(f64) -> Option<Volumes>, leads: u64) -> Option<f64> {
        let confidence = decimal::to_f64(self.goal.confidence.as_ref()?);
        let met = |at: f64| changed(at).map_or(0.0, |volumes| volumes.reach(self.wins_for(&volumes)).value(leads));
        crossing(from, to, confidence, met)
    }
}
