//! Plain division, looked at with the eyes of the plan.

use super::volumes::Volumes;
use crate::math::decimal;
use crate::math::search::to_whole;
use crate::plan::result::division::PlainDivision;
use crate::rates::Conversion;

/// What plain division's `leads` would reach.
pub(in crate::plan) fn plain_division(volumes: &Volumes, least_wins: u64, leads: u64) -> PlainDivision {
    let in_the_end = || {
        let stages = volumes.on_time.as_ref().map_or(0, Vec::len);
        volumes.on_time_by(vec![1.0; stages]).reach(least_wins).value(leads)
    };
    PlainDivision {
        leads,
        probability: volumes.reach(least_wins).value(leads),
        probability_without_deadline: volumes.on_time.is_some().then(in_the_end),
        leads_on_average: leads_on_average(volumes, least_wins),
    }
}

/// What the target still takes, beside the mean of what is in flight, ÷ mean deal ÷ mean rates ÷ the share won in time, up.
pub(in crate::plan) fn leads_on_average(volumes: &Volumes, least_wins: u64) -> Option<u64> {
    let rate = volumes.steps.iter().map(Conversion::mean).fold(volumes.share(0), |all, rate| all * rate);
    let left = 1.0 - volumes.in_flight_mean() / decimal::to_f64(&volumes.target);
    (rate > 0.0).then(|| to_whole(libm::ceil(least_wins as f64 * left.max(0.0) / rate - 1e-9)))
}
