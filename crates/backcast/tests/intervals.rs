//! An estimate lies within the interval printed beside it, whatever the records: also where all have converted.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use backcast::history::{AMOUNT_MISSING, Chunk, DAY_MISSING, Days};
use backcast::rates::LearnOptions;
use backcast::{Funnel, History, Rates, Segment, Table};
use proptest::prelude::*;

/// Leads in two channels: the day of entry, the days to the win if there is one, the amount.
type Lead = (i32, Option<i32>, i64);

fn learned(leads: &[Lead], half_life: Option<f64>) -> Rates {
    let won = |(entered, days, _): &Lead| days.map_or(DAY_MISSING, |days| entered + days);
    let chunk = Chunk {
        stages: vec![
            Days::Read(leads.iter().map(|lead| lead.0).collect()),
            Days::Read(leads.iter().map(won).collect()),
        ],
        amounts: Some(leads.iter().map(|lead| if lead.1.is_some() { lead.2 } else { AMOUNT_MISSING }).collect()),
        segments: (0..).zip(leads).map(|(number, _)| number % 2).collect(),
        ..Chunk::default()
    };
    let table = Table {
        dimensions: vec!["channel".to_owned()],
        segments: ["search", "fair"].map(|name| Segment::new([Some(name)])).to_vec(),
        as_of: Some("1971-12-31".parse().unwrap()),
        ..Table::new(Funnel::new(["lead", "won"]).unwrap(), vec![chunk])
    };
    let how = LearnOptions::default().half_life_quarters(half_life);
    Rates::learn_with(History::read(&table).unwrap().tally(), &how).unwrap()
}

#[test]
fn where_all_have_converted_the_interval_reaches_up_to_all() {
    let leads: Vec<Lead> = (0..73).map(|_| (5, Some(15), 100_000)).collect();
    let rates = learned(&leads, None);
    let all = rates.table().first().unwrap();
    assert_eq!((all.estimate, all.high.to_bits()), (Some(1.0), 1.0_f64.to_bits()));
    // The lower end stays that of Jeffreys' interval: the 10 % quantile of Beta(73.5, 0.5), by scipy.stats.beta.ppf.
    assert!((all.low - 0.981_701_8).abs() < 1e-6, "{}", all.low);
}

proptest! {
    #[test]
    fn every_estimate_lies_in_its_interval(
        leads in prop::collection::vec((0..600_i32, prop::option::weighted(0.4, 0..90_i32), 1..5_000_000_i64), 1..80),
        half_life in prop::option::of(0.5..8.0_f64),
    ) {
        let rates = learned(&leads, half_life);
        for row in rates.table() {
            for (low, value, high) in [
                (Some(row.low), row.estimate, Some(row.high)),
                (row.next_low, row.next, row.next_high),
                (row.ultimate_low, row.ultimate, row.ultimate_high),
            ] {
                let (Some(low), Some(value), Some(high)) = (low, value, high) else { continue };
                prop_assert!(0.0 <= low && low <= value && value <= high && high <= 1.0, "{row:?}");
            }
        }
        for row in rates.deal_sizes() {
            let (Some(low), Some(high)) = (row.low, row.high) else { continue };
            prop_assert!(low <= row.mean && row.mean <= high, "{row:?}");
        }
    }
}
