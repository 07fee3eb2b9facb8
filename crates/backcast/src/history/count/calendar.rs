//! The month of a day by its age: how many days before `as_of` it lies.

use crate::quantity::{Day, Month};

/// Ages below this many days (22 years) are looked up.
const DAYS: u32 = 8192;

/// Months back from that of `as_of`, by age.
#[derive(Debug)]
pub(super) struct Calendar {
    as_of: i32,
    /// The number of the month of `as_of`.
    last: u32,
    back: Vec<u16>,
}

impl Calendar {
    pub(super) fn new(as_of: i32) -> Self {
        let last = ordinal_of(as_of);
        let back = |age: u32| {
            let months = last - ordinal_of(as_of.saturating_sub_unsigned(age));
            u16::try_from(months).unwrap_or(u16::MAX)
        };
        Self { as_of, last, back: (0..DAYS).map(back).collect() }
    }

    /// The first day whose age is looked up.
    pub(super) fn floor(&self) -> i32 {
        self.as_of.saturating_sub_unsigned(DAYS - 1)
    }

    /// Months back of each age from 0 on.
    pub(super) fn backs(&self) -> &[u16] {
        &self.back
    }

    /// How many months back lies the month of `day`, and how many months are looked up at most.
    pub(super) fn back(&self, day: i32) -> usize {
        let age = usize::try_from(self.as_of.saturating_sub(day)).unwrap_or(0);
        self.back.get(age).or(self.back.last()).map_or(0, |back| usize::from(*back))
    }

    /// The least age in a month.
    pub(super) fn age(&self, back: usize) -> usize {
        self.back.partition_point(|month| usize::from(*month) < back)
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
