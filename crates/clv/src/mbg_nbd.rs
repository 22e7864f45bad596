//! MBG/NBD: like BG/NBD, but a customer may leave right after the first purchase too (Batislam, Denizel and
//! Filiztekin, "Empirical Validation and Comparison of Models for Customer Base Analysis", International Journal of
//! Research in Marketing 24, 2007; Hoppe and Wagner, "Customer Base Analysis: The Case for a Central Variant of
//! the Betageometric/NBD Model", Marketing: Journal of Research and Management 3, 2007).
//!
//! So somebody without repeats is not certain to be there. A customer who is active has stayed once more
//! than under BG/NBD: from there on everything is BG/NBD with b + 1.

use crate::bg_nbd::likelihood::{Leaving, evaluate};
use crate::bg_nbd::{BgNbd, PARAMETERS, starts};
use crate::cell::{Cell, WeightedCell, pace, repeaters, sorted};
use crate::counts::Counts;
use crate::fit::{Fit, FitError, ParameterError, few, maximum, point};
use crate::horizon::Ahead;
use crate::purchases::Purchases;

/// The four parameters, each positive and in range. Time is in the unit of the cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MbgNbd {
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
}

impl MbgNbd {
    /// Takes known parameters: r, a and b from 1e-4 to 1e4, alpha (a time) from 1e-2 to 1e8.
    pub fn new(r: f64, alpha: f64, a: f64, b: f64) -> Result<Self, ParameterError> {
        let [in_r, in_alpha, in_a, in_b] = &PARAMETERS;
        Ok(Self { r: in_r.check(r)?, alpha: in_alpha.check(alpha)?, a: in_a.check(a)?, b: in_b.check(b)? })
    }

    /// Fits by maximum likelihood, whatever the order or the grouping of the cells.
    ///
    /// Fails if nobody has a repeat. Doubts about a result are in [`Fit::converged`] and [`Fit::warnings`].
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
            |parameters| evaluate(parameters, &cells, Leaving::AfterEveryPurchase),
            |[r, alpha, a, b]| Self::new(r, alpha, a, b),
            |model| {
                let points = [point(model.r, "purchase rate"), point(model.a + model.b, "dropout probability")];
                few(repeaters).into_iter().chain(points.into_iter().flatten()).collect()
            },
        )
    }

    /// Shape of the distribution of purchase rates.
    pub fn r(&self) -> f64 {
        self.r
    }

    /// Scale of the distribution of purchase rates, a time.
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
        evaluate(&[self.r, self.alpha, self.a, self.b], &sorted(cells), Leaving::AfterEveryPurchase).value
    }

    /// The model that an active customer follows from now on.
    pub(crate) fn active(&self) -> BgNbd {
        BgNbd::unchecked([self.r, self.alpha, self.a, self.b + 1.0])
    }
}

impl Purchases for MbgNbd {
    fn p_alive(&self, cell: &Cell) -> f64 {
        let x = f64::from(cell.frequency());
        let silence = ((cell.age() - cell.recency()) / (self.alpha + cell.recency())).ln_1p();
        1.0 / (1.0 + self.a / (self.b + x) * ((self.r + x) * silence).exp())
    }

    fn expected_of_new(&self, length: f64) -> f64 {
        self.b / (self.a + self.b) * self.active().while_active(&Cell::NEW, length)
    }

    fn rate_while_alive(&self, cell: &Cell) -> f64 {
        (self.r + f64::from(cell.frequency())) / (self.alpha + cell.age())
    }

    fn expected_while_alive(&self, cell: &Cell, length: f64) -> f64 {
        self.active().while_active(cell, length)
    }

    fn discounted_while_alive(&self, cell: &Cell, ahead: Ahead) -> f64 {
        self.active().discounted_while_active(cell, ahead)
    }

    fn counts_while_alive(&self, cell: &Cell, length: f64) -> Counts {
        self.active().counts_while_active(cell, length)
    }
}
