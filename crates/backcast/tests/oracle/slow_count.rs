//! The oracle of a tally: a slow, obvious count of rows, and a history in the same shape.

use std::collections::{BTreeMap, BTreeSet};

use backcast::history::{
    AMOUNT_MISSING, AMOUNT_UNREADABLE, AmountsOfWon, DAY_MISSING, DealLags, NO_ID, Outcome, Report,
};
use backcast::quantity::Month;
use backcast::{Day, History};

use crate::rows::{AS_OF, How, Row, SEGMENTS};

pub(crate) type Counts = BTreeMap<(String, usize, Month, Outcome, u32), u64>;

/// What the slow way finds.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Found {
    pub(crate) counts: Counts,
    pub(crate) amounts: BTreeMap<i64, u64>,
    pub(crate) lags: BTreeMap<(u16, u16), u64>,
    /// Amounts of open leads by stage and age.
    pub(crate) hopes: BTreeMap<(usize, u32, i64), u64>,
    pub(crate) report: Report,
}

/// A usable record: the days of the stages it entered, all of them in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Record {
    days: Vec<i32>,
    lost: Option<i32>,
    segment: String,
    amount: Option<i64>,
    observed_from: Option<i32>,
    /// The stages whose day was filled in, a bit each.
    filled: u16,
    hope: Option<i64>,
    unusable: Option<u8>,
}

fn is_day(day: i32) -> bool {
    (Day::MIN.unix_days()..=Day::MAX.unix_days()).contains(&day)
}

/// Days that stand for none: so long ago, or later than known.
fn is_never(day: i32, row: &Row) -> bool {
    let known = |day: &&i32| is_day(**day) && **day <= AS_OF;
    let latest = row.stages.iter().chain([&row.lost]).filter(known).max();
    let ends = ["2099-12-31", "2100-01-01", "2199-12-31", "2999-12-31", "3000-01-01", "9999-12-31"];
    let starts = ["0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01"];
    let is = |texts: &[&str]| texts.iter().any(|text| text.parse::<Day>().unwrap().unix_days() == day);
    (day < AS_OF - 8191 && is(&starts))
        || (day > AS_OF && is(&ends))
        || (day == 0 && latest.is_some_and(|day| *day > 8191))
}

/// The days in order, with a bit for each that was filled in.
fn in_order(
    days: &mut Vec<Option<i32>>,
    how: &How,
    rules: &mut BTreeSet<&'static str>,
) -> Result<(Vec<i32>, u16), &'static str> {
    let mut latest = i32::MIN;
    for day in days.iter_mut().flatten() {
        if *day < latest {
            if latest - *day > how.disorder.cast_signed() {
                return Err("stage_order");
            }
            rules.insert("clamped");
            *day = latest;
        }
        latest = *day;
    }
    while days.last() == Some(&None) {
        days.pop();
    }
    let mut filled = 0;
    for stage in (0..days.len()).rev() {
        if days[stage].is_none() {
            filled |= 1 << stage;
            rules.insert("skipped_stage");
            days[stage] = days[stage + 1];
        }
    }
    Ok((days.iter().copied().flatten().collect(), filled))
}

