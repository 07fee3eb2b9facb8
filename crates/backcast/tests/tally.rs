//! The one pass against a slow, obvious count, on one thread and on several, to the bit.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may stop at the first surprise"
)]

#[path = "oracle/rows.rs"]
mod rows;
#[path = "oracle/slow_count.rs"]
mod slow_count;

use backcast::history::{AMOUNT_MISSING, Chunk, DAY_MISSING, Days, NO_ID, Outcome};
use backcast::{Day, History, Segment, Table, Tally};
use proptest::prelude::*;
use rows::{AS_OF, How, Row, funnel, how, read, rows};
use slow_count::{Counts, found, slowly};

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

#[test]
fn a_segment_that_there_is_not_is_refused() {
    for (segment, refused) in [(0, false), (3, false), (4, true), (u32::MAX, true)] {
        let chunk = Chunk {
            stages: vec![Days::Read(vec![AS_OF - 9; 70]), Days::Read(vec![AS_OF; 70])],
            segments: (0..70).map(|row| if row == 69 { segment } else { 0 }).collect(),
            ..Chunk::default()
        };
        let segments = rows::SEGMENTS.iter().map(|name| Segment::new([Some(*name)])).collect();
        let table = Table { segments, dimensions: vec!["channel".to_owned()], ..Table::new(funnel(2), vec![chunk]) };
        let read = History::read(&table);
        assert_eq!(read.err().map(|error| error.kind().code()), refused.then_some("segment_out_of_range"), "{segment}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// What one `GROUP BY` gives is what the pass counts.
    #[test]
    fn counts_make_the_tally_again(rows in rows(), how in how()) {
        let tally = read(&rows, &how, &[], 1).tally().clone();
        let mut counts: Vec<_> = tally.counts().collect();
        counts.reverse();
        let again = Tally::from_counts(tally.funnel().clone(), vec!["channel".to_owned()], tally.segments(), tally.as_of(), counts).unwrap();
        prop_assert!(again.counts().eq(tally.counts()));
        prop_assert_eq!(again.segments(), tally.segments());
    }
}
