//! Planting: clean rows get their dirt, each row at most one kind.

use super::dirt::Dirt;
use super::recipe::SAMPLE_AS_OF;
use super::row::{Course, Row};
use crate::draw::Dice;
use crate::world::{MISSING, MISSING_AMOUNT};

/// How many rows of each kind are wanted. Where there are fewer fitting rows, fewer are planted, and counted as such.
const WANTED: Dirt = Dirt {
    exact_duplicates: 120,
    reentries_within_180_days: 60,
    reentries_after_180_days: 40,
    skipped_stage: 80,
    clamped: 70,
    stage_order: 30,
    no_date: 25,
    lead_after_as_of: 15,
    stage_after_as_of: 20,
    unreadable_date: 20,
    channel_white_space: 90,
    channel_case: 60,
    amount_missing: 12,
    amount_negative: 5,
};

/// Rows in the making.
#[derive(Debug)]
pub(super) struct Planter {
    rows: Vec<Row>,
    /// Rows to try, in random order.
    order: Vec<usize>,
    /// Courses that a lead may take when it comes back.
    courses: Vec<Course>,
    dice: Dice,
}

impl Planter {
    pub(super) fn new(rows: Vec<Row>, courses: Vec<Course>, mut dice: Dice) -> Self {
        Self { order: dice.shuffled(rows.len()), rows, courses, dice }
    }

    /// Plants everything and returns the rows in the order of the export, with the counts.
    pub(super) fn plant(mut self) -> (Vec<Row>, Dirt) {
        let (amount_missing, amount_negative) = self.plant_amounts();
        let (skipped_stage, clamped, stage_order) = self.plant_order();
        let (no_date, lead_after_as_of, stage_after_as_of, unreadable_date) = self.plant_dates();
        let (channel_white_space, channel_case) = self.plant_channels();
        let dirt = Dirt {
            reentries_within_180_days: self.plant_reentries(WANTED.reentries_within_180_days, 5, 179),
            reentries_after_180_days: self.plant_reentries(WANTED.reentries_after_180_days, 181, 360),
            exact_duplicates: self.plant_duplicates(),
            skipped_stage,
            clamped,
            stage_order,
            no_date,
            lead_after_as_of,
            stage_after_as_of,
            unreadable_date,
            channel_white_space,
            channel_case,
            amount_missing,
            amount_negative,
        };
        self.rows.sort_by_key(|row| row.listed_on);
        (self.rows, dirt)
    }

    fn plant_amounts(&mut self) -> (usize, usize) {
        let won = |row: &Row| row.course.reached() == 3;
        let missing = self.alter(WANTED.amount_missing, won, |row, _| row.course.amount = MISSING_AMOUNT);
        let negative = self.alter(WANTED.amount_negative, won, |row, _| row.course.amount = -row.course.amount);
        (missing, negative)
    }

    fn plant_order(&mut self) -> (usize, usize, usize) {
        let skipped = self.alter(
            WANTED.skipped_stage,
            |row| row.course.reached() >= 2,
            |row, dice| row.course.set_day(1 + dice.below(row.course.reached() - 1), MISSING),
        );
        let moved = |row: &Row| row.course.reached() >= 1;
        let clamped = self.alter(WANTED.clamped, moved, |row, dice| put_before_previous(row, 1, 2, dice));
        let refused = self.alter(WANTED.stage_order, moved, |row, dice| put_before_previous(row, 15, 60, dice));
        (skipped, clamped, refused)
    }

    fn plant_dates(&mut self) -> (usize, usize, usize, usize) {
        let untouched = |row: &Row| row.course.reached() == 0 && row.course.lost == MISSING;
        let no_date = self.alter(WANTED.no_date, untouched, |row, _| row.course.set_day(0, MISSING));
        let late_lead = self.alter(WANTED.lead_after_as_of, untouched, |row, dice| {
            row.course.set_day(0, SAMPLE_AS_OF + between(1, 45, dice));
        });
        let late_stage = self.alter(
            WANTED.stage_after_as_of,
            |row| matches!(row.course.reached(), 1 | 2) && row.course.lost == MISSING,
            |row, dice| row.course.set_day(row.course.reached(), SAMPLE_AS_OF + between(1, 30, dice)),
        );
        let half = WANTED.unreadable_date / 2;
        let words = self.alter(WANTED.unreadable_date - half, untouched, |row, _| row.unreadable = Some((0, "n/a")));
        let no_such_day = self.alter(half, |r| r.course.reached() >= 1, |r, _| r.unreadable = Some((1, "31/02/2025")));
        (no_date, late_lead, late_stage, words + no_such_day)
    }

