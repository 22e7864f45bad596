//! The Gamma-Gamma log-likelihood of mean spends with analytic gradient and Hessian (equation 1a of the
//! note, taken as a density of the mean).

use crate::gamma_gamma::RepeatSpend;
use crate::newton::{Evaluation, Vector};
use crate::special::{digamma, ln_gamma, trigamma};

/// A fixed order, so that sums do not depend on the given one.
pub(super) fn sorted(spends: &[RepeatSpend]) -> Vec<RepeatSpend> {
    let mut sorted = spends.to_vec();
    sorted.sort_unstable_by(|left, right| left.frequency.cmp(&right.frequency).then(left.mean.total_cmp(&right.mean)));
    sorted
}

/// Evaluates at (p, q, v); `spends` should be [`sorted`].
pub(super) fn evaluate(parameters: &Vector<3>, spends: &[RepeatSpend]) -> Evaluation<3> {
    let [_, q, _] = *parameters;
    let of_q = Gamma::at(q);
    let mut sum = Evaluation::ZERO;
    // Customers with equal frequency share the gamma functions.
    for equal in spends.chunk_by(|left, right| left.frequency == right.frequency) {
        let x = f64::from(equal[0].frequency);
        add_shapes(&mut sum, parameters, x, equal.len() as f64, of_q);
        equal.iter().for_each(|spend| add_spend(&mut sum, parameters, x, spend.mean));
    }
    for i in 0..3 {
        for j in 0..i {
            sum.hessian[i][j] = sum.hessian[j][i];
        }
    }
    sum
}

/// ln gamma and its derivatives at one point.
#[derive(Clone, Copy)]
struct Gamma {
    ln: f64,
    first: f64,
    second: f64,
}

impl Gamma {
    fn at(x: f64) -> Self {
        Self { ln: ln_gamma(x), first: digamma(x), second: trigamma(x) }
    }
}

/// -ln B(px, q), for `count` customers; the upper half of the Hessian only.
fn add_shapes(sum: &mut Evaluation<3>, parameters: &Vector<3>, x: f64, count: f64, of_q: Gamma) {
    let [p, q, _] = *parameters;
    let (of_px, of_all) = (Gamma::at(p * x), Gamma::at(p * x + q));
    sum.value += count * (of_all.ln - of_px.ln - of_q.ln);
    sum.gradient[0] += count * x * (of_all.first - of_px.first);
    sum.gradient[1] += count * (of_all.first - of_q.first);
    sum.hessian[0][0] += count * x * x * (of_all.second - of_px.second);
    sum.hessian[0][1] += count * x * of_all.second;
    sum.hessian[1][1] += count * (of_all.second - of_q.second);
}

/// px ln(xm / (v + xm)) - ln m - q ln(1 + xm / v), written so that a large q does not cancel; the upper
/// half of the Hessian only.
fn add_spend(sum: &mut Evaluation<3>, parameters: &Vector<3>, x: f64, mean: f64) {
    let [p, q, v] = *parameters;
    let (total, own) = (x * mean, p * x);
    let all = v + total;
    let (ln_share, ln_base) = ((total / all).ln(), (total / v).ln_1p());
    let (share, base) = (total / all, v / all);
    sum.value += own * ln_share - mean.ln() - q * ln_base;
    sum.gradient[0] += x * ln_share;
    sum.gradient[1] -= ln_base;
    sum.gradient[2] += (q * share - own * base) / v;
    sum.hessian[0][2] -= x / all;
    sum.hessian[1][2] += share / v;
    sum.hessian[2][2] += (own * base * base - q * share * (1.0 + base)) / (v * v);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::newton::tests::assert_derivatives;
    use proptest::prelude::*;

    fn spend() -> impl Strategy<Value = RepeatSpend> {
        (1u32..40, 1.0f64..500.0).prop_map(|(x, mean)| RepeatSpend::new(x, mean).unwrap())
    }

    proptest! {
        #[test]
        fn derivatives_equal_differences(
            spends in prop::collection::vec(spend(), 1..8),
            logs in [-1.5f64..2.5, -1.5f64..2.5, 0.0f64..6.0],
        ) {
            let (parameters, spends) = (logs.map(f64::exp), sorted(&spends));
            let size: f64 = spends.iter()
                .map(|spend| (parameters[0] * f64::from(spend.frequency) + parameters[1]) * 10.0)
                .sum();
            assert_derivatives(&parameters, size + 10.0, |at| evaluate(at, &spends));
        }
    }
}
