//! The BG/NBD log-likelihood with analytic gradient and Hessian.
//!
//! Per customer: A1 + A2 + ln(A3 + A4) of Fader, Hardie and Lee (2005), appendix. Ratios of gamma and
//! beta functions with integer steps are running sums over x, so no special function is needed.

use crate::cell::WeightedCell;
use crate::newton::{Evaluation, Vector};

/// By frequency first, as the running sums need it, then fully, so that sums do not depend on order.
pub(super) fn sorted(cells: &[WeightedCell]) -> Vec<WeightedCell> {
    let mut sorted: Vec<WeightedCell> = cells.iter().copied().filter(|cell| cell.weight > 0).collect();
    sorted.sort_unstable_by(|left, right| {
        let (l, r) = (&left.cell, &right.cell);
        (l.frequency().cmp(&r.frequency()))
            .then(l.recency().total_cmp(&r.recency()))
            .then(l.age().total_cmp(&r.age()))
            .then(left.weight.cmp(&right.weight))
    });
    sorted
}

/// ln of the rising factorial (shape)_x and its first two derivatives by shape, advanced with x.
struct Rising {
    shape: f64,
    steps: u32,
    ln: f64,
    first: f64,
    second: f64,
}

impl Rising {
    fn new(shape: f64) -> Self {
        Self { shape, steps: 0, ln: 0.0, first: 0.0, second: 0.0 }
    }

    fn advance(&mut self, x: u32) {
        for step in self.steps..x {
            let factor = self.shape + f64::from(step);
            self.ln += factor.ln();
            self.first += 1.0 / factor;
            self.second -= 1.0 / (factor * factor);
        }
        self.steps = x;
    }
}

/// Evaluates at (r, alpha, a, b); `cells` must be [`sorted`].
pub(super) fn evaluate(parameters: &Vector<4>, cells: &[WeightedCell]) -> Evaluation<4> {
    let [r, _, a, b] = *parameters;
    let mut rising = [Rising::new(r), Rising::new(b), Rising::new(a + b)];
    let mut sum = Evaluation::ZERO;
    for cell in cells {
        rising.iter_mut().for_each(|factor| factor.advance(cell.cell.frequency()));
        add(&mut sum, cell.weight as f64, &of_steps(parameters, &rising));
        add(&mut sum, cell.weight as f64, &of_times(parameters, cell));
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
fn of_times(parameters: &Vector<4>, weighted: &WeightedCell) -> Evaluation<4> {
    let [r, alpha, a, b] = *parameters;
    let cell = &weighted.cell;
    let x = f64::from(cell.frequency());
    let active = silence(r + x, alpha + cell.age());
    if cell.frequency() == 0 {
        return active;
    }
    let mut gone = silence(r + x, alpha + cell.recency());
    let stays = b + x - 1.0;
    gone.value += (a / stays).ln();
    gone.gradient[2] = 1.0 / a;
    gone.gradient[3] = -1.0 / stays;
    gone.hessian[2][2] = -1.0 / (a * a);
    gone.hessian[3][3] = 1.0 / (stays * stays);
    ln_of_sum(&active, &gone)
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

/// ln(e^left + e^right) with derivatives: the mean of both, plus the spread of the gradients.
fn ln_of_sum(left: &Evaluation<4>, right: &Evaluation<4>) -> Evaluation<4> {
    let top = left.value.max(right.value);
    let value = top + ((left.value - top).exp() + (right.value - top).exp()).ln();
    let (w, v) = ((left.value - value).exp(), (right.value - value).exp());
    let apart: Vector<4> = std::array::from_fn(|i| left.gradient[i] - right.gradient[i]);
    Evaluation {
        value,
        gradient: std::array::from_fn(|i| w * left.gradient[i] + v * right.gradient[i]),
        hessian: std::array::from_fn(|i| {
            std::array::from_fn(|j| w * left.hessian[i][j] + v * right.hessian[i][j] + w * v * apart[i] * apart[j])
        }),
    }
}

fn add(sum: &mut Evaluation<4>, weight: f64, part: &Evaluation<4>) {
    sum.value += weight * part.value;
    for i in 0..4 {
        sum.gradient[i] += weight * part.gradient[i];
        for j in 0..4 {
            sum.hessian[i][j] += weight * part.hessian[i][j];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::Cell;
    use crate::newton::tests::assert_derivatives;
    use crate::special::ln_gamma;
    use proptest::prelude::*;

    /// The likelihood straight from the paper, with gamma functions.
    fn plain(parameters: &Vector<4>, cell: &Cell) -> f64 {
        let [r, alpha, a, b] = *parameters;
        let x = f64::from(cell.frequency());
        let a1 = ln_gamma(r + x) - ln_gamma(r) + r * alpha.ln();
        let a2 = ln_gamma(a + b) + ln_gamma(b + x) - ln_gamma(b) - ln_gamma(a + b + x);
        let a3 = (alpha + cell.age()).powf(-(r + x));
        let a4 = a / (b + x - 1.0) * (alpha + cell.recency()).powf(-(r + x));
        a1 + a2 + if cell.frequency() == 0 { a3.ln() } else { (a3 + a4).ln() }
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

    proptest! {
        #[test]
        fn equals_the_formula_of_the_paper(cell in cell(), parameters in parameters()) {
            let expected = plain(&parameters, &cell.cell) * cell.weight as f64;
            let value = evaluate(&parameters, &[cell]).value;
            prop_assert!((value - expected).abs() <= 1e-10 * expected.abs().max(1.0));
        }

        #[test]
        fn derivatives_equal_differences(
            cells in prop::collection::vec(cell(), 1..8), parameters in parameters(),
        ) {
            let cells = sorted(&cells);
            let size = cells.iter()
                .map(|c| c.weight as f64 * (1.0 + f64::from(c.cell.frequency())) * 10.0).sum();
            assert_derivatives(&parameters, size, |at| evaluate(at, &cells));
        }
    }
}
