//! Predictions of the Pareto/NBD. Given what a customer did, and that they have not left, rate and dropout are again
//! Gamma: (r+x, alpha+T) and (s, beta+T). So a prediction for an active customer is one for a new customer with these
//! parameters.

use super::ParetoNbd;
use super::lifetime::silence;
use crate::cell::Cell;
use crate::counts::{Counts, Share, mixed};
use crate::horizon::Ahead;
use crate::purchases::Purchases;
use crate::special::discounted_tail;

/// Panels of the quadrature over the time of leaving in a distribution of purchases.
const LEAVING_PANELS: usize = 8;

impl ParetoNbd {
    /// The model that an active customer follows from the end of the period on.
    fn given(&self, cell: &Cell) -> Self {
        Self {
            r: self.r + f64::from(cell.frequency()),
            alpha: self.alpha + cell.age(),
            s: self.s,
            beta: self.beta + cell.age(),
        }
    }

    /// Expected purchases of a new customer before they leave or `length` has passed, later ones discounted:
    /// (r/alpha) times the integral of e^(-force t) (beta/(beta+t))^s dt.
    fn fresh(&self, ahead: Ahead) -> f64 {
        let tail = discounted_tail(self.s, ahead.force() * self.beta, ahead.length() / self.beta);
        self.r / self.alpha * self.beta * tail
    }

    /// The distribution of purchases of a new customer: negative binomial over the whole length for those who
    /// stay, over the time until they left for the others.
    fn fresh_counts(&self, length: f64) -> Counts {
        let ln_stays = -self.s * (length / self.beta).ln_1p();
        // In v = ln(1 + u / beta) the density of leaving is s e^(-s v).
        let whole = (length / self.beta).ln_1p();
        let panel = whole / LEAVING_PANELS as f64;
        let nodes = (0..LEAVING_PANELS).flat_map(|at| {
            let from = panel * at as f64;
            crate::special::gauss::nodes(from, from + panel)
        });
        let left =
            nodes.map(|(v, weight)| Share { time: self.beta * v.exp_m1(), ln: (self.s * weight).ln() - self.s * v });
        mixed(self.r, self.alpha, left.chain([Share { time: length, ln: ln_stays }]))
    }
}

/// Integral of t (1+t)^-s dt from 0 to `end`: in u = ln(1+t), of positive terms.
fn weighted_tail(s: f64, end: f64) -> f64 {
    let last = end.ln_1p();
    let panels = (last * (0.25 * (2.0 - s).abs()).max(0.6)).ceil().max(1.0);
    let width = last / panels;
    let panel = |at: usize| {
        let from = width * at as f64;
        let term = |(u, weight): (f64, f64)| weight * f64::exp_m1(u) * f64::exp((1.0 - s) * u);
        crate::special::gauss::nodes(from, from + width).map(term).sum::<f64>()
    };
    (0..panels as usize).map(panel).sum()
}

impl Purchases for ParetoNbd {
    fn p_alive(&self, cell: &Cell) -> f64 {
        if cell.age() <= cell.recency() {
            return 1.0;
        }
        let (shape, age) = (self.r + f64::from(cell.frequency()), cell.age());
        let mut odds_gone = 0.0;
        silence([self.alpha, self.beta], [shape, self.s + 1.0], cell.recency(), age).each(|u, weight, _| {
            let rate = shape * ((age - u) / (self.alpha + u)).ln_1p();
            let dropout = self.s * ((age - u) / (self.beta + u)).ln_1p();
            odds_gone += weight * self.s / (self.beta + u) * (rate + dropout).exp();
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
        let given = self.given(cell);
        given.r / given.alpha * given.beta * discounted_tail(given.s, 0.0, length / given.beta)
    }

    fn discounted_while_alive(&self, cell: &Cell, ahead: Ahead) -> f64 {
        self.given(cell).fresh(ahead)
    }

    fn counts_while_alive(&self, cell: &Cell, length: f64) -> Counts {
        self.given(cell).fresh_counts(length)
    }

    /// Given rate and time active, purchases are Poisson: E N + E rate^2 E time^2, the latter twice the integral of
    /// u (beta/(beta+u))^s du.
    fn squared_while_alive(&self, cell: &Cell, length: f64) -> f64 {
        let Self { r, alpha, s, beta } = self.given(cell);
        let (end, mean) = (length / beta, self.expected_while_alive(cell, length));
        let time = 2.0 * beta * beta * weighted_tail(s, end);
        mean + r * (r + 1.0) / (alpha * alpha) * time
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_distribution_has_the_expected_mean(
            logs in [-2.0f64..2.0, 0.0f64..4.0, -2.0f64..2.0, 0.0f64..4.0], x in 0u32..60, share in 0.01f64..=1.0,
            age in 1.0f64..100.0, length in 0.1f64..100.0,
        ) {
            let [r, alpha, s, beta] = logs.map(f64::exp);
            let model = ParetoNbd::new(r, alpha, s, beta).unwrap();
            let cell = Cell::new(x, if x == 0 { 0.0 } else { share * age }, age).unwrap();
            let counts = model.counts(&cell, length);
            let expected = model.expected(&cell, length);
            prop_assert!((counts.mean() - expected).abs() <= 1e-6 * (1.0 + expected), "{}", counts.mean());
            let variance = model.variance(&cell, length);
            prop_assert!((counts.variance() - variance).abs() <= 1e-5 * (1.0 + variance), "{}", counts.variance());
            let none = Ahead::new(length, 0.0).unwrap();
            prop_assert!((model.discounted(&cell, none) - expected).abs() <= 1e-12 * expected);
        }
    }
}
