//! The Pareto/NBD log-likelihood with analytic gradient and Hessian.
//!
//! Per customer, with (r)_x the rising factorial: ln (r)_x + r ln alpha + s ln beta + ln(still active + left in the
//! silence), where the first is (alpha+T)^-(r+x) (beta+T)^-s and the second the integral of `lifetime`.
//! Derivatives pass under the integral, so every point of it is one more term of the mixture.

use super::lifetime::silence;
use crate::cell::{Cell, WeightedCell};
use crate::newton::{Evaluation, LnSum, Vector};
use crate::special::Rising;

/// Evaluates at (r, alpha, s, beta); `cells` must be [`sorted`](crate::cell::sorted).
pub(super) fn evaluate(parameters: &Vector<4>, cells: &[WeightedCell]) -> Evaluation<4> {
    let mut rate = Rising::new(parameters[0]);
    let mut sum = Evaluation::ZERO;
    for weighted in cells {
        let weight = weighted.weight as f64;
        rate.advance(weighted.cell.frequency());
        sum.add(weight, &of_scales(parameters, &rate));
        sum.add(weight, &of_times(parameters, &weighted.cell));
    }
    sum
}

/// ln (r)_x + r ln alpha + s ln beta.
fn of_scales(parameters: &Vector<4>, rate: &Rising) -> Evaluation<4> {
    let [r, alpha, s, beta] = *parameters;
    let mut part = Evaluation::ZERO;
    part.value = rate.ln + r * alpha.ln() + s * beta.ln();
    part.gradient = [rate.first + alpha.ln(), r / alpha, beta.ln(), s / beta];
    part.hessian[0][0] = rate.second;
    part.hessian[0][1] = 1.0 / alpha;
    part.hessian[1][1] = -r / (alpha * alpha);
    part.hessian[2][3] = 1.0 / beta;
    part.hessian[3][3] = -s / (beta * beta);
    part.mirrored()
}

/// ln(still active + left in the silence).
fn of_times(parameters: &Vector<4>, cell: &Cell) -> Evaluation<4> {
    let [r, alpha, s, beta] = *parameters;
    let shape = r + f64::from(cell.frequency());
    let mut either = LnSum::EMPTY;
    let (rate, dropout) = (alpha + cell.age(), beta + cell.age());
    either.add(&power(shape, [rate, rate.ln()], s, [dropout, dropout.ln()]));
    if cell.age() > cell.recency() {
        silence([alpha, beta], [shape, s + 1.0], cell.recency(), cell.age()).each(|u, weight, y| {
            let (rate, dropout) = (alpha + u, beta + u);
            let ln_rate = if alpha <= beta { y } else { rate.ln() };
            let ln_dropout = if alpha <= beta { dropout.ln() } else { y };
            let mut left = power(shape, [rate, ln_rate], s + 1.0, [dropout, ln_dropout]);
            left.gradient[2] += 1.0 / s;
            left.hessian[2][2] -= 1.0 / (s * s);
            either.add_times(s * weight, &left);
        });
    }
    either.ln()
}

/// -(shape) ln(rate) - (exponent) ln(dropout), where r is in the shape, alpha in the rate, s in the exponent and beta in
/// the dropout, both with their logarithms; the upper half of the Hessian only.
fn power(shape: f64, [rate, ln_rate]: [f64; 2], exponent: f64, [dropout, ln_dropout]: [f64; 2]) -> Evaluation<4> {
    let (by_rate, by_dropout) = (1.0 / rate, 1.0 / dropout);
    let mut part = Evaluation::ZERO;
    part.value = -shape * ln_rate - exponent * ln_dropout;
    part.gradient = [-ln_rate, -shape * by_rate, -ln_dropout, -exponent * by_dropout];
    part.hessian[0][1] = -by_rate;
    part.hessian[1][1] = shape * by_rate * by_rate;
    part.hessian[2][3] = -by_dropout;
    part.hessian[3][3] = exponent * by_dropout * by_dropout;
    part
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::sorted;
    use crate::newton::tests::assert_derivatives;
    use proptest::prelude::*;

    fn cell() -> impl Strategy<Value = WeightedCell> {
        (0u32..60, 0.01f64..=1.0, 0.2f64..200.0, 1u64..50).prop_map(|(x, share, age, weight)| {
            let recency = if x == 0 { 0.0 } else { share * age };
            WeightedCell { cell: Cell::new(x, recency, age).unwrap(), weight }
        })
    }

    fn parameters() -> impl Strategy<Value = Vector<4>> {
        let logs = [-2.0f64..2.0, -1.0f64..4.0, -2.0f64..2.0, -1.0f64..4.0];
        logs.prop_map(|logs| logs.map(f64::exp))
    }

    proptest! {
        #[test]
        fn derivatives_equal_differences(
            cells in prop::collection::vec(cell(), 1..8), parameters in parameters(),
        ) {
            let cells = sorted(&cells);
            let size = cells.iter()
                .map(|c| c.weight as f64 * (1.0 + f64::from(c.cell.frequency())) * 10.0).sum();
            assert_derivatives(&parameters, size, |at| evaluate(at, &cells));
        }

        /// Whoever was seen for no time at all tells nothing.
        #[test]
        fn no_time_is_no_evidence(parameters in parameters()) {
            let new = WeightedCell { cell: Cell::NEW, weight: 1 };
            prop_assert!(evaluate(&parameters, &[new]).value.abs() <= 1e-12);
        }
    }

    #[test]
    fn five_thousand_purchases_stay_finite() {
        let cell = Cell::new(5_000, 38.0, 38.86).unwrap();
        let here = evaluate(&[0.553, 10.578, 0.606, 11.669], &[WeightedCell { cell, weight: 1 }]);
        assert!(here.value.is_finite() && here.gradient.iter().all(|slope| slope.is_finite()));
    }
}
