//! Names of stages in sentences: singular, plural, and what is no noun.

use crate::quantity::shown;

/// Names of stages that are nouns for the people in them, as they stand in a sentence, with their plural.
#[rustfmt::skip]
const NOUNS: &[(&str, &str, &str)] = &[
    ("account", "account", "accounts"), ("application", "application", "applications"), ("booking", "booking", "bookings"),
    ("call", "call", "calls"), ("client", "client", "clients"), ("contact", "contact", "contacts"),
    ("contract", "contract", "contracts"), ("customer", "customer", "customers"), ("deal", "deal", "deals"),
    ("demo", "demo", "demos"), ("enquiry", "enquiry", "enquiries"), ("inquiry", "inquiry", "inquiries"),
    ("lead", "lead", "leads"), ("meeting", "meeting", "meetings"), ("member", "member", "members"),
    ("mql", "MQL", "MQLs"), ("offer", "offer", "offers"), ("opp", "opp", "opps"),
    ("opportunity", "opportunity", "opportunities"), ("order", "order", "orders"), ("pql", "PQL", "PQLs"),
    ("proposal", "proposal", "proposals"), ("prospect", "prospect", "prospects"), ("purchase", "purchase", "purchases"),
    ("quote", "quote", "quotes"), ("sal", "SAL", "SALs"), ("sale", "sale", "sales"), ("sign-up", "sign-up", "sign-ups"),
    ("signup", "signup", "signups"), ("sqo", "SQO", "SQOs"), ("sql", "SQL", "SQLs"),
    ("subscriber", "subscriber", "subscribers"), ("trial", "trial", "trials"), ("user", "user", "users"),
    ("visit", "visit", "visits"), ("visitor", "visitor", "visitors"), ("win", "win", "wins"),
];

fn noun(name: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    let plain = name.trim().to_lowercase();
    NOUNS.iter().find(|(known, _, plural)| *known == plain || plural.to_lowercase() == plain)
}

/// So many newcomers to a stage: `50 customers`, `1 lead`, `50 × “Closed won”`.
pub(crate) fn several(count: u64, name: &str) -> String {
    amount(&shown::count(count), count == 1, name)
}

/// The same of a mean: `10.8 customers`.
pub(super) fn about(mean: f64, name: &str) -> String {
    let places = u32::from(mean < 100.0);
    let text = shown::decimal(mean, places);
    let one = text == "1";
    amount(&text, one, name)
}

fn amount(number: &str, one: bool, name: &str) -> String {
    match noun(name) {
        Some((_, singular, _)) if one => format!("{number} {singular}"),
        Some((_, _, plural)) => format!("{number} {plural}"),
        None => format!("{number} × “{name}”"),
    }
}

/// Newcomers to a stage without a number: `leads`, `“Closed won”`.
pub(crate) fn stage(name: &str) -> String {
    noun(name).map_or_else(|| format!("“{name}”"), |(_, _, plural)| (*plural).to_owned())
}

/// One newcomer to a stage: `lead`, `“Closed won”`.
pub(super) fn one(name: &str) -> String {
    noun(name).map_or_else(|| format!("“{name}”"), |(_, singular, _)| (*singular).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_are_those_of_the_field() {
        assert_eq!(
            [several(50, "customer"), several(1, "customer"), several(0, "Lead")],
            ["50 customers", "1 customer", "0 leads"]
        );
        assert_eq!([several(2, "opportunity"), several(1200, "mql")], ["2 opportunities", "1,200 MQLs"]);
        assert_eq!([several(50, "Closed won"), stage("wins"), one("SQL")], ["50 × “Closed won”", "wins", "SQL"]);
        assert_eq!(
            [about(10.84, "customer"), about(1.0, "customer"), about(324.4, "sql")],
            ["10.8 customers", "1 customer", "324 SQLs"]
        );
    }
}
