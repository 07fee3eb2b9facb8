//! Rows as CRMs have them, and how a table of them is read.

use backcast::history::{AMOUNT_MISSING, AMOUNT_UNREADABLE, Chunk, DAY_MISSING, DAY_UNREADABLE, Days, NO_ID};
use backcast::{Day, Funnel, History, Segment, Table};
use proptest::prelude::*;

pub(crate) const AS_OF: i32 = 20_000;
pub(crate) const SEGMENTS: [&str; 4] = ["d", "a", "c", "a"];

/// A row of a table; days in the table's own marks.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) stages: Vec<i32>,
    pub(crate) lost: i32,
    pub(crate) observed_from: i32,
    pub(crate) amount: i64,
    pub(crate) id: u32,
    pub(crate) segment: u32,
}

/// How a table is read.
#[derive(Clone, Debug)]
pub(crate) struct How {
    pub(crate) observed_from: Option<i32>,
    pub(crate) with_ids: bool,
    pub(crate) disorder: u32,
}

fn day() -> impl Strategy<Value = i32> {
    prop_oneof![
        6 => AS_OF - 90..AS_OF + 4,
        4 => Just(DAY_MISSING),
        1 => AS_OF - 12_000..AS_OF,
        1 => prop_oneof![Just(DAY_UNREADABLE), Just(4_000_000), Just(-800_000), Just(Day::MIN.unix_days())],
        1 => prop_oneof![Just(0), Just(-25_567), Just(47_481), Just(Day::MAX.unix_days())],
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
    (days, lost, observed_from, amount, id, 0_u32..4).prop_map(|(stages, lost, observed_from, amount, id, segment)| {
        Row { stages, lost, observed_from, amount, id, segment }
    })
}

pub(crate) fn how() -> impl Strategy<Value = How> {
    (prop::option::of(AS_OF - 520..AS_OF - 300), any::<bool>(), 0_u32..4)
        .prop_map(|(observed_from, with_ids, disorder)| How { observed_from, with_ids, disorder })
}

pub(crate) fn rows() -> impl Strategy<Value = Vec<Row>> {
    (2_usize..6).prop_flat_map(|stages| prop::collection::vec(row(stages), 0..300))
}

pub(crate) fn funnel(stages: usize) -> Funnel {
    Funnel::new(["a", "b", "c", "d", "e"].iter().take(stages).copied()).unwrap()
}

/// Reads rows that lie in chunks of these lengths, the last one as long as it must be.
pub(crate) fn read(rows: &[Row], how: &How, chunks: &[usize], threads: usize) -> History {
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
