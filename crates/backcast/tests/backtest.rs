//! The backtest: nothing later than an origin is used, what came is counted by brute force, and the promise is kept.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;

use backcast::history::{Chunk, DAY_MISSING, Days};
use backcast::outlook::ConversionPath;
use backcast::review::{BacktestOptions, Every, Method, TestedCohort};
use backcast::{Backtest, Conversion, Day, Funnel, History, Lag, Rates, Segment, Table};
use proptest::prelude::*;

/// 2023-01-01 to 2023-12-31.
const START: i32 = 19_358;
const AS_OF: i32 = 19_722;
const HORIZON: u32 = 45;

/// Days of each stage, and of the loss.
#[derive(Clone, Debug)]
struct Row {
    stages: Vec<i32>,
    lost: i32,
}

fn day(days: i32) -> Day {
    Day::from_unix_days(days).unwrap()
}

fn funnel(stages: usize) -> Funnel {
    Funnel::new(["lead", "mql", "won"].into_iter().skip(3 - stages)).unwrap()
}

fn table(rows: &[Row], as_of: i32) -> Table<'static> {
    let stages = rows.first().map_or(2, |row| row.stages.len());
    let chunk = Chunk {
        stages: (0..stages).map(|stage| Days::Read(rows.iter().map(|row| row.stages[stage]).collect())).collect(),
        lost: Some(Days::Read(rows.iter().map(|row| row.lost).collect())),
        ..Chunk::default()
    };
    Table { as_of: Some(day(as_of)), ..Table::new(funnel(stages), vec![chunk]) }
}

/// The table as a person would cut it back: leads that came later are struck out, later facts are erased.
fn cut_back(rows: &[Row], day: i32) -> Vec<Row> {
    let known = |d: i32| if d > day { DAY_MISSING } else { d };
    let cut = |row: &Row| Row { stages: row.stages.iter().map(|d| known(*d)).collect(), lost: known(row.lost) };
    rows.iter().filter(|row| row.stages[0] <= day).map(cut).collect()
}

/// Leads over a year; about every third goes on, after up to three weeks, and others are lost.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    let row = move |stages: usize| {
        let lags = prop::collection::vec((0..21_i32, 0..3_u8), stages - 1);
        (START..=AS_OF, lags, prop::option::of(0..60_i32)).prop_map(move |(entered, lags, lost)| {
            let mut days = vec![entered];
            let goes_on = lags.iter().take_while(|(_, dice)| *dice == 0);
            days.extend(goes_on.scan(entered, |day, (lag, _)| {
                Some({
                    *day += lag;
                    *day
                })
            }));
            let won = days.len() == stages;
            let last = days[days.len() - 1];
            days.resize(stages, DAY_MISSING);
            Row { stages: days, lost: lost.filter(|_| !won).map_or(DAY_MISSING, |lag| last + lag) }
        })
    };
    (2_usize..4).prop_flat_map(move |stages| prop::collection::vec(row(stages), 300..700))
}

/// Delays within which leads are won, and the lengths of one and two months, at which a cohort becomes mature.
fn horizon() -> impl Strategy<Value = u32> {
    prop_oneof![5_u32..21, Just(30), Just(31), Just(61)]
}

fn entered_in(rows: &[Row], from: Day, until: Day) -> Vec<&Row> {
    rows.iter().filter(|row| (from.unix_days()..=until.unix_days()).contains(&row.stages[0])).collect()
}

fn won_within(rows: &[&Row], horizon: u32) -> usize {
    let lag = |row: &&&Row| *row.stages.last().unwrap() - row.stages[0];
    rows.iter().filter(|row| *row.stages.last().unwrap() != DAY_MISSING && lag(row) <= horizon.cast_signed()).count()
}

fn expected(cohort: &TestedCohort, method: Method) -> Option<f64> {
    cohort.predictions.iter().find(|made| made.method == method).map(|made| made.expected)
}

