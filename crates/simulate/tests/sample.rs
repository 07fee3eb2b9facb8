//! The sample CRM: the same text every time, dirt as counted, and conversion as a marketer would expect it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code may stop at the first surprise")]

use simulate::{SAMPLE_COLUMNS, SampleCrm, day_of, sample_crm, sample_world};
use std::collections::HashMap;

const SEED: u64 = 1;

/// FNV-1a over the CSV text.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// A row as this test reads it, by rules of its own: a day, nothing, or unreadable text.
#[derive(Debug, Clone)]
struct Record {
    id: String,
    channel: String,
    country: String,
    stages: [Option<i32>; 4],
    lost: Option<i32>,
    amount: String,
    unreadable: bool,
    text: String,
}

fn day(text: &str) -> Result<Option<i32>, ()> {
    if text.is_empty() {
        return Ok(None);
    }
    let parts: Vec<i32> = text.split('-').map(str::parse).collect::<Result<_, _>>().map_err(|_| ())?;
    if parts.len() == 3 { Ok(Some(day_of(parts[0], parts[1], parts[2]))) } else { Err(()) }
}

fn records(crm: &SampleCrm) -> Vec<Record> {
    let csv = crm.to_csv();
    let mut lines = csv.lines();
    assert_eq!(lines.next().unwrap(), SAMPLE_COLUMNS.join(","));
    let record = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        assert_eq!(fields.len(), 10, "{line}");
        let days: Vec<Result<Option<i32>, ()>> = fields[4..9].iter().map(|text| day(text)).collect();
        let value = |index: usize| days[index].unwrap_or(None);
        Record {
            id: fields[0].into(),
            channel: fields[1].into(),
            country: fields[3].into(),
            stages: [value(0), value(1), value(2), value(3)],
            lost: value(4),
            amount: fields[9].into(),
            unreadable: days.iter().any(Result::is_err),
            text: line.into(),
        }
    };
    lines.map(record).collect()
}

impl Record {
    fn is_dirty(&self, as_of: i32) -> bool {
        self.unreadable || self.stages[0].is_none_or(|day| day > as_of) || self.backward() != 0 || self.skips()
    }

    /// The largest number of days by which a stage lies before the one before it, 0 if none does.
    fn backward(&self) -> i32 {
        let known: Vec<i32> = self.stages.iter().flatten().copied().collect();
        known.windows(2).map(|pair| (pair[0] - pair[1]).max(0)).max().unwrap_or(0)
    }

    fn skips(&self) -> bool {
        self.stages.windows(2).any(|pair| pair[0].is_none() && pair[1].is_some())
    }
}

/// Rows of the same id behind the first, as (identical, days since the loss of the first).
fn repeats(records: &[Record]) -> Vec<(bool, Option<i32>)> {
    let mut first: HashMap<&str, &Record> = HashMap::new();
    let mut repeats = Vec::new();
    for record in records {
        if let Some(earlier) = first.get(record.id.as_str()) {
            let gap = record.stages[0].zip(earlier.lost).map(|(back, lost)| back - lost);
            repeats.push((record.text == earlier.text, gap));
        } else {
            first.insert(&record.id, record);
        }
    }
    repeats
}

#[test]
fn the_same_seed_gives_the_same_text() {
    assert_eq!(fingerprint(&sample_crm(SEED).to_csv()), 0x417c_014b_8601_bd5a);
    assert_ne!(sample_crm(SEED), sample_crm(SEED + 1));
}

#[test]
fn every_kind_of_bad_date_is_there_as_often_as_counted() {
    for seed in 1..4 {
        let crm = sample_crm(seed);
        let (records, dirt) = (records(&crm), crm.dirt);
        let count = |what: &dyn Fn(&Record) -> bool| records.iter().filter(|record| what(record)).count();
        let readable = |r: &Record| !r.unreadable;
        assert_eq!(records.len(), crm.len());
        assert_eq!(count(&|r| r.unreadable), dirt.unreadable_date);
        assert_eq!(count(&|r| readable(r) && r.stages.iter().all(Option::is_none)), dirt.no_date);
        assert_eq!(count(&|r| r.stages[0].is_some_and(|d| d > crm.as_of)), dirt.lead_after_as_of);
        let late = |r: &Record| r.stages[1..].iter().flatten().chain(&r.lost).any(|d| *d > crm.as_of);
        assert_eq!(count(&late), dirt.stage_after_as_of);
        assert_eq!(count(&|r| (1..=2).contains(&r.backward())), dirt.clamped);
        assert_eq!(count(&|r| r.backward() > 2), dirt.stage_order);
        assert_eq!(count(&|r| readable(r) && r.skips()), dirt.skipped_stage);
        let refused = |r: &Record| r.unreadable || r.stages[0].is_none_or(|day| day > crm.as_of) || r.backward() > 2;
        assert_eq!(count(&refused), dirt.refused());
    }
}

