//! The shocks: what moves the rates of a quarter away from their mean.

use super::parameters::World;
use crate::draw::Dice;

/// The state of the shock process in one quarter; advancing it gives the next quarter.
#[derive(Debug, Clone)]
pub(crate) struct Shocks<'w> {
    world: &'w World,
    /// The part that all segments share, one number per step; stationary variance 1.
    common: Vec<f64>,
    /// The part of each segment, one number per segment and step; stationary variance 1.
    own: Vec<f64>,
}

impl<'w> Shocks<'w> {
    /// The first quarter, drawn from the stationary law.
    pub(crate) fn first(world: &'w World, dice: &mut Dice) -> Self {
        let steps = world.steps.len();
        let mut shocks = Self { world, common: vec![0.0; steps], own: vec![0.0; steps * world.segments.len()] };
        shocks.move_on(0.0, dice);
        shocks
    }

    /// Moves on to the next quarter: z ← phi · z + √(1 − phi²) · e.
    pub(crate) fn advance(&mut self, dice: &mut Dice) {
        self.move_on(self.world.phi, dice);
    }

    /// The shocks of this quarter, segment by segment, within each step by step; each standard normal.
    pub(crate) fn values(&self) -> impl Iterator<Item = f64> {
        let (common, own) = (self.world.shared_shock.sqrt(), (1.0 - self.world.shared_shock).sqrt());
        self.common.iter().cycle().zip(&self.own).map(move |(c, o)| common * c + own * o)
    }

    /// The same numbers of draws whatever the parameters, so that worlds can be compared on the same random numbers.
    fn move_on(&mut self, kept: f64, dice: &mut Dice) {
        let (fresh, rho) = ((1.0 - kept * kept).sqrt(), self.world.rho);
        let new = (1.0 - rho * rho).sqrt();
        let steps = self.world.steps.len();
        for row in std::iter::once(&mut self.common[..]).chain(self.own.chunks_mut(steps)) {
            let mut previous: Option<f64> = None;
            for z in row {
                let normal = dice.normal();
                let innovation = previous.map_or(normal, |before| rho * before + new * normal);
                *z = kept * *z + fresh * innovation;
                previous = Some(innovation);
            }
        }
    }
}
