//! When, and by whom: the numbers over weeks, months and quarters, and the goals of departments.

pub(super) mod departments;
pub(super) mod schedule;
pub(super) mod sub_goals;
