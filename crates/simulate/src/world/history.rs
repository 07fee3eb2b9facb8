//! History: leads that arrive day by day, and the whole course of each, known or not yet known.

use super::law::{Law, Rates};
use super::leads::{Leads, MISSING, MISSING_AMOUNT};
use super::parameters::World;
use crate::calendar::quarter_of;
use crate::draw::{Dice, Stream};
use crate::error::Error;

impl World {
    /// Every lead created from the first day of history to `as_of`, with everything that ever happens to it, also after
    /// `as_of`. What the CRM knows is `history(seed)?.as_of(world.as_of)`.
    ///
    /// # Errors
    /// When a field of the world is out of its range.
    ///
    /// ```
    /// let world = simulate::World::default();
    /// assert_eq!(world.history(3)?, world.history(3)?);
    /// # Ok::<(), simulate::Error>(())
    /// ```
    pub fn history(&self, seed: u64) -> Result<Leads, Error> {
        self.check()?;
        Ok(self.unchecked_history(seed))
    }

    /// The history of a world that is known to be in range.
    pub(crate) fn unchecked_history(&self, seed: u64) -> Leads {
        let law = Law::new(self);
        let rates = law.rates(seed, quarter_of(self.as_of));
        let mut dice = Dice::new(seed, Stream::History);
        let mut leads = Leads::with_capacity(self, 0);
        // A Poisson process: leads are one exponential apart on the scale of the expected number so far.
        let mut due = dice.exponential();
        let mut expected = 0.0;
        for (day, offset) in (self.first_day()..=self.as_of).zip(0..) {
            expected += self.leads_on(offset);
            let block = rates.block(day);
            while due < expected {
                law.live(day, block, &rates, &mut dice, &mut leads);
                due += dice.exponential();
            }
        }
        leads
    }
}

impl Law<'_> {
    /// Draws the course of one lead created on `day` and appends it.
    pub(crate) fn live(&self, day: i32, block: &[f64], rates: &Rates, dice: &mut Dice, leads: &mut Leads) {
        let segment = dice.position(&self.running_shares);
        let mut columns = leads.entered.iter_mut();
        if let Some(created) = columns.next() {
            created.push(day);
        }
        let (mut now, mut alive, mut last_z) = (day, true, 0.0);
        for ((step, rate), column) in self.world.steps.iter().zip(rates.row(block, segment)).zip(columns) {
            alive = alive && dice.happens(*rate);
            if alive {
                last_z = dice.normal();
                now += step.lag.days(last_z);
            }
            column.push(if alive { now } else { MISSING });
        }
        leads.amount.push(if alive { self.amount(segment, last_z, dice) } else { MISSING_AMOUNT });
        leads.lost.push(if alive { MISSING } else { self.loss_day(now, dice) });
        leads.segment.push(u16::try_from(segment).unwrap_or(u16::MAX));
    }

    /// The day on which a loss in the stage entered on `entered` is recorded, if it is.
    fn loss_day(&self, entered: i32, dice: &mut Dice) -> i32 {
        let loss = &self.world.loss;
        if dice.happens(loss.recorded_share) { entered + loss.lag.days(dice.normal()) } else { MISSING }
    }

    /// The amount of a won deal in minor units.
    fn amount(&self, segment: usize, lag_z: f64, dice: &mut Dice) -> i64 {
        let deal = &self.world.deal;
        let factor = self.world.segments.get(segment).map_or(1.0, |s| s.deal_multiplier);
        let correlation = deal.lag_correlation;
        let z = correlation * lag_z + (1.0 - correlation * correlation).sqrt() * dice.normal();
        minor_units(deal.mean * factor * libm::exp(deal.sigma * z - deal.sigma * deal.sigma / 2.0))
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the bounds above the cast are inside i64")]
fn minor_units(major: f64) -> i64 {
    (major * 100.0).round().clamp(1.0, 1e17) as i64
}
