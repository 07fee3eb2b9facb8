//! Scores with their standard errors: a share, a mean, a median.

/// A value and its Monte Carlo standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// The value.
    pub value: f64,
    /// Its standard error.
    pub error: f64,
}

impl Score {
    /// Times a factor, for percent.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self { value: self.value * factor, error: self.error * factor }
    }

    /// As `value ± error`.
    #[must_use]
    pub fn shown(self, decimals: usize) -> String {
        format!("{:.decimals$} ± {:.decimals$}", self.value, self.error)
    }
}

/// How often something is true, with its binomial standard error (Agresti and Coull's, which is not 0 at 0 % and 100 %);
/// `None` of nothing.
pub fn share(outcomes: impl IntoIterator<Item = bool>) -> Option<Score> {
    let (mut hits, mut n) = (0.0, 0.0);
    for outcome in outcomes {
        n += 1.0;
        hits += f64::from(u8::from(outcome));
    }
    let p = (hits + 2.0) / (n + 4.0);
    (n > 0.0).then(|| Score { value: hits / n, error: (p * (1.0 - p) / (n + 4.0)).sqrt() })
}

/// The mean with its standard error s ÷ √n; `None` of nothing.
pub fn mean(values: impl IntoIterator<Item = f64>) -> Option<Score> {
    let values: Vec<f64> = values.into_iter().collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (n > 0.0).then(|| Score { value: mean, error: (squares / (n - 1.0).max(1.0) / n).sqrt() })
}

/// The median; its standard error is half the distance of the values that lie √n ÷ 2 ranks to either side. `None` of
/// nothing.
#[must_use]
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<Score> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)? as f64;
    let half = (last + 1.0).sqrt() / 2.0;
    let at = |rank: f64| {
        let rank = rank.clamp(0.0, last);
        let (below, above) = (value_at(&values, rank.floor()), value_at(&values, rank.ceil()));
        below + (above - below) * (rank - rank.floor())
    };
    Some(Score { value: at(last / 2.0), error: (at(last / 2.0 + half) - at(last / 2.0 - half)) / 2.0 })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole rank from 0 to the last")]
fn value_at(values: &[f64], rank: f64) -> f64 {
    values.get(rank as usize).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let eight_of_ten = share((0..10).map(|i| i < 8)).unwrap();
        assert!((eight_of_ten.value - 0.8).abs() < 1e-15);
        assert!((eight_of_ten.error - (10.0 * 4.0 / 14.0_f64 / 14.0 / 14.0).sqrt()).abs() < 1e-15);
        let of_four = mean([1.0, 2.0, 3.0, 6.0]).unwrap();
        assert!((of_four.value - 3.0).abs() < 1e-15 && (of_four.error - (14.0_f64 / 12.0).sqrt()).abs() < 1e-15);
        assert!((median([4.0, 1.0, 3.0, 2.0]).unwrap().value - 2.5).abs() < 1e-15);
        // √100 ÷ 2 = 5 ranks to either side of the middle of 0, 1, … 99.
        assert_eq!(median((0..100).map(f64::from)), Some(Score { value: 49.5, error: 5.0 }));
        assert_eq!((share([]), mean([]), median([])), (None, None, None));
    }
}
