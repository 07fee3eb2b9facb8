//! What is saved is loaded as the same, to the bit; what is newer, something else or damaged is a named error.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

use backcast::history::{AMOUNT_MISSING, Chunk, DAY_MISSING, Days};
use backcast::quantity::{FiscalYear, Month, Period, Quarter, Week};
use backcast::rates::{LearnOptions, Outliers};
use backcast::{
    Conversion, Currency, Day, DealSize, ErrorKind, Funnel, Goal, History, Lag, Money, Rate, Rates, Segment, Table,
};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn again<T: Serialize + DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

/// Rates of `leads` leads in two channels, of whom every third becomes an MQL and every `win`th is won.
fn learned(leads: i32, win: i32, how: LearnOptions, currency: Option<&str>) -> Rates {
    let column = |day: &dyn Fn(i32) -> i32| Days::Read((0..leads).map(day).collect());
    let entered = |lead: i32| lead * 2 / 3;
    let chunk = Chunk {
        stages: vec![
            column(&entered),
            column(&|lead| if lead % 3 == 0 { entered(lead) + lead % 7 } else { DAY_MISSING }),
            column(&|lead| if lead % win == 0 && lead % 3 == 0 { entered(lead) + 9 + lead % 31 } else { DAY_MISSING }),
        ],
        lost: Some(column(&|lead| if lead % 5 == 1 && lead % 3 != 0 { entered(lead) + 20 } else { DAY_MISSING })),
        amounts: Some(
            (0..i64::from(leads))
                .map(|lead| if lead % 11 == 0 { AMOUNT_MISSING } else { 50_000 + lead * lead % 997 * 1_300 })
                .collect(),
        ),
        segments: (0..leads).map(|lead| (lead % 2).unsigned_abs()).collect(),
        ..Chunk::default()
    };
    let table = Table {
        dimensions: vec!["channel".to_owned()],
        segments: ["search", "fair"].map(|name| Segment::new([Some(name)])).to_vec(),
        currency: currency.map(|code| code.parse().unwrap()),
        ..Table::new(Funnel::new(["lead", "mql", "won"]).unwrap(), vec![chunk])
    };
    Rates::learn_with(History::read(&table).unwrap().tally(), &how).unwrap()
}

fn usual() -> Rates {
    learned(900, 6, LearnOptions::default(), Some("EUR"))
}

