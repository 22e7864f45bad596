//! Rising factorials: ratios of gamma functions whose arguments are a whole number apart.

/// ln of the rising factorial (shape)_x and its first two derivatives by shape, advanced with x: a running
/// sum, so no special function is needed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rising {
    shape: f64,
    steps: u32,
    pub(crate) ln: f64,
    pub(crate) first: f64,
    pub(crate) second: f64,
}

impl Rising {
    /// (shape)_0, which is 1.
    pub(crate) fn new(shape: f64) -> Self {
        Self { shape, steps: 0, ln: 0.0, first: 0.0, second: 0.0 }
    }

    /// On to (shape)_x; x never falls.
    pub(crate) fn advance(&mut self, x: u32) {
        for step in self.steps..x {
            let factor = self.shape + f64::from(step);
            self.ln += factor.ln();
            self.first += 1.0 / factor;
            self.second -= 1.0 / (factor * factor);
        }
        self.steps = x;
    }

    /// (shape)_0 to (shape)_most, each with its derivatives.
    pub(crate) fn table(shape: f64, most: u32) -> Vec<Self> {
        let mut rising = Self::new(shape);
        let advanced = |x| {
            rising.advance(x);
            rising
        };
        (0..=most).map(advanced).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::{digamma, ln_gamma, trigamma};

    #[test]
    fn equals_the_gamma_functions() {
        for (shape, x) in [(0.3, 0), (0.3, 1), (2.5, 7), (11.0, 40)] {
            let end = shape + f64::from(x);
            let rising = Rising::table(shape, x)[x as usize];
            assert!((rising.ln - (ln_gamma(end) - ln_gamma(shape))).abs() < 1e-11);
            assert!((rising.first - (digamma(end) - digamma(shape))).abs() < 1e-12);
            assert!((rising.second - (trigamma(end) - trigamma(shape))).abs() < 1e-12);
        }
    }
}
