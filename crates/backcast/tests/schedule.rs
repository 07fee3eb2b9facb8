//! By when: parts that sum to the whole, arrival shapes, on-time shares, last useful days and sub-goals.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

#[path = "oracle/ask.rs"]
mod ask;
#[path = "pinned/iso_weeks.rs"]
mod iso_weeks;
#[path = "oracle/spread.rs"]
mod spread;

use backcast::outlook::ConversionPath;
use backcast::plan::{Arrival, Campaign, DaysOff, Ownership, Schedule, SchedulePart, Scheduling};
use backcast::quantity::{FiscalYear, Month, Period, Week};
use backcast::{Conversion, Day, Funnel, Goal, Lag, Plan, Rate, Rates};
use proptest::prelude::*;
use serde_json::json;
use spread::{convolved, in_time, within};
use std::collections::BTreeMap;

#[test]
fn weeks_are_those_of_iso_8601() {
    let rows: Vec<_> = iso_weeks::ISO_WEEKS.split_whitespace().map(|row| row.split_once('=').unwrap()).collect();
    assert!(rows.len() > 400);
    for (day, week) in rows {
        let of: Day = day.parse().unwrap();
        assert_eq!(Week::of(of).to_string(), week, "{day}");
        let period = Week::of(of).period();
        assert!(period.contains(of) || of == Day::MAX, "{day}");
        assert_eq!(Week::of(period.start()), Week::of(of));
    }
}

