//! One record of a lead: how it is repaired, when it is refused, and how two records of the same lead become one.

use super::report::{Reason, Rule, Rules};
use super::table::{AMOUNT_MISSING, AMOUNT_UNREADABLE, DAY_MISSING, DAY_UNREADABLE};

/// A row as it was read; days since 1970-01-01 or one of the two marks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record {
    pub(crate) entered: [i32; 12],
    pub(crate) lost: i32,
    pub(crate) observed_from: i32,
    pub(crate) amount: i64,
    pub(crate) segment: u32,
}

/// A usable lead: it entered the first `reached` stages, in order, on known days up to `as_of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lead {
    pub(crate) entered: [i32; 12],
    pub(crate) reached: usize,
    /// Not before any stage it entered.
    pub(crate) lost: Option<i32>,
    pub(crate) segment: u32,
    /// Of a won deal, in minor units.
    pub(crate) amount: Option<i64>,
    pub(crate) observed_from: Option<i32>,
}

/// After a loss, the same id counts as a new lead only if more than so many days have passed.
pub(super) const REENTRY_DAYS: i32 = 180;

/// What the repair of a row needs to know of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) stages: usize,
    pub(super) as_of: i32,
    pub(super) max_disorder_days: i32,
    pub(super) observed_from: Option<i32>,
}

/// A repaired row: the lead, the rules that were applied, and whether a later fact was ignored.
pub(super) struct Repaired {
    pub(super) lead: Lead,
    pub(super) rules: Rules,
    pub(super) later_ignored: bool,
}

impl Reading {
    /// The lead that a row describes, or the reason why it is refused.
    pub(super) fn read(&self, record: &Record) -> Result<Repaired, Reason> {
        let mut rules = Rules::default();
        let mut days = record.entered;
        let days = days.get_mut(..self.stages).unwrap_or_default();
        if days.contains(&DAY_UNREADABLE) || record.lost == DAY_UNREADABLE || record.observed_from == DAY_UNREADABLE {
            return Err(Reason::UnreadableDate);
        }
        let first = days.iter().copied().find(|day| *day != DAY_MISSING).ok_or(Reason::NoStage)?;
        // A lead that comes under observation only later is as unknown as one that enters later.
        if first.max(record.observed_from).max(self.observed_from.unwrap_or(DAY_MISSING)) > self.as_of {
            return Err(Reason::AfterAsOf);
        }
        let later = |day: &i32| *day != DAY_MISSING && *day > self.as_of;
        let later_ignored = days.iter().any(later) || later(&record.lost);
        days.iter_mut().filter(|day| later(day)).for_each(|day| *day = DAY_MISSING);
        self.order(days, &mut rules)?;
        let reached = fill_skipped(days, &mut rules);
        let mut entered = [DAY_MISSING; 12];
        for (slot, day) in entered.iter_mut().zip(days.iter()) {
            *slot = *day;
        }
        let mut lead = Lead {
            entered,
            reached,
            lost: Some(record.lost).filter(|day| *day != DAY_MISSING && !later(day)),
            segment: record.segment,
            amount: None,
            observed_from: Some(record.observed_from).filter(|day| *day != DAY_MISSING).or(self.observed_from),
        };
        self.settle_loss(&mut lead, &mut rules)?;
        self.settle_amount(&mut lead, record.amount, &mut rules);
        if self.over_before_observed(&lead) {
            return Err(Reason::BeforeObservedFrom);
        }
        Ok(Repaired { lead, rules, later_ignored })
    }

    /// A stage dated before an earlier one: by a day or two it is moved to the same day, by more the row is refused.
    fn order(&self, days: &mut [i32], rules: &mut Rules) -> Result<(), Reason> {
        let mut latest = DAY_MISSING;
        for day in days.iter_mut().filter(|day| **day != DAY_MISSING) {
            if *day < latest {
                if latest - *day > self.max_disorder_days {
                    return Err(Reason::StageOrder);
                }
                rules.apply(Rule::Clamped);
                *day = latest;
            }
            latest = *day;
        }
        Ok(())
    }

    /// A loss belongs to the last stage entered by its day; one before a later stage was not a loss.
    fn settle_loss(&self, lead: &mut Lead, rules: &mut Rules) -> Result<(), Reason> {
        let Some(lost) = lead.lost else { return Ok(()) };
        let last = lead.last_entered();
        if lost >= last {
            return Ok(());
        }
        if last - lost <= self.max_disorder_days {
            rules.apply(Rule::Clamped);
            lead.lost = Some(last);
        } else if lost < lead.first_entered() {
            return Err(Reason::StageOrder);
        } else {
            rules.apply(Rule::Reopened);
            lead.lost = None;
        }
        Ok(())
    }

    fn settle_amount(&self, lead: &mut Lead, amount: i64, rules: &mut Rules) {
        match amount {
            AMOUNT_MISSING => {}
            AMOUNT_UNREADABLE => rules.apply(Rule::UnreadableAmount),
            _ if amount < 0 => rules.apply(Rule::NegativeAmount),
            // Only a won deal has a size; an open one's amount is a hope.
            _ if lead.reached == self.stages => lead.amount = Some(amount),
            _ => {}
        }
    }

    fn over_before_observed(&self, lead: &Lead) -> bool {
        let Some(from) = lead.observed_from else { return false };
        let won = (lead.reached == self.stages).then(|| lead.last_entered());
        won.or(lead.lost).is_some_and(|end| end < from)
    }
}

/// A stage without a day before one with a day was entered on that same day. Returns how many stages were entered.
fn fill_skipped(days: &mut [i32], rules: &mut Rules) -> usize {
    let mut next = DAY_MISSING;
    let mut reached = 0;
    for (stage, day) in days.iter_mut().enumerate().rev() {
        if *day != DAY_MISSING {
            next = *day;
            reached = reached.max(stage + 1);
        } else if next != DAY_MISSING {
            rules.apply(Rule::SkippedStage);
            *day = next;
        }
    }
    reached
}

impl Lead {
    pub(crate) fn first_entered(&self) -> i32 {
        self.entered.first().copied().unwrap_or(DAY_MISSING)
    }

    pub(crate) fn last_entered(&self) -> i32 {
        self.reached.checked_sub(1).and_then(|last| self.entered.get(last)).copied().unwrap_or(DAY_MISSING)
    }

    /// From the first stage to the last one entered.
    pub(super) fn days_so_far(&self) -> u32 {
        (self.last_entered() - self.first_entered()).unsigned_abs()
    }

    /// Whether a later record of the same id is a lead of its own.
    pub(super) fn is_over_for(&self, later: &Self) -> bool {
        self.lost.is_some_and(|lost| later.first_entered() - lost > REENTRY_DAYS)
    }

    /// Takes in a later record of the same id: first entry into each stage wins, a loss before a later entry is erased.
    pub(super) fn merge(&mut self, later: &Self) {
        if self.lost.is_some_and(|lost| lost < later.first_entered()) {
            self.lost = None;
        }
        for (ours, theirs) in self.entered.iter_mut().zip(&later.entered) {
            *ours = match (*ours, *theirs) {
                (DAY_MISSING, day) | (day, DAY_MISSING) => day,
                (ours, theirs) => ours.min(theirs),
            };
        }
        self.reached = self.reached.max(later.reached);
        self.lost = self.lost.max(later.lost).filter(|lost| *lost >= self.last_entered());
        self.amount = self.amount.or(later.amount);
        self.observed_from = match (self.observed_from, later.observed_from) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}
