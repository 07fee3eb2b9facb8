//! Amounts as people write them: which mark stands before the decimals is decided once, for a whole column.

use super::cells::{Cells, Holds, is_nothing};
use super::table::{AMOUNT_MISSING, AMOUNT_UNREADABLE};
use crate::error::{Error, Kind, Result};
use crate::math::decimal;
use crate::quantity::Currency;

/// The mark before the decimals of an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DecimalMark {
    /// 1,234.50
    Point,
    /// 1.234,50
    Comma,
}

impl core::str::FromStr for DecimalMark {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "." => Ok(Self::Point),
            "," => Ok(Self::Comma),
            _ => Err(Error::new(Kind::UnknownDecimalMark, text)),
        }
    }
}

/// Reads amounts into minor units of a currency (of hundredths where none is known).
///
/// # Example
/// ```
/// use backcast::history::{AMOUNT_UNREADABLE, Amounts};
/// let euros = Amounts::of(Some("EUR".parse()?));
/// assert_eq!((euros.text("1_250.50"), euros.number(8333.333)), (125_050, 833_333));
/// assert_eq!(euros.text("1.000"), AMOUNT_UNREADABLE); // one, or a thousand?
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Amounts {
    decimals: u32,
}

impl Amounts {
    /// Decimals of an amount whose currency is not known.
    pub(crate) const DECIMALS: u32 = 2;

    /// For one currency, or for hundredths of an unknown one.
    #[must_use]
    pub fn of(currency: Option<Currency>) -> Self {
        Self { decimals: currency.map_or(Self::DECIMALS, Currency::decimals) }
    }

    /// A text with a decimal point: blank is missing; more decimals than the currency has are unreadable, unless they are
    /// those of a longer number such as `8333.5000`.
    #[must_use]
    pub fn text(self, text: &str) -> i64 {
        let text = text.trim();
        if text.is_empty() {
            return AMOUNT_MISSING;
        }
        let Some(written) = decimal::read(text) else { return AMOUNT_UNREADABLE };
        let like_thousands = written.places == 3 && written.whole_digits <= 3 && self.decimals < 3;
        if like_thousands { AMOUNT_UNREADABLE } else { self.minor(&written.value) }
    }

    /// A number, rounded to the nearest minor unit; NaN is missing.
    #[must_use]
    pub fn number(self, value: f64) -> i64 {
        if value.is_nan() {
            return AMOUNT_MISSING;
        }
        decimal::from_f64(value).map_or(AMOUNT_UNREADABLE, |exact| self.minor(&exact))
    }

    fn minor(self, units: &num_rational::BigRational) -> i64 {
        let scale = num_bigint::BigInt::from(10).pow(self.decimals);
        let minor = decimal::nearest(&(units * num_rational::BigRational::from(scale)));
        i64::try_from(minor).ok().filter(|minor| minor.unsigned_abs() < 1 << 62).unwrap_or(AMOUNT_UNREADABLE)
    }
}

/// A column of amounts as text. The decimal mark is decided once, for the whole column, from all its values.
///
/// Understood are a sign or brackets for a negative amount, a currency's code or sign before or after it, and thousands
/// grouped by `.`, `,`, `'`, `_` or spaces: `12.500,00 €`, `$1,234.50`, `12 500,00 zł`, `(1'234.50)`.
///
/// # Example
/// ```
/// use backcast::history::{AmountColumn, Amounts, DecimalMark};
/// let mut column = AmountColumn::new("value", None);
/// for text in ["950,00 €", "12.500,00 €", "1.250 €", "NULL"] {
///     column.look_at(text);
/// }
/// let mark = column.decimal_mark()?;
/// assert_eq!(mark, DecimalMark::Comma);
/// let euros = Amounts::of(column.currency(None)?);
/// assert_eq!((column.amount("1.250 €", mark, euros), column.amount("950,00 €", mark, euros)), (125_000, 95_000));
/// # Ok::<(), backcast::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct AmountColumn {
    stated: Option<DecimalMark>,
    point: Option<String>,
    comma: Option<String>,
    open: Option<String>,
    /// The first currency that was seen, and the first one that differs from it.
    unit: Option<String>,
    other_unit: Option<String>,
    cells: Cells,
}

impl AmountColumn {
    /// A column by its name, with the decimal mark that the user states, if any.
    #[must_use]
    pub fn new(name: &str, stated: Option<DecimalMark>) -> Self {
        let cells = Cells::of(name, Holds::Amounts);
        Self { stated, point: None, comma: None, open: None, unit: None, other_unit: None, cells }
    }

