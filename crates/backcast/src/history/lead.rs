//! One record of a lead: how it is repaired, when it is refused, and how two records of the same lead become one.

use super::report::{LOST, OBSERVED_FROM, Reason, Refusal, Rule, Rules, Unusable};
use super::table::{AMOUNT_MISSING, AMOUNT_UNREADABLE, DAY_MISSING, DAY_UNREADABLE, Record};
use crate::quantity::{Day, MOST_DAYS};

/// Days that stand for none: where calendars of databases and spreadsheets begin …
const NEVER_BEFORE: [i32; 5] = [-719_162, -79_257, -25_569, -25_568, -25_567];
/// … and clocks, in records of which another day lies long after;
const EPOCH: i32 = 0;
/// and where calendars end: the last days of 2099, 2199, 2999 and 9999, and the first of 2100 and 3000.
pub(super) const NEVER_AFTER: [i32; 6] = [47_481, 47_482, 84_005, 376_199, 376_200, 2_932_896];
/// Only so long ago a day stands for none: 22 years.
pub(super) const LONG_AGO: i32 = 8191;

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
    /// The stages whose day was blank and is that of the next, a bit each.
    pub(crate) filled: u16,
    /// What is hoped for an open deal, above 0, in minor units.
    pub(crate) hope: Option<i64>,
    /// Why there is no amount, if one was given.
    pub(super) unusable: Option<Unusable>,
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
    pub(super) fn read(&self, record: &Record) -> Result<Repaired, Refusal> {
        let mut rules = Rules::default();
        let Record { entered: mut days, mut lost, observed_from, .. } = *record;
        let days = days.get_mut(..self.stages).unwrap_or_default();
        let known = |day: &i32| (Day::MIN.unix_days()..=self.as_of).contains(day);
        let latest = days.iter().chain([&lost]).copied().filter(known).max().unwrap_or(EPOCH);
        for day in days.iter_mut().chain([&mut lost]).filter(|day| self.is_never(**day, latest)) {
            *day = DAY_MISSING;
            rules.apply(Rule::Never);
        }
        let refuse = |reason: Reason, column: usize| Refusal { reason, column };
        let cells = days.iter().zip(0..).chain([(&lost, LOST), (&observed_from, OBSERVED_FROM)]);
        if let Some((_, column)) = cells.into_iter().find(|(day, _)| **day == DAY_UNREADABLE) {
            return Err(refuse(Reason::UnreadableDate, column));
        }
        let first = days.iter().copied().find(|day| *day != DAY_MISSING).ok_or(refuse(Reason::NoStage, 0))?;
        // A lead that comes under observation only later is as unknown as one that enters later.
        if first.max(observed_from).max(self.observed_from.unwrap_or(DAY_MISSING)) > self.as_of {
            return Err(refuse(Reason::AfterAsOf, 0));
        }
        let later = |day: &i32| *day != DAY_MISSING && *day > self.as_of;
        let later_ignored = days.iter().any(later) || later(&lost);
        days.iter_mut().filter(|day| later(day)).for_each(|day| *day = DAY_MISSING);
        self.order(days, &mut rules)?;
        let (reached, filled) = fill_skipped(days, &mut rules);
        let mut entered = [DAY_MISSING; 12];
        for (slot, day) in entered.iter_mut().zip(days.iter()) {
            *slot = *day;
        }
        let mut lead = Lead {
            entered,
            reached,
            lost: Some(lost).filter(|day| *day != DAY_MISSING && !later(day)),
            segment: record.segment,
            amount: None,
            observed_from: Some(observed_from).filter(|day| *day != DAY_MISSING).or(self.observed_from),
            filled,
            hope: None,
            unusable: None,
        };
        self.settle_loss(&mut lead, &mut rules)?;
        self.settle_amount(&mut lead, record.amount, &mut rules);
        if self.over_before_observed(&lead) {
            return Err(refuse(Reason::BeforeObservedFrom, OBSERVED_FROM));
        }
        Ok(Repaired { lead, rules, later_ignored })
    }

    fn is_never(&self, day: i32, latest: i32) -> bool {
        let (before, after) = (NEVER_BEFORE.contains(&day), NEVER_AFTER.contains(&day));
        (before && day < self.as_of - LONG_AGO)
            || (after && day > self.as_of)
            || (day == EPOCH && latest > EPOCH + LONG_AGO)
    }

    /// A stage dated before an earlier one: by a day or two it is moved to the same day, by more the row is refused.
    fn order(&self, days: &mut [i32], rules: &mut Rules) -> Result<(), Refusal> {
        let mut latest = DAY_MISSING;
        for (day, column) in days.iter_mut().zip(0..).filter(|(day, _)| **day != DAY_MISSING) {
            if *day < latest {
                if latest - *day > self.max_disorder_days {
                    return Err(Refusal { reason: Reason::StageOrder, column });
                }
                rules.apply(Rule::Clamped);
                *day = latest;
            }
            latest = *day;
        }
        Ok(())
    }

    /// A loss belongs to the last stage entered by its day; one before a later stage was not a loss.
    fn settle_loss(&self, lead: &mut Lead, rules: &mut Rules) -> Result<(), Refusal> {
        let Some(lost) = lead.lost else { return Ok(()) };
        let last = lead.last_entered();
        if lost >= last {
            return Ok(());
        }
        if last - lost <= self.max_disorder_days {
            rules.apply(Rule::Clamped);
            lead.lost = Some(last);
        } else if lost < lead.first_entered() {
            return Err(Refusal { reason: Reason::StageOrder, column: LOST });
        } else {
            rules.apply(Rule::Reopened);
            lead.lost = None;
        }
        Ok(())
    }

    fn settle_amount(&self, lead: &mut Lead, amount: i64, rules: &mut Rules) {
        match amount {
            AMOUNT_MISSING => {}
            AMOUNT_UNREADABLE => {
                rules.apply(Rule::UnreadableAmount);
                lead.unusable = Some(Unusable::Unreadable);
            }
            _ if amount < 0 => {
                rules.apply(Rule::NegativeAmount);
                lead.unusable = Some(Unusable::Negative);
            }
            _ if lead.reached == self.stages => lead.amount = Some(amount),
            // Only a won deal has a size; an open one's amount is a hope, and 0 not even that.
            _ => lead.hope = Some(amount).filter(|amount| *amount > 0),
        }
    }

    fn over_before_observed(&self, lead: &Lead) -> bool {
        let Some(from) = lead.observed_from else { return false };
        let won = (lead.reached == self.stages).then(|| lead.last_entered());
        won.or(lead.lost).is_some_and(|end| end < from)
    }
}