/// (fiscal year starts in, day, quarter): the UK government's year starts in April, that of the US in October.
#[test]
fn quarters_of_fiscal_years() {
    for (start, day, quarter) in [
        (1, "2026-01-01", "2026-Q1"),
        (1, "2026-12-31", "2026-Q4"),
        (4, "2026-03-31", "FY2026-Q4"),
        (4, "2026-04-01", "FY2027-Q1"),
        (10, "2026-09-30", "FY2026-Q4"),
        (10, "2026-10-01", "FY2027-Q1"),
        (10, "2027-01-01", "FY2027-Q2"),
        (12, "2026-11-30", "FY2026-Q4"),
        (12, "2027-02-28", "FY2027-Q1"),
    ] {
        assert_eq!(FiscalYear::starting(start).unwrap().quarter(day.parse().unwrap()).to_string(), quarter);
    }
    for month in [0, 13] {
        assert_eq!(FiscalYear::starting(month).unwrap_err().kind(), "fiscal_year_start");
    }
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn days(start: &str, by: &str) -> Period {
    Period::new(day(start), day(by).plus_days(1)).unwrap()
}

fn near(got: &[f64], expected: &[f64]) {
    assert_eq!(got.len(), expected.len());
    for (got, expected) in got.iter().zip(expected) {
        assert!((got - expected).abs() < 1e-12, "{got} for {expected}");
    }
}

#[test]
fn arrival_shapes_by_hand() {
    let none = DaysOff::default();
    let shares = |arrival: Arrival, start: &str, by: &str, off: &DaysOff, planned| {
        arrival.shares(days(start, by), off, planned).unwrap()
    };
    // The area under the line over each day: 1/16, 3/16, 5/16, 7/16.
    near(
        &shares(Arrival::Ramp { from: 0.0, to: 5.0 }, "2026-10-01", "2026-10-04", &none, 1),
        &[0.0625, 0.1875, 0.3125, 0.4375],
    );
    // February weighs 28, March 62: one a day and two a day. Without 1 March the month's weight falls on 30 days.
    let mut months = [1.0; 12];
    (months[1], months[2]) = (28.0, 62.0);
    near(
        &shares(Arrival::Seasonal(months), "2026-02-27", "2026-03-02", &none, 1),
        &[1.0 / 6.0, 1.0 / 6.0, 2.0 / 6.0, 2.0 / 6.0],
    );
    let off = DaysOff::on([day("2026-03-01")]);
    let march = 62.0 / 30.0;
    near(
        &shares(Arrival::Seasonal(months), "2026-02-27", "2026-03-02", &off, 1),
        &[1.0 / (2.0 + march), 1.0 / (2.0 + march), 0.0, march / (2.0 + march)],
    );
    let campaign = |from, to, share: &str| Campaign { from: day(from), to: day(to), share: share.parse().unwrap() };
    let fair = campaign("2026-10-02", "2026-10-02", "40 %");
    let mails = campaign("2026-10-01", "2026-10-03", "0.6");
    near(&shares(Arrival::Campaigns(vec![fair, mails]), "2026-10-01", "2026-10-04", &none, 1), &[0.2, 0.6, 0.2, 0.0]);
    // Ten leads under a cap of seven a week; 2026-10-04 is a Sunday.
    near(&shares(Arrival::Solved { weekly_cap: 7 }, "2026-10-03", "2026-10-06", &none, 10), &[0.4, 0.3, 0.2, 0.1]);
    near(
        &shares(Arrival::Solved { weekly_cap: 7 }, "2026-10-03", "2026-10-06", &DaysOff::default().and_weekends(), 6),
        &[0.0, 0.0, 0.5, 0.5],
    );
}

#[test]
fn impossible_shapes_are_named() {
    let kind = |arrival: Arrival, off: &DaysOff| {
        arrival.shares(days("2026-10-03", "2026-10-04"), off, 10).unwrap_err().kind().code()
    };
    let none = DaysOff::default();
    let campaign = |from, to, share: &str| Campaign { from: day(from), to: day(to), share: share.parse().unwrap() };
    assert_eq!(kind(Arrival::Flat, &none.clone().and_weekends()), "no_open_day");
    assert_eq!(kind(Arrival::Flat, &DaysOff::on([day("2026-10-03"), day("2026-10-04")])), "no_open_day");
    assert_eq!(kind(Arrival::Ramp { from: 0.0, to: 0.0 }, &none), "arrival_weights");
    assert_eq!(kind(Arrival::Ramp { from: -1.0, to: 2.0 }, &none), "arrival_weights");
    assert_eq!(kind(Arrival::Ramp { from: f64::NAN, to: 2.0 }, &none), "arrival_weights");
    let mut november = [0.0; 12];
    november[10] = 1.0;
    assert_eq!(kind(Arrival::Seasonal(november), &none), "arrival_weights");
    let half = campaign("2026-10-03", "2026-10-03", "0.5");
    assert_eq!(kind(Arrival::Campaigns(vec![half]), &none), "shares_sum");
    assert_eq!(kind(Arrival::Campaigns(vec![]), &none), "shares_sum");
    let late = campaign("2026-10-04", "2026-10-05", "1");
    assert_eq!(kind(Arrival::Campaigns(vec![late]), &none), "outside_period");
    let backward = campaign("2026-10-04", "2026-10-03", "1");
    assert_eq!(kind(Arrival::Campaigns(vec![backward]), &none), "outside_period");
    let closed = campaign("2026-10-03", "2026-10-03", "1");
    assert_eq!(kind(Arrival::Campaigns(vec![closed]), &DaysOff::on([day("2026-10-03")])), "no_open_day");
    assert_eq!(kind(Arrival::Solved { weekly_cap: 9 }, &none), "weekly_cap");
}

/// What a random plan is made of.
#[derive(Clone, Debug)]
struct World {
    start: Day,
    length: i32,
    customers: u64,
    rates: Vec<u64>,
    lags: Option<Vec<Vec<f64>>>,
    arrival: Arrival,
    off: DaysOff,
    fiscal_start: u64,
    share: f64,
    sources: Vec<u64>,
}

fn lag() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(0.0..1.0_f64, 0..24).prop_map(|weights| {
        // Some always convert on the day: no random period is too short.
        let weights: Vec<f64> = core::iter::once(0.2).chain(weights).collect();
        let sum: f64 = weights.iter().sum();
        weights.iter().map(|weight| weight / sum).collect()
    })
}

