//! The month of a day by its age: how many days before `as_of` it lies.

use crate::quantity::{Day, Month};

/// Ages below this many days (22 years) are looked up.
const DAYS: u32 = 8192;

/// Where an age lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Months back from that of `as_of`.
    pub(super) back: u16,
    /// Days before the last one of that month (or before `as_of`).
    pub(super) within: u16,
}

/// Months back from that of `as_of`, by age.
#[derive(Debug)]
pub(super) struct Calendar {
    as_of: i32,
    /// The number of the month of `as_of`.
    last: u32,
    places: Vec<Place>,
}

impl Calendar {
    pub(super) fn new(as_of: i32) -> Self {
        let last = ordinal_of(as_of);
        let (mut month, mut start) = (last, 0);
        let place = |age: u32| {
            let now = ordinal_of(as_of.saturating_sub_unsigned(age));
            if now != month {
                (month, start) = (now, age);
            }
            let short = |days: u32| u16::try_from(days).unwrap_or(u16::MAX);
            Place { back: short(last - now), within: short(age - start) }
        };
        Self { as_of, last, places: (0..DAYS).map(place).collect() }
    }

    /// The first day whose age is looked up.
    pub(super) fn floor(&self) -> i32 {
        self.as_of.saturating_sub_unsigned(DAYS - 1)
    }

    /// The places of the ages from 0 on.
    pub(super) fn places(&self) -> &[Place] {
        &self.places
    }

    /// How many months back lies the month of `day`, and how many months are looked up at most.
    pub(super) fn back(&self, day: i32) -> usize {
        let age = usize::try_from(self.as_of.saturating_sub(day)).unwrap_or(0);
        let place = self.places.get(age).or(self.places.last());
        place.map_or(0, |place| usize::from(place.back))
    }

    /// The least age in a month.
    pub(super) fn age(&self, back: usize) -> usize {
        self.places.partition_point(|place| usize::from(place.back) < back)
    }

    /// The number of a month: months sort by it.
    pub(super) fn ordinal(&self, age: u32) -> u32 {
        match self.places.get(age as usize) {
            Some(place) => self.last - u32::from(place.back),
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
