//! The one pass against a slow, obvious count; merging, splitting and threads, all to the bit.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

use std::collections::{BTreeMap, BTreeSet};

use backcast::{
    AMOUNT_MISSING, AMOUNT_UNREADABLE, Chunk, DAY_MISSING, DAY_UNREADABLE, Day, Days, Funnel, History, Month, NO_ID,
    Outcome, Report, Segment, Table, Tally,
};
use proptest::prelude::*;

const AS_OF: i32 = 20_000;
const SEGMENTS: [&str; 4] = ["d", "a", "c", "a"];

/// A row of a table; days in the table's own marks.
#[derive(Clone, Debug)]
struct Row {
    stages: Vec<i32>,
    lost: i32,
    observed_from: i32,
    amount: i64,
    id: u32,
    segment: u32,
}

/// How a table is read.
#[derive(Clone, Debug)]
struct How {
    observed_from: Option<i32>,
    with_ids: bool,
    disorder: u32,
}

fn day() -> impl Strategy<Value = i32> {
    prop_oneof![
        6 => AS_OF - 90..AS_OF + 4,
        4 => Just(DAY_MISSING),
        1 => AS_OF - 12_000..AS_OF,
        1 => prop_oneof![Just(DAY_UNREADABLE), Just(4_000_000), Just(-800_000), Just(Day::MIN.unix_days())],
    ]
}

/// Rows as CRMs have them: most in order, some with anything anywhere.
fn row(stages: usize) -> impl Strategy<Value = Row> {
    let in_order = (AS_OF - 500..AS_OF + 2, prop::collection::vec(0..40, stages), 0..=stages).prop_map(
        move |(start, lags, reached)| {
            let days = lags.iter().scan(start, |day, lag| Some(core::mem::replace(day, *day + lag)));
            let days = days.enumerate().map(|(stage, day)| if stage < reached { day } else { DAY_MISSING });
            days.collect::<Vec<_>>()
        },
    );
    let days = prop_oneof![5 => in_order, 2 => prop::collection::vec(day(), stages)];
    let lost = prop_oneof![2 => Just(DAY_MISSING), 1 => day(), 2 => AS_OF - 300..AS_OF];
    let observed_from = prop_oneof![3 => Just(DAY_MISSING), 1 => day(), 1 => AS_OF - 600..AS_OF - 400];
    let amount = prop_oneof![
        2 => Just(AMOUNT_MISSING), 4 => 0_i64..3000, 1 => Just(AMOUNT_UNREADABLE), 1 => Just(-5_i64)
    ];
    let id = prop_oneof![3 => Just(NO_ID), 2 => 0_u32..30, 1 => 1_000_000_u32..1_000_020];
    (days, lost, observed_from, amount, id, 0_u32..5).prop_map(|(stages, lost, observed_from, amount, id, segment)| {
        Row { stages, lost, observed_from, amount, id, segment }
    })
}

fn how() -> impl Strategy<Value = How> {
    (prop::option::of(AS_OF - 520..AS_OF - 300), any::<bool>(), 0_u32..4)
        .prop_map(|(observed_from, with_ids, disorder)| How { observed_from, with_ids, disorder })
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    (2_usize..6).prop_flat_map(|stages| prop::collection::vec(row(stages), 0..300))
}

fn funnel(stages: usize) -> Funnel {
    Funnel::new(["a", "b", "c", "d", "e"].iter().take(stages).copied()).unwrap()
}

/// Reads rows that lie in chunks of these lengths, the last one as long as it must be.
fn read(rows: &[Row], how: &How, chunks: &[usize], threads: usize) -> History {
    let stages = rows.first().map_or(3, |row| row.stages.len());
    let mut parts: Vec<&[Row]> = Vec::new();
    let mut rest = rows;
    for length in chunks {
        let (part, further) = rest.split_at(*length.min(&rest.len()));
        parts.push(part);
        rest = further;
    }
    parts.push(rest);
    let columns = |part: &&[Row]| (0..stages).map(|stage| bitmap(part, stage)).collect();
    let in_place: Vec<Vec<(Vec<i32>, Vec<u8>)>> = parts.iter().map(columns).collect();
    let chunks = parts.iter().zip(&in_place).map(|(part, in_place)| chunk(part, in_place, how)).collect();
    let table = Table {
        dimensions: vec!["channel".to_owned()],
        segments: SEGMENTS.iter().map(|name| Segment::new([Some(*name)])).collect(),
        as_of: Some(Day::from_unix_days(AS_OF).unwrap()),
        observed_from: how.observed_from.map(|day| Day::from_unix_days(day).unwrap()),
        max_disorder_days: how.disorder,
        ..Table::new(funnel(stages), chunks)
    };
    History::read_with(&table, threads).unwrap()
}

