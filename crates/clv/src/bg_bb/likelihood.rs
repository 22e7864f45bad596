//! The BG/BB log-likelihood with analytic gradient and Hessian (equation 5 of the paper).
//!
//! Per customer: ln of the probability that the customer was active through period m, over m from the last
//! purchase to the end. Beta functions with whole steps are rising factorials, tabulated once for an evaluation.

use super::opportunities::{Opportunities, WeightedOpportunities};
use crate::newton::{Evaluation, LnSum, Vector};
use crate::special::Rising;

/// Rising factorials of the parameters and of their sums, up to the most periods.
pub(super) struct Tables {
    gamma: f64,
    buys: Vec<Rising>,
    passes: Vec<Rising>,
    either: Vec<Rising>,
    stays: Vec<Rising>,
    all: Vec<Rising>,
}

impl Tables {
    pub(super) fn new([alpha, beta, gamma, delta]: &Vector<4>, most: u32) -> Self {
        Self {
            gamma: *gamma,
            buys: Rising::table(*alpha, most),
            passes: Rising::table(*beta, most),
            either: Rising::table(alpha + beta, most),
            stays: Rising::table(*delta, most),
            all: Rising::table(gamma + delta, most + 1),
        }
    }

    /// ln B(alpha+x, beta+m-x) - ln B(alpha, beta): x purchases in m given periods.
    fn buying(&self, x: u32, m: u32) -> Evaluation<4> {
        let (buys, passes, either) = (self.buys[x as usize], self.passes[(m - x) as usize], self.either[m as usize]);
        let mut part = Evaluation::ZERO;
        part.value = buys.ln + passes.ln - either.ln;
        part.gradient[0] = buys.first - either.first;
        part.gradient[1] = passes.first - either.first;
        part.hessian[0][0] = buys.second - either.second;
        part.hessian[0][1] = -either.second;
        part.hessian[1][1] = passes.second - either.second;
        part
    }

    /// Adds ln B(gamma, delta+n) - ln B(gamma, delta): active through period n.
    fn stay(&self, part: &mut Evaluation<4>, n: u32) {
        let (stays, all) = (self.stays[n as usize], self.all[n as usize]);
        part.value += stays.ln - all.ln;
        part.gradient[2] -= all.first;
        part.gradient[3] += stays.first - all.first;
        part.hessian[2][2] -= all.second;
        part.hessian[2][3] -= all.second;
        part.hessian[3][3] += stays.second - all.second;
    }

    /// Adds ln B(gamma+1, delta+m) - ln B(gamma, delta): active through period m and no longer.
    fn leave(&self, part: &mut Evaluation<4>, m: u32) {
        let (stays, all) = (self.stays[m as usize], self.all[m as usize + 1]);
        part.value += self.gamma.ln() + stays.ln - all.ln;
        part.gradient[2] += 1.0 / self.gamma - all.first;
        part.gradient[3] += stays.first - all.first;
        part.hessian[2][2] -= 1.0 / (self.gamma * self.gamma) + all.second;
        part.hessian[2][3] -= all.second;
        part.hessian[3][3] += stays.second - all.second;
    }

    /// ln of the joint probability of the history and of being active still.
    pub(super) fn active(&self, history: &Opportunities) -> Evaluation<4> {
        let mut active = self.buying(history.frequency(), history.periods());
        self.stay(&mut active, history.periods());
        active
    }

    /// ln of the probability of the history.
    pub(super) fn history(&self, history: &Opportunities) -> Evaluation<4> {
        let mut either = LnSum::EMPTY;
        either.add(&self.active(history));
        for last in history.recency()..history.periods() {
            let mut gone = self.buying(history.frequency(), last);
            self.leave(&mut gone, last);
            either.add(&gone);
        }
        either.ln()
    }

    /// ln of the probability of x purchases in n periods, wherever they lie.
    pub(super) fn ln_count(&self, x: u32, n: u32) -> f64 {
        let one = Rising::table(1.0, n);
        let ways = |m: u32| one[m as usize].ln - one[x as usize].ln - one[(m - x) as usize].ln;
        let mut sum = LnSum::EMPTY;
        for last in x..=n {
            let mut part = self.buying(x, last);
            if last == n {
                self.stay(&mut part, n)
            } else {
                self.leave(&mut part, last)
            }
            part.value += ways(last);
            sum.add(&part);
        }
        sum.ln().value
    }
}

/// Evaluates at (alpha, beta, gamma, delta).
pub(super) fn evaluate(parameters: &Vector<4>, cells: &[WeightedOpportunities]) -> Evaluation<4> {
    let most = cells.iter().map(|cell| cell.history.periods()).max().unwrap_or(0);
    let tables = Tables::new(parameters, most);
    let mut sum = Evaluation::ZERO;
    for cell in cells {
        sum.add(cell.weight as f64, &tables.history(&cell.history));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::newton::tests::assert_derivatives;
    use proptest::prelude::*;

    fn parameters() -> impl Strategy<Value = Vector<4>> {
        [-2.0f64..2.0, -2.0f64..2.0, -2.0f64..2.0, -2.0f64..2.0].prop_map(|logs| logs.map(f64::exp))
    }

    fn cell() -> impl Strategy<Value = WeightedOpportunities> {
        (1u32..12, 0u32..12, 0u32..12, 1u64..50).prop_map(|(periods, recency, frequency, weight)| {
            let recency = recency.min(periods);
            let frequency = if recency == 0 { 0 } else { frequency.clamp(1, recency) };
            WeightedOpportunities { history: Opportunities::new(frequency, recency, periods).unwrap(), weight }
        })
    }

    proptest! {
        #[test]
        fn derivatives_equal_differences(cells in prop::collection::vec(cell(), 1..8), parameters in parameters()) {
            let size = cells.iter().map(|c| c.weight as f64 * 100.0).sum();
            assert_derivatives(&parameters, size, |at| evaluate(at, &cells));
        }

        /// The probabilities of all histories of five periods are one together, and those of a count are those of its
        /// histories.
        #[test]
        fn histories_add_up(parameters in parameters()) {
            let tables = Tables::new(&parameters, 5);
            let mut counts = [0.0; 6];
            for pattern in 0u32..32 {
                let (x, last) = (pattern.count_ones(), 32 - pattern.leading_zeros());
                counts[x as usize] += tables.history(&Opportunities::new(x, last, 5).unwrap()).value.exp();
            }
            prop_assert!((counts.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            for (x, count) in (0u32..).zip(counts) {
                prop_assert!((tables.ln_count(x, 5).exp() - count).abs() < 1e-12);
            }
        }
    }
}