fn arrival(length: i32, start: Day) -> impl Strategy<Value = Arrival> {
    prop_oneof![
        Just(Arrival::Flat),
        (0.0..5.0_f64, 0.1..5.0_f64).prop_map(|(from, to)| Arrival::Ramp { from, to }),
        prop::array::uniform12(0.01..9.0_f64).prop_map(Arrival::Seasonal),
        prop::collection::vec((0..length, 0..length, 1_u64..50), 1..4).prop_map(move |dates| {
            let all: u64 = dates.iter().map(|(_, _, share)| share).sum();
            let campaign = |(a, b, share): &(i32, i32, u64)| Campaign {
                from: start.plus_days(*a.min(b)),
                to: start.plus_days(*a.max(b)),
                share: Rate::of(*share, all).unwrap(),
            };
            Arrival::Campaigns(dates.iter().map(campaign).collect())
        }),
        // For now the number of weeks to fill: the cap follows from the number of leads.
        (1_u64..9).prop_map(|weeks| Arrival::Solved { weekly_cap: weeks }),
    ]
}

fn world() -> impl Strategy<Value = World> {
    let when =
        (10_000..30_000_i32, 1..500_i32).prop_map(|(start, length)| (Day::from_unix_days(start).unwrap(), length));
    (when, 2..=12_usize)
        .prop_flat_map(|((start, length), stages)| {
            let steps = stages - 1;
            (
                (Just(start), Just(length), 1_u64..400, prop::collection::vec(20..=100_u64, steps)),
                prop::option::weighted(0.8, prop::collection::vec(lag(), steps)),
                arrival(length, start),
                (prop::collection::vec(0..length, 0..5), 1_u64..=12, 0.01..=1.0_f64),
                prop::collection::vec(0_u64..30, 0..5),
            )
        })
        .prop_map(|((start, length, customers, rates), lags, arrival, (holidays, fiscal_start, share), sources)| {
            let sources = if sources.iter().sum::<u64>() > 0 { sources } else { Vec::new() };
            // A campaign on a holiday alone is refused, which is not what is looked at here.
            let closes = length > 6 && !matches!(arrival, Arrival::Campaigns(_));
            let off = holidays.into_iter().filter(|_| closes).map(|day| start.plus_days(day));
            let off = DaysOff::on(off);
            let world = World { start, length, customers, rates, lags, arrival, off, fiscal_start, share, sources };
            world.capped()
        })
}

impl World {
    /// A number of weeks to fill becomes the cap that fills them.
    fn capped(mut self) -> Self {
        if let Arrival::Solved { weekly_cap: weeks } = self.arrival {
            let plan = Goal::customers(self.customers).unwrap().plan(&self.rates()).unwrap();
            let leads = plan.departments.goals[0].total.unwrap();
            // Five holidays may close a week that a random period cuts: fewer weeks than it has days suggest are safe.
            let safe = u64::from(self.length.unsigned_abs() / 7).saturating_sub(2).max(1);
            self.arrival = Arrival::Solved { weekly_cap: leads.div_ceil(weeks.min(safe)) };
        }
        self
    }

    fn by(&self) -> Day {
        self.start.plus_days(self.length - 1)
    }

    fn rates(&self) -> Rates {
        let funnel = Funnel::new((0..=self.rates.len()).map(|stage| format!("s{stage}"))).unwrap();
        let stated = |percent: &u64| Conversion::stated(Rate::of(*percent, 100).unwrap()).unwrap();
        let rates = Rates::new(funnel, self.rates.iter().map(stated).collect()).unwrap();
        match &self.lags {
            Some(lags) => rates.with_lags(lags.iter().map(|pmf| Lag::from_pmf(pmf).unwrap()).collect()).unwrap(),
            None => rates,
        }
    }

    fn scheduling(&self) -> Scheduling {
        Scheduling::default()
            .arriving(self.arrival.clone())
            .without(self.off.clone())
            .in_fiscal_year(FiscalYear::starting(self.fiscal_start).unwrap())
            .useful_from(self.share)
            .unwrap()
    }

    fn plan_by(&self, by: Day) -> Plan {
        let all: u64 = self.sources.iter().sum();
        let source = |(i, share): (usize, &u64)| (format!("source {i}"), Rate::of(*share, all).unwrap());
        let ownership = Ownership::default().with_sources(self.sources.iter().enumerate().map(source)).unwrap();
        let goal = Goal::customers(self.customers).unwrap().starting(self.start).by(by);
        goal.scheduled(self.scheduling()).owned(ownership).plan(&self.rates()).unwrap()
    }

