//! Which single change helps most: in leads, in money and in probability, and how far each would have to go alone.

use super::days::days;
use super::deadline::deadline;
use super::division::leads_on_average;
use super::volumes::Volumes;
use crate::math::decimal;
use crate::math::search::{crossing, to_whole};
use crate::plan::ask::goal::Goal;
use crate::plan::result::change::{Change, Lever};
use crate::rates::{Conversion, DealSize, Lag, Rates};
use crate::words::en::arithmetic as words;

/// Deals or leads that must grow beyond this factor are no answer.
const MOST: f64 = 20.0;
/// All are changed by the same share, so that they can be compared: a tenth.
const MORE: f64 = 1.1;
const LESS: f64 = 0.9;

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
    let plain = leads_on_average(volumes, least_wins);
    let row =
        |what: Lever, step: Option<String>, factor: f64, changed: &Volumes, leads: u64, seek: Option<f64>| Change {
            what,
            step,
            factor,
            change: words::change(factor),
            needed: base.needed(changed),
            gain: mean(changed, leads) - before,
            probability: changed.reach(base.wins_for(changed)).value(leads),
            goal_seek: seek,
        };
    let mut rows = Vec::new();
    for (at, step) in rates.funnel().steps().enumerate() {
        let rate = volumes.steps.get(at).map_or(0.0, Conversion::mean);
        let factor = MORE.min(1.0 / rate);
        let Some(better) = base.with_rate(at, (rate * factor).min(1.0)) else { continue };
        let seek = plain.and_then(|leads| base.seek(rate, 1.0, |rate| base.with_rate(at, rate), leads));
        rows.push(row(Lever::Rate, Some(step.to_string()), factor, &better, planned, seek));
    }
    if let Some(faster) = base.with_delays_times(LESS) {
        let seek = plain.and_then(|leads| base.seek(1.0, 0.0, |factor| base.with_delays_times(factor), leads));
        rows.push(row(Lever::Delay, None, LESS, &faster, planned, seek));
    }
    if let Some(deal) = volumes.deal.as_ref().filter(|_| volumes.in_money).map(DealSize::to_f64) {
        let larger = volumes.with_deals_times(MORE);
        let seek = plain.and_then(|leads| base.seek(1.0, MOST, |factor| Some(volumes.with_deals_times(factor)), leads));
        let mut change = row(Lever::DealSize, None, MORE, &larger, planned, seek.map(|factor| factor * deal));
        // Deals were kept and the target was made smaller: in money each is worth as much more.
        change.gain = (MORE - 1.0) * before;
        rows.push(change);
    }
    let more = to_whole(libm::ceil(MORE * planned as f64));
    let needed = base.needed(volumes).map(|needed| needed as f64);
    rows.push(row(Lever::Leads, None, MORE, volumes, more, needed));
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
        crossing((from, to), confidence, 0.0, met)
    }
}
