//! How far a prediction may be off: because the parameters are estimated, and because customers do as they like.
//!
//! What is uncertain about the parameters moves all customers of a base in the same direction, so it does not cancel in
//! a group; what customers do by chance does, mostly. The two are kept apart until the end.

use crate::cell::{Cell, WeightedCell};
use crate::parametric::Parametric;
use crate::purchases::Purchases;
use crate::special::deviations;

/// A parameter is moved by this part of itself to see what a prediction does.
const NUDGE: f64 = 1e-4;

/// A number that is expected, and how far it may be off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// The expected number.
    pub mean: f64,
    /// Variance by chance, the parameters taken for certain.
    pub chance: f64,
    /// Variance because the parameters are estimated.
    pub parameters: f64,
}

impl Forecast {
    /// Within what the number itself will lie with this probability (0.9 is ninety per cent): by both kinds of
    /// uncertainty, as if normal, which sums over many customers are.
    pub fn interval(&self, level: f64) -> (f64, f64) {
        self.around(level, self.chance + self.parameters)
    }

    /// Within what the expected number lies with this probability: by the uncertainty of the parameters.
    pub fn of_mean(&self, level: f64) -> (f64, f64) {
        self.around(level, self.parameters)
    }

    /// How far from its mean the number itself lies at most with this probability: as [`Forecast::interval`] has it, for what may be
    /// below zero.
    pub fn half_width(&self, level: f64) -> f64 {
        deviations(level) * (self.chance + self.parameters).max(0.0).sqrt()
    }

    fn around(&self, level: f64, variance: f64) -> (f64, f64) {
        let off = deviations(level) * variance.max(0.0).sqrt();
        ((self.mean - off).max(0.0), self.mean + off)
    }
}

/// The variance of a quantity because the parameters of its model are estimated, by the delta method: the covariance of the
/// parameters seen through the quantity's slopes. `covariance` is that of [`Fit`](crate::Fit).
pub fn by_parameters<const N: usize, M: Parametric<N>>(
    model: &M,
    covariance: &[Vec<f64>],
    quantity: impl Fn(&M) -> f64,
) -> f64 {
    let here = model.vector();
    let slopes: [f64; N] = std::array::from_fn(|i| {
        let at = |factor: f64| {
            let mut moved = here;
            moved[i] *= factor;
            // At the end of its range a parameter moves to one side only.
            let there = M::from_vector(moved).ok();
            there.map_or((here[i], quantity(model)), |there| (moved[i], quantity(&there)))
        };
        let ((up, above), (down, below)) = (at(1.0 + NUDGE), at(1.0 - NUDGE));
        (above - below) / (up - down)
    });
    let seen = |row: usize| (0..N).map(|column| covariance[row][column] * slopes[column]).sum::<f64>();
    (0..N).map(|row| slopes[row] * seen(row)).sum()
}

/// What one customer is expected to buy in the next `length`. For one customer chance rules, and far from normally: for
/// the number itself rather ask [`Counts::interval`](crate::Counts::interval).
pub fn of_customer<const N: usize, M: Parametric<N> + Purchases>(
    model: &M,
    covariance: &[Vec<f64>],
    cell: &Cell,
    length: f64,
) -> Forecast {
    of_group(model, covariance, &[WeightedCell { cell: *cell, weight: 1 }], length)
}

/// What a group of customers is expected to buy together in the next `length`.
pub fn of_group<const N: usize, M: Parametric<N> + Purchases>(
    model: &M,
    covariance: &[Vec<f64>],
    cells: &[WeightedCell],
    length: f64,
) -> Forecast {
    let total = |of: &dyn Fn(&Cell) -> f64| cells.iter().map(|one| one.weight as f64 * of(&one.cell)).sum::<f64>();
    let expected = |model: &M| total(&|cell| model.expected(cell, length));
    Forecast {
        mean: expected(model),
        chance: total(&|cell| model.variance(cell, length)),
        parameters: by_parameters(model, covariance, expected),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bg_nbd::BgNbd;
    use crate::retention::Sbg;

    #[test]
    fn a_parameter_seen_alone_keeps_its_variance() {
        let (model, covariance) = (Sbg::new(0.7, 2.0).unwrap(), vec![vec![0.04, 0.01], vec![0.01, 0.09]]);
        assert!((by_parameters(&model, &covariance, Sbg::alpha) - 0.04).abs() < 1e-10);
        assert!((by_parameters(&model, &covariance, |m| m.alpha() + m.beta()) - 0.15).abs() < 1e-9);
        let at_the_end = Sbg::new(1e-4, 2.0).unwrap();
        assert!((by_parameters(&at_the_end, &covariance, Sbg::alpha) - 0.04).abs() < 1e-10);
    }

    #[test]
    fn chance_cancels_in_a_group_and_parameters_do_not() {
        let model = BgNbd::new(0.243, 4.414, 0.793, 2.426).unwrap();
        let covariance: Vec<Vec<f64>> =
            (0..4).map(|i| (0..4).map(|j| if i == j { 1e-3 } else { 0.0 }).collect()).collect();
        let cell = Cell::new(2, 30.43, 38.86).unwrap();
        let one = of_customer(&model, &covariance, &cell, 39.0);
        let many = of_group(&model, &covariance, &[WeightedCell { cell, weight: 10_000 }], 39.0);
        assert!((many.mean / one.mean / 1e4 - 1.0).abs() < 1e-9);
        assert!((many.chance / one.chance / 1e4 - 1.0).abs() < 1e-9);
        assert!((many.parameters / one.parameters / 1e8 - 1.0).abs() < 1e-6);
        let (low, high) = many.interval(0.9);
        assert!(low < many.of_mean(0.9).0 && many.of_mean(0.9).1 < high);
    }
}
