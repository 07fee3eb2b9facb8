//! Small symmetric systems: the Cholesky factor of a positive definite matrix, by rows.

/// The lower triangle L with L·Lᵀ the matrix; row i has i + 1 entries.
#[derive(Clone, Debug)]
pub(crate) struct Cholesky {
    rows: Vec<Vec<f64>>,
}

impl Cholesky {
    /// Of the matrix whose lower triangle is given by rows; `None` unless it is positive definite.
    ///
    /// Source: Golub & Van Loan, *Matrix Computations* (4th ed.), 4.2. Cost n³/6.
    pub(crate) fn of(lower: &[Vec<f64>]) -> Option<Self> {
        let mut rows: Vec<Vec<f64>> = Vec::with_capacity(lower.len());
        for given in lower {
            let mut row: Vec<f64> = Vec::with_capacity(given.len());
            for (above, value) in rows.iter().zip(given) {
                row.push((value - dot(&row, above)) / above.last()?);
            }
            let rest = given.last()? - dot(&row, &row);
            if !(rest > 0.0 && rest.is_finite()) {
                return None;
            }
            row.push(rest.sqrt());
            rows.push(row);
        }
        Some(Self { rows })
    }

    /// L⁻¹b, whose square is bᵀA⁻¹b.
    pub(crate) fn half(&self, b: &[f64]) -> Vec<f64> {
        let mut x: Vec<f64> = Vec::with_capacity(b.len());
        for (row, value) in self.rows.iter().zip(b) {
            let Some((pivot, before)) = row.split_last() else { break };
            x.push((value - dot(&x, before)) / pivot);
        }
        x
    }

    /// A⁻¹b.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let mut x = self.half(b);
        for (i, row) in self.rows.iter().enumerate().rev() {
            let (before, at) = x.split_at_mut(i.min(b.len()));
            let Some((value, pivot)) = at.first_mut().zip(row.last()) else { continue };
            *value /= pivot;
            for (earlier, factor) in before.iter_mut().zip(row) {
                *earlier -= factor * *value;
            }
        }
        x
    }

    /// ln |A|.
    pub(crate) fn ln_determinant(&self) -> f64 {
        2.0 * self.rows.iter().filter_map(|row| row.last()).fold(0.0, |sum, pivot| sum + libm::log(*pivot))
    }
}

/// Over as many terms as both have.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `numpy.linalg.solve` and `slogdet` of [[4, 2, 1], [2, 5, 3], [1, 3, 6]] (exact: determinant 67).
    #[test]
    fn solves_as_by_hand() {
        let cholesky = Cholesky::of(&[vec![4.0], vec![2.0, 5.0], vec![1.0, 3.0, 6.0]]).unwrap();
        assert!((cholesky.ln_determinant() - libm::log(67.0)).abs() < 1e-14);
        let x = cholesky.solve(&[1.0, 2.0, 3.0]);
        let back =
            [4.0 * x[0] + 2.0 * x[1] + x[2], 2.0 * x[0] + 5.0 * x[1] + 3.0 * x[2], x[0] + 3.0 * x[1] + 6.0 * x[2]];
        assert!(back.iter().zip([1.0, 2.0, 3.0]).all(|(got, wanted)| (got - wanted).abs() < 1e-14));
        let half = cholesky.half(&[1.0, 2.0, 3.0]);
        assert!((dot(&half, &half) - (x[0] + 2.0 * x[1] + 3.0 * x[2])).abs() < 1e-14);
        assert!(Cholesky::of(&[vec![1.0], vec![2.0, 1.0]]).is_none());
    }
}