    fn plan(&self) -> Plan {
        self.plan_by(self.by())
    }

    /// Per stage the shares of the days, by the oracle's own convolution.
    fn spreads(&self, planned: u64) -> Vec<Vec<f64>> {
        let period = Period::new(self.start, self.by().plus_days(1)).unwrap();
        let mut spreads = vec![self.arrival.shares(period, &self.off, planned).unwrap()];
        for step in 0..self.rates.len() {
            let before = spreads.last().unwrap();
            let next = self.lags.as_ref().map_or(before.clone(), |lags| convolved(before, &lags[step], before.len()));
            spreads.push(next);
        }
        spreads
    }

    /// Per stage the delay to the win.
    fn rest(&self, stage: usize) -> Vec<f64> {
        let lags = self.lags.as_ref().map_or(&[][..], |lags| &lags[stage..]);
        lags.iter().fold(vec![1.0], |rest, lag| convolved(&rest, lag, rest.len() + lag.len()))
    }
}

fn sum(parts: &[SchedulePart], stage: usize) -> u64 {
    parts.iter().map(|part| part.entries[stage]).sum()
}

/// Parts of a finer division, added up by the key of their first day.
fn regrouped<K: Ord>(parts: &[SchedulePart], key: impl Fn(Day) -> K) -> Vec<Vec<u64>> {
    let mut groups: BTreeMap<K, Vec<u64>> = BTreeMap::new();
    for part in parts {
        let group = groups.entry(key(part.start)).or_insert_with(|| vec![0; part.entries.len()]);
        group.iter_mut().zip(&part.entries).for_each(|(sum, count)| *sum += count);
    }
    groups.into_values().collect()
}

fn entries(parts: &[SchedulePart]) -> Vec<Vec<u64>> {
    parts.iter().map(|part| part.entries.clone()).collect()
}

fn tiles(parts: &[SchedulePart], start: Day, by: Day) {
    let mut next = start;
    for part in parts {
        assert_eq!(part.start, next);
        assert!(part.start <= part.by);
        next = part.by.plus_days(1);
    }
    assert_eq!(next, by.plus_days(1));
}

