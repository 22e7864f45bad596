//! A log-likelihood with its derivatives, and how such things combine.

use super::{Matrix, Vector};

/// A log-likelihood with its derivatives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Evaluation<const N: usize> {
    pub(crate) value: f64,
    pub(crate) gradient: Vector<N>,
    pub(crate) hessian: Matrix<N>,
}

impl<const N: usize> Evaluation<N> {
    pub(crate) const ZERO: Self = Self { value: 0.0, gradient: [0.0; N], hessian: [[0.0; N]; N] };

    /// Derivatives by parameters become derivatives by their logarithms.
    pub(super) fn by_logs(mut self, parameters: &Vector<N>) -> Self {
        for row in 0..N {
            for column in 0..N {
                self.hessian[row][column] *= parameters[row] * parameters[column];
            }
            self.gradient[row] *= parameters[row];
            self.hessian[row][row] += self.gradient[row];
        }
        self
    }

    pub(super) fn is_finite(&self) -> bool {
        let mut all = self.gradient.iter().chain(self.hessian.iter().flatten());
        self.value.is_finite() && all.all(|number| number.is_finite())
    }

    /// Adds `weight` times another.
    pub(crate) fn add(&mut self, weight: f64, part: &Self) {
        self.value += weight * part.value;
        for i in 0..N {
            self.gradient[i] += weight * part.gradient[i];
            for j in 0..N {
                self.hessian[i][j] += weight * part.hessian[i][j];
            }
        }
    }

    /// A function of one variable applied to the value, given the function's value and two derivatives there.
    fn through(&self, [value, first, second]: [f64; 3]) -> Self {
        Self {
            value,
            gradient: self.gradient.map(|slope| first * slope),
            hessian: std::array::from_fn(|i| {
                std::array::from_fn(|j| first * self.hessian[i][j] + second * self.gradient[i] * self.gradient[j])
            }),
        }
    }

    /// ln(1 - e^after / e^self): the chance to leave of those who are left, from logarithms of survival.
    pub(crate) fn ln_loss(&self, after: &Self) -> Self {
        let mut ratio = *after;
        ratio.add(-1.0, self);
        let loss = -ratio.value.exp_m1();
        let odds = (1.0 - loss) / loss;
        ratio.through([loss.ln(), -odds, -odds / loss])
    }

    /// Fills the lower half of the Hessian from the upper.
    pub(crate) fn mirrored(mut self) -> Self {
        for i in 0..N {
            for j in 0..i {
                self.hessian[i][j] = self.hessian[j][i];
            }
        }
        self
    }
}

/// ln of a sum of exponentials, term by term, with derivatives: a mixture's log-likelihood from those of its
/// parts. Only the upper halves of Hessians are read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LnSum<const N: usize> {
    /// The largest value so far, taken out of the sums.
    top: f64,
    total: f64,
    gradient: Vector<N>,
    hessian: Matrix<N>,
}

impl<const N: usize> LnSum<N> {
    pub(crate) const EMPTY: Self =
        Self { top: f64::NEG_INFINITY, total: 0.0, gradient: [0.0; N], hessian: [[0.0; N]; N] };

    /// Adds e^value, `term` being what e is raised to.
    pub(crate) fn add(&mut self, term: &Evaluation<N>) {
        self.add_times(1.0, term);
    }

    /// Adds `factor` times e^value; the factor is positive, and what of it depends on parameters
    /// has its derivatives in the term.
    #[inline]
    pub(crate) fn add_times(&mut self, factor: f64, term: &Evaluation<N>) {
        if term.value == f64::NEG_INFINITY {
            return;
        }
        if term.value > self.top {
            let shrink = (self.top - term.value).exp();
            self.top = term.value;
            self.total *= shrink;
            self.gradient.iter_mut().chain(self.hessian.iter_mut().flatten()).for_each(|sum| *sum *= shrink);
        }
        let weight = factor * (term.value - self.top).exp();
        self.total += weight;
        for i in 0..N {
            self.gradient[i] += weight * term.gradient[i];
            for j in i..N {
                self.hessian[i][j] += weight * (term.hessian[i][j] + term.gradient[i] * term.gradient[j]);
            }
        }
    }

    /// ln of what was added up.
    pub(crate) fn ln(&self) -> Evaluation<N> {
        let gradient = self.gradient.map(|sum| sum / self.total);
        let bend =
            |i: usize, j: usize| if j < i { 0.0 } else { self.hessian[i][j] / self.total - gradient[i] * gradient[j] };
        Evaluation {
            value: self.top + self.total.ln(),
            gradient,
            hessian: std::array::from_fn(|i| std::array::from_fn(|j| bend(i, j))),
        }
        .mirrored()
    }
}
