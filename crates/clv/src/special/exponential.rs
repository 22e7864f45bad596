//! What a lifetime with a heavy tail is worth when later time counts less: the integral behind Tricomi's
//! function U(s, s, w) and the generalised exponential integral.
//!
//! With E_s the exponential integral of real order s, A&S 13.1.29 and 13.2.5 give
//! U(s, s, w) = w^(1-s) U(1, 2-s, w) and U(1, 2-s, w) = e^w E_s(w) = integral of e^(-w t) (1+t)^(-s) dt
//! from 0 to infinity. That last form is positive, smooth and finite for all s > 0, w > 0, so it is computed as it
//! stands, in u = ln(1 + t).

use super::gauss;

/// What is smaller than the whole by this many e-folds is left out.
const NEGLIGIBLE: f64 = 45.0;
/// Twelve points integrate an exponential over this many e-folds to the last digits.
const FOLDS_OF_A_PANEL: f64 = 8.0;
const LONGEST_PANEL: f64 = 1.5;

/// Integral of e^(-w t) (1+t)^(-s) dt from 0 to `end`, which may be infinite if `w > 0`; `s > 0`, `w >= 0`.
pub(crate) fn discounted_tail(s: f64, w: f64, end: f64) -> f64 {
    let last = end.ln_1p();
    if w == 0.0 {
        // (1+end)^(1-s) - 1 over 1 - s, without a pole.
        let power = (1.0 - s) * last;
        return if power.abs() < 1e-300 { last } else { power.exp_m1() / (1.0 - s) };
    }
    let ln_integrand = |u: f64| (1.0 - s) * u - w * u.exp_m1();
    let (mut from, mut sum) = (0.0, 0.0);
    while from < last {
        let steepness = (1.0 - s).abs() + w * f64::exp(from) * 2.0 + 1e-3;
        let to = (from + (FOLDS_OF_A_PANEL / steepness).min(LONGEST_PANEL)).min(last);
        sum += gauss::nodes(from, to).map(|(u, weight)| weight * ln_integrand(u).exp()).sum::<f64>();
        let falls = 1.0 - s < w * to.exp();
        if falls && ln_integrand(to) < -NEGLIGIBLE {
            break;
        }
        from = to;
    }
    sum
}

/// Tricomi's confluent hypergeometric function U(s, s, w), positive s and w.
#[cfg(test)]
fn tricomi_u(s: f64, w: f64) -> f64 {
    w.powf(1.0 - s) * discounted_tail(s, w, f64::INFINITY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(actual: f64, expected: f64, tolerance: f64) {
        assert!((actual / expected - 1.0).abs() <= tolerance, "{actual} is not {expected}");
    }

    #[test]
    fn hits_the_reference_values_of_tricomi() {
        close(tricomi_u(0.606, 0.1), 1.388_604_673_261_180_8, 1e-13);
        close(tricomi_u(0.606, 1.5), 0.607_900_051_418_719_5, 1e-13);
        close(tricomi_u(0.5221, 0.05), 1.431_193_753_705_373_8, 1e-13);
    }

    /// e^w E_s(w) by the continued fraction A&S 5.1.22, which converges for w of about one and more.
    fn by_fraction(s: f64, w: f64) -> f64 {
        (1..2_000)
            .rev()
            .fold(0.0, |below, level| {
                let i = f64::from(level);
                i * (s - 1.0 + i) / (w + s + 2.0 * i - below)
            })
            .mul_add(-1.0, w + s)
            .recip()
    }

    proptest! {
        #[test]
        fn equals_the_continued_fraction(s in 0.01f64..200.0, ln_w in 0.0f64..8.0) {
            let w = ln_w.exp();
            let (integral, fraction) = (discounted_tail(s, w, f64::INFINITY), by_fraction(s, w));
            prop_assert!((integral / fraction - 1.0).abs() <= 1e-12, "{integral} {fraction}");
        }

        /// s E_(s+1) = e^-w - w E_s, A&S 5.1.14.
        #[test]
        fn obeys_the_recurrence(s in 0.05f64..20.0, ln_w in -12.0f64..1.0) {
            let w = ln_w.exp();
            let (here, next) = (discounted_tail(s, w, f64::INFINITY), discounted_tail(s + 1.0, w, f64::INFINITY));
            prop_assert!((s * next + w * here - 1.0).abs() <= 1e-12);
        }

        #[test]
        fn grows_to_its_limit(s in 0.05f64..20.0, ln_w in -8.0f64..1.0, end in 0.0f64..1e4) {
            let w = ln_w.exp();
            let (part, more) = (discounted_tail(s, w, end), discounted_tail(s, w, end * 2.0));
            let undiscounted = discounted_tail(s, 0.0, end);
            prop_assert!(part <= more * (1.0 + 1e-13) && part <= undiscounted * (1.0 + 1e-12));
            prop_assert!(more <= discounted_tail(s, w, f64::INFINITY) * (1.0 + 1e-12));
        }
    }

    #[test]
    fn order_one_has_no_pole() {
        close(discounted_tail(1.0, 0.0, 9.0), 10f64.ln(), 1e-15);
        close(discounted_tail(1.0 + 1e-12, 0.0, 9.0), 10f64.ln(), 1e-11);
    }
}