fn schedule(plan: &Plan) -> &Schedule {
    plan.schedule.as_ref().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn parts_sum_to_the_whole(world in world()) {
        let plan = world.plan();
        let found = schedule(&plan);
        for (stage, timing) in found.stages.iter().enumerate() {
            for parts in [&found.cells, &found.weeks, &found.months, &found.quarters] {
                prop_assert_eq!(sum(parts, stage), timing.total);
            }
            prop_assert_eq!(Some(timing.total), plan.departments.goals[stage].total);
            prop_assert_eq!(plan.departments.goals[stage].weeks.iter().sum::<u64>(), timing.total);
            prop_assert_eq!(plan.departments.goals[stage].months.iter().sum::<u64>(), timing.total);
            prop_assert_eq!(plan.departments.goals[stage].quarters.iter().sum::<u64>(), timing.total);
        }
        let year = FiscalYear::starting(world.fiscal_start).unwrap();
        prop_assert_eq!(entries(&found.weeks), regrouped(&found.cells, Week::of));
        prop_assert_eq!(entries(&found.months), regrouped(&found.cells, Month::of));
        prop_assert_eq!(entries(&found.quarters), regrouped(&found.cells, |day| year.quarter(day)));
        prop_assert_eq!(entries(&found.quarters), regrouped(&found.months, |day| year.quarter(day)));
        for parts in [&found.cells, &found.weeks, &found.months, &found.quarters] {
            tiles(parts, world.start, world.by());
        }
        for cell in &found.cells {
            prop_assert_eq!(Week::of(cell.start), Week::of(cell.by));
            prop_assert_eq!(Month::of(cell.start), Month::of(cell.by));
        }
    }

    #[test]
    fn sources_sum_to_every_part(world in world()) {
        let plan = world.plan();
        let found = schedule(&plan);
        prop_assert_eq!(found.sources.len(), world.sources.len());
        for parts in [&found.cells, &found.weeks, &found.months, &found.quarters] {
            for part in parts.iter().filter(|_| !world.sources.is_empty()) {
                for (stage, count) in part.entries.iter().enumerate() {
                    prop_assert_eq!(part.sources.iter().map(|source| source[stage]).sum::<u64>(), *count);
                }
            }
            for (at, source) in plan.departments.sources.iter().enumerate() {
                for (stage, total) in source.entries.iter().enumerate() {
                    prop_assert_eq!(Some(parts.iter().map(|part| part.sources[at][stage]).sum::<u64>()), *total);
                }
            }
        }
        if !plan.departments.sources.is_empty() {
            let shares: f64 = plan.departments.sources.iter().map(|source| source.share).sum();
            prop_assert!((shares - 1.0).abs() < 1e-12);
        }
    }

    /// Each cell is its exact share of the stage's number, rounded down or up, by the oracle's own convolution.
    #[test]
    fn cells_are_shares_of_the_convolution(world in world()) {
        let plan = world.plan();
        let found = schedule(&plan);
        let spreads = world.spreads(found.stages[0].total);
        let rate: f64 = world.rates.iter().map(|percent| *percent as f64 / 100.0).product();
        for (stage, spread) in spreads.iter().enumerate() {
            let all: f64 = spread.iter().sum();
            for cell in &found.cells {
                let first = cell.start.days_since(world.start).unsigned_abs() as usize;
                let last = cell.by.days_since(world.start).unsigned_abs() as usize;
                let share: f64 = spread[first..=last].iter().sum();
                let quota = found.stages[stage].total as f64 * share / all;
                prop_assert!((cell.entries[stage] as f64 - quota).abs() < 1.0 + 1e-6);
                if stage + 1 == spreads.len() {
                    let wins = found.stages[0].total as f64 * rate * share;
                    prop_assert!((cell.expected_wins - wins).abs() < 1e-9 * wins.max(1.0));
                }
            }
        }
    }

    #[test]
    fn on_time_and_too_late_are_sums_over_days(world in world()) {
        let plan = world.plan();
        let found = schedule(&plan);
        let spreads = world.spreads(found.stages[0].total);
        for (stage, timing) in found.stages.iter().enumerate() {
            prop_assert_eq!(timing.too_late.is_some(), world.lags.is_some());
            let Some(too_late) = timing.too_late else { continue };
            let rest = world.rest(stage);
            prop_assert!((1.0 - too_late - in_time(&spreads[stage], &rest)).abs() < 1e-9);
            let on_time = plan.stages[stage].on_time.unwrap();
            prop_assert!((on_time - in_time(&spreads[0], &rest)).abs() < 1e-9);
        }
        let wins: f64 = found.weeks.iter().map(|week| week.expected_wins).sum();
        let rate: f64 = world.rates.iter().map(|percent| *percent as f64 / 100.0).product();
        let expected = found.stages[0].total as f64 * rate * plan.stages[0].on_time.unwrap_or(1.0);
        prop_assert!((wins - expected).abs() < 1e-9 * expected);
    }

    /// The chance is at least the chosen one on the last useful day, and not on the next.
    #[test]
    fn the_last_useful_day_is_the_last(world in world(), later in 1..60_i32) {
        let (plan, moved) = (world.plan(), world.plan_by(world.by().plus_days(later)));
        for (stage, timing) in schedule(&plan).stages.iter().enumerate() {
            let rest = world.rest(stage);
            let chance = |day: Day| within(&rest, world.by().days_since(day));
            match &timing.last_useful_day {
                Some(last) if world.lags.is_some() => {
                    prop_assert!(chance(*last) >= world.share - 1e-9);
                    prop_assert!(chance(last.plus_days(1)) < world.share + 1e-9);
                    let moved = schedule(&moved).stages[stage].last_useful_day.unwrap();
                    prop_assert_eq!(moved.days_since(*last), later);
                }
                Some(_) => prop_assert!(false, "a last useful day without delays"),
                None => prop_assert!(world.lags.is_none() || chance(world.start) < world.share + 1e-9),
            }
        }
        let useful: Option<Vec<_>> = schedule(&plan).stages.iter().map(|stage| stage.last_useful_day).collect();
        prop_assert!(useful.is_none_or(|days| days.is_sorted()));
    }

    /// Later deadlines leave more time to the same arrivals; even ones have more days in front of them as well.
    #[test]
    fn a_later_deadline_never_lowers_the_share_in_time(world in world(), later in 1..60_i32) {
        prop_assume!(matches!(world.arrival, Arrival::Flat | Arrival::Campaigns(_) | Arrival::Solved { .. }));
        let world = World { off: DaysOff::default(), ..world };
        let (plan, moved) = (world.plan(), world.plan_by(world.by().plus_days(later)));
        for (before, after) in plan.stages.iter().zip(&moved.stages) {
            prop_assert!(after.on_time.unwrap_or(1.0) >= before.on_time.unwrap_or(1.0) - 1e-12);
        }
    }

    /// No other filling of the weeks under the cap has more leads won in time.
    #[test]
    fn the_earliest_filling_is_the_best(
        pmf in lag(), length in 1..120_i32, leads in 1_u64..300, extra in 0_u64..40, order in any::<u64>()
    ) {
        let period = Period::new(day("2026-10-01"), day("2026-10-01").plus_days(length)).unwrap();
        let weeks: Vec<Week> = (0..length).map(|e| Week::of(period.start().plus_days(e))).collect();
        let runs: Vec<usize> = weeks.chunk_by(|a, b| a == b).map(<[Week]>::len).collect();
        let cap = leads.div_ceil(runs.len() as u64) + extra;
        let best = Arrival::Solved { weekly_cap: cap }.shares(period, &DaysOff::default(), leads).unwrap();
        let mut other = Vec::new();
        let (mut left, mut seed) = (leads, order);
        for (i, days) in runs.iter().enumerate() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // At least what the weeks after this one cannot take.
            let least = left.saturating_sub(cap * (runs.len() - i - 1) as u64);
            let most = left.min(cap);
            let now = least + (seed >> 33) % (most - least + 1);
            // A day's leads at the same places within the week as the best filling has them.
            let first: usize = runs[..i].iter().sum();
            let even = |day: usize| (now / *days as u64) + u64::from((day as u64) < now % *days as u64);
            other.extend((0..*days).map(|day| even(day) as f64));
            prop_assert_eq!(other.len(), first + days);
            left -= now;
        }
        prop_assert_eq!(left, 0);
        let lag = Lag::from_pmf(&pmf).unwrap();
        prop_assert!(lag.on_time_for(&best) >= lag.on_time_for(&other) - 1e-12);
    }
}

