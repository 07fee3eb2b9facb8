//! Through which channels: the cheapest leads of each that are enough.

pub(super) mod frontier;
pub(super) mod mixing;
pub(super) mod search;
pub(super) mod water_filling;
pub(super) mod ways;
pub(super) mod whole_mix;
