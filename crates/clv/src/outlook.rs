//! Predictions for a whole base: what many customers share is worked out once.

use std::collections::HashMap;

use crate::cell::Cell;
use crate::horizon::Ahead;
use crate::purchases::Purchases;

/// Different pairs of frequency and age that are remembered; beyond, all are worked out anew.
pub(crate) const REMEMBERED: usize = 50_000;

/// What one model says of the customers of a base until one horizon. What an active customer will buy depends on
/// frequency and age alone, of which a base has few different pairs; only P(alive) is anybody's own.
pub struct Outlook<P> {
    model: P,
    ahead: Ahead,
    /// By frequency and age: expected and discounted purchases while active.
    known: HashMap<(u32, u64), [f64; 2]>,
}

/// What is said of a customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prospect {
    /// The probability, from 0 to 1, that the customer has not left by the end of the period.
    pub p_alive: f64,
    /// Expected purchases until the horizon.
    pub expected: f64,
    /// The same, each discounted to the end of the period.
    pub discounted: f64,
}

impl<P: Purchases> Outlook<P> {
    /// Of a model until a horizon.
    pub fn new(model: P, ahead: Ahead) -> Self {
        Self { model, ahead, known: HashMap::new() }
    }

    /// The same as the model says, to the last bit.
    pub fn of(&mut self, cell: &Cell) -> Prospect {
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        let (model, ahead) = (&self.model, self.ahead);
        let [expected, discounted] = *self.known.entry((cell.frequency(), cell.age().to_bits())).or_insert_with(|| {
            [model.expected_while_alive(cell, ahead.length()), model.discounted_while_alive(cell, ahead)]
        });
        let p_alive = model.p_alive(cell);
        Prospect { p_alive, expected: p_alive * expected, discounted: p_alive * discounted }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BgNbd, MbgNbd, ParetoNbd};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn says_what_the_model_says(
            histories in prop::collection::vec((0u32..3, 1u8..4, 4u8..7), 1..40), force in 0.0f64..0.1,
        ) {
            let bg = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
            let mbg = MbgNbd::new(0.525, 6.183, 0.891, 1.614).unwrap();
            let pareto = ParetoNbd::new(0.553, 10.578, 0.606, 11.669).unwrap();
            let ahead = Ahead::new(39.0, force).unwrap();
            for model in [&bg as &dyn Purchases, &mbg, &pareto] {
                let mut outlook = Outlook::new(model, ahead);
                for (x, recency, age) in &histories {
                    let recency = if *x == 0 { 0.0 } else { f64::from(*recency) };
                    let cell = Cell::new(*x, recency, f64::from(*age)).unwrap();
                    let said = outlook.of(&cell);
                    prop_assert_eq!(said.p_alive, model.p_alive(&cell));
                    prop_assert_eq!(said.expected, model.expected(&cell, 39.0));
                    prop_assert_eq!(said.discounted, model.discounted(&cell, ahead));
                }
            }
        }
    }
}
