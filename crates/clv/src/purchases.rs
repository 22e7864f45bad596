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

    /// Expected purchases in a unit of time just after the end of the period, if the customer has not left by then: the mean
    /// of the customer's own rate.
    fn rate_while_alive(&self, cell: &Cell) -> f64;

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

    /// The time, discounted, for which the customer is expected to stay active, of the [discounted](Self::discounted) purchases: these
    /// over the rate that they come at meanwhile. So whoever has a higher rate counts for more of it; exact where rates are alike.
    fn time_active(&self, cell: &Cell, discounted: f64) -> f64 {
        discounted / self.rate_while_alive(cell)
    }

    /// The distribution of purchases in the `length` after the end of the period: what a customer may do by
    /// chance, the parameters taken for certain.
    fn counts(&self, cell: &Cell, length: f64) -> Counts {
        self.counts_while_alive(cell, length).if_alive(self.p_alive(cell))
    }
}

impl<P: Purchases + ?Sized> Purchases for &P {
    fn p_alive(&self, cell: &Cell) -> f64 {
        (**self).p_alive(cell)
    }

    fn expected_of_new(&self, length: f64) -> f64 {
        (**self).expected_of_new(length)
    }

    fn rate_while_alive(&self, cell: &Cell) -> f64 {
        (**self).rate_while_alive(cell)
    }

    fn expected_while_alive(&self, cell: &Cell, length: f64) -> f64 {
        (**self).expected_while_alive(cell, length)
    }

    fn discounted_while_alive(&self, cell: &Cell, ahead: Ahead) -> f64 {
        (**self).discounted_while_alive(cell, ahead)
    }

    fn counts_while_alive(&self, cell: &Cell, length: f64) -> Counts {
        (**self).counts_while_alive(cell, length)
    }

    fn squared_while_alive(&self, cell: &Cell, length: f64) -> f64 {
        (**self).squared_while_alive(cell, length)
    }
}

impl Purchases for BgNbd {
    fn p_alive(&self, cell: &Cell) -> f64 {
        Self::p_alive(self, cell)
    }

    fn expected_of_new(&self, length: f64) -> f64 {
        self.while_active(&Cell::NEW, length)
    }

    fn rate_while_alive(&self, cell: &Cell) -> f64 {
        (self.r() + f64::from(cell.frequency())) / (self.alpha() + cell.age())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MbgNbd, ParetoNbd};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_rate_is_the_slope_of_what_is_expected(x in 0u32..30, recency in 1u8..30, later in 0u8..60) {
            let bg = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
            let mbg = MbgNbd::new(0.525, 6.183, 0.891, 1.614).unwrap();
            let pareto = ParetoNbd::new(0.553, 10.578, 0.606, 11.669).unwrap();
            let recency = if x == 0 { 0.0 } else { f64::from(recency) };
            let cell = Cell::new(x, recency, recency + f64::from(later)).unwrap();
            for model in [&bg as &dyn Purchases, &mbg, &pareto] {
                let slope = model.expected_while_alive(&cell, 1e-6) / 1e-6;
                prop_assert!((slope / model.rate_while_alive(&cell) - 1.0).abs() < 1e-4, "{slope}");
                let year = Ahead::new(52.0, 0.0).unwrap();
                let time = model.time_active(&cell, model.discounted(&cell, year));
                prop_assert!(time <= 52.0 * model.p_alive(&cell) + 1e-9 && time >= 0.0, "{time}");
            }
        }
    }
}