fn chunk<'a>(part: &[Row], in_place: &'a [(Vec<i32>, Vec<u8>)], how: &How) -> Chunk<'a> {
    // Both ways of holding days, by turns.
    let column = |(stage, (values, bits)): (usize, &'a (Vec<i32>, Vec<u8>))| {
        if stage % 2 == 1 {
            Days::InPlace { values, valid: Some((bits, OFFSET)) }
        } else {
            Days::Read(part.iter().map(|row| row.stages[stage]).collect())
        }
    };
    Chunk {
        stages: in_place.iter().enumerate().map(column).collect(),
        lost: Some(Days::Read(part.iter().map(|row| row.lost).collect())),
        observed_from: Some(Days::Read(part.iter().map(|row| row.observed_from).collect())),
        amounts: Some(part.iter().map(|row| row.amount).collect()),
        ids: how.with_ids.then(|| part.iter().map(|row| row.id).collect()),
        segments: part.iter().map(|row| row.segment).collect(),
    }
}

/// A column's bitmap begins in the middle of a byte, as that of an Arrow slice does.
const OFFSET: usize = 3;

/// A column as Arrow has it: anything at all stands where the bitmap says that there is no day.
fn bitmap(part: &[Row], stage: usize) -> (Vec<i32>, Vec<u8>) {
    let mut bits = vec![0_u8; (part.len() + OFFSET) / 8 + 1];
    for (row, _) in part.iter().enumerate().filter(|(_, row)| row.stages[stage] != DAY_MISSING) {
        bits[(row + OFFSET) / 8] |= 1 << ((row + OFFSET) % 8);
    }
    let junk = |day: i32| if day == DAY_MISSING { AS_OF - 7 } else { day };
    (part.iter().map(|row| junk(row.stages[stage])).collect(), bits)
}

type Counts = BTreeMap<(String, usize, Month, Outcome, u32), u64>;

/// What the slow way finds.
#[derive(Debug, Default, PartialEq)]
struct Found {
    counts: Counts,
    amounts: BTreeMap<i64, u64>,
    report: Report,
}

/// A usable record: the days of the stages it entered, all of them in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Record {
    days: Vec<i32>,
    lost: Option<i32>,
    segment: String,
    amount: Option<i64>,
    observed_from: Option<i32>,
}

fn is_day(day: i32) -> bool {
    (Day::MIN.unix_days()..=Day::MAX.unix_days()).contains(&day)
}