fn slow() -> Rates {
    let steps = ["20 %", "50 %"].map(|rate| Conversion::stated(rate.parse().unwrap()).unwrap());
    let lags = [(10.0, 30.0), (15.0, 45.0)].map(|(median, p90)| Lag::log_normal(median, p90).unwrap());
    let funnel = Funnel::new(["lead", "mql", "customer"]).unwrap();
    Rates::new(funnel, steps.to_vec()).unwrap().with_lags(lags.to_vec()).unwrap()
}

fn solved(weekly_cap: u64) -> Scheduling {
    Scheduling::default().arriving(Arrival::Solved { weekly_cap })
}

fn autumn(confidence: f64) -> Goal {
    Goal::customers(40).unwrap().starting(day("2026-10-01")).by(day("2026-12-31")).at(confidence).unwrap()
}

/// Under a cap the number decides which weeks are filled: it is the smallest that is enough for its own weeks.
#[test]
fn a_solved_number_is_the_smallest_that_is_enough() {
    let rates = slow();
    let period = days("2026-10-01", "2026-12-31");
    let whole_way = rates.lags().unwrap()[0].then(&rates.lags().unwrap()[1]);
    let steps = ["20 %", "50 %"].map(|rate| Conversion::stated(rate.parse().unwrap()).unwrap());
    let reached = |weekly_cap: u64, leads: u64| {
        let shares = Arrival::Solved { weekly_cap }.shares(period, &DaysOff::default(), leads).unwrap();
        ConversionPath::in_time(&steps, whole_way.on_time_for(&shares)).unwrap().customers(leads).probability_of(40)
    };
    let mut before = u64::MAX;
    for weekly_cap in [52, 60, 120, 300, 100_000] {
        let plan = autumn(0.8).scheduled(solved(weekly_cap)).plan(&rates).unwrap();
        let needed = plan.stages[0].needed.unwrap();
        assert!(reached(weekly_cap, needed) >= 0.8, "{weekly_cap}");
        // All smaller numbers, not only the next: more leads must not be the way round a plateau.
        assert!((1..needed).rev().take(25).all(|leads| reached(weekly_cap, leads) < 0.8), "{weekly_cap}");
        assert!(schedule(&plan).weeks.iter().all(|week| week.entries[0] <= weekly_cap));
        assert!(needed <= before, "a looser cap needs more");
        before = needed;
    }
    let tight = autumn(0.8).scheduled(solved(30)).plan(&rates).unwrap_err();
    assert_eq!(tight.kind(), "weekly_cap");
    assert!(tight.given().starts_with("30 a week leave room for 420 of "), "{}", tight.given());
}

