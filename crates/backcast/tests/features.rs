//! Conversions from and to other crates, each behind a feature: exact both ways, or a named error.
#![cfg(all(feature = "jiff", feature = "rust_decimal"))]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use backcast::{Day, ErrorKind, Money};
use jiff::civil::{Date, date};
use proptest::prelude::*;
use rust_decimal::Decimal;

#[test]
fn what_has_no_counterpart_is_refused() {
    for early in [date(0, 12, 31), date(-9999, 1, 1)] {
        assert_eq!(Day::try_from(early).unwrap_err().kind(), ErrorKind::NotADay);
    }
    assert_eq!((Date::from(Day::MIN), Date::from(Day::MAX)), (date(1, 1, 1), date(9999, 12, 31)));
    let euro = "EUR".parse().unwrap();
    for (units, kind) in [(Decimal::new(10_005, 3), ErrorKind::TooManyDecimals), (Decimal::MAX, ErrorKind::OutOfRange)]
    {
        assert_eq!(Money::from_decimal(units, euro).unwrap_err().kind(), kind);
    }
}

proptest! {
    #[test]
    fn days_and_money_come_back(day in -719_162..=2_932_896_i32, minor in -100_000_000_000_000_i64..=100_000_000_000_000) {
        let day = Day::from_unix_days(day).unwrap();
        prop_assert_eq!(Date::from(day).to_string(), day.to_string());
        prop_assert_eq!(Day::try_from(Date::from(day)), Ok(day));
        for code in ["EUR", "JPY", "KWD"] {
            let money = Money::from_minor(minor, code.parse().unwrap()).unwrap();
            prop_assert_eq!(Money::from_decimal(Decimal::from(money), money.currency()), Ok(money));
        }
    }
}
