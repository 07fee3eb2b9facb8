//! The maximum of a smooth function of a few variables: Newton's method with Levenberg's damping.

use super::cholesky::{Cholesky, dot};

/// A function at one point, with its first and second derivatives.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    pub(crate) value: f64,
    pub(crate) gradient: Vec<f64>,
    /// The lower triangle of **minus** the second derivatives, by rows.
    pub(crate) curvature: Vec<Vec<f64>>,
}

/// A maximum, and how sharp it is.
#[derive(Clone, Debug)]
pub(crate) struct Maximum {
    pub(crate) at: Vec<f64>,
    pub(crate) value: f64,
    /// Of minus the second derivatives: positive definite.
    pub(crate) curvature: Cholesky,
}

const STEPS: usize = 200;
/// No coordinate moves further in one step.
const REACH: f64 = 2.0;
/// Half the Newton decrement at which the maximum is found: what is left to gain in value.
const FOUND: f64 = 1e-11;

/// The maximum that a climb from `start` ends in; `None` if it ends in none: a boundary, a ridge, or no way up.
///
/// `local` gives `None` where the function is not defined; the climb stays where it is. Every step taken gains.
/// Sources: Levenberg 1944; Nocedal & Wright, *Numerical Optimization* (2nd ed.), ch. 4.
pub(crate) fn maximise(start: Vec<f64>, local: impl Fn(&[f64]) -> Option<Local>) -> Option<Maximum> {
    let mut at = start;
    let mut here = local(&at)?;
    let mut damping = 0.0;
    for _ in 0..STEPS {
        let Some(curvature) = Cholesky::of(&damped(&here.curvature, damping)) else {
            damping = f64::max(10.0 * damping, 1e-3);
            continue;
        };
        let step = curvature.solve(&here.gradient);
        if damping == 0.0 && dot(&step, &here.gradient) < 2.0 * FOUND {
            return Some(Maximum { at, value: here.value, curvature });
        }
        let longest = step.iter().fold(0.0_f64, |longest, part| longest.max(part.abs()));
        let scale = (REACH / longest).min(1.0);
        let next: Vec<f64> = at.iter().zip(&step).map(|(at, part)| at + scale * part).collect();
        match local(&next).filter(|there| there.value > here.value) {
            Some(there) => {
                (at, here) = (next, there);
                damping = if damping > 1e-3 { 0.1 * damping } else { 0.0 };
            }
            // Rounding hides the last gains: a tiny step that gains nothing is at the top.
            None if damping == 0.0 && longest < 1e-7 => {
                return Some(Maximum { at, value: here.value, curvature });
            }
            None if damping > 1e12 => return None,
            None => damping = f64::max(10.0 * damping, 1e-3),
        }
    }
    None
}

/// Larger on the diagonal by a factor, and at least by as much absolutely.
fn damped(curvature: &[Vec<f64>], damping: f64) -> Vec<Vec<f64>> {
    let mut damped = curvature.to_vec();
    if damping > 0.0 {
        for diagonal in damped.iter_mut().filter_map(|row| row.last_mut()) {
            *diagonal += damping * (diagonal.abs() + 1.0);
        }
    }
    damped
}

#[cfg(test)]
mod tests {
    use super::*;

    /// −Rosenbrock's banana: its maximum is 0 at (1, 1).
    #[test]
    fn climbs_out_of_a_bent_valley() {
        let local = |at: &[f64]| {
            let (x, y) = (at[0], at[1]);
            let bend = y - x * x;
            Some(Local {
                value: -(1.0 - x) * (1.0 - x) - 100.0 * bend * bend,
                gradient: vec![2.0 * (1.0 - x) + 400.0 * x * bend, -200.0 * bend],
                curvature: vec![vec![2.0 - 400.0 * bend + 800.0 * x * x], vec![-400.0 * x, 200.0]],
            })
        };
        let maximum = maximise(vec![-1.2, 1.0], local).unwrap();
        assert!(maximum.value > -1e-12 && (maximum.at[0] - 1.0).abs() < 1e-6, "{maximum:?}");
    }

    /// An exponential approach has no top.
    #[test]
    fn a_slope_without_top_has_no_maximum() {
        let local = |at: &[f64]| {
            let e = libm::exp(-at[0]);
            (at[0] < 12.0).then(|| Local { value: -e, gradient: vec![e], curvature: vec![vec![e]] })
        };
        assert!(maximise(vec![0.0], local).is_none());
    }
}