    /// Takes one value into account; every value of the column is shown once, in any order.
    pub fn look_at(&mut self, text: &str) {
        if !self.cells.look_at(text) {
            return;
        }
        let Some(written) = Written::of(text) else { return };
        if !written.unit.is_empty() {
            match &self.unit {
                None => self.unit = Some(written.unit.to_owned()),
                Some(unit) if unit != written.unit && self.other_unit.is_none() => {
                    self.other_unit = Some(written.unit.to_owned());
                }
                Some(_) => {}
            }
        }
        let slot = match written.mark() {
            Mark::Point => &mut self.point,
            Mark::Comma => &mut self.comma,
            Mark::Either => &mut self.open,
            Mark::None => return,
        };
        slot.get_or_insert_with(|| text.trim().to_owned());
    }

    /// The decimal mark of the whole column.
    ///
    /// # Errors
    /// `ambiguous_amounts` if nothing tells thousands from decimals, `mixed_amounts` if values contradict each other.
    pub fn decimal_mark(&self) -> Result<DecimalMark> {
        let name = &self.cells.column;
        match (self.stated, &self.point, &self.comma, &self.open) {
            (Some(mark), ..) => Ok(mark),
            (None, Some(point), Some(comma), _) => {
                let given = format!("`{name}`: `{point}` has a decimal point, `{comma}` a decimal comma");
                Err(Error::new(Kind::MixedAmounts, given))
            }
            (None, Some(_), None, _) | (None, None, None, None) => Ok(DecimalMark::Point),
            (None, None, Some(_), _) => Ok(DecimalMark::Comma),
            (None, None, None, Some(example)) => Err(Error::new(Kind::AmbiguousAmounts, name)
                .allowing(format!("`decimal_mark` as `.` or `,`, because `{example}` may be either"))),
        }
    }

    /// The currency of the whole column: the stated one, or else the one that stands beside the amounts.
    ///
    /// # Errors
    /// `mixed_currency` if there are two.
    pub fn currency(&self, stated: Option<Currency>) -> Result<Option<Currency>> {
        if let (Some(unit), Some(other)) = (&self.unit, &self.other_unit) {
            return Err(Error::new(Kind::MixedCurrency, format!("{unit} and {other}")));
        }
        let written = self.unit.as_deref().and_then(currency_of);
        match (stated, written) {
            (Some(stated), Some(written)) if stated != written => {
                Err(Error::new(Kind::MixedCurrency, format!("{stated} and {written}")))
            }
            (stated, written) => Ok(stated.or(written)),
        }
    }

    /// One value in minor units; [`AMOUNT_MISSING`], [`AMOUNT_UNREADABLE`].
    pub fn amount(&mut self, text: &str, mark: DecimalMark, amounts: Amounts) -> i64 {
        if is_nothing(text) {
            return AMOUNT_MISSING;
        }
        let minor = match Written::of(text).and_then(|written| written.plain(mark)) {
            Some(plain) => amounts.text(&plain),
            // As data frames write large numbers: `1.5e+06`.
            None if text.contains(['e', 'E']) => amounts.text(text),
            None => AMOUNT_UNREADABLE,
        };
        if minor == AMOUNT_UNREADABLE {
            self.cells.cannot_read(text);
        }
        minor
    }

    /// What the cells hold, as far as they have been shown and read.
    #[must_use]
    pub fn cells(&self) -> &Cells {
        &self.cells
    }
}

/// Which mark an amount shows before its decimals.
enum Mark {
    Point,
    Comma,
    Either,
    None,
}

/// An amount taken apart: digits with their marks, and what stands around them.
struct Written<'a> {
    negative: bool,
    /// From the first digit to the last.
    number: &'a str,
    unit: &'a str,
}

/// Signs of currencies, and words for them that are no ISO codes.
const UNITS: [(&str, Option<&str>); 22] = [
    ("€", Some("EUR")),
    ("£", Some("GBP")),
    ("$", None),
    ("US$", Some("USD")),
    ("A$", Some("AUD")),
    ("C$", Some("CAD")),
    ("CA$", Some("CAD")),
    ("NZ$", Some("NZD")),
    ("R$", Some("BRL")),
    ("¥", None),
    ("₹", Some("INR")),
    ("Rs.", None),
    ("₽", Some("RUB")),
    ("₴", Some("UAH")),
    ("₺", Some("TRY")),
    ("₪", Some("ILS")),
    ("₩", Some("KRW")),
    ("zł", Some("PLN")),
    ("Kč", Some("CZK")),
    ("Ft", Some("HUF")),
    ("kr", None),
    ("Fr.", Some("CHF")),
];

