//! The choice of channels as statements.

use crate::plan::ask::channels::Channels;
use crate::plan::result::channel_plan::{ChannelPlan, Mix};
use crate::words::en::channels::{self, Which};
use crate::words::{Statement, Topic};

pub(in crate::plan) fn statements(
    asked: &Channels,
    found: &ChannelPlan,
    currency: Option<&str>,
    blended: bool,
) -> Vec<Statement> {
    let budget = asked.budget.map(|budget| budget.to_string());
    let mixes = [
        (Which::Stated, &found.stated),
        (Which::Cheapest, &found.cheapest),
        (Which::OnAverage, &found.cheapest_in_expectation),
        (Which::Today, &found.today),
        (Which::All, &found.best_reachable),
        (Which::ForBudget(budget.as_deref().unwrap_or_default()), &found.best_for_budget),
    ];
    let said = mixes.into_iter().filter_map(|(which, mix)| Some(mix_statement(which, mix.as_ref()?, currency)));
    let mut statements: Vec<Statement> = said.collect();
    let plain = |topic, sentence: &str| Statement::new(topic, channels::about_channels(sentence));
    statements.extend(found.limited_by.iter().map(|sentence| plain(Topic::Unreachable, sentence)));
    let alike = found.indistinguishable.iter().map(|group| plain(Topic::ChannelsAlike, &group.sentence));
    statements.extend(alike);
    if found.shared_shock > 0.0 {
        let shared = Statement::new(Topic::Channels, channels::shared(found.shared_shock));
        statements.push(shared.with([("shared_shock", found.shared_shock)]));
    }
    if blended {
        statements.push(Statement::new(Topic::Channels, channels::blended()));
    }
    statements
}

fn mix_statement(which: Which, mix: &Mix, currency: Option<&str>) -> Statement {
    let leads: Vec<(&str, u64)> = mix.leads.iter().map(|row| (row.channel.as_str(), row.leads)).collect();
    Statement::new(Topic::Mix, channels::mix(which, &leads, mix.cost, currency, mix.probability)).with([
        ("leads", mix.total as f64),
        ("cost", mix.cost),
        ("probability", mix.probability),
    ])
}
