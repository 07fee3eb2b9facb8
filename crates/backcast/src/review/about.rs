//! What to know of a backtest, in sentences: what was counted, what was left out, and how little few cohorts prove.

use std::collections::BTreeMap;

use super::cohort::{Candidate, LeftOut};
use super::{Every, MethodScore, TestedCohort};
use crate::funnel::Funnel;
use crate::quantity::Day;
use crate::words::en::backtest as words;

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
        let what = words::what_counts(&self.funnel.end_to_end().to_string(), self.horizon, self.asked);
        let mut notes = vec![what, words::what_was_known(self.keying_delay_days)];
        notes.extend(self.left_out());
        notes.extend(own.map(little));
        let warned: Vec<&TestedCohort> = cohorts.iter().filter(|cohort| !cohort.warnings.is_empty()).collect();
        if let (Some(first), Some(last)) = (warned.first(), warned.last()) {
            notes.push(words::warned(warned.len(), cohorts.len(), (first.origin, last.origin)));
        }
        notes
    }

    /// One sentence per reason.
    pub(super) fn left_out(&self) -> Vec<String> {
        let mut reasons: BTreeMap<LeftOut, Vec<Candidate>> = BTreeMap::new();
        for (cohort, reason) in self.left_out {
            reasons.entry(*reason).or_default().push(*cohort);
        }
        reasons.iter().map(|(reason, cohorts)| self.named(cohorts, &self.because(*reason))).collect()
    }

    fn named(&self, cohorts: &[Candidate], because: &str) -> String {
        let monthly = matches!(self.every, Every::Month);
        let months = cohorts.first().zip(cohorts.last());
        let span = months.map(|(first, last)| (first.first, last.end.plus(-1)));
        words::left_out(cohorts.len(), monthly, span, because)
    }

    fn because(&self, reason: LeftOut) -> String {
        match reason {
            LeftOut::NobodyEntered => words::nobody_entered(),
            LeftOut::CameLate => words::came_late(),
            LeftOut::NothingConverted => words::nothing_converted(),
            LeftOut::TooShort => words::too_short(self.horizon),
        }
    }

    /// Why there is nothing to test.
    pub(super) fn nothing(&self, first: Day, as_of: Day) -> String {
        words::nothing_to_test((first, as_of), self.horizon, self.left_out().first().map(String::as_str))
    }
}

/// How little so many cohorts prove.
fn little(own: &MethodScore) -> String {
    let [_, eighty, _] = own.coverage;
    words::little(own.cohorts, own.independent, (eighty.observed, eighty.low, eighty.high))
}