fn options(every: Every) -> BacktestOptions {
    BacktestOptions::default().every(every).horizon_days(HORIZON)
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + b.abs())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_table_as_of_a_day_is_the_table_cut_back_by_hand(rows in rows(), origin in START..AS_OF) {
        let read = |rows: &[Row]| History::read(&table(rows, origin)).unwrap();
        prop_assert_eq!(read(&rows).tally().clone(), read(&cut_back(&rows, origin)).tally().clone());
    }

    #[test]
    fn each_cohort_is_what_brute_force_says(rows in rows(), quarterly in any::<bool>(), horizon in horizon()) {
        let every = if quarterly { Every::Quarter } else { Every::Month };
        let Ok(test) = Backtest::of(&table(&rows, AS_OF), &options(every).horizon_days(horizon)) else { return Ok(()) };
        for cohort in &test.cohorts {
            prop_assert_eq!(cohort.origin.plus_days(1), cohort.from);
            prop_assert!(cohort.until.unix_days() + horizon.cast_signed() <= AS_OF);
            let came = entered_in(&rows, cohort.from, cohort.until);
            prop_assert_eq!(cohort.entered, came.len() as u64);
            prop_assert_eq!(cohort.actual, won_within(&came, horizon) as u64);
            check_predictions(&rows, cohort, horizon)?;
        }
    }

    #[test]
    fn what_comes_later_changes_no_prediction(rows in rows(), other in rows()) {
        let Ok(test) = Backtest::of(&table(&rows, AS_OF), &options(Every::Month)) else { return Ok(()) };
        let Some(first) = test.cohorts.first() else { return Ok(()) };
        // Of everything after the cohort's H days nothing may show: neither new leads nor late wins.
        let over = first.until.unix_days() + HORIZON.cast_signed();
        let mut changed = cut_back(&rows, over);
        changed.extend(other.into_iter().filter(|row| row.stages[0] > over && row.stages.len() == rows[0].stages.len()));
        let again = Backtest::of(&table(&changed, AS_OF), &options(Every::Month)).unwrap();
        prop_assert_eq!(&again.cohorts[0], first);
    }
}

/// The predictions from the table cut back by hand to what was known on a day, by the public parts.
fn check_predictions(rows: &[Row], cohort: &TestedCohort, horizon: u32) -> Result<(), TestCaseError> {
    let known_until = cohort.origin.unix_days();
    let leads = cohort.entered as f64;
    let known = cut_back(rows, known_until);
    let rates = Rates::learn(History::read(&table(&known, known_until)).unwrap().tally(), None).unwrap();
    let steps: Vec<_> = rates.posteriors().iter().map(|known| known.unwrap()).collect();
    let way = rates.lags().unwrap().iter().fold(Lag::from_pmf(&[1.0]).unwrap(), |way, lag| way.then(lag));
    let steps: Vec<_> = steps.iter().map(|(mean, ess)| Conversion::estimated(*mean, *ess).unwrap()).collect();
    let customers = ConversionPath::in_time(&steps, way.within(horizon)).unwrap();
    let customers = customers.customers(cohort.entered);
    prop_assert!(near(cohort.in_horizon, way.within(horizon)));
    let own = &cohort.predictions[0];
    prop_assert!(near(own.expected, customers.expected()), "{} {}", own.expected, customers.expected());
    for interval in own.intervals {
        let tail = 0.5 * (1.0 - interval.share);
        let (low, high) = (customers.quantile(tail), customers.quantile(1.0 - tail));
        prop_assert!(interval.low.abs_diff(low) <= 1 && interval.high.abs_diff(high) <= 1);
        prop_assert!(cohort.actual <= interval.low || !interval.holds || cohort.actual <= interval.high);
    }
    let below = 1.0 - customers.probability_of(cohort.actual);
    let within = 1.0 - customers.probability_of(cohort.actual + 1);
    prop_assert!((below - 1e-9..=within + 1e-9).contains(&own.pit));
    prop_assert!(customers.probability_of(own.promised) >= 0.8 - 1e-9);
    prop_assert!(customers.probability_of(own.promised + 1) < 0.8 + 1e-9);
    prop_assert_eq!(own.kept, cohort.actual >= own.promised);
    let rule = |from: i32, until: i32| {
        let known: Vec<&Row> = known.iter().filter(|row| (from..=until).contains(&row.stages[0])).collect();
        (!known.is_empty()).then(|| leads * won_within(&known, horizon) as f64 / known.len() as f64)
    };
    let (year, month, _) = cohort.from.ymd();
    let half_a_year_ago = if month > 6 { (year, month - 6) } else { (year - 1, month + 6) };
    let half_a_year_ago = Day::from_ymd(half_a_year_ago.0, half_a_year_ago.1, 1).unwrap().unix_days();
    // Whole months whose last day lies the horizon before the origin.
    let mature = (START..=known_until - horizon.cast_signed()).rfind(|d| day(d + 1).ymd().2 == 1).unwrap_or(START - 1);
    for (method, oracle) in [
        (Method::AllHistory, rule(START, known_until)),
        (Method::LastTwoQuarters, rule(half_a_year_ago, known_until)),
        (Method::Matured, rule(START, mature)),
    ] {
        let got = expected(cohort, method);
        prop_assert_eq!(got.is_some(), oracle.is_some(), "{:?}", method);
        prop_assert!(got.zip(oracle).is_none_or(|(a, b)| near(a, b)), "{:?}: {:?} {:?}", method, got, oracle);
    }
    Ok(())
}

