//! The study: every world, repeated over seeds, on as many threads as there are; the same whatever their number.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::judge::Shared;
use super::scenario::{Aim, Scenario, Window, windows};
use super::trial::Trial;
use crate::Result;

/// How the worlds are drawn.
#[derive(Debug, Clone, Copy)]
pub struct Study {
    /// Repetitions of each world; the r-th of every world has the seed `seed + r`.
    pub repetitions: usize,
    /// The first so many of them also plan in money, and the first so many with what is in flight: these take longer.
    pub in_money: usize,
    /// See `in_money`.
    pub in_flight: usize,
    /// The first seed.
    pub seed: u64,
    /// Values that one who knows the world draws for what all seeds share; a tenth of it where each has its own.
    pub draws: u32,
    /// Threads.
    pub threads: usize,
}

/// One world and all its repetitions, in the order of their seeds.
#[derive(Debug)]
pub struct World {
    /// The world.
    pub scenario: Scenario,
    /// Its repetitions.
    pub trials: Vec<Trial>,
}

impl Study {
    /// Draws all repetitions of all worlds; tells on standard error how far it is.
    ///
    /// # Errors
    /// The first fault of a repetition.
    pub fn run(&self, scenarios: Vec<Scenario>) -> Result<Vec<World>> {
        let shared = scenarios.iter().map(|scenario| self.shared(scenario)).collect::<Result<Vec<_>>>()?;
        let total = scenarios.len() * self.repetitions;
        let (next, done, begun) = (AtomicUsize::new(0), Mutex::new(0), Instant::now());
        let work = || -> Result<Vec<(usize, Trial)>> {
            let mut trials = Vec::new();
            loop {
                let job = next.fetch_add(1, Ordering::Relaxed);
                let Some(scenario) = scenarios.get(job / self.repetitions).filter(|_| job < total) else {
                    return Ok(trials);
                };
                let shared = shared.get(job / self.repetitions).map_or(&[][..], Vec::as_slice);
                let seed = self.seed + (job % self.repetitions) as u64;
                let windows = self.windows(job % self.repetitions);
                trials.push((job, Trial::run(scenario, &windows, seed, shared, self.draws / 10)?));
                if let Ok(mut done) = done.lock() {
                    *done += 1;
                    tell(*done, total, begun, scenario.name);
                }
            }
        };
        let parts: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..self.threads.max(1)).map(|_| scope.spawn(work)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|_| Err("a thread panicked".into())))
                .collect()
        });
        let mut trials = parts.into_iter().collect::<Result<Vec<_>>>()?.concat();
        trials.sort_by_key(|(job, _)| *job);
        let mut trials = trials.into_iter().map(|(_, trial)| trial);
        let world = |scenario| World { scenario, trials: trials.by_ref().take(self.repetitions).collect() };
        Ok(scenarios.into_iter().map(world).collect())
    }

    /// The campaigns of a repetition: the first of all, customers before revenue before what is in flight.
    fn windows(&self, repetition: usize) -> Vec<Window> {
        let asked = |window: &Window| match (window.in_flight, window.aim) {
            (true, _) => repetition < self.in_flight.min(self.in_money),
            (false, Aim::Revenue) => repetition < self.in_money,
            (false, Aim::Customers) => true,
        };
        windows().into_iter().take_while(asked).collect()
    }

    /// What all seeds share, by window.
    fn shared(&self, scenario: &Scenario) -> Result<Vec<Shared>> {
        windows().into_iter().map(|window| Shared::of(scenario, window, self.draws)).collect()
    }
}

/// A line for every twentieth part of the work.
fn tell(done: usize, total: usize, begun: Instant, name: &str) {
    if done * 20 / total > (done - 1) * 20 / total {
        let seconds = begun.elapsed().as_secs_f64();
        let left = seconds / done as f64 * (total - done) as f64;
        eprintln!("{done} of {total} repetitions in {seconds:.0} s, about {left:.0} s left ({name})");
    }
}
