//! Predictions of the GGompertz/NBD. Given what a customer did, and that they have not left, the rate is again Gamma
//! (r+x, alpha+T), and the wish to leave, having grown by e^(bT), is Gamma too: the same model with a scale of m(T). So a
//! prediction for an active customer is one for a new customer with these parameters.

use super::GgompertzNbd;
use super::ageing::{ln_left, mild};
use super::likelihood::{PANELS_OF_AGEING, silence};
use crate::cell::Cell;
use crate::counts::{Counts, Share, mixed};
use crate::horizon::Ahead;
use crate::purchases::Purchases;
use crate::special::panels::{Panels, Slope};

/// So many e-folds more over all the time ahead: what a number of purchases tells of the time makes for several panels.
const FEWEST_FOLDS: f64 = 64.0;

impl GgompertzNbd {
    /// The model that an active customer follows from the end of the period on.
    fn given(&self, cell: &Cell) -> Self {
        Self {
            r: self.r + f64::from(cell.frequency()),
            alpha: self.alpha + cell.age(),
            scale: mild(self.b, self.scale, cell.age()),
            ..*self
        }
    }

    /// Integral over the time ahead of what counts, for a new customer who is still there and discounted.
    fn while_there(&self, ahead: Ahead, counts: impl Fn(f64) -> f64) -> f64 {
        let Self { b, s, scale, .. } = *self;
        let steepness = move |time: f64| {
            let hazard = time / mild(b, scale, time - scale);
            Slope {
                most: ahead.force() * time + s * hazard + PANELS_OF_AGEING * b * time,
                fall: ahead.force() * time + s * hazard,
            }
        };
        let mut sum = 0.0;
        Panels::new(scale, 0.0, ahead.length(), steepness).each(|u, weight, _| {
            sum += weight * counts(u) * (s * ln_left(b, scale, u) - ahead.force() * u).exp();
        });
        sum
    }

    /// The distribution of purchases of a new customer: negative binomial over the whole length for those who
    /// stay, over the time until they left for the others.
    fn fresh_counts(&self, length: f64) -> Counts {
        let Self { r, alpha, b, s, scale } = *self;
        let shift = alpha.min(scale);
        let evenly = FEWEST_FOLDS / (length / shift).ln_1p();
        let slope = move |time: f64| {
            let hazard = time / mild(b, scale, (time - shift).max(0.0));
            let rate = r * time / (alpha - shift + time);
            Slope { most: rate + (s + 1.0) * hazard + PANELS_OF_AGEING * b * time + evenly, fall: s * hazard }
        };
        let mut shares = vec![Share { time: length, ln: s * ln_left(b, scale, length) }];
        // Only 1 / m rises, by b * scale over all time.
        Panels::new(shift, 0.0, length, slope).with_rise((b * scale).ln().max(0.0)).each(|time, weight, _| {
            let ln = (s * weight / mild(b, scale, time)).ln() + s * ln_left(b, scale, time);
            shares.push(Share { time, ln });
        });
        mixed(r, alpha, shares.into_iter())
    }
}

impl Purchases for GgompertzNbd {
    fn p_alive(&self, cell: &Cell) -> f64 {
        if cell.age() <= cell.recency() {
            return 1.0;
        }
        let Self { r, alpha, b, s, scale } = *self;
        let (shape, age) = (r + f64::from(cell.frequency()), cell.age());
        let until_now = ln_left(b, scale, age);
        let mut odds_gone = 0.0;
        silence(&[r, alpha, b, s, scale], shape, cell).each(|u, weight, _| {
            let rate = shape * ((age - u) / (alpha + u)).ln_1p();
            let leaving = s * (ln_left(b, scale, u) - until_now);
            odds_gone += weight * s / mild(b, scale, u) * (rate + leaving).exp();
        });
        1.0 / (1.0 + odds_gone)
    }

    fn expected_of_new(&self, length: f64) -> f64 {
        self.expected_while_alive(&Cell::NEW, length)
    }

    fn rate_while_alive(&self, cell: &Cell) -> f64 {
        (self.r + f64::from(cell.frequency())) / (self.alpha + cell.age())
    }

    fn expected_while_alive(&self, cell: &Cell, length: f64) -> f64 {
        self.rate_while_alive(cell) * self.given(cell).while_there(Ahead::plain(length), |_| 1.0)
    }

    fn discounted_while_alive(&self, cell: &Cell, ahead: Ahead) -> f64 {
        self.rate_while_alive(cell) * self.given(cell).while_there(ahead, |_| 1.0)
    }

    fn counts_while_alive(&self, cell: &Cell, length: f64) -> Counts {
        self.given(cell).fresh_counts(length)
    }

    /// Given rate and time active, purchases are Poisson: E N + E rate^2 E time^2, the latter twice the integral of
    /// u (scale / d)^s du.
    fn squared_while_alive(&self, cell: &Cell, length: f64) -> f64 {
        let given = self.given(cell);
        let time = 2.0 * given.while_there(Ahead::plain(length), |u| u);
        self.expected_while_alive(cell, length) + given.r * (given.r + 1.0) / (given.alpha * given.alpha) * time
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ParetoNbd;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_distribution_has_the_expected_mean(
            logs in [-2.0f64..2.0, 0.0f64..4.0, -8.0f64..0.0, -2.0f64..2.0, 0.0f64..8.0], x in 0u32..60,
            share in 0.01f64..=1.0, age in 1.0f64..100.0, length in 0.1f64..100.0,
        ) {
            let [r, alpha, b, s, scale] = logs.map(f64::exp);
            let model = GgompertzNbd::new(r, alpha, b, s, b * scale).unwrap();
            let cell = Cell::new(x, if x == 0 { 0.0 } else { share * age }, age).unwrap();
            let (counts, expected) = (model.counts(&cell, length), model.expected(&cell, length));
            prop_assert!((counts.mean() - expected).abs() <= 1e-6 * (1.0 + expected), "{}", counts.mean());
            let variance = model.variance(&cell, length);
            prop_assert!((counts.variance() - variance).abs() <= 1e-5 * (1.0 + variance), "{}", counts.variance());
            let none = Ahead::new(length, 0.0).unwrap();
            prop_assert!((model.discounted(&cell, none) - expected).abs() <= 1e-12 * expected);
        }

        /// Without ageing it says what the Pareto/NBD says.
        #[test]
        fn without_ageing_it_is_the_pareto_nbd(
            logs in [-2.0f64..2.0, 0.0f64..4.0, -2.0f64..2.0, 0.0f64..4.0], x in 0u32..60, share in 0.01f64..=1.0,
            age in 1.0f64..100.0, length in 0.1f64..100.0,
        ) {
            let [r, alpha, s, scale] = logs.map(f64::exp);
            let ours = GgompertzNbd { r, alpha, b: 1e-12, s, scale };
            let pareto = ParetoNbd::new(r, alpha, s, scale).unwrap();
            let cell = Cell::new(x, if x == 0 { 0.0 } else { share * age }, age).unwrap();
            let ahead = Ahead::new(length, 0.003).unwrap();
            let near = |left: f64, right: f64| (left - right).abs() <= 1e-8 * right.abs();
            prop_assert!(near(ours.p_alive(&cell), pareto.p_alive(&cell)));
            prop_assert!(near(ours.expected(&cell, length), pareto.expected(&cell, length)));
            prop_assert!(near(ours.discounted(&cell, ahead), pareto.discounted(&cell, ahead)));
        }
    }
}
