//! The log-likelihoods of BG/NBD and MBG/NBD with analytic gradient and Hessian.
//!
//! Per customer: A1 + A2 + ln(A3 + A4) of Fader, Hardie and Lee (2005), appendix. MBG/NBD differs in one more
//! chance to leave, right after the first purchase: every b + x becomes b + x + 1. Ratios of gamma and
//! beta functions with integer steps are running sums over x, so no special function is needed.

use crate::cell::WeightedCell;
use crate::newton::{Evaluation, LnSum, Vector};
use crate::special::Rising;

/// After which purchases a customer may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// After each repeat (BG/NBD).
    AfterRepeats,
    /// After each purchase, the first one too (MBG/NBD).
    AfterEveryPurchase,
}

impl Leaving {
    /// How often a customer with x repeats may have left so far.
    fn chances(self, x: u32) -> u32 {
        x + u32::from(self == Self::AfterEveryPurchase)
    }
}

/// Evaluates at (r, alpha, a, b); `cells` must be [`sorted`](crate::cell::sorted).
pub(crate) fn evaluate(parameters: &Vector<4>, cells: &[WeightedCell], leaving: Leaving) -> Evaluation<4> {
    let [r, _, a, b] = *parameters;
    let (mut rate, mut stay, mut all) = (Rising::new(r), Rising::new(b), Rising::new(a + b));
    let mut sum = Evaluation::ZERO;
    for cell in cells {
        let x = cell.cell.frequency();
        let chances = leaving.chances(x);
        rate.advance(x);
        stay.advance(chances);
        all.advance(chances);
        sum.add(cell.weight as f64, &of_steps(parameters, &[rate, stay, all]));
        sum.add(cell.weight as f64, &of_times(parameters, cell, chances));
    }
    sum
}

/// A1 + A2: what depends on x only.
fn of_steps(parameters: &Vector<4>, [rate, stay, all]: &[Rising; 3]) -> Evaluation<4> {
    let [r, alpha, ..] = *parameters;
    Evaluation {
        value: rate.ln + r * alpha.ln() + stay.ln - all.ln,
        gradient: [rate.first + alpha.ln(), r / alpha, -all.first, stay.first - all.first],
        hessian: [
            [rate.second, 1.0 / alpha, 0.0, 0.0],
            [1.0 / alpha, -r / (alpha * alpha), 0.0, 0.0],
            [0.0, 0.0, -all.second, -all.second],
            [0.0, 0.0, -all.second, stay.second - all.second],
        ],
    }
}

/// ln(A3 + A4): still active, or gone right after the last purchase.
fn of_times(parameters: &Vector<4>, weighted: &WeightedCell, chances: u32) -> Evaluation<4> {
    let [r, alpha, a, b] = *parameters;
    let cell = &weighted.cell;
    let x = f64::from(cell.frequency());
    let active = silence(r + x, alpha + cell.age());
    if chances == 0 {
        return active;
    }
    let mut gone = silence(r + x, alpha + cell.recency());
    let stays = b + f64::from(chances) - 1.0;
    gone.value += (a / stays).ln();
    gone.gradient[2] = 1.0 / a;
    gone.gradient[3] = -1.0 / stays;
    gone.hessian[2][2] = -1.0 / (a * a);
    gone.hessian[3][3] = 1.0 / (stays * stays);
    let mut either = LnSum::EMPTY;
    either.add(&active);
    either.add(&gone);
    either.ln()
}

/// -(shape) ln(time), where r is in the shape and alpha in the time.
fn silence(shape: f64, time: f64) -> Evaluation<4> {
    let mut part = Evaluation::ZERO;
    part.value = -shape * time.ln();
    part.gradient[0] = -time.ln();
    part.gradient[1] = -shape / time;
    part.hessian[0][1] = -1.0 / time;
    part.hessian[1][0] = -1.0 / time;
    part.hessian[1][1] = shape / (time * time);
    part
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::{Cell, sorted};
    use crate::newton::tests::assert_derivatives;
    use crate::special::ln_gamma;
    use proptest::prelude::*;

    /// The likelihoods straight from the papers, with gamma functions.
    fn plain(parameters: &Vector<4>, cell: &Cell, leaving: Leaving) -> f64 {
        let [r, alpha, a, b] = *parameters;
        let x = f64::from(cell.frequency());
        let chances = f64::from(leaving.chances(cell.frequency()));
        let a1 = ln_gamma(r + x) - ln_gamma(r) + r * alpha.ln();
        let a2 = ln_gamma(a + b) + ln_gamma(b + chances) - ln_gamma(b) - ln_gamma(a + b + chances);
        let a3 = (alpha + cell.age()).powf(-(r + x));
        let a4 = a / (b + chances - 1.0) * (alpha + cell.recency()).powf(-(r + x));
        a1 + a2 + if chances == 0.0 { a3.ln() } else { (a3 + a4).ln() }
    }

    fn cell() -> impl Strategy<Value = WeightedCell> {
        (0u32..60, 0.01f64..1.0, 0.2f64..200.0, 1u64..50).prop_map(|(x, share, age, weight)| {
            let recency = if x == 0 { 0.0 } else { share * age };
            WeightedCell { cell: Cell::new(x, recency, age).unwrap(), weight }
        })
    }

    fn parameters() -> impl Strategy<Value = Vector<4>> {
        let logs = [-2.0f64..2.0, -1.0f64..4.0, -2.0f64..2.0, -2.0f64..3.0];
        logs.prop_map(|logs| logs.map(f64::exp))
    }

    const BOTH: [Leaving; 2] = [Leaving::AfterRepeats, Leaving::AfterEveryPurchase];

    proptest! {
        #[test]
        fn equals_the_formula_of_the_paper(cell in cell(), parameters in parameters()) {
            for leaving in BOTH {
                let expected = plain(&parameters, &cell.cell, leaving) * cell.weight as f64;
                let value = evaluate(&parameters, &[cell], leaving).value;
                prop_assert!((value - expected).abs() <= 1e-10 * expected.abs().max(1.0));
            }
        }

        #[test]
        fn derivatives_equal_differences(
            cells in prop::collection::vec(cell(), 1..8), parameters in parameters(),
        ) {
            let cells = sorted(&cells);
            let size = cells.iter()
                .map(|c| c.weight as f64 * (1.0 + f64::from(c.cell.frequency())) * 10.0).sum();
            for leaving in BOTH {
                assert_derivatives(&parameters, size, |at| evaluate(at, &cells, leaving));
            }
        }
    }
}
