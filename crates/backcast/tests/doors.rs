//! Two doors, one rule: what the typed API plans and refuses, a request plans and refuses, and nothing is clamped in silence.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use backcast::history::{Chunk, Days};
use backcast::outlook::ConversionPath;
use backcast::{
    Answer, Channel, Channels, Conversion, Day, DealSize, ErrorKind, Funnel, Goal, History, Lag, Money, Rates, Request,
    Table, answer_json,
};
use proptest::prelude::*;

/// 400 leads over 200 days, of whom every fifth is won after 9 days; each win has an amount, one is nought.
fn learned() -> Rates {
    let entered: Vec<i32> = (0..400).map(|lead| lead / 2).collect();
    let won = (0..400).map(|lead| if lead % 5 == 0 { lead / 2 + 9 } else { i32::MIN }).collect();
    let amounts = (0..400).map(|lead| if lead == 50 { 0 } else { 100_000 + 700 * lead }).collect();
    let chunk =
        Chunk { stages: vec![Days::Read(entered), Days::Read(won)], amounts: Some(amounts), ..Chunk::default() };
    let table = Table::new(Funnel::new(["lead", "customer"]).unwrap(), vec![chunk]);
    Rates::learn(History::read(&table).unwrap().tally(), None).unwrap()
}

/// The plan of a request over known rates.
fn asked(request: &str, known: &Rates) -> serde_json::Value {
    let request: Request = serde_json::from_str(request).unwrap();
    serde_json::to_value(backcast::answer::answer_with(&request, known)).unwrap()
}

#[test]
fn both_doors_plan_alike() {
    let rates = learned();
    assert!(rates.deal_size().is_none());
    let by: Day = "1970-12-31".parse().unwrap();
    let money = || Goal::revenue("200000 EUR".parse::<Money>().unwrap()).unwrap();
    for (goal, request) in [
        (money(), r#"{"goal": {"revenue": "200000 EUR"}}"#),
        (money().at(0.8).unwrap(), r#"{"goal": {"revenue": "200000 EUR", "confidence": 0.8}}"#),
        (
            money().by(by).at(0.8).unwrap(),
            r#"{"goal": {"revenue": "200000 EUR", "by": "1970-12-31", "confidence": 0.8}}"#,
        ),
        (
            Goal::customers(20).unwrap().by(by).at(0.6).unwrap(),
            r#"{"goal": {"customers": 20, "by": "1970-12-31", "confidence": 0.6}}"#,
        ),
    ] {
        let plan = serde_json::to_value(Answer::Plan(Box::new(goal.plan(&rates).unwrap()))).unwrap();
        assert_eq!(plan, asked(request, &rates), "{request}");
    }
    let plan = money().plan(&rates).unwrap();
    assert!(plan.warnings.iter().any(|line| line.contains("an amount of 0")), "{:?}", plan.warnings);
}

#[test]
fn a_list_is_no_object_at_either_door() {
    for list in [
        r#"[{"customers": 5}, ["lead", "customer"], [{"rate": "2 %"}]]"#,
        r#"{"goal": [null, 5], "funnel": ["lead", "customer"], "rates": [{"rate": "2 %"}]}"#,
        r#"{"goal": {"customers": 5}, "funnel": ["lead", "customer"], "rates": [["2 %"]]}"#,
        r#"{"goal": {"customers": 5}, "funnel": ["lead", "customer"], "rates": [{"rate": "2 %"}], "deal_size": ["10"]}"#,
        r#"{"goal": {"customers": 5}, "funnel": ["lead", "customer"], "rates": [{"rate": "2 %"}], "lags": [[[1]]]}"#,
        r#"{"goal": {"customers": 5}, "funnel": ["lead", "customer"], "channels": [["a", [{"rate": "2 %"}]]]}"#,
    ] {
        let typed = serde_json::from_str::<Request>(list).unwrap_err().to_string();
        assert!(typed.contains("expected an object"), "{typed}");
        assert!(answer_json(list).contains("a list, expected an object"), "{}", answer_json(list));
    }
}

#[test]
fn nothing_is_clamped_in_silence() {
    let code = |refused: backcast::Error| refused.kind();
    let mut long = vec![0.0; 3_655];
    long[3_654] = 1.0;
    let refused = Lag::from_pmf(&long).unwrap_err();
    assert_eq!((code(refused.clone()), refused.given()), (ErrorKind::LagPmf, "a delay of 3,654 days"));
    (long[3_653], long[3_654]) = (1.0, 0.0);
    assert_eq!(Lag::from_pmf(&long).unwrap().quantile(1.0), 3_653);
    let half = || vec![Conversion::learned(1, 2).unwrap()];
    for share in [5.0, -0.1, f64::NAN, f64::INFINITY] {
        let channels = Channels::new(vec![Channel::new("a", half(), 1.0).unwrap()]).unwrap();
        assert_eq!(code(channels.sharing(share).unwrap_err()), ErrorKind::ShareOutOfRange, "{share}");
        assert_eq!(code(ConversionPath::in_time(&half(), share).unwrap_err()), ErrorKind::ShareOutOfRange, "{share}");
    }
    let size = DealSize::mean(&"10000".into(), "EUR".parse().unwrap()).unwrap().with_spread(0.8).unwrap();
    for few in [0, 1] {
        assert_eq!(code(size.clone().learned_from(few).unwrap_err()), ErrorKind::FewDeals);
    }
    assert!(size.learned_from(2).is_ok());
}

/// What is allowed is said in the words of the door.
#[test]
fn each_door_speaks_its_own_words() {
    let rates = Rates::new(Funnel::new(["lead", "won"]).unwrap(), vec![Conversion::learned(1, 2).unwrap()]).unwrap();
    let refused = Goal::revenue("10 EUR".parse().unwrap()).unwrap().plan(&rates).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::DealSizeMissing);
    assert!(refused.allowed().starts_with("`Rates::with_deal_size`"));
    assert!(refused.allowed_in_request().starts_with("`deal_size`"));
    let answer = answer_json(
        r#"{"goal": {"revenue": "10 EUR"}, "funnel": ["lead", "won"], "rates": [{"converted": 1, "entered": 2}]}"#,
    );
    assert!(answer.contains(r#""allowed":"`deal_size`, such as"#), "{answer}");
}

#[test]
fn errors_answer_questions() {
    assert!("5".parse::<backcast::Rate>().unwrap_err().is_ambiguous());
    let rates = learned();
    let late = Goal::customers(5).unwrap().by("1970-01-05".parse().unwrap()).plan(&rates).unwrap_err();
    assert!(late.is_too_late() && !late.is_ambiguous() && !late.is_short_of_records());
}

proptest! {
    /// A request that is read is written as the same request.
    #[test]
    fn requests_are_read_as_they_are_written(customers in 1..10_000_u64, converted in 1..50_u64, more in 0..500_u64) {
        let entered = converted + more;
        let text = format!(
            r#"{{"goal":{{"customers":{customers}.0}},"funnel":["a","b"],"rates":[{{"converted":{converted}.0,"entered":{entered}.0}}]}}"#
        );
        let request: Request = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(serde_json::to_string(&request).unwrap(), text);
    }
}