    fn plant_channels(&mut self) -> (usize, usize) {
        let spaced = self.alter(
            WANTED.channel_white_space,
            |row| !row.channel.is_empty(),
            |row, dice| {
                row.channel = match dice.below(3) {
                    0 => format!(" {}", row.channel),
                    1 => format!("{} ", row.channel),
                    _ => format!("  {} ", row.channel),
                }
            },
        );
        let written = |name: &str| match name {
            "email" => Some("Email"),
            "paid search" => Some("Paid Search"),
            _ => None,
        };
        let cased = self.alter(
            WANTED.channel_case,
            |row| written(&row.channel).is_some(),
            |row, _| row.channel = written(&row.channel).unwrap_or_default().to_owned(),
        );
        (spaced, cased)
    }

    /// Leads that come back `from` to `to` days after their loss: a second row under the same id, with the course of
    /// another lead, drawn at random.
    fn plant_reentries(&mut self, wanted: usize, from: i32, to: i32) -> usize {
        let fits = |row: &Row| row.course.lost != MISSING && row.course.lost + to <= SAMPLE_AS_OF;
        let chosen = self.take(wanted, fits);
        for position in &chosen {
            let donor = self.dice.below(self.courses.len());
            let pair = self.rows.get(*position).zip(self.courses.get(donor));
            if let Some((row, course)) = pair.map(|(row, course)| (row.clone(), *course)) {
                let day = row.course.lost + between(from, to, &mut self.dice);
                self.rows.push(Row { course: course.moved_to(day), listed_on: day, ..row });
            }
        }
        chosen.len()
    }

    fn plant_duplicates(&mut self) -> usize {
        let chosen = self.take(WANTED.exact_duplicates, |_| true);
        // Sorting is stable and the copy stands right behind its original, so the two stay together.
        let mut copied = Vec::with_capacity(self.rows.len() + chosen.len());
        for (position, row) in self.rows.drain(..).enumerate() {
            if chosen.contains(&position) {
                copied.push(row.clone());
            }
            copied.push(row);
        }
        self.rows = copied;
        chosen.len()
    }

    /// Changes up to `wanted` clean rows that fit, and says how many.
    fn alter(&mut self, wanted: usize, fits: impl Fn(&Row) -> bool, change: impl Fn(&mut Row, &mut Dice)) -> usize {
        let chosen = self.take(wanted, fits);
        for position in &chosen {
            if let Some(row) = self.rows.get_mut(*position) {
                change(row, &mut self.dice);
            }
        }
        chosen.len()
    }

    /// Picks up to `wanted` clean rows that fit, and marks them.
    fn take(&mut self, wanted: usize, fits: impl Fn(&Row) -> bool) -> Vec<usize> {
        let clean = |position: &usize| self.rows.get(*position).is_some_and(|row| !row.planted && fits(row));
        let chosen: Vec<usize> = self.order.iter().copied().filter(clean).take(wanted).collect();
        for position in &chosen {
            if let Some(row) = self.rows.get_mut(*position) {
                row.planted = true;
            }
        }
        chosen
    }
}

/// Dates the last stage `from` to `to` days before the one before it.
fn put_before_previous(row: &mut Row, from: i32, to: i32, dice: &mut Dice) {
    let last = row.course.reached();
    let previous = row.course.day(last.saturating_sub(1));
    row.course.set_day(last, previous - between(from, to, dice));
}

/// A whole number of days, `from` to `to`, both included.
fn between(from: i32, to: i32, dice: &mut Dice) -> i32 {
    let span = usize::try_from(to - from + 1).unwrap_or(1);
    from + i32::try_from(dice.below(span)).unwrap_or(0)
}
