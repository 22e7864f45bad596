//! Gauss-Legendre quadrature: sums that integrate polynomials up to degree 23 exactly.

use std::f64::consts::PI;
use std::sync::LazyLock;

/// Points of a panel.
pub(crate) const POINTS: usize = 12;

/// (node, weight) on -1..1, by Newton's method on the Legendre polynomial (A&S 25.4.29).
static NODES: LazyLock<[(f64, f64); POINTS]> = LazyLock::new(|| std::array::from_fn(node));

/// (node, weight) on from..to.
pub(crate) fn nodes(from: f64, to: f64) -> impl Iterator<Item = (f64, f64)> {
    let (middle, half) = (0.5 * (from + to), 0.5 * (to - from));
    NODES.iter().map(move |(node, weight)| (middle + half * node, half * weight))
}

fn node(index: usize) -> (f64, f64) {
    let mut x = (PI * (index as f64 + 0.75) / (POINTS as f64 + 0.5)).cos();
    let mut slope = 0.0;
    // Quadratic from a start this close: a handful of steps reach the last bit.
    for _ in 0..10 {
        let (value, derivative) = legendre(x);
        slope = derivative;
        x -= value / slope;
    }
    (x, 2.0 / ((1.0 - x * x) * slope * slope))
}

/// The Legendre polynomial of degree [`POINTS`] and its derivative.
fn legendre(x: f64) -> (f64, f64) {
    let (mut before, mut here) = (1.0, x);
    for degree in 2..=POINTS {
        let n = degree as f64;
        (before, here) = (here, ((2.0 * n - 1.0) * x * here - (n - 1.0) * before) / n);
    }
    (here, POINTS as f64 * (x * here - before) / (x * x - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_are_integrated_exactly() {
        for power in 0..2 * POINTS as i32 {
            let sum: f64 = nodes(0.0, 2.0).map(|(x, weight)| weight * x.powi(power)).sum();
            let exact = 2f64.powi(power + 1) / f64::from(power + 1);
            assert!((sum / exact - 1.0).abs() < 1e-13, "{power}: {sum}");
        }
    }
}
