//! The worlds of the study and the campaigns that are planned in them.

use simulate::{Loss, World, day_of};

/// The first day of every campaign: the day after the last day of history.
pub const START: i32 = day_of(2026, 1, 1);

/// Days of the quarter that follows history.
pub const QUARTER_DAYS: u32 = 90;

/// A world, and the goal of those who live in it.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// What is special about it.
    pub name: &'static str,
    /// The world.
    pub world: World,
    /// Customers that the campaign must bring.
    pub customers: u64,
}

/// A campaign: leads that are created evenly over some days, and the day by which their customers count.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// In words.
    pub name: &'static str,
    /// Days on which leads are created, from [`START`] on.
    pub days: u32,
    /// The last day on which a customer counts, in days since 1970-01-01; none: ever.
    pub by: Option<i32>,
}

/// The worlds. Those without "drift" in their name differ from the first in one thing.
#[must_use]
pub fn scenarios() -> Vec<Scenario> {
    let still = World { loss: Loss { recorded_share: 0.0, ..World::default().loss }, ..World::default() };
    let drifting = World { tau: 0.25, ..still.clone() };
    // About as many leads in all as a steady 12 a day.
    let growing = |world: World| World { leads_per_day: 5.5, growth_per_month: 0.06, ..world };
    let recorded = Loss { recorded_share: 0.6, ..still.loss };
    let worlds = [
        ("no drift", still.clone()),
        ("60 % of losses recorded", World { loss: recorded, ..still.clone() }),
        ("180-day history", World { history_days: 180, ..still.clone() }),
        ("growth of 6 % a month", growing(still.clone())),
        ("few leads, 3 a day", World { leads_per_day: 3.0, ..still.clone() }),
        ("moderate drift", drifting.clone()),
        ("moderate drift, growth of 6 % a month", growing(drifting.clone())),
        ("moderate drift, few leads", World { leads_per_day: 3.0, ..drifting.clone() }),
        ("moderate drift, 180-day history", World { history_days: 180, ..drifting }),
        ("strong drift, AR(1)", World { tau: 0.30, phi: 0.7, ..still }),
    ];
    worlds.map(|(name, world)| Scenario { name, world, customers: 40 }).into()
}

/// The campaigns. The second is what [`backcast::Goal::plan`] assumes of a deadline: leads arrive evenly from the first day
/// to the deadline itself.
#[must_use]
pub fn windows() -> [Window; 2] {
    [
        Window { name: "leads over one quarter, no deadline", days: QUARTER_DAYS, by: None },
        Window { name: "leads evenly until a deadline 180 days after the start", days: 181, by: Some(START + 180) },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn campaigns_follow_history_and_fill_whole_quarters() {
        for scenario in scenarios() {
            scenario.world.check().unwrap();
            assert_eq!(scenario.world.as_of + 1, START);
        }
        let [quarter, half_year] = windows();
        let last = |window: Window| START + i32::try_from(window.days).unwrap() - 1;
        assert_eq!((last(quarter), last(half_year)), (day_of(2026, 3, 31), day_of(2026, 6, 30)));
        assert_eq!(half_year.by, Some(last(half_year)));
    }
}