/// A cap holds in each week even where a month ends within it.
#[test]
fn a_weekly_cap_holds_where_a_month_ends() {
    for weekly_cap in 1..40 {
        let goal = Goal::customers(weekly_cap * 12).unwrap().starting(day("2026-10-01")).by(day("2026-12-31"));
        let funnel = Funnel::new(["lead", "customer"]).unwrap();
        let rates = Rates::new(funnel, vec![Conversion::stated("100 %".parse().unwrap()).unwrap()]).unwrap();
        let plan = goal.scheduled(solved(weekly_cap)).plan(&rates).unwrap();
        let weeks: Vec<_> = schedule(&plan).weeks.iter().map(|week| week.entries[0]).collect();
        assert_eq!(weeks[..12], vec![weekly_cap; 12]);
        assert_eq!(weeks[12..], [0, 0]);
    }
}

/// Nothing changes to the bit where the even arrival is stated.
#[test]
fn the_stated_even_arrival_is_the_default() {
    let stated = autumn(0.8).scheduled(Scheduling::default()).plan(&slow()).unwrap();
    assert_eq!(stated, autumn(0.8).plan(&slow()).unwrap());
    let whole_way = slow().lags().unwrap()[0].then(&slow().lags().unwrap()[1]);
    assert_eq!(stated.stages[0].on_time.unwrap().to_bits(), whole_way.on_time(92).to_bits());
}

/// An earlier arrival needs no more leads than a later one.
#[test]
fn what_arrives_later_needs_more() {
    let needed = |from, to| {
        let ramp = Scheduling::default().arriving(Arrival::Ramp { from, to });
        autumn(0.8).scheduled(ramp).plan(&slow()).unwrap().stages[0].needed.unwrap()
    };
    let even = autumn(0.8).plan(&slow()).unwrap().stages[0].needed.unwrap();
    assert!(needed(3.0, 1.0) < even && even < needed(1.0, 3.0));
    assert_eq!(needed(2.0, 2.0), even);
}

