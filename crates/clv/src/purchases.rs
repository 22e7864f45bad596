//! What every model of purchases without a contract can tell.

use crate::bg_nbd::BgNbd;
use crate::cell::Cell;
use crate::counts::Counts;
use crate::horizon::Ahead;

/// A model of customers who buy when they like and leave without saying so.
///
/// Lengths of time are in the unit of the cells that the model was fitted on, finite and not negative.
pub trait Purchases {
    /// The probability, from 0 to 1, that the customer has not left by the end of the period.
    fn p_alive(&self, cell: &Cell) -> f64;

    /// Expected repeat purchases of somebody about whom nothing is known but the first purchase, in the
    /// `length` after it.
    fn expected_of_new(&self, length: f64) -> f64;

    /// Expected purchases in the `length` after the end of the period, if the customer has not left by then.
    fn expected_while_alive(&self, cell: &Cell, length: f64) -> f64;

    /// The same, each purchase discounted to the end of the period.
    fn discounted_while_alive(&self, cell: &Cell, ahead: Ahead) -> f64;

    /// The distribution of their number.
    fn counts_while_alive(&self, cell: &Cell, length: f64) -> Counts;

    /// The mean of the square of their number.
    fn squared_while_alive(&self, cell: &Cell, length: f64) -> f64 {
        let counts = self.counts_while_alive(cell, length);
        counts.variance() + counts.mean().powi(2)
    }

    /// The variance of purchases in the `length` after the end of the period, the parameters taken for certain.
    fn variance(&self, cell: &Cell, length: f64) -> f64 {
        let squared = self.p_alive(cell) * self.squared_while_alive(cell, length);
        (squared - self.expected(cell, length).powi(2)).max(0.0)
    }

    /// Expected purchases in the `length` after the end of the period.
    fn expected(&self, cell: &Cell, length: f64) -> f64 {
        self.p_alive(cell) * self.expected_while_alive(cell, length)
    }

    /// The same, each purchase discounted to the end of the period: with [`Ahead::forever`] the discounted expected
    /// residual transactions (DERT).
    fn discounted(&self, cell: &Cell, ahead: Ahead) -> f64 {
        self.p_alive(cell) * self.discounted_while_alive(cell, ahead)
    }

    /// The distribution of purchases in the `length` after the end of the period: what a customer may do by
    /// chance, the parameters taken for certain.
    fn counts(&self, cell: &Cell, length: f64) -> Counts {
        self.counts_while_alive(cell, length).if_alive(self.p_alive(cell))
    }
}

impl Purchases for BgNbd {
    fn p_alive(&self, cell: &Cell) -> f64 {
        Self::p_alive(self, cell)
    }

    fn expected_of_new(&self, length: f64) -> f64 {
        self.while_active(&Cell::NEW, length)
    }

    fn expected_while_alive(&self, cell: &Cell, length: f64) -> f64 {
        self.while_active(cell, length)
    }

    fn discounted_while_alive(&self, cell: &Cell, ahead: Ahead) -> f64 {
        self.discounted_while_active(cell, ahead)
    }

    fn counts_while_alive(&self, cell: &Cell, length: f64) -> Counts {
        self.counts_while_active(cell, length)
    }
}