/// One row by the rules, in the order in which the report's documentation names them.
fn repair(row: &Row, how: &How) -> Result<(Record, BTreeSet<&'static str>, bool), &'static str> {
    let mut rules = BTreeSet::new();
    let known = |day: i32| day != DAY_MISSING;
    let mut cleared = row.clone();
    for day in cleared.stages.iter_mut().chain([&mut cleared.lost]).filter(|day| is_never(**day, row)) {
        *day = DAY_MISSING;
        rules.insert("never");
    }
    let row = &cleared;
    if row.stages.iter().chain([&row.lost, &row.observed_from]).any(|day| known(*day) && !is_day(*day)) {
        return Err("unreadable_date");
    }
    let first = *row.stages.iter().find(|day| known(**day)).ok_or("no_stage")?;
    if first > AS_OF || row.observed_from > AS_OF {
        return Err("after_as_of");
    }
    let later_ignored = row.stages.iter().chain([&row.lost]).any(|day| *day > AS_OF);
    let mut days: Vec<Option<i32>> =
        row.stages.iter().map(|day| Some(*day).filter(|day| known(*day) && *day <= AS_OF)).collect();
    let (days, filled) = in_order(&mut days, how, &mut rules)?;
    let (first, last) = (days[0], days[days.len() - 1]);
    let mut lost = Some(row.lost).filter(|day| known(*day) && *day <= AS_OF);
    if let Some(day) = lost.filter(|day| *day < last) {
        if last - day <= how.disorder.cast_signed() {
            rules.insert("clamped");
            lost = Some(last);
        } else if day < first {
            return Err("stage_order");
        } else {
            rules.insert("reopened");
            lost = None;
        }
    }
    let won = days.len() == row.stages.len();
    let given = amount(row.amount, &mut rules);
    let (amount, hope) = (given.filter(|_| won), given.filter(|amount| !won && *amount > 0));
    let unusable = match row.amount {
        AMOUNT_MISSING => None,
        AMOUNT_UNREADABLE => Some(1),
        amount => (amount < 0).then_some(0),
    };
    let observed_from = Some(row.observed_from).filter(|day| known(*day)).or(how.observed_from);
    let end = if won { Some(last) } else { lost };
    if observed_from.is_some_and(|from| end.is_some_and(|end| end < from)) {
        return Err("before_observed_from");
    }
    let segment = SEGMENTS.get(row.segment as usize).unwrap_or(&"a").to_string();
    Ok((Record { days, lost, segment, amount, observed_from, filled, hope, unusable }, rules, later_ignored))
}

fn amount(given: i64, rules: &mut BTreeSet<&'static str>) -> Option<i64> {
    match given {
        AMOUNT_MISSING => return None,
        AMOUNT_UNREADABLE => rules.insert("unreadable_amount"),
        0.. => return Some(given),
        _ => rules.insert("negative_amount"),
    };
    None
}

pub(crate) fn slowly(rows: &[Row], how: &How) -> Found {
    let mut found = Found::default();
    // The column is there, even above no rows.
    found.report.amounts = Some(AmountsOfWon::default());
    let mut by_id: BTreeMap<u32, Vec<(Record, BTreeSet<&'static str>)>> = BTreeMap::new();
    for row in rows {
        found.report.read += 1;
        match repair(row, how) {
            Err(reason) => {
                found.report.refused += 1;
                *found.report.reasons.entry(reason).or_default() += 1;
            }
            Ok((record, rules, later_ignored)) => {
                found.report.later_ignored += u64::from(later_ignored);
                let alone = u32::MAX - 1 - u32::try_from(by_id.len()).unwrap();
                let id = if how.with_ids && row.id != NO_ID { row.id } else { alone };
                by_id.entry(id).or_default().push((record, rules));
            }
        }
    }
    for (_, mut records) in by_id {
        // Stages not entered sort first, as the mark for a missing day does.
        let stages = rows[0].stages.len();
        let entered = |record: &Record| (0..stages).map(|s| record.days.get(s).copied()).collect::<Vec<_>>();
        records.sort_by_key(|(record, rules)| (entered(record), record.clone(), bits(rules)));
        let mut leads: Vec<Record> = Vec::new();
        for (record, mut rules) in records {
            let over = |lead: &Record| lead.lost.is_some_and(|lost| record.days[0] - lost > 180);
            match leads.last_mut().filter(|lead| !over(lead)) {
                Some(lead) => {
                    rules.insert("merged");
                    merge(lead, &record);
                }
                None => leads.push(record),
            }
            found.report.used += 1;
            found.report.repaired += u64::from(!rules.is_empty());
            for rule in rules {
                *found.report.repairs.entry(rule).or_default() += 1;
            }
        }
        for lead in leads {
            count(&lead, stages, &mut found);
        }
    }
    found
}

/// Rules in the order that decides between records that are otherwise the same.
fn bits(rules: &BTreeSet<&'static str>) -> u32 {
    let order = ["clamped", "skipped_stage", "merged", "reopened", "negative_amount", "unreadable_amount", "never"];
    order.iter().zip(0..).filter(|(rule, _)| rules.contains(**rule)).map(|(_, bit)| 1 << bit).sum()
}

fn merge(lead: &mut Record, later: &Record) {
    if lead.lost.is_some_and(|lost| lost < later.days[0]) {
        lead.lost = None;
    }
    for (stage, day) in later.days.iter().enumerate() {
        let theirs = later.filled & 1 << stage;
        match lead.days.get_mut(stage) {
            // The earlier day, with what is known of it; of the same day the one that was not filled in.
            Some(ours) if *ours == *day => lead.filled &= theirs | !(1 << stage),
            Some(ours) if *ours > *day => {
                *ours = *day;
                lead.filled = lead.filled & !(1 << stage) | theirs;
            }
            Some(_) => {}
            None => {
                lead.days.push(*day);
                lead.filled |= theirs;
            }
        }
    }
    lead.hope = later.hope.or(lead.hope);
    lead.unusable = lead.unusable.max(later.unusable);
    let last = lead.days[lead.days.len() - 1];
    lead.lost = lead.lost.max(later.lost).filter(|lost| *lost >= last);
    lead.amount = lead.amount.or(later.amount);
    lead.observed_from = match (lead.observed_from, later.observed_from) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
}

fn count(lead: &Record, stages: usize, found: &mut Found) {
    let is_filled = |stage: usize| lead.filled >> stage & 1 == 1;
    let won = lead.days.len() == stages;
    let last = lead.days[lead.days.len() - 1];
    if let Some(hope) = lead.hope.filter(|_| !won && lead.lost.is_none()) {
        *found.hopes.entry((lead.days.len() - 1, (AS_OF - last).unsigned_abs(), hope)).or_default() += 1;
    }
    let of_won = found.report.amounts.get_or_insert_default();
    if won {
        of_won.won += 1;
        match (lead.amount, lead.unusable) {
            (Some(_), _) => of_won.used += 1,
            (None, Some(0)) => of_won.negative += 1,
            (None, Some(_)) => of_won.unreadable += 1,
            (None, None) => of_won.missing += 1,
        }
    }
    if let Some(amount) = lead.amount.filter(|_| won) {
        *found.amounts.entry(amount).or_default() += 1;
    }
    if let Some(amount) = lead.amount.filter(|_| won && !is_filled(0)) {
        let days = (lead.days[stages - 1] - lead.days[0]).unsigned_abs();
        *found.lags.entry((DealLags::lag_bucket(days), DealLags::amount_bucket(amount))).or_default() += 1;
    }
    let mut steps: Vec<(usize, usize)> = (0..stages - 1).map(|stage| (stage, stage + 1)).collect();
    if steps.len() > 1 {
        steps.push((0, stages - 1));
    }
    for (step, (from, to)) in steps.into_iter().enumerate() {
        let Some(entered) = lead.days.get(from).copied() else { continue };
        let converted = lead.days.get(to).copied();
        let delayed = lead.observed_from.filter(|from| *from > entered);
        if delayed.is_some_and(|from| converted.or(lead.lost).is_some_and(|end| end < from)) {
            continue;
        }
        let month = Month::of(Day::from_unix_days(entered).unwrap());
        let mut add = |outcome: Outcome, day: i32| {
            let key = (lead.segment.clone(), step, month, outcome, (day - entered).unsigned_abs());
            *found.counts.entry(key).or_default() += 1;
        };
        // Between the own days around a day that was filled in lies the conversion.
        let before = (0..=from).rev().find(|stage| !is_filled(*stage)).map(|stage| lead.days[stage]);
        let after = (to..lead.days.len()).find(|stage| !is_filled(*stage)).map(|stage| lead.days[stage]);
        match (converted, lead.lost) {
            (Some(_), _) if is_filled(from) || is_filled(to) => {
                let most = before.zip(after).map_or(3_653, |(before, after)| (after - before).min(3_653));
                add(Outcome::Undated, entered + most);
            }
            (Some(day), _) => add(Outcome::Converted, day),
            (None, Some(day)) => {
                add(Outcome::Lost, day);
                add(Outcome::LostByAge, AS_OF);
            }
            (None, None) => add(Outcome::Open, AS_OF),
        }
        if let Some(day) = delayed {
            add(Outcome::Delayed, day);
        }
    }
}

pub(crate) fn found(history: &History) -> Found {
    let tally = history.tally();
    let name = |segment: usize| tally.segments()[segment].to_string();
    let key = |c: &backcast::history::Count| (name(c.segment), c.step, c.month, c.outcome, c.days);
    let counts: Vec<_> = tally.counts().collect();
    assert!(counts.is_sorted() && counts.iter().all(|count| count.leads > 0));
    let mut report = history.report().clone();
    report.notes.clear();
    let deals = tally.deals();
    assert_eq!(deals.sum(), deals.amounts().map(|(amount, n)| i128::from(amount) * i128::from(n)).sum::<i128>());
    Found {
        counts: counts.iter().map(|count| (key(count), count.leads)).collect(),
        amounts: deals.amounts().collect(),
        hopes: tally
            .open_amounts()
            .flat_map(|(stage, age, deals)| deals.amounts().map(move |(amount, n)| ((stage, age, amount), n)))
            .collect(),
        lags: tally.deal_lags().deals().iter().copied().collect(),
        report,
    }
}
