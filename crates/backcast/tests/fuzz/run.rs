//! Runs a target over drawn inputs, each against the clock, and says what it saw.
//!
//! `BACKCAST_FUZZ` is the number of inputs of each target; with it every run draws others, without it always the same.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestCaseResult, TestRng, TestRunner};
use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Not a measurement: a guard against hanging, without optimisation and on a busy machine.
const LATE: Duration = Duration::from_secs(30);

/// The name of the threads that inputs are tried on.
const TRIED: &str = "an input";

/// A panic while an input is tried is told once, with the smallest such input, not each time.
fn hush() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let tell = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if std::thread::current().name() != Some(TRIED) {
                tell(panic);
            }
        }));
    });
}

/// A target with this many inputs: what `check` refuses, panics on or does not end fails, with the smallest such input.
pub(crate) fn fuzz<S>(name: &str, usual: u32, inputs: &S, check: fn(&S::Value) -> TestCaseResult)
where
    S: Strategy,
    S::Value: Clone + Debug + Send + 'static,
{
    hush();
    let asked = std::env::var("BACKCAST_FUZZ").ok().and_then(|number| number.parse().ok());
    let config =
        Config { failure_persistence: None, max_shrink_iters: 500, ..Config::with_cases(asked.unwrap_or(usual)) };
    let mut runner = match asked {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    let (runs, largest) = (Cell::new(0_u64), Cell::new(0));
    let slowest = RefCell::new((Duration::ZERO, String::new()));
    let outcome = runner.run(inputs, |input| {
        let shown = format!("{input:?}");
        runs.set(runs.get() + 1);
        largest.set(largest.get().max(shown.len()));
        let took = within(LATE, input, check)?;
        if took > slowest.borrow().0 {
            *slowest.borrow_mut() = (took, shown);
        }
        Ok(())
    });
    let (took, shown) = slowest.into_inner();
    let start: String = shown.chars().take(300).collect();
    println!(
        "{name}: {} inputs, the largest of {} bytes; slowest {took:.1?}: {start}; at most {} MB held",
        runs.get(),
        largest.get(),
        megabytes()
    );
    assert!(outcome.is_ok(), "{name}: {}", outcome.err().map_or_else(String::new, |error| error.to_string()));
}

/// Runs it on a thread of its own, so that what never ends is seen.
fn within<T: Send + 'static>(
    limit: Duration,
    input: T,
    check: fn(&T) -> TestCaseResult,
) -> Result<Duration, TestCaseError> {
    let (done, wait) = channel();
    let tried = std::thread::Builder::new().name(TRIED.to_owned()).spawn(move || {
        let begun = Instant::now();
        let checked = catch_unwind(AssertUnwindSafe(|| check(&input)));
        let _ = done.send((checked, begun.elapsed()));
    });
    tried.map_err(|error| TestCaseError::fail(error.to_string()))?;
    match wait.recv_timeout(limit) {
        Ok((Ok(checked), took)) => checked.map(|()| took),
        Ok((Err(panic), _)) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Err(TestCaseError::fail(format!("a panic: {}", text.unwrap_or_default())))
        }
        Err(_) => Err(TestCaseError::fail(format!("not done within {limit:?}"))),
    }
}

/// The most memory that this process has held, where the system says so.
fn megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}
