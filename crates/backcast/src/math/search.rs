//! The smallest whole number at which a rising probability reaches a level: bracketing, then regula falsi on logits.

use super::work;
use core::ops::RangeInclusive;

/// The largest whole number that a double (and so JavaScript) holds exactly: 2⁵³ − 1.
pub(crate) const MAX_WHOLE: u64 = (1 << 53) - 1;

/// The whole number next to a double, held between 0 and [`MAX_WHOLE`]; NaN is 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held within bounds that both types hold")]
pub(crate) fn to_whole(value: f64) -> u64 {
    libm::round(value).clamp(0.0, MAX_WHOLE as f64) as u64
}

/// The same as an index or a length.
pub(crate) fn to_index(value: f64) -> usize {
    usize::try_from(to_whole(value)).unwrap_or(usize::MAX)
}

/// One evaluated candidate: its logit and whether it meets the level.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tried {
    /// P at this candidate.
    pub(crate) probability: f64,
    /// Whether the level is met (may be decided more exactly than `probability` shows).
    pub(crate) meets: bool,
}

fn logit(p: f64) -> f64 {
    let p = p.clamp(1e-300, 1.0 - 1e-16);
    libm::log(p) - libm::log1p(-p)
}

/// Each step away from a guess is so many times longer than the one before.
const STRIDE: u64 = 8;

/// The smallest `n` of a range that meets the level, `None` if even the largest does not.
///
/// `tried(n)` must not fall as `n` rises. `guess` is where to start; a good one saves evaluations, a bad one costs
/// doublings only. The answer is minimal: `n` meets the level and `n − 1` does not (or is below the range).
pub(crate) fn smallest(
    within: RangeInclusive<u64>,
    guess: u64,
    level: f64,
    tried: impl Fn(u64) -> Tried,
) -> Option<u64> {
    let (floor, most) = within.into_inner();
    let goal = logit(level);
    let gap = |t: Tried| logit(t.probability) - goal;
    // Gallop away from the guess: a good one is confirmed by its neighbour.
    let start = guess.min(most).max(floor);
    let at_start = tried(start);
    let mut low = floor.checked_sub(1);
    let mut gap_low = f64::NEG_INFINITY;
    let (mut high, mut at_high) = (start, at_start);
    // First its neighbour, then a few parts in a thousand away, then ever farther.
    let farther = |stride: u64| if stride == 1 { (start / 256).max(STRIDE) } else { stride.saturating_mul(STRIDE) };
    let mut stride = 1_u64;
    if at_start.meets {
        while high > floor {
            let next = high.saturating_sub(stride).max(floor);
            let at_next = tried(next);
            if !at_next.meets {
                (low, gap_low) = (Some(next), gap(at_next));
                break;
            }
            (high, at_high) = (next, at_next);
            stride = farther(stride);
        }
        if high == floor {
            return Some(floor);
        }
    }
    while !at_high.meets {
        if high >= most || work::is_over() {
            return None;
        }
        (low, gap_low) = (Some(high), gap(at_high));
        high = high.saturating_add(stride).min(most);
        at_high = tried(high);
        stride = farther(stride);
    }
    let mut gap_high = gap(at_high);
    // Illinois: an end that stays put twice running counts half, so that the other end moves too.
    let mut last_met = None;
    for turn in 0_u32.. {
        if work::is_over() {
            break;
        }
        // Below the floor nothing can meet the level (or the floor is 0 and there is nothing below it).
        let least = match low {
            Some(low) if high - low <= 1 => break,
            None if high == 0 => break,
            Some(low) => low + 1,
            None => 0,
        };
        // Every third candidate is the middle: a step function must not be walked one by one.
        let secant = if turn % 3 == 2 { None } else { secant(low.unwrap_or(0), high, gap_low, gap_high) };
        let next = secant.unwrap_or(least + (high - least) / 2).clamp(least, high - 1);
        let at_next = tried(next);
        let again = last_met == Some(at_next.meets);
        last_met = Some(at_next.meets);
        if at_next.meets {
            (high, gap_high) = (next, gap(at_next));
            gap_low *= if again { 0.5 } else { 1.0 };
        } else {
            (low, gap_low) = (Some(next), gap(at_next));
            gap_high *= if again { 0.5 } else { 1.0 };
        }
    }
    Some(high)
}

