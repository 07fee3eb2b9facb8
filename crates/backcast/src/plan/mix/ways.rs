//! Channels as ways to the goal: what a lead of each brings, and what is open beside them.

use super::mixing::Mixing;
use super::water_filling::{Each, Filling};
use crate::error::{Error, Kind, Result};
use crate::outlook::{Ready, Way, Ways, Worth};
use crate::plan::ask::channels::Channels;
use crate::plan::ask::cost_curve::Response;
use crate::plan::ask::goal::{Goal, Target};
use crate::plan::solve::days::days;
use crate::plan::solve::deadline::deadline;
use crate::plan::solve::volumes::Volumes;
use crate::rates::Rates;

/// All channels as ways to the goal, made ready for a search; beside what is in flight, by the rates of `today`. Delays and
/// deals of `rates` are those of channels without their own.
pub(in crate::plan) fn mixing(
    channels: &Channels,
    goal: &Goal,
    today: &Rates,
    rates: &Rates,
    planned: Option<u64>,
) -> Result<Mixing> {
    let all = Volumes::of(goal, today, None)?;
    let shared = channels.shared();
    let days = days(goal, planned.unwrap_or(0))?;
    let mut ways = Vec::new();
    let mut each = Vec::new();
    for (at, channel) in channels.list.iter().enumerate() {
        let place = |error: Error| error.at(format!("channels[{at}]"));
        let mut own = Rates::new(rates.funnel().clone(), channel.steps.clone())
            .map_err(|e| e.at(format!("channels[{at}].rates")))?;
        if let Some(lags) = channel.lags.as_deref().or(rates.lags()) {
            own = own.with_lags(lags.to_vec()).map_err(|e| e.at(format!("channels[{at}].lags")))?;
        }
        let on_time = match deadline(goal, &own, days.as_ref()) {
            Ok(left) => left.and_then(|left| left.on_time.first().copied()).unwrap_or(1.0),
            // Too slow for this deadline: it brings nothing.
            Err(error) if error.kind() == Kind::TooLate => 0.0,
            Err(error) => return Err(place(error)),
        };
        let worth = match (&goal.target, channel.deal_size.as_ref().or(rates.deal_size())) {
            (Target::Customers(_), _) => Worth::Customers,
            (Target::Revenue { currency, .. }, Some(deal)) if deal.currency() == *currency => {
                Worth::Money(deal.clone())
            }
            (Target::Revenue { currency, .. }, Some(deal)) => {
                return Err(place(Error::new(Kind::MixedCurrency, format!("{currency} and {}", deal.currency()))));
            }
            (Target::Revenue { .. }, None) => {
                return Err(place(Error::new(Kind::DealSizeMissing, goal.target.in_words())));
            }
        };
        let way =
            Way { steps: channel.steps.clone(), entry: 0, on_time, open: Vec::new(), shared: Vec::new(), coupled: 0.0 }
                .sharing(shared);
        each.push(filled(&way, &worth, channel.response()));
        ways.push((way, worth));
    }
    let mut known = Vec::new();
    if !all.cells.is_empty() {
        let open = all.ways(0, all.in_money);
        known = open.known;
        ways.extend(open.ways.into_iter().map(|(way, worth)| (way.sharing(shared), worth)));
    }
    let ways = Ways { ways, known };
    let nobody = vec![0.0; ways.ways.len()];
    let (open_mean, open_variance) =
        if all.cells.is_empty() { (0.0, 0.0) } else { ways.moments(&ways.outline(), &nobody) };
    let ready = Ready::of(&all.target, false);
    let filling = Filling { each, open_mean, open_variance, doubt: libm::expm1(ways.doubt()) };
    let mut mixing = Mixing { ways, ready, filling };
    mixing.bounded();
    Ok(mixing)
}

/// What a lead of a way brings, and how that varies.
fn filled(way: &Way, worth: &Worth, response: Response) -> Each {
    let won = way.mean();
    let value = won * worth.mean();
    Each {
        response,
        value,
        own: value * value * way.own_cv2(),
        common: value * way.shared_from(0),
        luck: won * worth.mean_square() - value * value,
        most: response.limit(),
    }
}
