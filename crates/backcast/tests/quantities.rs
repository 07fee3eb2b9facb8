//! Quantities: days against a calendar counted day by day, money in every currency, rates in every spelling.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use backcast::quantity::{Month, Number, Period};
use backcast::{Currency, Day, Money, Rate};
use proptest::prelude::*;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn is_leap(year: i32) -> bool {
    if year % 100 == 0 { year % 400 == 0 } else { year % 4 == 0 }
}

fn month_lengths(year: i32) -> [u32; 12] {
    [31, if is_leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
}

/// The oracle walks: one day after the other, from 0001-01-01 (719,162 days before 1970) to 3000-12-31.
#[test]
fn every_day_of_three_thousand_years() {
    let mut count = -719_162;
    for year in 1..=3000 {
        for (month, length) in (1..).zip(month_lengths(year)) {
            for of_month in 1..=length {
                let day = Day::from_ymd(year, month, of_month).unwrap();
                assert_eq!((day.unix_days(), day.ymd()), (count, (year, month, of_month)));
                assert_eq!(Day::from_unix_days(count), Ok(day));
                count += 1;
            }
            assert!(Day::from_ymd(year, month, length + 1).is_err());
        }
    }
    assert_eq!(day("1970-01-01").unix_days(), 0);
}

#[test]
fn the_calendar_ends_where_it_says() {
    assert_eq!((Day::MIN, Day::MAX), (day("0001-01-01"), day("9999-12-31")));
    let days: i32 = (1..=9999).map(|year| if is_leap(year) { 366 } else { 365 }).sum();
    assert_eq!(Day::MAX.days_since(Day::MIN), days - 1);
    assert_eq!((Day::MAX.plus_days(1), Day::MIN.plus_days(-1)), (Day::MAX, Day::MIN));
    assert_eq!((Day::MAX.plus_days(i32::MAX), Day::MIN.plus_days(i32::MIN)), (Day::MAX, Day::MIN));
    for days in [Day::MIN.unix_days() - 1, Day::MAX.unix_days() + 1, i32::MIN, i32::MAX] {
        assert_eq!(Day::from_unix_days(days).unwrap_err().kind(), "not_a_day");
    }
    for (year, month, of_month) in
        [(0, 1, 1), (10_000, 1, 1), (2026, 0, 1), (2026, 13, 1), (2026, 1, 0), (i32::MIN, 1, 1), (2026, u32::MAX, 1)]
    {
        assert_eq!(Day::from_ymd(year, month, of_month).unwrap_err().kind(), "not_a_day");
    }
}

#[test]
fn days_are_read_as_iso_8601_and_nothing_else() {
    assert_eq!(day(" 2028-02-29 "), Day::from_ymd(2028, 2, 29).unwrap());
    for text in [
        "2026-02-29",
        "1900-02-29",
        "2026-04-31",
        "2026-00-10",
        "2026-13-01",
        "2026-1-1",
        "26-01-01",
        "20260101",
        "01-02-2018",
        "2026/01/01",
        "2026-01-01T00:00",
        "0000-01-01",
        "-2026-01-01",
        "+2026-1-01",
        "2026-01-1 ",
        "２０２６-01-01",
        "",
    ] {
        assert_eq!(text.parse::<Day>().unwrap_err().kind(), "not_a_day", "{text}");
    }
    assert_eq!(serde_json::to_string(&day("2026-12-31")).unwrap(), r#""2026-12-31""#);
    assert_eq!(serde_json::from_str::<Day>(r#""2026-12-31""#).unwrap(), day("2026-12-31"));
    assert!(serde_json::from_str::<Day>(r#""2026-02-31""#).is_err());
}

#[test]
fn every_month_is_as_long_as_the_calendar_says() {
    for year in [1, 4, 100, 400, 1900, 1999, 2000, 2024, 2026, 2100, 9998] {
        for (month, length) in (1..).zip(month_lengths(year)) {
            let first = Day::from_ymd(year, month, 1).unwrap();
            let period = Month::of(first.plus_days(13)).period();
            assert_eq!((period.start(), period.days()), (first, i32::try_from(length).unwrap()));
            assert_eq!(Month::of(period.start()), Month::of(period.end().plus_days(-1)));
            assert!(Month::of(first) < Month::of(period.end()));
        }
    }
    assert_eq!(Month::of(day("2026-02-14")).to_string(), "2026-02");
    assert_eq!(Month::of(Day::MIN).period().start(), Day::MIN);
}

/// The last month there is: its end lies beyond the calendar, but all its days are in it.
#[test]
fn the_last_month_is_whole() {
    let december = Month::of(Day::MAX).period();
    assert_eq!(december.start(), day("9999-12-01"));
    assert!(december.days() >= 30);
}

#[test]
fn a_period_is_half_open_and_never_empty() {
    let period = Period::new(day("2026-10-01"), day("2027-01-01")).unwrap();
    assert_eq!((period.start(), period.end(), period.days()), (day("2026-10-01"), day("2027-01-01"), 92));
    for (at, inside) in [("2026-09-30", false), ("2026-10-01", true), ("2026-12-31", true), ("2027-01-01", false)] {
        assert_eq!(period.contains(day(at)), inside, "{at}");
    }
    assert_eq!(Period::new(day("2026-01-01"), day("2026-01-02")).unwrap().days(), 1);
    for end in ["2026-01-01", "2025-12-31"] {
        assert_eq!(Period::new(day("2026-01-01"), day(end)).unwrap_err().kind(), "deadline_before_start");
    }
}

/// ISO 4217, list one (2024): the codes whose minor unit is not 2. Metals, funds and tests have none.
const DECIMALS: [(u32, &str); 4] = [
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
    (0, "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX"),
];

#[test]
fn every_currency_has_the_decimals_of_iso_4217() {
    let letters = 'A'..='Z';
    let mut known = 0;
    for code in
        letters.clone().flat_map(|a| letters.clone().flat_map(move |b| ('A'..='Z').map(move |c| format!("{a}{b}{c}"))))
    {
        let listed = DECIMALS.iter().find(|(_, codes)| codes.split(' ').any(|listed| listed == code));
        if let Ok(currency) = code.parse::<Currency>() {
            known += 1;
            assert_eq!(currency.decimals(), listed.map_or(2, |(decimals, _)| *decimals), "{code}");
            assert_eq!((currency.code(), currency.to_string()), (code.as_str(), code.clone()));
        }
    }
    assert!(known >= 160, "{known} currencies");
    for code in "EUR USD GBP CHF PLN UAH CNY INR BRL JPY KWD TND ISK KRW CLF".split(' ') {
        assert!(code.parse::<Currency>().is_ok(), "{code}");
    }
    for code in ["", "eur", "EU", "EURO", " EUR", "€", "123", "ABC"] {
        assert_eq!(code.parse::<Currency>().unwrap_err().kind(), "unknown_currency", "{code}");
    }
}

#[test]
fn money_is_read_to_the_last_minor_unit() {
    for (text, minor, shown) in [
        ("1 EUR", 100, "1 EUR"),
        ("1250000 EUR", 125_000_000, "1,250,000 EUR"),
        ("1_250_000 EUR", 125_000_000, "1,250,000 EUR"),
        ("1,250,000 EUR", 125_000_000, "1,250,000 EUR"),
        ("1 250 000 EUR", 125_000_000, "1,250,000 EUR"),
        ("1\u{a0}250\u{202f}000 EUR", 125_000_000, "1,250,000 EUR"),
        ("10.5 EUR", 1_050, "10.50 EUR"),
        (".05 EUR", 5, "0.05 EUR"),
        ("-10.50 EUR", -1_050, "-10.50 EUR"),
        ("\u{2212}10.50 EUR", -1_050, "-10.50 EUR"),
        ("+7 USD", 700, "7 USD"),
        ("1e3 EUR", 100_000, "1,000 EUR"),
        ("1250000EUR", 125_000_000, "1,250,000 EUR"),
        ("1500 JPY", 1_500, "1,500 JPY"),
        ("1.250 KWD", 1_250, "1.250 KWD"),
        ("0 EUR", 0, "0 EUR"),
        ("1000000000000000 EUR", 100_000_000_000_000_000, "1,000,000,000,000,000 EUR"),
        ("-1000000000000000 KWD", -1_000_000_000_000_000_000, "-1,000,000,000,000,000 KWD"),
    ] {
        let money: Money = text.parse().unwrap();
        assert_eq!((money.minor_units(), money.to_string().as_str()), (minor, shown), "{text}");
        assert_eq!(Money::from_minor(minor, money.currency()), Ok(money));
    }
}

#[test]
fn money_that_could_mean_two_things_is_refused() {
    for (text, kind) in [
        ("1.000 EUR", "too_many_decimals"),
        ("1.000.000 EUR", "not_money"),
        ("1,000 EUR", "not_money"),
        ("1__000 EUR", "not_money"),
        ("_1 EUR", "not_money"),
        ("1_ EUR", "not_money"),
        ("1.5 JPY", "too_many_decimals"),
        ("1.0 JPY", "too_many_decimals"),
        ("1.2345 KWD", "too_many_decimals"),
        ("1e-3 EUR", "too_many_decimals"),
        ("100", "no_currency"),
        ("", "not_money"),
        ("EUR", "not_money"),
        ("EUR 5", "not_money"),
        ("5 EUR USD", "not_money"),
        ("1 2 3 USD", "not_money"),
        ("12 50 USD", "not_money"),
        ("1,000 EUR", "not_money"),
        ("5 euro", "unknown_currency"),
        ("1000000000000000.01 EUR", "out_of_range"),
        ("-1000000000000001 EUR", "out_of_range"),
        ("1e30 EUR", "out_of_range"),
        ("1e999 EUR", "not_money"),
        ("NaN EUR", "not_money"),
        ("٣ EUR", "not_money"),
    ] {
        assert_eq!(text.parse::<Money>().unwrap_err().kind(), kind, "{text}");
    }
    let euro: Currency = "EUR".parse().unwrap();
    assert!(Money::from_minor(100_000_000_000_000_000, euro).is_ok());
    for minor in [100_000_000_000_000_001, i64::MAX, i64::MIN] {
        assert_eq!(Money::from_minor(minor, euro).unwrap_err().kind(), "out_of_range");
    }
    assert!(Money::parse_in("8_333.50", euro).is_ok_and(|money| money.minor_units() == 833_350));
    assert_eq!(Money::parse_in("1.000", euro).unwrap_err().kind(), "too_many_decimals");
}

#[test]
fn one_rate_has_many_spellings() {
    let seven: Rate = "0.07".parse().unwrap();
    for text in [
        "7 %",
        "7%",
        " 7.000 % ",
        ".07",
        "0.070",
        "7 of 100",
        "14 of 200",
        "7/100",
        "7 / 100",
        "7e-2",
        "0.7e-1",
        "+0.07",
        "0.0_7",
    ] {
        assert_eq!(text.parse(), Ok(seven.clone()), "{text}");
    }
    assert_eq!(Rate::of(7, 100), Ok(seven.clone()));
    assert_eq!(seven.to_f64().to_bits(), 0.07_f64.to_bits());
    for (text, shown) in [
        ("1", "100 %"),
        ("0", "0 %"),
        ("0.025", "2.5 %"),
        ("1 of 3", "33.333333333333 %"),
        ("0.000000000001", "0.0000000001 %"),
        ("100 %", "100 %"),
    ] {
        assert_eq!(text.parse::<Rate>().unwrap().to_string(), shown, "{text}");
    }
    assert!("0".parse::<Rate>().unwrap().is_zero() && !seven.is_zero());
    assert!(seven < "7.0000000001 %".parse().unwrap());
    for (text, kind) in [
        ("5", "ambiguous_rate"),
        ("1.0000001", "ambiguous_rate"),
        ("100", "ambiguous_rate"),
        ("100.1", "rate_out_of_range"),
        ("120 %", "rate_out_of_range"),
        ("-0.1", "rate_out_of_range"),
        ("8 of 7", "rate_out_of_range"),
        ("0 of 0", "zero_entered"),
        ("", "not_a_rate"),
        ("%", "not_a_rate"),
        ("7 %%", "not_a_rate"),
        ("7 of", "not_a_rate"),
        ("7 of 100 %", "not_a_rate"),
        ("-7 of 100", "not_a_rate"),
        ("7.5 of 100", "not_a_rate"),
        ("1/2/3", "not_a_rate"),
        ("0,07", "not_a_rate"),
        ("NaN", "not_a_rate"),
        ("18446744073709551616 of 18446744073709551617", "not_a_rate"),
    ] {
        assert_eq!(text.parse::<Rate>().unwrap_err().kind(), kind, "{text}");
    }
}

#[test]
fn a_number_is_kept_as_it_was_stated() {
    let read = |json: &str| serde_json::from_str::<Number>(json);
    for (json, shown, numeric) in [
        ("0.1", "0.1", true),
        ("1e3", "1000", true),
        ("\"1_000.50\"", "1_000.50", false),
        ("7", "7", true),
        ("-3", "-3", true),
    ] {
        let number = read(json).unwrap();
        assert_eq!((number.to_string().as_str(), number.is_numeric()), (shown, numeric), "{json}");
        assert_eq!(read(&serde_json::to_string(&number).unwrap()).unwrap(), number, "{json}");
    }
    assert!(["true", "null", "[]", "{}"].iter().all(|json| read(json).is_err()));
    // All languages read a JSON number as a double.
    assert_eq!(read("9007199254740993").unwrap(), read("9007199254740992").unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn days_round_trip(a in Day::MIN.unix_days()..=Day::MAX.unix_days(), b in Day::MIN.unix_days()..=Day::MAX.unix_days()) {
        let (first, second) = (Day::from_unix_days(a).unwrap(), Day::from_unix_days(b).unwrap());
        prop_assert_eq!(first.to_string().parse::<Day>(), Ok(first));
        prop_assert_eq!((second.days_since(first), first.plus_days(b - a)), (b - a, second));
        // The order of days is the order of their texts.
        prop_assert_eq!(first.cmp(&second), first.to_string().cmp(&second.to_string()));
        prop_assert_eq!(Month::of(first).to_string(), &first.to_string()[..7]);
    }

    #[test]
    fn money_round_trips(minor in -100_000_000_000_000_i64..=100_000_000_000_000, code in prop::sample::select(vec!["EUR", "JPY", "KWD", "CLF"])) {
        let money = Money::from_minor(minor, code.parse().unwrap()).unwrap();
        // Several commas group beyond doubt; one alone may stand for a decimal point, so whoever types it is asked.
        prop_assert_eq!(money.to_string().replace(',', "_").parse::<Money>(), Ok(money));
        let shown = money.to_string();
        prop_assert_eq!(shown.parse::<Money>().ok(), (shown.matches(',').count() != 1).then_some(money));
        let power = 10_i64.pow(money.currency().decimals());
        let expected = format!("{}{}.{:0>4}", if minor < 0 { "-" } else { "" }, (minor / power).abs(), (minor % power).abs() * (10_000 / power));
        prop_assert_eq!(money.to_f64().to_bits(), (expected.parse::<f64>().unwrap() + 0.0).to_bits());
    }

    #[test]
    fn rates_round_trip(places in 0_u32..=14, share in 0.0_f64..=1.0) {
        let whole = 10_u64.pow(places);
        let part = format!("{:.0}", share * whole as f64).parse::<u64>().unwrap().min(whole);
        let rate = Rate::of(part, whole).unwrap();
        prop_assert_eq!(rate.to_string().parse::<Rate>(), Ok(rate.clone()));
        prop_assert_eq!(format!("{part} of {whole}").parse::<Rate>(), Ok(rate.clone()));
        let width = places as usize;
        let fraction = format!("{}.{:0>width$}", part / whole, part % whole);
        prop_assert_eq!(fraction.trim_end_matches('.').parse::<Rate>(), Ok(rate.clone()));
        prop_assert_eq!(rate.to_f64().to_bits(), fraction.parse::<f64>().unwrap().to_bits());
    }
}