/// Ten leads a day for two years, every fifth won after 20 days (every tenth in the second year).
fn steady() -> Vec<Row> {
    let row = |lead: i32| {
        let entered = START - 365 + lead / 10;
        let wins = if entered < START { 5 } else { 10 };
        Row { stages: vec![entered, if lead % wins == 0 { entered + 20 } else { DAY_MISSING }], lost: DAY_MISSING }
    };
    (0..7_300).map(row).collect()
}

/// Every win takes 20 days: within 10 nobody can be won, and nobody is predicted.
#[test]
fn a_horizon_that_is_too_short_for_any_win_predicts_none() {
    let test = Backtest::of(&table(&steady(), AS_OF), &options(Every::Month).horizon_days(10));
    for cohort in test.unwrap().cohorts {
        let own = &cohort.predictions[0];
        assert_eq!((cohort.actual, own.promised, own.median), (0, 0, 0));
        assert!(
            own.expected.abs() < 1e-12 && own.intervals.iter().all(|interval| (interval.low, interval.high) == (0, 0))
        );
    }
}

#[test]
fn the_summary_is_that_of_its_cohorts() {
    let test = Backtest::of(&table(&steady(), AS_OF), &options(Every::Month)).unwrap();
    assert_eq!(test.horizon_days, HORIZON);
    for score in &test.summary {
        let made = |cohort: &TestedCohort| cohort.predictions.iter().find(|made| made.method == score.method).cloned();
        let pairs: Vec<_> = test.cohorts.iter().filter_map(|cohort| Some((cohort, made(cohort)?))).collect();
        let share = |holds: &dyn Fn(&backcast::review::Prediction) -> bool| {
            pairs.iter().filter(|(_, made)| holds(made)).count() as f64 / pairs.len() as f64
        };
        assert_eq!(score.cohorts, pairs.len());
        let quarters: BTreeSet<_> =
            pairs.iter().map(|(cohort, _)| (cohort.from.ymd().0, (cohort.from.ymd().1 - 1) / 3)).collect();
        assert_eq!(score.independent, quarters.len());
        let predicted: f64 = pairs.iter().map(|(_, made)| made.expected).sum();
        let actual: u64 = pairs.iter().map(|(cohort, _)| cohort.actual).sum();
        assert!(near(score.bias.unwrap(), predicted / actual as f64));
        for (at, coverage) in score.coverage.iter().enumerate() {
            assert!(near(coverage.observed, share(&|made| made.intervals[at].holds)));
            assert!(coverage.low < coverage.observed || coverage.observed <= 0.0);
            assert!(coverage.observed < coverage.high || coverage.observed >= 1.0);
        }
        assert!(near(score.promises.observed, share(&|made| made.kept)));
        let chart: Vec<_> = test.reliability.iter().filter(|point| point.method == score.method).collect();
        assert_eq!(chart.len(), 19);
        assert!(
            chart.iter().all(|point| near(point.coverage.observed, share(&|made| made.pit <= point.coverage.nominal)))
        );
        assert!(chart.is_sorted_by(|a, b| a.coverage.observed <= b.coverage.observed));
    }
    assert_eq!(test.summary[0].skill, Some(0.0));
}