fn currency_of(unit: &str) -> Option<Currency> {
    let named = UNITS.iter().find(|(sign, _)| *sign == unit).and_then(|(_, code)| *code);
    named.unwrap_or(unit).parse().ok()
}

fn is_unit(unit: &str) -> bool {
    unit.is_empty() || UNITS.iter().any(|(sign, _)| *sign == unit) || unit.parse::<Currency>().is_ok()
}

fn is_group_mark(c: char) -> bool {
    matches!(c, ' ' | '_' | '\'' | '\u{2019}' | '\u{a0}' | '\u{202f}' | '\u{2009}')
}

impl<'a> Written<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (bracketed, text) = match text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            Some(inner) => (true, inner.trim()),
            None => (false, text),
        };
        let digit = |c: char| c.is_ascii_digit();
        let (first, last) = (text.find(digit)?, text.rfind(digit)?);
        let first = if text.get(..first)?.ends_with(['.', ',']) { first - 1 } else { first };
        let (before, number, after) = (text.get(..first)?, text.get(first..=last)?, text.get(last + 1..)?);
        let minus = |c: char| matches!(c, '-' | '\u{2212}' | '\u{2013}');
        let signs = before.matches(minus).count() + after.matches(minus).count();
        // A sign may stand before or after the currency, or at the very end.
        let bare = |part: &'a str| part.trim_matches(|c: char| minus(c) || c == '+' || c.is_whitespace());
        let (before, after) = (bare(before), bare(after));
        let unit = if before.is_empty() { after } else { before };
        let fits = (before.is_empty() || after.is_empty()) && is_unit(unit) && signs + usize::from(bracketed) <= 1;
        fits.then_some(Self { negative: bracketed || signs == 1, number, unit })
    }

    /// The digits between marks, and the marks.
    fn parts(&self) -> (Vec<&'a str>, Vec<char>) {
        let mark = |c: char| c == '.' || c == ',' || is_group_mark(c);
        (self.number.split(mark).collect(), self.number.chars().filter(|c| mark(*c)).collect())
    }

    fn mark(&self) -> Mark {
        let (digits, marks) = self.parts();
        let many = |mark: char| marks.iter().filter(|known| **known == mark).count();
        let (whole, fraction) =
            (digits.first().map_or(0, |part| part.len()), digits.last().map_or(0, |part| part.len()));
        let decided = |decimal: char| if decimal == '.' { Mark::Point } else { Mark::Comma };
        let other = |mark: char| if mark == '.' { ',' } else { '.' };
        match (many('.'), many(',')) {
            (0, 0) => Mark::None,
            (1.., 1..) => marks.last().map_or(Mark::None, |last| decided(*last)),
            (2.., 0) => decided(other('.')),
            (0, 2..) => decided(other(',')),
            (points, _) => {
                let mark = if points == 1 { '.' } else { ',' };
                let leads = digits.first().is_some_and(|part| part.starts_with('0'));
                // `1.234` may be either; `12.5`, `12345.678`, `.500`, `0.500` and `12 500.000` have decimals.
                let either = marks.len() == 1 && fraction == 3 && (1..=3).contains(&whole) && !leads;
                if either { Mark::Either } else { decided(mark) }
            }
        }
    }

    /// The amount with a decimal point and no groups; `None` where marks do not stand as thousands do.
    fn plain(&self, mark: DecimalMark) -> Option<String> {
        let decimal = if mark == DecimalMark::Point { '.' } else { ',' };
        let (whole, fraction) = match self.number.split_once(decimal) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (self.number, None),
        };
        let ungrouped = ungroup(whole)?;
        let sign = if self.negative { "-" } else { "" };
        match fraction {
            None => Some(format!("{sign}{ungrouped}")),
            Some(fraction) => {
                fraction.bytes().all(|byte| byte.is_ascii_digit()).then(|| format!("{sign}{ungrouped}.{fraction}"))
            }
        }
    }
}

/// Whole digits without their groups, which all have the same mark and three digits (two as in `12,34,567`).
fn ungroup(whole: &str) -> Option<String> {
    let mark = whole.chars().find(|c| !c.is_ascii_digit());
    let Some(mark) = mark else { return Some(whole.to_owned()) };
    let groups: Vec<&str> = whole.split(mark).collect();
    let (first, rest) = groups.split_first()?;
    let (last, inner) = rest.split_last()?;
    let inner_fits = inner.iter().all(|group| group.len() == 3 || (mark == ',' && group.len() == 2));
    let fits = (1..=3).contains(&first.len()) && last.len() == 3 && inner_fits;
    let joined: String = groups.concat();
    (fits && joined.bytes().all(|byte| byte.is_ascii_digit())).then_some(joined)
}