/// A stage without a day before one with a day was entered on that same day. Returns how many stages were entered, and a bit
/// for each that was filled in.
fn fill_skipped(days: &mut [i32], rules: &mut Rules) -> (usize, u16) {
    let mut next = DAY_MISSING;
    let (mut reached, mut filled) = (0, 0);
    for (stage, day) in days.iter_mut().enumerate().rev() {
        if *day != DAY_MISSING {
            next = *day;
            reached = reached.max(stage + 1);
        } else if next != DAY_MISSING {
            rules.apply(Rule::SkippedStage);
            *day = next;
            filled |= 1 << stage;
        }
    }
    (reached, filled)
}

impl Lead {
    pub(crate) fn first_entered(&self) -> i32 {
        self.entered.first().copied().unwrap_or(DAY_MISSING)
    }

    pub(crate) fn last_entered(&self) -> i32 {
        self.reached.checked_sub(1).and_then(|last| self.entered.get(last)).copied().unwrap_or(DAY_MISSING)
    }

    /// From the first stage to the last one entered; `None` where the first day was blank.
    pub(super) fn days_so_far(&self) -> Option<u32> {
        (!self.is_filled(0)).then(|| (self.last_entered() - self.first_entered()).unsigned_abs())
    }

    /// Whether a stage's day was blank.
    pub(super) fn is_filled(&self, stage: usize) -> bool {
        self.filled >> stage & 1 == 1
    }

    /// The most days that can lie between two stages of which one has no day of its own: from the last own day up to the
    /// first of them to the first own day from the second on; without an own day before, ten years.
    pub(super) fn at_most_days(&self, from: usize, to: usize) -> u32 {
        let own = |stage: &usize| !self.is_filled(*stage);
        let day = |stage: usize| self.entered.get(stage).copied().unwrap_or(DAY_MISSING);
        let before = (0..=from).rev().find(own).map(day);
        let after = (to..self.reached).find(own).map_or_else(|| self.last_entered(), day);
        before.map_or(u32::from(MOST_DAYS), |before| after.abs_diff(before).min(u32::from(MOST_DAYS)))
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
        let mut filled = 0;
        for ((ours, theirs), stage) in self.entered.iter_mut().zip(&later.entered).zip(0..) {
            let bits = (self.filled >> stage & 1, later.filled >> stage & 1);
            let (day, bit) = match (*ours, *theirs) {
                (DAY_MISSING, day) => (day, bits.1),
                (day, DAY_MISSING) => (day, bits.0),
                (ours, theirs) if ours == theirs => (ours, bits.0 & bits.1),
                (ours, theirs) => (ours.min(theirs), if ours < theirs { bits.0 } else { bits.1 }),
            };
            *ours = day;
            filled |= bit << stage;
        }
        self.filled = filled;
        self.reached = self.reached.max(later.reached);
        self.lost = self.lost.max(later.lost).filter(|lost| *lost >= self.last_entered());
        self.amount = self.amount.or(later.amount);
        self.hope = later.hope.or(self.hope);
        self.unusable = self.unusable.max(later.unusable);
        self.observed_from = match (self.observed_from, later.observed_from) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}