/// Where the straight line through both ends crosses 0: over ln n while the ends are far apart, over n when near.
fn secant(low: u64, high: u64, gap_low: f64, gap_high: f64) -> Option<u64> {
    let share = -gap_low / (gap_high - gap_low);
    if low == 0 || !(0.0..=1.0).contains(&share) {
        return None;
    }
    let (below, above) = (low as f64, high as f64);
    let at = if above < 2.0 * below {
        below + (above - below) * share
    } else {
        below * libm::exp(libm::log(above / below) * share)
    };
    Some(to_whole(at))
}

/// Where between `from` (where a probability is below `level`) and `to` it reaches the level, to seven digits of itself or of
/// `least`, on the side where it is reached; `from` if it is reached there already, `None` if not even at `to`. Regula falsi
/// on logits (Illinois).
pub(crate) fn crossing(
    (from, to): (f64, f64),
    level: f64,
    least: f64,
    probability: impl Fn(f64) -> f64,
) -> Option<f64> {
    let gap = |at: f64| logit(probability(at)) - logit(level);
    let (mut short, mut enough) = (from, to);
    let (mut gap_short, mut gap_enough) = (gap(from), gap(to));
    if gap_short >= 0.0 {
        return Some(from);
    }
    if gap_enough < 0.0 {
        return None;
    }
    let mut last_met = None;
    // Every third is a bisection: enough of them for a step function.
    for turn in 0..90 {
        if (enough - short).abs() <= 1e-7 * enough.abs().max(short.abs()).max(least) {
            break;
        }
        let share = if turn % 3 == 2 { 0.5 } else { (-gap_short / (gap_enough - gap_short)).clamp(1e-3, 1.0 - 1e-3) };
        let next = short + (enough - short) * share;
        let found = gap(next);
        let met = found >= 0.0;
        if met {
            (enough, gap_enough) = (next, found);
            if last_met == Some(true) {
                gap_short *= 0.5;
            }
        } else {
            (short, gap_short) = (next, found);
            if last_met == Some(false) {
                gap_enough *= 0.5;
            }
        }
        last_met = Some(met);
    }
    Some(enough)
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::Cell;

    #[test]
    fn finds_the_step_of_any_rising_function() {
        for step in [0, 1, 2, 3, 17, 1000, 123_456_789, MAX_WHOLE - 1, MAX_WHOLE] {
            for (floor, guess) in [(0, 0), (0, 1), (step / 2, step / 2 + 5), (step, step), (0, MAX_WHOLE)] {
                let tried = |n: u64| Tried { probability: if n >= step { 0.9 } else { 0.1 }, meets: n >= step };
                assert_eq!(smallest(floor..=MAX_WHOLE, guess, 0.8, tried), Some(step), "{floor} {guess}");
            }
        }
        let from_9 = |n: u64| Tried { probability: if n >= 9 { 0.9 } else { 0.1 }, meets: n >= 9 };
        for guess in [0, 5, 9, 1000] {
            assert_eq!([8, 9, 10].map(|most| smallest(2..=most, guess, 0.8, from_9)), [None, Some(9), Some(9)]);
        }
        assert_eq!(smallest(0..=MAX_WHOLE, 5, 0.8, |_| Tried { probability: 0.1, meets: false }), None);
    }

    #[test]
    fn finds_where_a_curve_crosses() {
        for edge in [0.021, 0.3, 0.97] {
            let calls = Cell::new(0);
            let curve = |x: f64| {
                calls.set(calls.get() + 1);
                1.0 / (1.0 + libm::exp(-30.0 * (x - edge)))
            };
            let found = crossing((0.0, 1.0), 0.5, 0.0, curve).unwrap();
            assert!((found - edge).abs() < 2e-6 && calls.get() < 30, "{found} {edge} {}", calls.get());
        }
        assert_eq!(crossing((0.5, 1.0), 0.1, 0.0, |x| x), Some(0.5));
        assert_eq!(crossing((0.0, 0.5), 0.9, 0.0, |x| x), None);
        assert!((crossing((1.0, 0.0), 0.7, 0.0, |x| 1.0 - x).unwrap() - 0.3).abs() < 2e-6);
    }

    #[test]
    fn a_smooth_curve_takes_few_evaluations() {
        for scale in [30.0, 3e3, 3e6, 3e9] {
            let calls = Cell::new(0);
            let tried = |n: u64| {
                calls.set(calls.get() + 1);
                let probability = 1.0 / (1.0 + libm::exp(-25.0 * (libm::log(n as f64) - libm::log(scale))));
                Tried { probability, meets: probability >= 0.8 }
            };
            assert!(smallest(1..=MAX_WHOLE, to_whole(scale), 0.8, tried).is_some());
            assert!(calls.get() <= 15, "{} calls at {scale}", calls.get());
        }
    }
}
