//! The worlds of the study and the campaigns that are planned in them.

use simulate::{Loss, World, day_of};

use super::in_flight;

/// The first day of every campaign: the day after the last day of history.
pub const START: i32 = day_of(2026, 1, 1);

/// The last day on which customers count where there is a deadline: 180 days later.
pub const DEADLINE: i32 = START + 180;

/// What deals are made in.
pub const CURRENCY: &str = "EUR";

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
    /// Customers expected on average of the leads that are open at the end of history, until [`DEADLINE`].
    pub in_flight: u64,
}

/// What a goal counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// Customers.
    Customers,
    /// As many times the mean deal.
    Revenue,
}

/// A campaign: leads that are created evenly over some days, and the day by which their customers count.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// In words.
    pub name: &'static str,
    /// In a word or two, for the head of a table.
    pub short: &'static str,
    /// Days on which leads are created, from [`START`] on.
    pub days: u32,
    /// The last day on which a customer counts, in days since 1970-01-01; none: ever.
    pub by: Option<i32>,
    /// What counts.
    pub aim: Aim,
    /// Whether open leads count too, and the goal is as much larger as is expected of them.
    pub in_flight: bool,
}

impl Window {
    /// The goal: customers, or minor units of [`CURRENCY`].
    #[must_use]
    pub fn target(&self, scenario: &Scenario) -> u64 {
        let customers = scenario.customers + if self.in_flight { scenario.in_flight } else { 0 };
        match self.aim {
            Aim::Customers => customers,
            Aim::Revenue => customers * whole(100.0 * scenario.world.deal.mean),
        }
    }

    /// The last day on which a lead is created.
    #[must_use]
    pub fn last_day(&self) -> i32 {
        START + self.days.cast_signed() - 1
    }

    /// Whether leads come in a part of the days until the deadline only.
    #[must_use]
    pub fn is_early(&self) -> bool {
        self.by.is_some_and(|by| self.last_day() < by)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "mean deals and customers are far inside u64"
)]
fn whole(amount: f64) -> u64 {
    amount.round() as u64
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
    let scenario = |(name, world)| {
        let in_flight = whole(in_flight::expected(&world, DEADLINE));
        Scenario { name, world, customers: 40, in_flight }
    };
    worlds.map(scenario).into()
}

/// The campaigns. Of a deadline [`backcast::Goal::plan`] assumes that leads arrive evenly until then; where they come in
/// the first quarter only, the plan is told so.
#[must_use]
pub fn windows() -> [Window; 7] {
    let quarter = |short, name, by, aim| Window { short, name, days: QUARTER_DAYS, by, aim, in_flight: false };
    let half_year = |short, name, aim| Window { days: 181, ..quarter(short, name, Some(DEADLINE), aim) };
    let in_flight = |short, name, aim| Window { in_flight: true, ..half_year(short, name, aim) };
    [
        quarter("no deadline", "leads over one quarter, no deadline", None, Aim::Customers),
        half_year("deadline", "leads evenly until a deadline 180 days after the start", Aim::Customers),
        quarter(
            "early leads",
            "leads in the first quarter only, deadline 180 days after the start",
            Some(DEADLINE),
            Aim::Customers,
        ),
        quarter("revenue, no deadline", "revenue, leads over one quarter, no deadline", None, Aim::Revenue),
        half_year("revenue, deadline", "revenue, leads evenly until a deadline 180 days after the start", Aim::Revenue),
        in_flight("in flight", "with what is in flight, deadline 180 days after the start", Aim::Customers),
        in_flight(
            "revenue, in flight",
            "revenue, with what is in flight, deadline 180 days after the start",
            Aim::Revenue,
        ),
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
        let [quarter, half_year, early, ..] = windows();
        assert_eq!((quarter.last_day(), half_year.last_day()), (day_of(2026, 3, 31), day_of(2026, 6, 30)));
        assert_eq!(half_year.by, Some(half_year.last_day()));
        assert_eq!(windows().map(|window| window.is_early()), [false, false, true, false, false, false, false]);
        assert_eq!(early.by, Some(day_of(2026, 6, 30)));
    }

    #[test]
    fn goals_by_hand() {
        let still = &scenarios()[0];
        let targets = windows().map(|window| window.target(still));
        assert_eq!(targets[..5], [40, 40, 40, 36_000_000, 36_000_000]);
        let both = 40 + still.in_flight;
        assert_eq!(targets[5..], [both, both * 900_000]);
        // 12 leads a day, 3.6 % of whom are won after 95 days on average (e^½ · 8, e^0.405 · 20, e^0.245 · 45, each half
        // a day less), in flight all that time, but for a twelfth who take longer than the half year that is left.
        let steady = 12.0 * 0.036 * (13.2 + 30.0 + 57.5 - 1.5);
        assert!((0.9..1.0).contains(&(still.in_flight as f64 / steady)), "{} {steady}", still.in_flight);
    }
}
