//! The discrete Fourier transform of real data whose length is a power of two: radix 2, twiddles from `libm`.
//!
//! Ours because it must give the same bits in native code and in wasm and stay small there; a ready-made crate is its
//! oracle in the tests.

use super::complex::Complex;

/// The roots of unity e^(−2πik/n), k = 0 … n/2 − 1, for transforms of real data of length `n`.
#[derive(Clone, Debug)]
pub(crate) struct Fft {
    roots: Vec<Complex>,
}

impl Fft {
    /// For real data of length `n`, a power of two of at least 4.
    pub(crate) fn of(n: usize) -> Self {
        let step = -2.0 * core::f64::consts::PI / n as f64;
        let root = |k: usize| {
            let (sin, cos) = libm::sincos(step * k as f64);
            Complex::new(cos, sin)
        };
        Self { roots: (0..n / 2).map(root).collect() }
    }

    fn length(&self) -> usize {
        2 * self.roots.len()
    }

    /// The real data with these bins 0 … n/2.
    ///
    /// # Formula
    /// Hartley's transform Re X − Im X is its own inverse, but for the factor n.
    pub(crate) fn back(&self, bins: &[Complex]) -> Vec<f64> {
        let n = self.length();
        let hartley = |bins: &[Complex], k: usize| {
            let (at, mirrored) = if k <= n / 2 { (k, false) } else { (n - k, true) };
            let value = get(bins, at);
            if mirrored { value.re + value.im } else { value.re - value.im }
        };
        let real: Vec<f64> = (0..n).map(|k| hartley(bins, k)).collect();
        let again = self.forward(&real);
        (0..n).map(|k| hartley(&again, k) / n as f64).collect()
    }

    /// The bins 0 … n/2 of the transform of `real`, which is as long as the plan or shorter (then zeros follow).
    ///
    /// # Formula
    /// X(ω) = Σₖ xₖ e^(−2πiωk/n). Even and odd samples are the two parts of one complex transform of half the length.
    pub(crate) fn forward(&self, real: &[f64]) -> Vec<Complex> {
        let half = self.length() / 2;
        let at = |k: usize| real.get(k).copied().unwrap_or(0.0);
        let mut packed: Vec<Complex> = (0..half).map(|k| Complex::new(at(2 * k), at(2 * k + 1))).collect();
        self.transform(&mut packed);
        let bin = |k: usize| {
            let (here, there) = (get(&packed, k % half), get(&packed, (half - k) % half).conj());
            let (even, odd) = ((here + there).scale(0.5), (here - there).scale(0.5));
            // odd is still multiplied by i.
            let root = if k == half { Complex::real(-1.0) } else { get(&self.roots, k) };
            even + Complex::new(odd.im, -odd.re) * root
        };
        (0..=half).map(bin).collect()
    }

    /// The complex transform of half the length, in place: bit reversal, then butterflies.
    fn transform(&self, data: &mut [Complex]) {
        let n = data.len();
        let bits = n.trailing_zeros();
        for k in 0..n {
            let other = if bits == 0 { 0 } else { k.reverse_bits() >> (usize::BITS - bits) };
            if k < other {
                data.swap(k, other);
            }
        }
        let mut width = 1;
        while width < n {
            // Roots of a transform of length 2·width, out of those of length 2n.
            let stride = n / width;
            for block in data.chunks_exact_mut(2 * width) {
                let (low, high) = block.split_at_mut(width);
                for ((a, b), root) in low.iter_mut().zip(high).zip(self.roots.iter().step_by(stride)) {
                    let turned = *b * *root;
                    (*a, *b) = (*a + turned, *a - turned);
                }
            }
            width *= 2;
        }
    }
}

fn get(data: &[Complex], k: usize) -> Complex {
    data.get(k).copied().unwrap_or(Complex::real(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn agrees_with_rustfft(log2 in 2_u32..12, seed in any::<u64>()) {
            let n = 1_usize << log2;
            let mut state = seed;
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
            };
            let real: Vec<f64> = (0..n).map(|_| next()).collect();
            let plan = Fft::of(n);
            let bins = plan.forward(&real);
            let mut expected: Vec<_> = real.iter().map(|x| rustfft::num_complex::Complex::new(*x, 0.0)).collect();
            rustfft::FftPlanner::new().plan_fft_forward(n).process(&mut expected);
            for (ours, theirs) in bins.iter().zip(&expected) {
                prop_assert!((ours.re - theirs.re).abs() < 1e-12 && (ours.im - theirs.im).abs() < 1e-12);
            }
        }
    }
}