#[test]
fn rates_are_loaded_as_they_were_saved() {
    let how = LearnOptions::default();
    let stated = || Conversion::stated(Rate::of(1, 3).unwrap()).unwrap();
    let by_hand = Rates::new(
        Funnel::new(["a", "b", "c"]).unwrap(),
        vec![Conversion::estimated(0.1 + 0.2, 1e3 / 7.0).unwrap(), stated()],
    );
    for rates in [
        usual(),
        learned(900, 6, how.outliers(Outliers::Winsorise), None),
        learned(900, 6, how.half_life_quarters(2.0).horizon_days(40), Some("JPY")),
        learned(40, 6, how, None),
        learned(900, 6, how, None).with_deal_size(size("8333.50").with_spread(0.8).unwrap().learned_from(9).unwrap()),
        by_hand.unwrap().known_until("2026-01-31".parse().unwrap()).noting("by hand"),
    ] {
        let text = rates.to_json();
        assert!(text.starts_with(r#"{"format":"backcast-rates","version":1,"funnel":["#), "{text:.80}");
        let loaded = Rates::from_json(&text).unwrap();
        assert_eq!(loaded, rates);
        assert_eq!(loaded.to_json(), text);
        assert_eq!(again(&rates), rates);
    }
    let rates = usual();
    let goal = Goal::revenue("100000 EUR".parse().unwrap()).unwrap().by("1972-03-31".parse().unwrap()).at(0.8).unwrap();
    assert_eq!(goal.plan(&Rates::from_json(&rates.to_json()).unwrap()), goal.plan(&rates));
}

/// The first release's document, kept by hand: every later release must read it.
#[test]
fn version_1_is_read() {
    let text = r#"{"format":"backcast-rates","version":1,"funnel":["lead","mql","won"],
        "rates":[{"converted":20,"entered":1000},{"mean":"0.25","ess":"80"}],
        "deal_size":{"mean":"10000","currency":"EUR","spread":{"log_normal":{"sigma":0.5}},"doubt":0.01},
        "as_of":"2026-01-31","notes":["by hand"],"warnings":[],"table":[],"amounts":null,
        "deal_sizes":{"table":[],"notes":[]},"lags":[{"pmf":[0.5,0.5]},{"pmf":[1.0]}],"losses":[]}"#;
    let rates = Rates::from_json(text).unwrap();
    assert_eq!(rates.posteriors(), [Some((20.5 / 1001.0, 1001.0)), Some((0.25, 80.0))]);
    assert_eq!((rates.lags().unwrap().len(), rates.deal_size().unwrap().to_f64()), (2, 10_000.0));
    let goal = Goal::revenue("100000 EUR".parse().unwrap()).unwrap().at(0.8).unwrap();
    assert!(goal.plan(&rates).unwrap().planned.is_some());
}

#[test]
fn what_is_not_rates_is_named() {
    let good = usual().to_json();
    for (text, kind, given) in [
        ("", ErrorKind::UnknownFormat, "EOF while parsing a value"),
        ("[]", ErrorKind::UnknownFormat, "expected an object"),
        ("{}", ErrorKind::UnknownFormat, "missing field `format`"),
        (r#"{"goal": {}}"#, ErrorKind::UnknownFormat, "missing field `format`"),
        (r#"{"format": "backcast-history", "version": 1}"#, ErrorKind::UnknownFormat, "`backcast-history`"),
        (r#"{"format": "backcast-rates", "version": 2}"#, ErrorKind::UnknownVersion, "2"),
        (r#"{"format": "backcast-rates", "version": 0}"#, ErrorKind::UnknownVersion, "0"),
        (r#"{"format": "backcast-rates", "version": 1}"#, ErrorKind::Damaged, "missing field `funnel`"),
        (&good[..good.len() / 2], ErrorKind::Damaged, "EOF while parsing"),
        (&good.replacen(r#""won""#, r#""lead""#, 1), ErrorKind::Damaged, "the stage `lead` is named twice"),
        (&good.replacen(r#""won""#, r#""won", "paid""#, 1), ErrorKind::Damaged, "2 entries for 3 steps"),
        (
            &good.replacen(r#""method":"kaplan-meier""#, r#""method":"by hand""#, 1),
            ErrorKind::Damaged,
            "`by hand` is none of",
        ),
        (&good.replacen(r#""posterior":["#, r#""posterior":[-"#, 1), ErrorKind::Damaged, "the row of `lead->mql`"),
        (&good.replacen(r#""pmf":[0."#, r#""pmf":[3."#, 1), ErrorKind::Damaged, "a lag cannot have"),
        (&good.replacen(r#""mean":"0."#, r#""mean":"7."#, 1), ErrorKind::Damaged, "leaves no room for doubt"),
    ] {
        let Err(refused) = Rates::from_json(text) else { panic!("{given}") };
        assert_eq!(refused.kind(), kind, "{refused}");
        assert!(refused.given().contains(given), "{given}: {refused}");
    }
}

fn size(mean: &str) -> DealSize {
    DealSize::mean(&mean.into(), "EUR".parse().unwrap()).unwrap()
}

#[test]
fn quantities_are_written_as_people_write_them() {
    let day: Day = "2026-12-31".parse().unwrap();
    let quarter = FiscalYear::starting(10).unwrap().quarter(day);
    let period = Period::new("2026-10-01".parse().unwrap(), day).unwrap();
    for (got, wanted) in [
        (serde_json::to_string(&Month::of(day)), r#""2026-12""#),
        (serde_json::to_string(&Week::of(day)), r#""2026-W53""#),
        (serde_json::to_string(&quarter), r#""FY2027-Q1""#),
        (serde_json::to_string(&period), r#"{"start":"2026-10-01","end":"2026-12-31"}"#),
        (serde_json::to_string(&"1_250_000.50 EUR".parse::<Money>().unwrap()), r#""1250000.5 EUR""#),
        (serde_json::to_string(&"7 %".parse::<Rate>().unwrap()), r#""0.07""#),
        (serde_json::to_string(&Rate::of(1, 3).unwrap()), r#""1/3""#),
        (serde_json::to_string(&Conversion::learned(20, 1000).unwrap()), r#"{"converted":20,"entered":1000}"#),
        (serde_json::to_string(&Conversion::estimated(0.02, 1e3).unwrap()), r#"{"mean":"0.02","ess":"1000"}"#),
        (serde_json::to_string(&Lag::from_pmf(&[0.5, 0.5]).unwrap()), r#"{"pmf":[0.5,0.5]}"#),
        (serde_json::to_string(&size("10000")), r#"{"mean":"10000","currency":"EUR","spread":"alike","doubt":0.0}"#),
    ] {
        assert_eq!(got.unwrap(), wanted);
    }
    assert_eq!(
        (again(&Month::of(day)), again(&Week::of(day)), again(&quarter), again(&period)),
        (Month::of(day), Week::of(day), quarter, period)
    );
}

#[test]
fn periods_that_do_not_exist_are_refused() {
    for (text, kind) in [("2026-13", "not_a_month"), ("2026-1", "not_a_month"), ("23640", "not_a_month")] {
        assert_eq!(text.parse::<Month>().unwrap_err().kind(), kind, "{text}");
    }
    for text in ["2026-W54", "2025-W53", "2026-W00", "2026W01", "26-W01", "0000-W01"] {
        assert_eq!(text.parse::<Week>().unwrap_err().kind(), "not_a_week", "{text}");
    }
    for text in ["2026-Q5", "2026-Q0", "FY26-Q1", "2026-q1", "0000-Q1"] {
        assert_eq!(text.parse::<Quarter>().unwrap_err().kind(), "not_a_quarter", "{text}");
    }
    for document in [r#"{"start":"2026-10-01","end":"2026-10-01"}"#, r#"["2026-10-01","2026-10-02"]"#] {
        let read = serde_json::from_str::<Period>(document);
        assert!(document.starts_with('[') || read.is_err(), "{document}");
    }
}

/// Amounts of one currency add and are ordered; of two, the sum is a named error.
#[test]
fn money_is_added_in_one_currency() {
    let money = |text: &str| text.parse::<Money>().unwrap();
    assert_eq!(money("10.50 EUR") + money("0.50 EUR"), Ok(money("11 EUR")));
    assert_eq!((money("1 EUR") + money("1 USD")).unwrap_err().kind(), ErrorKind::MixedCurrency);
    let largest = money("1000000000000000 EUR");
    assert_eq!((largest + money("0.01 EUR")).unwrap_err().kind(), ErrorKind::OutOfRange);
    let sum = |texts: &[&str]| texts.iter().map(|text| money(text)).sum::<Result<Money, backcast::Error>>();
    assert_eq!(sum(&["1 EUR", "2 EUR", "-0.5 EUR"]), Ok(money("2.50 EUR")));
    assert_eq!(sum(&["1 EUR", "2 JPY"]).unwrap_err().kind(), ErrorKind::MixedCurrency);
    assert_eq!(sum(&[]).unwrap_err().kind(), ErrorKind::NotMoney);
    assert_eq!(Money::sum([], "EUR".parse().unwrap()), Ok(money("0 EUR")));
    let mut amounts = ["2 EUR", "-3 EUR", "10.5 EUR"].map(money);
    amounts.sort();
    assert_eq!(amounts.map(|amount| amount.to_string()), ["-3 EUR", "2 EUR", "10.50 EUR"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// An edited document is loaded as sound rates, or refused by name; it never panics, here or in a plan over it.
    #[test]
    fn an_edited_document_never_panics(
        edits in prop::collection::vec((0..10_000_usize, prop::sample::select(vec!["", "9", "-", "e99", "null", "0", "[", "}", ",", "\"", ".5", "999999999999999999999"]), 0..12_usize), 1..4),
    ) {
        let mut text = usual_json();
        for (place, put, cut) in edits {
            let at = place * text.len() / 10_000;
            let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let end = (at + cut..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(text.len());
            text.replace_range(at..end, put);
        }
        match Rates::from_json(&text) {
            Err(refused) => prop_assert!(
                [ErrorKind::Damaged, ErrorKind::UnknownFormat, ErrorKind::UnknownVersion].contains(&refused.kind()),
                "{refused}"
            ),
            Ok(rates) => {
                prop_assert_eq!(&Rates::from_json(&rates.to_json()).unwrap(), &rates);
                let goal = Goal::revenue("100000 EUR".parse().unwrap()).unwrap().at(0.6).unwrap();
                drop((goal.plan(&rates), rates.ranking(None), rates.delays(true), rates.segment_posteriors()));
            }
        }
    }

    #[test]
    fn money_days_and_rates_come_back(minor in -100_000_000_000_000_i64..=100_000_000_000_000, day in -719_162..=2_932_896_i32, part in 0..=1_000_000_u64, more in 0..1_000_000_u64) {
        for code in ["EUR", "JPY", "KWD"] {
            let money = Money::from_minor(minor, code.parse::<Currency>().unwrap()).unwrap();
            prop_assert_eq!(again(&money), money);
        }
        let day = Day::from_unix_days(day).unwrap();
        prop_assert_eq!((again(&day), again(&Month::of(day)), again(&FiscalYear::default().quarter(day))), (day, Month::of(day), FiscalYear::default().quarter(day)));
        // The week of the last day of a year may lie in year 10000, which has no name.
        if day < Day::MAX + -7 && day > Day::MIN + 7 {
            prop_assert_eq!(again(&Week::of(day)), Week::of(day));
        }
        let rate = Rate::of(part, part + more + 1).unwrap();
        prop_assert_eq!(again(&rate), rate);
    }
}

fn usual_json() -> String {
    use std::sync::OnceLock;
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| learned(240, 3, LearnOptions::default(), Some("EUR")).to_json()).clone()
}