/// One row by the rules, in the order in which the report's documentation names them.
fn repair(row: &Row, how: &How) -> Result<(Record, BTreeSet<&'static str>, bool), &'static str> {
    let mut rules = BTreeSet::new();
    let known = |day: i32| day != DAY_MISSING;
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
    for stage in (0..days.len()).rev() {
        if days[stage].is_none() {
            rules.insert("skipped_stage");
            days[stage] = days[stage + 1];
        }
    }
    let days: Vec<i32> = days.into_iter().flatten().collect();
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
    let amount = amount(row.amount, &mut rules).filter(|_| won);
    let observed_from = Some(row.observed_from).filter(|day| known(*day)).or(how.observed_from);
    let end = if won { Some(last) } else { lost };
    if observed_from.is_some_and(|from| end.is_some_and(|end| end < from)) {
        return Err("before_observed_from");
    }
    let segment = SEGMENTS.get(row.segment as usize).unwrap_or(&"a").to_string();
    Ok((Record { days, lost, segment, amount, observed_from }, rules, later_ignored))
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

fn slowly(rows: &[Row], how: &How) -> Found {
    let mut found = Found::default();
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
    let order = ["clamped", "skipped_stage", "merged", "reopened", "negative_amount", "unreadable_amount"];
    order.iter().zip(0..).filter(|(rule, _)| rules.contains(**rule)).map(|(_, bit)| 1 << bit).sum()
}

fn merge(lead: &mut Record, later: &Record) {
    if lead.lost.is_some_and(|lost| lost < later.days[0]) {
        lead.lost = None;
    }
    for (stage, day) in later.days.iter().enumerate() {
        match lead.days.get_mut(stage) {
            Some(ours) => *ours = (*ours).min(*day),
            None => lead.days.push(*day),
        }
    }
    let last = lead.days[lead.days.len() - 1];
    lead.lost = lead.lost.max(later.lost).filter(|lost| *lost >= last);
    lead.amount = lead.amount.or(later.amount);
    lead.observed_from = match (lead.observed_from, later.observed_from) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
}

fn count(lead: &Record, stages: usize, found: &mut Found) {
    lead.amount.into_iter().for_each(|amount| *found.amounts.entry(amount).or_default() += 1);
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
        match (converted, lead.lost) {
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

fn found(history: &History) -> Found {
    let tally = history.tally();
    let name = |segment: usize| tally.segments()[segment].to_string();
    let key = |c: &backcast::Count| (name(c.segment), c.step, c.month, c.outcome, c.days);
    let counts: Vec<_> = tally.counts().collect();
    assert!(counts.is_sorted() && counts.iter().all(|count| count.leads > 0));
    let mut report = history.report().clone();
    report.notes.clear();
    let deals = tally.deals();
    assert_eq!(deals.sum(), deals.amounts().map(|(amount, n)| i128::from(amount) * i128::from(n)).sum::<i128>());
    Found {
        counts: counts.iter().map(|count| (key(count), count.leads)).collect(),
        amounts: deals.amounts().collect(),
        report,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn one_pass_is_the_slow_count(rows in rows(), how in how(), chunks in prop::collection::vec(0_usize..150, 0..3)) {
        let history = read(&rows, &how, &chunks, 1);
        prop_assert_eq!(found(&history), slowly(&rows, &how));
        prop_assert_eq!(&read(&rows, &how, &chunks, 3), &history);
        let mut turned = rows.clone();
        turned.reverse();
        prop_assert_eq!(&read(&turned, &how, &[], 2), &read(&rows, &how, &[], 1));
    }

    #[test]
    fn merging_is_a_sum(rows in rows(), how in how(), cuts in (0_usize..300, 0_usize..300)) {
        let how = How { with_ids: false, ..how };
        let whole = read(&rows, &how, &[], 1);
        let (low, high) = (cuts.0.min(cuts.1).min(rows.len()), cuts.0.max(cuts.1).min(rows.len()));
        let parts = [&rows[..low], &rows[low..high], &rows[high..]];
        let parts: Vec<History> = parts.into_iter().filter(|part| !part.is_empty()).map(|part| read(part, &how, &[], 1)).collect();
        let neutral = Tally::empty(whole.tally().funnel().clone(), vec!["channel".to_owned()], whole.tally().as_of(), None);
        let sum = |order: &mut dyn Iterator<Item = &History>| {
            order.fold(neutral.clone(), |sum, part| sum.merge(part.tally()).unwrap())
        };
        prop_assert_eq!(&sum(&mut parts.iter()), whole.tally());
        prop_assert_eq!(&sum(&mut parts.iter().rev()), whole.tally());
        if let [a, b, c] = parts.as_slice() {
            let right = a.merge(&b.merge(c).unwrap()).unwrap();
            prop_assert_eq!(right.tally(), whole.tally());
            prop_assert_eq!(right.report(), whole.report());
        }
    }
}

/// Leads that stream in, each batch counted on several threads and then forgotten, are the whole table: cells, deals,
/// report and notes.
#[test]
fn a_stream_of_batches_is_the_whole_table() {
    let row = |number: i32| {
        let created = AS_OF - number * 37 % 1100;
        let entered = |lag: i32, every: i32| {
            if number % every == 0 { (created + lag * (number % 11)).min(AS_OF) } else { DAY_MISSING }
        };
        Row {
            stages: vec![created, entered(3, 2), entered(9, 6)],
            lost: if number % 5 == 1 { (created + number % 600).min(AS_OF) } else { DAY_MISSING },
            observed_from: if number % 50 == 0 { created + 1 } else { DAY_MISSING },
            amount: i64::from(number),
            // An id on two rows that follow each other, and both in the same batch.
            id: number.unsigned_abs() / 2,
            segment: number.unsigned_abs() % 4,
        }
    };
    let rows: Vec<Row> = (0..60_000).map(row).collect();
    let how = How { observed_from: None, with_ids: true, disorder: 2 };
    let whole = read(&rows, &how, &[], 2);
    let mut sum = read(&[], &how, &[], 1);
    for batch in rows.chunks(10_000) {
        sum = sum.merge(&read(batch, &how, &[], 2)).unwrap();
    }
    assert_eq!(sum, whole);
    assert!(whole.report().repairs["merged"] > 0 && !whole.tally().deals().is_exact());
    // What is kept is the cells: twice as many leads of the same kind have no more of them.
    let twice = (0..2).fold(read(&[], &how, &[], 1), |sum, _| sum.merge(&whole).unwrap());
    assert_eq!((twice.report().read, twice.tally().counts().len()), (120_000, sum.tally().counts().len()));
}

/// So many leads that all threads, full counters and keys of rare lags are at work.
#[test]
fn many_leads_on_several_threads() {
    let row = |number: i32| Row {
        stages: vec![
            AS_OF - 700 - number % 7 * 1500,
            AS_OF - 650,
            if number % 3 == 0 { AS_OF - 3 } else { DAY_MISSING },
        ]
        .into_iter()
        .map(|day| day.min(AS_OF))
        .collect::<Vec<_>>(),
        lost: if number % 5 == 0 { AS_OF - 1 } else { DAY_MISSING },
        observed_from: DAY_MISSING,
        amount: if number % 3 == 0 { i64::from(number) } else { AMOUNT_MISSING },
        id: number.unsigned_abs(),
        segment: u32::from(number % 1000 == 0),
    };
    let rows: Vec<Row> = (0..500_000).map(row).collect();
    let how = How { observed_from: None, with_ids: false, disorder: 2 };
    let one = read(&rows, &how, &[100_001], 1);
    assert_eq!(read(&rows, &how, &[], 4), one);
    let mut slow = slowly(&rows, &how);
    let deals = one.tally().deals();
    assert!(!deals.is_exact());
    assert_eq!(deals.count(), slow.amounts.values().sum::<u64>());
    assert_eq!(deals.sum(), slow.amounts.iter().map(|(a, n)| i128::from(*a) * i128::from(*n)).sum::<i128>());
    slow.amounts.clear();
    let counts: u64 = slow.counts.values().sum();
    assert_eq!(one.tally().counts().map(|count| count.leads).sum::<u64>(), counts);
    let name = |segment: usize| one.tally().segments()[segment].to_string();
    let fast: Counts =
        one.tally().counts().map(|c| ((name(c.segment), c.step, c.month, c.outcome, c.days), c.leads)).collect();
    assert_eq!(fast, slow.counts);
}

#[test]
fn ids_as_codes_or_not() {
    let row = |id: u32| Row {
        stages: vec![AS_OF - 50, DAY_MISSING],
        lost: DAY_MISSING,
        observed_from: DAY_MISSING,
        amount: AMOUNT_MISSING,
        id,
        segment: 0,
    };
    let how = How { observed_from: None, with_ids: true, disorder: 2 };
    for ids in [[0, 1, 1, 2, NO_ID, NO_ID], [7, 4_000_000_000, 4_000_000_000, 9, NO_ID, NO_ID]] {
        let history = read(&ids.map(row), &how, &[], 1);
        assert_eq!((history.report().used, history.tally().count(0, Outcome::Open)), (6, 5));
        assert_eq!(history.report().repairs.get("merged"), Some(&1));
    }
}

#[test]
fn different_days_do_not_merge() {
    let tally = |as_of: &str| Tally::empty(funnel(3), Vec::new(), as_of.parse().unwrap(), None);
    let error = tally("2026-01-31").merge(&tally("2026-02-28")).unwrap_err();
    assert_eq!(error.kind(), "different_as_of");
}

/// Ten thousand segments fit neither the processor's caches nor the arrays; the counts are the same.
#[test]
fn ten_thousand_segments() {
    let many = 10_000_u32;
    let days: Vec<i32> = (0..60_000).map(|row| AS_OF - row * 7 % 900).collect();
    let won: Vec<i32> = days
        .iter()
        .zip(0..)
        .map(|(day, row)| if row % 4 == 0 { (day + row % 90).min(AS_OF) } else { DAY_MISSING })
        .collect();
    let segments: Vec<u32> = (0..60_000).map(|row| row * 31 % many).collect();
    let chunk = Chunk { stages: vec![Days::Read(days), Days::Read(won)], segments, ..Chunk::default() };
    let named: Vec<Segment> = (0..many).map(|number| Segment::new([Some(number.to_string().as_str())])).collect();
    let table = Table {
        dimensions: vec!["channel".to_owned()],
        segments: named,
        as_of: Some(Day::from_unix_days(AS_OF).unwrap()),
        ..Table::new(funnel(2), vec![chunk])
    };
    let one = History::read_with(&table, 1).unwrap();
    assert_eq!(one, History::read_with(&table, 2).unwrap());
    assert_eq!(one.tally().segments().len(), 10_000);
    assert_eq!(one.tally().counts().map(|count| count.leads).sum::<u64>(), 60_000);
    assert_eq!(one.tally().count(0, Outcome::Converted), 15_000);
}
