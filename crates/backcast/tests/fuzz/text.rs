//! Readers of text: money, currencies, rates, days, numbers, amounts and dates in columns.

use backcast::history::{AmountColumn, Amounts, DateColumn, DateOrder, DecimalMark, is_nothing};
use backcast::quantity::Number;
use backcast::{Currency, Day, Money, Rate};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseResult;

/// What numbers, days and amounts are written with, and what surprises their readers.
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "0", "1", "12", "2026", "999999999999999999999", "007", ".", ",", "'", "_", " ", "\u{a0}", "\u{202f}", "-", "+", "(",
    ")", "/", ":", "T", "Z", "e", "E", "e9", "e-99999999999", "%", "€", "$", "zł", "EUR", "USD", "JPY", "XXX", "-0",
    "Mon", "Sep", "février", "٣", "１２", "NULL", "n/a", "nan", "inf", "\u{0}", "ß", "\u{feff}", "am", "PM", "+02:00",
    "12:30",
];

/// Texts as people write numbers and days, well or badly, and any text.
pub(crate) fn texts() -> impl Strategy<Value = Vec<String>> {
    let built = prop::collection::vec(select(PIECES), 0..9).prop_map(|parts| parts.concat());
    let plausible = prop_oneof![
        (any::<i32>(), 0_u32..100, 0_u32..100).prop_map(|(y, m, d)| format!("{y}-{m:02}-{d:02}")),
        (0_u32..32, 0_u32..14, 0_u32..3000).prop_map(|(d, m, y)| format!("{d}.{m}.{y}")),
        (any::<i64>(), 0_u32..1000).prop_map(|(whole, part)| format!("{whole}.{part} EUR")),
        any::<f64>().prop_map(|value| value.to_string()),
        any::<f64>().prop_map(|value| format!("{value:e} %")),
    ];
    let one = prop_oneof![3 => built, 2 => plausible, 1 => ".{0,40}", 1 => "[0-9.,eE+-]{0,400}"];
    prop::collection::vec(one, 1..6)
}

/// What is read is written so that it is read again.
pub(crate) fn read(texts: &Vec<String>) -> TestCaseResult {
    for text in texts {
        single(text)?;
    }
    dates(texts)?;
    amounts(texts);
    Ok(())
}

fn single(text: &str) -> TestCaseResult {
    if let Ok(money) = text.parse::<Money>() {
        let written = serde_json::to_string(&money).unwrap();
        prop_assert_eq!(serde_json::from_str::<Money>(&written).ok(), Some(money), "{}", written);
    }
    if let Ok(currency) = text.parse::<Currency>() {
        prop_assert_eq!(currency.to_string().parse::<Currency>().ok(), Some(currency));
    }
    if let Ok(day) = text.parse::<Day>() {
        prop_assert_eq!(day.to_string().parse::<Day>().ok(), Some(day), "{}", day);
    }
    if let Ok(rate) = text.parse::<Rate>() {
        let share = rate.to_f64();
        prop_assert!((0.0..=1.0).contains(&share), "{}", share);
    }
    for currency in ["EUR", "JPY", "KWD"] {
        let currency: Currency = currency.parse().unwrap();
        if let Ok(money) = Money::parse_in(text, currency) {
            prop_assert_eq!(money.currency(), currency);
        }
        let _ = Amounts::of(Some(currency)).text(text);
    }
    for json in [text.to_owned(), serde_json::to_string(text).unwrap()] {
        if let Ok(number) = serde_json::from_str::<Number>(&json) {
            let written = serde_json::to_string(&number).unwrap();
            prop_assert_eq!(serde_json::from_str::<Number>(&written).ok(), Some(number), "{}", written);
        }
    }
    let _ = is_nothing(text);
    Ok(())
}

/// Every value is a day, nothing, or counted as unreadable, in each order.
fn dates(texts: &[String]) -> TestCaseResult {
    for stated in [None, Some(DateOrder::DayFirst), Some(DateOrder::MonthFirst), Some(DateOrder::YearFirst)] {
        let mut column = DateColumn::new("day", stated);
        for text in texts {
            column.look_at(text);
        }
        let Ok(order) = column.order() else { continue };
        for text in texts {
            let alone = DateColumn::read(text, order);
            prop_assert!(is_nothing(text) || column.day(text, order).ok().flatten() == alone, "{:?}", text);
        }
    }
    Ok(())
}

fn amounts(texts: &[String]) {
    for stated in [None, Some(DecimalMark::Comma), Some(DecimalMark::Point)] {
        let mut column = AmountColumn::new("value", stated);
        for text in texts {
            column.look_at(text);
        }
        let (Ok(mark), Ok(currency)) = (column.decimal_mark(), column.currency(None)) else { continue };
        for text in texts {
            let _ = column.amount(text, mark, Amounts::of(currency));
        }
    }
}