#[test]
fn neither_order_nor_chunks_nor_segments_change_anything() {
    let rows = steady();
    let test = Backtest::of(&table(&rows, AS_OF), &options(Every::Quarter)).unwrap();
    let mut turned: Vec<Row> = rows.iter().rev().cloned().collect();
    turned.rotate_left(1_234);
    let (first, second) = turned.split_at(3_000);
    let mut chunks = table(first, AS_OF).chunks;
    chunks.extend(table(second, AS_OF).chunks);
    for chunk in &mut chunks {
        let length = match &chunk.stages[0] {
            Days::Read(days) => days.len(),
            Days::InPlace { values, .. } => values.len(),
        };
        chunk.segments = (0..length).map(|row| u32::try_from(row % 2).unwrap()).collect();
    }
    let table = Table {
        dimensions: vec!["channel".to_owned()],
        segments: ["fair", "email"].map(|name| Segment::new([Some(name)])).to_vec(),
        as_of: Some(day(AS_OF)),
        ..Table::new(funnel(2), chunks)
    };
    assert_eq!(Backtest::of(&table, &options(Every::Quarter)).unwrap(), test);
}

#[test]
fn keyed_late_is_known_late() {
    let rows = steady();
    let late = Table { keying_delay_days: 10, ..table(&rows, AS_OF) };
    let test = Backtest::of(&late, &options(Every::Month)).unwrap();
    assert_eq!(test.as_of, day(AS_OF - 10));
    for cohort in &test.cohorts {
        let known = cut_back(&rows, cohort.origin.unix_days() - 10);
        assert_eq!(cohort.known, known.len() as u64);
        assert_eq!(cohort.known_won, known.iter().filter(|row| row.stages[1] != DAY_MISSING).count() as u64);
        assert!(cohort.until.unix_days() + HORIZON.cast_signed() <= AS_OF - 10);
    }
    assert!(test.notes[1].contains("keyed 10 days late"), "{:?}", test.notes);
}

#[test]
fn the_usual_horizon_is_where_nine_in_ten_are_won() {
    // Ten of every hundred leads are won, after 3, 6 … 30 days: nine of the ten within 27.
    let row = |lead: i32| {
        let entered = START + lead / 20;
        let won = if lead % 100 < 10 { entered + 3 * (lead % 100 + 1) } else { DAY_MISSING };
        Row { stages: vec![entered, won], lost: DAY_MISSING }
    };
    let rows: Vec<Row> = (0..6_000).map(row).collect();
    let test = Backtest::of(&table(&rows, AS_OF), &BacktestOptions::default()).unwrap();
    assert_eq!(test.horizon_days, 27);
    assert!(test.notes[0].contains("nine in ten"), "{:?}", test.notes);
    let asked = Backtest::of(&table(&rows, AS_OF), &options(Every::Month)).unwrap();
    assert!(!asked.notes[0].contains("nine in ten"), "{:?}", asked.notes);
    let latest = options(Every::Month).origins(2);
    assert_eq!(Backtest::of(&table(&rows, AS_OF), &latest).unwrap().cohorts, asked.cohorts[asked.cohorts.len() - 2..]);
}

#[test]
fn cohorts_that_came_under_observation_late_are_left_out() {
    let test = Table { observed_from: Some(day(START - 200)), ..table(&steady(), AS_OF) };
    let test = Backtest::of(&test, &options(Every::Month)).unwrap();
    assert!(test.cohorts.iter().all(|cohort| cohort.from > day(START - 200)));
    let said = test.notes.iter().any(|note| note.contains("came under observation only after they had entered"));
    assert!(said, "{:?}", test.notes);
}

