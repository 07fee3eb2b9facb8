//! The month of a day by its age: how many days before `as_of` it lies.

use crate::quantity::{Day, Month};

/// Ages below this many days (22 years) are looked up.
const DAYS: u32 = 8192;

/// Months back from that of `as_of`, by age.
#[derive(Debug)]
pub(super) struct Calendar {
    as_of: i32,
    /// The month of `as_of`.
    last: u32,
    back: Vec<u16>,
    /// For each month back, the first age that lies in it.
    starts: Vec<u32>,
}

impl Calendar {
    pub(super) fn new(as_of: i32) -> Self {
        let last = ordinal_of(as_of);
        let mut calendar = Self { as_of, last, back: Vec::new(), starts: Vec::new() };
        for age in 0..DAYS {
            let back = last - ordinal_of(as_of.saturating_sub_unsigned(age));
            if back as usize == calendar.starts.len() {
                calendar.starts.push(age);
            }
            calendar.back.push(u16::try_from(back).unwrap_or(u16::MAX));
        }
        calendar
    }

    /// The first day whose age is looked up.
    pub(super) fn floor(&self) -> i32 {
        self.as_of.saturating_sub_unsigned(DAYS - 1)
    }

    /// Months back, where that is looked up.
    #[inline]
    pub(super) fn back(&self, age: usize) -> Option<usize> {
        self.back.get(age).map(|back| usize::from(*back))
    }

    /// The least age in a month.
    pub(super) fn age(&self, back: usize) -> usize {
        self.starts.get(back).map_or(usize::MAX, |start| *start as usize)
    }

    /// For each month, the first one first: how many months back it lies, and the ages in it.
    pub(super) fn months(&self) -> impl Iterator<Item = (usize, core::ops::Range<u32>, Month)> {
        let ends = [DAYS].into_iter().chain(self.starts.iter().copied().rev());
        let months = self.starts.iter().enumerate().rev().zip(ends);
        months.map(|((back, start), end)| (back, *start..end, Self::month(self.ordinal(*start))))
    }

    /// The number of a month: months sort by it.
    pub(super) fn ordinal(&self, age: u32) -> u32 {
        match self.back.get(age as usize) {
            Some(back) => self.last - u32::from(*back),
            None => ordinal_of(self.as_of.saturating_sub_unsigned(age)),
        }
    }

    /// The month of that number.
    pub(super) fn month(ordinal: u32) -> Month {
        let year = i32::try_from(ordinal / 12).unwrap_or(i32::MAX);
        Month::of(Day::civil(year, ordinal % 12 + 1, 1).unwrap_or(Day::MIN))
    }
}

fn ordinal_of(day: i32) -> u32 {
    let (year, month, _) = Day::MIN.plus_days(day.saturating_sub(Day::MIN.unix_days())).ymd();
    year.unsigned_abs() * 12 + month - 1
}
