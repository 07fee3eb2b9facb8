//! What makes an outlook uncertain: how much of its variance perfect knowledge of each source would take away.

use super::compound::{Way, Ways, Worth};

/// One source of uncertainty, and how much of the variance would go away if it were known perfectly.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Source {
    pub(crate) name: String,
    /// From 0 to 1.
    pub(crate) share: f64,
}

/// How the variance of what follows would shrink with perfect knowledge of each rate, of the mean deal, of how deals
/// differ, and of luck (who is won, given the rates). The shares need not sum to 1: sources act together.
///
/// # Formula
/// 1 − V(source at its mean) ÷ V; for luck, the share that is left when all rates and the mean deal are known.
pub(crate) fn sources(ways: &Ways, entrants: &[f64], step_names: &[String]) -> Vec<Source> {
    let variance = |ways: &Ways| ways.moments(&ways.outline(), entrants).1;
    let all = variance(ways);
    if all <= 0.0 {
        return Vec::new();
    }
    let with = |change: &dyn Fn(&mut Way, &mut Worth)| {
        let mut other = ways.clone();
        other.ways.iter_mut().for_each(|(way, worth)| change(way, worth));
        variance(&other)
    };
    let mut sources = Vec::new();
    for (step, name) in step_names.iter().enumerate() {
        let without = with(&|way: &mut Way, _: &mut Worth| {
            way.steps.iter_mut().skip(step).take(1).for_each(|known| *known = known.without_doubt());
        });
        sources.push(Source { name: format!("the rate {name}"), share: (1.0 - without / all).max(0.0) });
    }
    let shared = with(&|way: &mut Way, _: &mut Worth| {
        way.shared.clear();
        way.coupled = 0.0;
    });
    sources.push(Source { name: "what moves all channels together".to_owned(), share: (1.0 - shared / all).max(0.0) });
    let certain_mean = with(&|_: &mut Way, worth: &mut Worth| worth.settle(false));
    sources.push(Source { name: "the mean deal".to_owned(), share: (1.0 - certain_mean / all).max(0.0) });
    let alike = with(&|_: &mut Way, worth: &mut Worth| worth.settle(true));
    sources
        .push(Source { name: "differences between deals".to_owned(), share: ((certain_mean - alike) / all).max(0.0) });
    let luck = with(&|way: &mut Way, worth: &mut Worth| {
        *way = way.without_doubt();
        worth.settle(true);
    });
    sources.push(Source { name: "chance: who is won at these rates".to_owned(), share: luck / all });
    sources.retain(|source| source.share > 0.0005);
    sources
}