#[test]
fn a_history_that_is_too_short_says_how_much_it_takes() {
    let rows: Vec<Row> = steady().into_iter().filter(|row| row.stages[0] < START - 300).collect();
    let refused = Backtest::of(&table(&rows, START - 300), &options(Every::Month)).unwrap_err();
    assert_eq!(refused.kind(), "too_short");
    assert_eq!(
        refused.to_string(),
        "no past cohort can be tested: records from 2022-01-01 to 2022-03-07, customers count within 45 days; no later \
         cohort is that old"
    );
    let refused = Backtest::of(&table(&rows, START - 260), &options(Every::Month)).unwrap_err();
    assert!(refused.to_string().ends_with(
        "1 monthly cohort left out (2022-02): at their origins too few leads had been followed for 45 days to say how \
         many are won by then"
    ), "{refused}");
    assert_eq!("week".parse::<Every>().unwrap_err().kind(), "unknown_every");
    let nothing = vec![Row { stages: vec![START, DAY_MISSING], lost: DAY_MISSING }; 50];
    assert_eq!(
        Backtest::of(&table(&nothing, AS_OF), &BacktestOptions::default()).unwrap_err().kind(),
        "not_identified"
    );
    assert_eq!(Backtest::of(&table(&nothing, START - 1), &options(Every::Month)).unwrap_err().kind(), "no_leads");
}

#[test]
fn progress_is_told_and_can_stop() {
    let mut told = Vec::new();
    let all = Backtest::of_with(&table(&steady(), AS_OF), &options(Every::Quarter), &mut |done, all| {
        told.push((done, all));
        true
    });
    let (all, count) = (all.unwrap(), told.len());
    assert!(told.iter().enumerate().all(|(at, told)| *told == (at, count)));
    let some = Backtest::of_with(&table(&steady(), AS_OF), &options(Every::Quarter), &mut |done, _| done < 4).unwrap();
    assert_eq!(some.cohorts, all.cohorts[..some.cohorts.len()]);
    assert!(some.cohorts.len() < all.cohorts.len());
}

/// Worlds with known truth, one origin each, so that all are independent. The coverage study of the method promises 76 to
/// 87 % for 80 % intervals and 92 to 99 % for 95 %: the bounds are those that 1 in 1,000 such series would leave.
#[test]
fn intervals_hold_as_often_as_they_say() {
    const WORLDS: u64 = 60;
    let world = simulate::World { tau: 0.15, history_days: 540, ..simulate::World::default() };
    let options = options(Every::Quarter).horizon_days(90).origins(1);
    let (mut eighty, mut nearly_all, mut kept, mut naive) = (0, 0, 0, 0);
    for seed in 0..WORLDS {
        let leads = world.history(seed).unwrap().as_of(world.as_of);
        let chunk = Chunk {
            stages: leads.entered.iter().cloned().map(Days::Read).collect(),
            lost: Some(Days::Read(leads.lost.clone())),
            ..Chunk::default()
        };
        let funnel = Funnel::new(["lead", "mql", "sql", "customer"]).unwrap();
        let table = Table { as_of: Some(day(world.as_of)), ..Table::new(funnel, vec![chunk]) };
        let test = Backtest::of(&table, &options).unwrap();
        let [cohort] = test.cohorts.as_slice() else { unreachable!("one origin was asked for") };
        let made = |method: Method| cohort.predictions.iter().find(|made| made.method == method).unwrap();
        let own = made(Method::Backcast);
        eighty += u64::from(own.intervals[1].holds);
        nearly_all += u64::from(own.intervals[2].holds);
        kept += u64::from(own.kept);
        naive += u64::from(made(Method::LastTwoQuarters).intervals[1].holds);
    }
    let likely = |hits: u64, low: f64, high: f64| {
        let at_least = |p: f64| {
            ConversionPath::new(&[Conversion::stated(p.to_string().parse().unwrap()).unwrap()])
                .customers(WORLDS)
                .probability_of(hits)
        };
        let at_most = |p: f64| {
            1.0 - ConversionPath::new(&[Conversion::stated(p.to_string().parse().unwrap()).unwrap()])
                .customers(WORLDS)
                .probability_of(hits + 1)
        };
        at_least(high) > 1e-3 && at_most(low) > 1e-3
    };
    assert!(likely(eighty, 0.76, 0.87), "{eighty} of {WORLDS}");
    assert!(likely(nearly_all, 0.92, 0.99), "{nearly_all} of {WORLDS}");
    assert!(likely(kept, 0.76, 0.92), "{kept} of {WORLDS}");
    assert!(!likely(naive, 0.76, 0.87), "the last two quarters cannot cover: {naive} of {WORLDS}");
}
