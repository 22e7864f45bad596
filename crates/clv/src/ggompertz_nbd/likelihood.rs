//! The GGompertz/NBD log-likelihood with analytic gradient and Hessian.
//!
//! Per customer, with (r)_x the rising factorial: ln (r)_x + r ln alpha + s ln scale + ln(still active + left in the
//! silence), where the first is (alpha+T)^-(r+x) d(T)^-s and the second the integral of s (alpha+u)^-(r+x) d(u)^-s / m(u) du
//! over the silence; d, m and scale are those of `ageing`. Derivatives pass under the integral.

use super::ageing::{LnMild, mild};
use crate::cell::{Cell, WeightedCell};
use crate::newton::{Evaluation, LnSum, Vector};
use crate::special::Rising;
use crate::special::panels::{Panels, Slope};

/// How many panels it takes, at least, for hazards to grow by e to this power: d has zeros at a distance of pi / b.
pub(super) const PANELS_OF_AGEING: f64 = 2.0;

/// Evaluates at (r, alpha, b, s, scale); `cells` must be [`sorted`](crate::cell::sorted).
pub(super) fn evaluate(parameters: &Vector<5>, cells: &[WeightedCell]) -> Evaluation<5> {
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

/// The times of a silence for a customer who bought `shape - r` times.
pub(super) fn silence(parameters: &Vector<5>, shape: f64, cell: &Cell) -> Panels<impl Fn(f64) -> Slope> {
    let [_, alpha, b, s, scale] = *parameters;
    let shift = alpha.min(scale);
    let slope = move |time: f64| {
        let u = (time - shift).max(0.0);
        let (rate, hazard) = (shape * time / (alpha - shift + time), time / mild(b, scale, u));
        Slope { most: rate + (s + 1.0) * hazard + PANELS_OF_AGEING * b * time, fall: rate + s * hazard }
    };
    // Only 1 / m rises, by b * scale over all time.
    Panels::new(shift, cell.recency(), cell.age(), slope).with_rise((b * scale).ln().max(0.0))
}

/// ln (r)_x + r ln alpha + s ln scale.
fn of_scales(parameters: &Vector<5>, rate: &Rising) -> Evaluation<5> {
    let [r, alpha, _, s, scale] = *parameters;
    let mut part = Evaluation::ZERO;
    part.value = rate.ln + r * alpha.ln() + s * scale.ln();
    part.gradient = [rate.first + alpha.ln(), r / alpha, 0.0, scale.ln(), s / scale];
    part.hessian[0][0] = rate.second;
    part.hessian[0][1] = 1.0 / alpha;
    part.hessian[1][1] = -r / (alpha * alpha);
    part.hessian[3][4] = 1.0 / scale;
    part.hessian[4][4] = -s / (scale * scale);
    part.mirrored()
}

/// ln(still active + left in the silence).
fn of_times(parameters: &Vector<5>, cell: &Cell) -> Evaluation<5> {
    let s = parameters[3];
    let shape = parameters[0] + f64::from(cell.frequency());
    let mut either = LnSum::EMPTY;
    either.add(&until(parameters, shape, cell.age(), 0.0));
    if cell.age() > cell.recency() {
        silence(parameters, shape, cell).each(|u, weight, _| {
            let mut left = until(parameters, shape, u, 1.0);
            left.gradient[3] += 1.0 / s;
            left.hessian[3][3] -= 1.0 / (s * s);
            either.add_times(s * weight, &left);
        });
    }
    either.ln()
}

/// -shape ln(alpha + u) - s ln d(u) - leaving ln m(u); the upper half of the Hessian only.
fn until(parameters: &Vector<5>, shape: f64, u: f64, leaving: f64) -> Evaluation<5> {
    let [_, alpha, b, s, scale] = *parameters;
    let rate = alpha + u;
    let mild = LnMild::new(b, scale, u);
    let (ln_rate, ln_d, d_by_b, times) = (rate.ln(), b * u + mild.value, u + mild.by_b, s + leaving);
    let mut part = Evaluation::ZERO;
    part.value = -shape * ln_rate - s * ln_d - leaving * mild.value;
    part.gradient = [-ln_rate, -shape / rate, -s * d_by_b - leaving * mild.by_b, -ln_d, -times * mild.by_scale];
    part.hessian[0][1] = -1.0 / rate;
    part.hessian[1][1] = shape / (rate * rate);
    part.hessian[2][2] = -times * mild.by_b_b;
    part.hessian[2][3] = -d_by_b;
    part.hessian[2][4] = -times * mild.by_b_scale;
    part.hessian[3][4] = -mild.by_scale;
    part.hessian[4][4] = -times * mild.by_scale_scale;
    part
}

#[cfg(test)]
mod tests {
    use super::super::ageing::ln_left;
    use super::*;
    use crate::ParetoNbd;
    use crate::cell::sorted;
    use crate::newton::tests::assert_derivatives;
    use proptest::prelude::*;

    fn cell() -> impl Strategy<Value = WeightedCell> {
        (0u32..60, 0.01f64..=1.0, 0.2f64..200.0, 1u64..50).prop_map(|(x, share, age, weight)| {
            let recency = if x == 0 { 0.0 } else { share * age };
            WeightedCell { cell: Cell::new(x, recency, age).unwrap(), weight }
        })
    }

    fn parameters() -> impl Strategy<Value = Vector<5>> {
        let logs = [-2.0f64..2.0, -1.0f64..4.0, -8.0f64..0.0, -2.0f64..2.0, -1.0f64..8.0];
        logs.prop_map(|logs| logs.map(f64::exp))
    }

    proptest! {
        #[test]
        fn derivatives_equal_differences(
            cells in prop::collection::vec(cell(), 1..8), parameters in parameters(),
        ) {
            let cells = sorted(&cells);
            let size = cells.iter()
                .map(|c| c.weight as f64 * (1.0 + f64::from(c.cell.frequency()) + c.cell.age()) * 10.0).sum();
            assert_derivatives(&parameters, size, |at| evaluate(at, &cells));
        }

        /// Whoever was seen for no time at all tells nothing.
        #[test]
        fn no_time_is_no_evidence(parameters in parameters()) {
            let new = WeightedCell { cell: Cell::NEW, weight: 1 };
            prop_assert!(evaluate(&parameters, &[new]).value.abs() <= 1e-12);
        }

        /// Without ageing it is the Pareto/NBD.
        #[test]
        fn without_ageing_it_is_the_pareto_nbd(
            cells in prop::collection::vec(cell(), 1..8), parameters in parameters(),
        ) {
            let [r, alpha, _, s, scale] = parameters;
            let pareto = ParetoNbd::new(r, alpha, s, scale).unwrap().log_likelihood(&cells);
            let ours = evaluate(&[r, alpha, 1e-12, s, scale], &sorted(&cells)).value;
            prop_assert!((ours - pareto).abs() <= 1e-7 * (1.0 + pareto.abs()), "{ours} is not {pareto}");
        }

        /// Leaving, seen or not, adds up to one over all time: nobody bought, so only the silence counts.
        #[test]
        fn the_integral_is_one_by_parts(parameters in parameters(), age in 0.1f64..300.0, recency in 0.0f64..1.0) {
            let [_, _, b, s, scale] = parameters;
            let cell = Cell::new(1, recency * age + 1e-3 * age, 1.01 * age).unwrap();
            // Of those who are there when it begins, or nothing would be left of any digits.
            let from = ln_left(b, scale, cell.recency());
            let left = |u: f64| (s * (ln_left(b, scale, u) - from)).exp();
            let mut gone = 0.0;
            silence(&parameters, 0.0, &cell)
                .each(|u, weight, _| gone += weight * left(u) * s / mild(b, scale, u));
            let expected = 1.0 - left(cell.age());
            prop_assert!((gone - expected).abs() <= 1e-11, "{gone} is not {expected}");
        }
    }

    #[test]
    fn five_thousand_purchases_and_fast_ageing_stay_finite() {
        for b in [1e-6, 0.01, 10.0] {
            let cell = Cell::new(5_000, 38.0, 380.0).unwrap();
            let here = evaluate(&[0.553, 10.578, b, 0.606, 11.669], &[WeightedCell { cell, weight: 1 }]);
            assert!(here.value.is_finite() && here.gradient.iter().all(|slope| slope.is_finite()), "{b}: {here:?}");
        }
    }
}