/// Departments: defaults for every length of funnel, owners by stage, and what one newcomer is worth.
#[test]
fn departments_own_their_stages() {
    for (stages, marketing) in [(2, 1), (3, 2), (4, 2), (5, 3), (12, 6)] {
        let rates = vec![json!({"rate": "50 %"}); stages - 1];
        let plan = ask::plan(&ask::request(&json!({"customers": 3}), &rates));
        let goals = plan["departments"]["goals"].as_array().unwrap();
        let owned = goals.iter().filter(|goal| goal["department"] == "marketing").count();
        assert_eq!((goals.len(), owned), (stages, marketing));
        assert!(goals[..marketing].iter().all(|goal| goal["department"] == "marketing"));
        assert!(goals.iter().all(|goal| goal["worth"].is_null() && goal["weeks"] == json!([])));
    }
    let mut request = ask::request(&json!({"revenue": "1000 EUR"}), &[json!({"rate": "1/4"}), json!({"rate": "1/2"})]);
    request["deal_size"] = json!({"mean": 100, "cv": 0});
    request["owners"] = json!({"s1": "inside sales"});
    request["sources"] = json!({"web": "2/3", "partner": "1/3"});
    let plan = ask::plan(&request);
    let goals = plan["departments"]["goals"].as_array().unwrap();
    let column = |key: &str| goals.iter().map(|goal| goal[key].clone()).collect::<Vec<_>>();
    assert_eq!(column("department"), ["marketing", "inside sales", "sales"]);
    assert_eq!(column("worth"), [12.5, 50.0, 100.0]);
    assert_eq!(column("total"), [80, 20, 10]);
    let sources = plan["departments"]["sources"].as_array().unwrap();
    assert_eq!((&sources[0]["source"], &sources[1]["source"]), (&json!("partner"), &json!("web")));
    assert_eq!((&sources[0]["entries"], &sources[1]["entries"]), (&json!([27, 7, 3]), &json!([53, 13, 7])));
    let revenue: f64 = sources.iter().map(|source| source["revenue"].as_f64().unwrap()).sum();
    assert!((revenue - 1000.0).abs() < 1e-9);
    let said = plan["explain"].to_string();
    assert!(said.contains("departments: marketing owns “s0”, inside sales owns “s1”, sales owns “s2”"), "{said}");
}

/// A newcomer's worth counts the deadline.
#[test]
fn a_newcomer_who_is_late_is_worth_less() {
    let funnel = Funnel::new(["lead", "customer"]).unwrap();
    let rates = Rates::new(funnel, vec![Conversion::learned(20, 1000).unwrap()]).unwrap();
    let size = backcast::DealSize::mean(&"10000".into(), "USD".parse().unwrap()).unwrap();
    let rates = rates.with_deal_size(size).with_lags(vec![Lag::log_normal(20.0, 90.0).unwrap()]).unwrap();
    let plan = autumn(0.8).plan(&rates).unwrap();
    let expected = 20.5 / 1001.0 * plan.stages[0].on_time.unwrap() * 10_000.0;
    assert!((plan.departments.goals[0].worth.unwrap() - expected).abs() < 1e-9);
    assert!(expected < 200.0);
}

#[test]
fn a_schedule_needs_both_days() {
    let rates = slow();
    let goal = || Goal::customers(40).unwrap();
    assert_eq!(goal().plan(&rates).unwrap().schedule, None);
    let long = goal().starting(day("2026-01-01")).by(day("2046-12-31"));
    assert_eq!(long.plan(&rates).unwrap().schedule, None);
    for (goal, given) in [
        (goal(), "`goal.start` and `goal.by`"),
        (goal().starting(day("2026-01-01")), "`goal.by`"),
        (goal().by(day("2026-01-01")), "`goal.start`"),
        (long, "a shorter period than from 2026-01-01 to 2046-12-31"),
    ] {
        let refused = goal.scheduled(Scheduling::default()).plan(&rates).unwrap_err();
        assert_eq!((refused.kind().code(), refused.given()), ("schedule_period", given));
    }
}

/// Without delays all stages are spread alike, and the plan says so.
#[test]
fn without_delays_all_stages_are_spread_alike() {
    let funnel = Funnel::new(["lead", "mql", "customer"]).unwrap();
    let whole = || Conversion::stated("100 %".parse().unwrap()).unwrap();
    let plan = autumn(0.8).plan(&Rates::new(funnel, vec![whole(), whole()]).unwrap()).unwrap();
    for week in &schedule(&plan).weeks {
        assert_eq!(week.entries[0], week.entries[1]);
        assert_eq!(week.entries[0], week.entries[2]);
    }
    assert!(schedule(&plan).stages.iter().all(|stage| stage.too_late.is_none() && stage.last_useful_day.is_none()));
    assert!(plan.explain.iter().any(|line| line.contains("no delays between the stages were given, so all stages")));
    assert!(!plan.deadline_used);
}