#[test]
fn repeated_ids_are_duplicates_or_leads_that_came_back() {
    for seed in 1..4 {
        let crm = sample_crm(seed);
        let repeats = repeats(&records(&crm));
        let identical = repeats.iter().filter(|(same, _)| *same).count();
        let back = |from: i32, to: i32| {
            repeats.iter().filter(|(same, gap)| !same && gap.is_some_and(|g| (from..=to).contains(&g))).count()
        };
        assert_eq!(identical, crm.dirt.exact_duplicates);
        assert_eq!(back(5, 179), crm.dirt.reentries_within_180_days);
        assert_eq!(back(181, 360), crm.dirt.reentries_after_180_days);
        assert_eq!(repeats.len(), crm.dirt.merged() + crm.dirt.reentries_after_180_days);
    }
}

#[test]
fn channels_and_amounts_are_as_dirty_as_counted() {
    let crm = sample_crm(SEED);
    let records = records(&crm);
    let count = |what: &dyn Fn(&Record) -> bool| records.iter().filter(|record| what(record)).count();
    assert_eq!(count(&|r| r.channel != r.channel.trim()), crm.dirt.channel_white_space);
    assert_eq!(count(&|r| r.channel.chars().any(char::is_uppercase)), crm.dirt.channel_case);
    assert_eq!(count(&|r| r.stages[3].is_some() && r.amount.is_empty()), crm.dirt.amount_missing);
    assert_eq!(count(&|r| r.amount.starts_with('-')), crm.dirt.amount_negative);
    assert_eq!(count(&|r| r.stages[3].is_none() && !r.amount.is_empty()), 0);
    assert!(records.iter().filter(|r| !r.amount.is_empty()).all(|r| r.amount.split('.').nth(1).unwrap().len() == 2));
    let blank = count(&|r| r.channel.is_empty()) as f64 / records.len() as f64;
    assert!((0.015..0.025).contains(&blank), "{blank}");
}

#[test]
fn the_world_behind_it_converts_as_documented() {
    let world = sample_world();
    let mut truth = world.truth(SEED, day_of(2024, 1, 1), 731).unwrap();
    for part in &mut truth.parts {
        part.rates.clone_from(&part.mean_rates);
    }
    for (rate, documented) in truth.step_rates().into_iter().zip([0.30, 0.35, 0.22]) {
        assert!((rate - documented).abs() < 0.005, "{rate} for {documented}");
    }
    assert!((truth.mean_deal() / 9_000.0 - 1.0).abs() < 0.02, "{}", truth.mean_deal());
    let one_day = world.truth(SEED, day_of(2024, 1, 1), 1).unwrap();
    assert!(one_day.win_rate_by(day_of(2024, 4, 1)) < 0.5 * one_day.win_rate());
}

/// Share of leads of two halves of 2024/25 that became MQLs within 90 days, so that both are fully observed.
fn early_mqls(records: &[Record], as_of: i32, what: impl Fn(&Record) -> bool) -> [f64; 2] {
    let clean = records.iter().filter(|r| !r.is_dirty(as_of) && what(r));
    let mut counts = [(0.0, 0.0); 2];
    for record in clean {
        let created = record.stages[0].unwrap();
        if created <= as_of - 90 {
            let half = &mut counts[usize::from(created >= day_of(2025, 1, 1))];
            half.0 += f64::from(record.stages[1].is_some_and(|mql| mql - created <= 90));
            half.1 += 1.0;
        }
    }
    counts.map(|(converted, entered)| converted / entered)
}

#[test]
fn channels_differ_one_falls_and_countries_do_not_matter() {
    let crm = sample_crm(SEED);
    let records = records(&crm);
    let channel = |name: &'static str| early_mqls(&records, crm.as_of, move |r| r.channel == name);
    assert!(channel("paid social")[1] < 0.8 * channel("paid social")[0]);
    assert!(channel("referral")[0] > 1.15 * channel("paid search")[0]);
    assert!(channel("")[0] < 0.75 * channel("paid search")[0]);
    let country = |name: &'static str| early_mqls(&records, crm.as_of, move |r| r.country == name);
    // 0.05 is four standard errors of the difference between the two largest countries in one year.
    assert!((country("DE")[0] - country("AT")[0]).abs() < 0.05);
}

#[test]
fn many_leads_are_open_at_the_end() {
    let crm = sample_crm(SEED);
    let records = records(&crm);
    let open = records.iter().filter(|r| r.lost.is_none() && r.stages[3].is_none()).count();
    let recent = records.iter().filter(|r| r.stages[0].is_some_and(|d| d > crm.as_of - 60));
    let recent_open = recent.clone().filter(|r| r.lost.is_none() && r.stages[3].is_none()).count();
    assert!(open * 3 > records.len(), "{open}");
    assert!(recent_open * 10 > recent.count() * 6, "{recent_open}");
}
