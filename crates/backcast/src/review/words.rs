//! What to know of a backtest, in sentences: what was counted, what was left out, and how little few cohorts prove.

use std::collections::BTreeMap;

use super::cohort::{Candidate, LeftOut};
use super::{Every, MethodScore, TestedCohort};
use crate::funnel::Funnel;
use crate::quantity::{Day, Month, shown};

/// What is said of any backtest, tested cohorts or not.
pub(super) struct About<'a> {
    pub(super) funnel: &'a Funnel,
    pub(super) every: Every,
    pub(super) horizon: u32,
    /// Whether the horizon was asked for.
    pub(super) asked: bool,
    pub(super) keying_delay_days: u32,
    pub(super) left_out: &'a [(Candidate, LeftOut)],
}

impl About<'_> {
    pub(super) fn notes(&self, cohorts: &[TestedCohort], own: Option<&MethodScore>) -> Vec<String> {
        let mut notes = vec![self.what_counts(), self.what_was_known()];
        notes.extend(self.left_out());
        notes.extend(own.map(little));
        let warned: Vec<&TestedCohort> = cohorts.iter().filter(|cohort| !cohort.warnings.is_empty()).collect();
        if let (Some(first), Some(last)) = (warned.first(), warned.last()) {
            notes.push(format!(
                "at {} of {} (from {} to {}) the rates came with warnings, which stand beside each cohort",
                warned.len(),
                shown::counted(cohorts.len(), "origin"),
                first.origin,
                last.origin
            ));
        }
        notes
    }

    fn what_counts(&self) -> String {
        let (way, days) = (self.funnel.end_to_end(), self.horizon);
        let counts = format!("{way}: a customer counts within {days} days of entering the first stage");
        if self.asked {
            return counts;
        }
        format!("{counts}; by then nine in ten customers of the whole history had been won")
    }

    fn what_was_known(&self) -> String {
        let delay = match self.keying_delay_days {
            0 => String::new(),
            days => format!(" (keyed {days} days late)"),
        };
        format!(
            "each origin knows what is dated up to its day{delay}; what was corrected in the records later cannot be told"
        )
    }

    /// One sentence per reason.
    pub(super) fn left_out(&self) -> Vec<String> {
        let mut reasons: BTreeMap<LeftOut, Vec<Candidate>> = BTreeMap::new();
        for (cohort, reason) in self.left_out {
            reasons.entry(*reason).or_default().push(*cohort);
        }
        reasons.iter().map(|(reason, cohorts)| format!("{}: {}", self.named(cohorts), self.because(*reason))).collect()
    }

    fn named(&self, cohorts: &[Candidate]) -> String {
        let noun = match self.every {
            Every::Month => "monthly cohort",
            Every::Quarter => "quarterly cohort",
        };
        let months = cohorts.first().zip(cohorts.last());
        let span = months.map(|(first, last)| (first.first, last.end.plus(-1))).map_or_else(String::new, span);
        format!("{} left out ({span})", shown::counted(cohorts.len(), noun))
    }

    fn because(&self, reason: LeftOut) -> String {
        match reason {
            LeftOut::NobodyEntered => "nobody entered".to_owned(),
            LeftOut::CameLate => "some of the leads came under observation only after they had entered".to_owned(),
            LeftOut::NothingConverted => {
                "at their origins a step had no conversion, so there was no rate to plan with".to_owned()
            }
            LeftOut::TooShort => format!(
                "at their origins too few leads had been followed for {} days to say how many are won by then",
                self.horizon
            ),
        }
    }

    /// Why there is nothing to test.
    pub(super) fn nothing(&self, first: Day, as_of: Day) -> String {
        let known = format!("records from {first} to {as_of}, customers count within {} days", self.horizon);
        match self.left_out().first() {
            Some(reason) => format!("{known}; {reason}"),
            None => format!("{known}; no later cohort is that old"),
        }
    }
}

fn span((first, last): (Month, Month)) -> String {
    if first == last { first.to_string() } else { format!("{first} to {last}") }
}

/// How little so many cohorts prove.
fn little(own: &MethodScore) -> String {
    let [_, eighty, _] = own.coverage;
    format!(
        "{} in {} prove little: {} of the 80 % intervals held, which fits a true share of {} to {}",
        shown::counted(own.cohorts, "cohort"),
        shown::counted(own.independent, "quarter"),
        shown::percent(eighty.observed),
        shown::percent(eighty.low),
        shown::percent(eighty.high)
    )
}
