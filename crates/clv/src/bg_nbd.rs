//! BG/NBD: how often a customer buys and whether they are gone (Fader, Hardie and Lee, "Counting Your
//! Customers" the Easy Way, Marketing Science 24, 2005).
//!
//! While active, a customer buys as a Poisson process with a rate drawn from Gamma(r, alpha), and after
//! each purchase leaves with a probability drawn from Beta(a, b).

mod counts;
mod expectation;
pub(crate) mod likelihood;

use crate::cell::{Cell, WeightedCell, pace, repeaters, sorted};
use crate::fit::{Fit, FitError, Parameter, ParameterError, few, maximum, point};
use crate::newton::Vector;
use likelihood::Leaving;

/// Beyond these the mixing distributions are points in all but name. Alpha is in weeks: below a
/// hundredth it is finer than the data.
pub(crate) const PARAMETERS: [Parameter; 4] = [
    Parameter { name: "r", lower: 1e-4, upper: 1e4 },
    Parameter { name: "alpha", lower: 1e-2, upper: 1e8 },
    Parameter { name: "a", lower: 1e-4, upper: 1e4 },
    Parameter { name: "b", lower: 1e-4, upper: 1e4 },
];

/// The four parameters, each positive and in range. Time is in weeks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BgNbd {
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
}

impl BgNbd {
    /// Takes known parameters: r, a and b from 1e-4 to 1e4, alpha (weeks) from 1e-2 to 1e8.
    pub fn new(r: f64, alpha: f64, a: f64, b: f64) -> Result<Self, ParameterError> {
        let [in_r, in_alpha, in_a, in_b] = &PARAMETERS;
        Ok(Self { r: in_r.check(r)?, alpha: in_alpha.check(alpha)?, a: in_a.check(a)?, b: in_b.check(b)? })
    }

    /// Fits by maximum likelihood. The result depends on the customers, not on the order or the
    /// grouping of the cells beyond rounding.
    ///
    /// Fails if nobody has a repeat. Doubts about a result are in [`Fit::converged`] and
    /// [`Fit::warnings`].
    pub fn fit(cells: &[WeightedCell]) -> Result<Fit<Self>, FitError> {
        let cells = sorted(cells);
        let repeaters = repeaters(&cells);
        if repeaters == 0 {
            return Err(FitError::NoRepeaters);
        }
        maximum(
            &PARAMETERS,
            &starts(pace(&cells)),
            cells.iter().map(|cell| cell.weight as f64).sum(),
            |parameters| likelihood::evaluate(parameters, &cells, Leaving::AfterRepeats),
            |[r, alpha, a, b]| Self::new(r, alpha, a, b),
            |model| {
                let points = [point(model.r, "purchase rate"), point(model.a + model.b, "dropout probability")];
                few(repeaters).into_iter().chain(points.into_iter().flatten()).collect()
            },
        )
    }

    /// Takes parameters that need no check: those of a model, moved by what a customer did.
    pub(crate) fn unchecked([r, alpha, a, b]: Vector<4>) -> Self {
        Self { r, alpha, a, b }
    }

    /// Shape of the distribution of purchase rates.
    pub fn r(&self) -> f64 {
        self.r
    }

    /// Scale of the distribution of purchase rates, in weeks.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// First shape of the distribution of dropout probabilities.
    pub fn a(&self) -> f64 {
        self.a
    }

    /// Second shape of the distribution of dropout probabilities.
    pub fn b(&self) -> f64 {
        self.b
    }

    /// Sum of the log-likelihoods of all customers, natural logarithm.
    pub fn log_likelihood(&self, cells: &[WeightedCell]) -> f64 {
        let parameters = [self.r, self.alpha, self.a, self.b];
        likelihood::evaluate(&parameters, &sorted(cells), Leaving::AfterRepeats).value
    }

    /// The probability, from 0 to 1, that the customer has not left by the end of the period.
    ///
    /// A customer without repeats cannot have left in this model and gets exactly 1, so this is no
    /// churn score: do not rank customers by it.
    pub fn p_alive(&self, cell: &Cell) -> f64 {
        if cell.frequency() == 0 {
            return 1.0;
        }
        let x = f64::from(cell.frequency());
        let silence = ((cell.age() - cell.recency()) / (self.alpha + cell.recency())).ln_1p();
        let odds_gone = self.a / (self.b + x - 1.0) * ((self.r + x) * silence).exp();
        1.0 / (1.0 + odds_gone)
    }
}

/// Starting points with the observed mean rate, so that the unit of time does not matter.
pub(crate) fn starts(pace: f64) -> [Vector<4>; 3] {
    [[0.5, 0.5 * pace, 0.7, 2.0], [2.0, 2.0 * pace, 0.1, 1.0], [0.1, 0.1 * pace, 5.0, 20.0]]
}
