//! The one integral of the Pareto/NBD: that the customer left at some time between the last purchase and the end
//! of the period.
//!
//! Published as a difference of two hypergeometric functions (Fader and Hardie 2005, A0), which cancels where
//! the silence is short and overflows where purchases are many. As the integral it comes from,
//! of s (alpha+u)^-(r+x) (beta+u)^-(s+1) du over the silence, it is a sum of positive terms. In
//! y = ln(min(alpha, beta) + u) the integrand is smooth in a strip of width pi around the real line, so twelve points
//! a panel integrate it to the last digits.

use crate::special::panels::{Panels, Slope};

/// The times of the silence from `from` to `to`, for powers (r+x) and (s+1) of alpha+u and beta+u.
pub(super) fn silence(scales: [f64; 2], powers: [f64; 2], from: f64, to: f64) -> Panels<impl Fn(f64) -> Slope> {
    let shift = scales[0].min(scales[1]);
    Panels::new(shift, from, to, move |time| {
        let fall = |power: f64, scale: f64| power * time / (scale - shift + time);
        let both = fall(powers[0], scales[0]) + fall(powers[1], scales[1]);
        Slope { most: both, fall: both }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::hypergeometric_3f2;
    use proptest::prelude::*;

    /// The integral from `from` to infinity by the published formula, for alpha >= beta; Euler's transform keeps the
    /// series positive.
    fn tail(alpha: f64, beta: f64, shape: f64, s: f64, from: f64) -> f64 {
        let all = shape + s;
        let z = (alpha - beta) / (alpha + from);
        let series = hypergeometric_3f2([1.0, shape, 1.0], [all + 1.0, 1.0], z);
        series.mantissa * (series.ln_scale - s * (-z).ln_1p() - all * (alpha + from).ln()).exp() / all
    }

    proptest! {
        #[test]
        fn equals_the_published_difference(
            beta in 0.1f64..30.0, more in 0.0f64..30.0, shape in 0.05f64..20.0, s in 0.05f64..5.0,
            from in 0.0f64..50.0, length in 5.0f64..100.0,
        ) {
            let alpha = beta + more;
            let expected = tail(alpha, beta, shape, s, from) - tail(alpha, beta, shape, s, from + length);
            let mut sum = 0.0;
            silence([alpha, beta], [shape, s + 1.0], from, from + length).each(|u, weight, _| {
                sum += weight * (-shape * (alpha + u).ln() - (s + 1.0) * (beta + u).ln()).exp();
            });
            let scale = tail(alpha, beta, shape, s, from);
            prop_assert!((sum - expected).abs() <= 1e-12 * scale, "{sum} is not {expected}");
        }

        /// Where customers leave alike (s and beta go to infinity together) the work stays small.
        #[test]
        fn no_parameters_take_long(
            ln_alpha in -4.0f64..18.0, ln_beta in -4.0f64..18.0, ln_shape in -9.0f64..9.2, ln_s in -9.0f64..9.2,
            from in 0.0f64..300.0, length in 0.01f64..300.0,
        ) {
            let mut points = 0;
            silence([ln_alpha.exp(), ln_beta.exp()], [ln_shape.exp(), ln_s.exp() + 1.0], from, from + length)
                .each(|_, _, _| points += 1);
            prop_assert!((12..=600).contains(&points), "{points}");
        }

        /// With equal scales the integral is a power.
        #[test]
        fn equal_scales_have_a_closed_form(
            ln_scale in -4.0f64..8.0, ln_shape in -2.0f64..9.0, s in 0.01f64..50.0, from in 0.0f64..50.0,
            length in 0.01f64..300.0,
        ) {
            let (scale, shape) = (ln_scale.exp(), ln_shape.exp());
            let mut sum = 0.0;
            // Relative to the value at `from`, or thousands of purchases would underflow.
            silence([scale, scale], [shape, s + 1.0], from, from + length).each(|u, weight, _| {
                sum += weight * (-(shape + s + 1.0) * ((u - from) / (scale + from)).ln_1p()).exp();
            });
            let ln_far = (length / (scale + from)).ln_1p();
            let expected = (scale + from) * -(-(shape + s) * ln_far).exp_m1() / (shape + s);
            prop_assert!((sum / expected - 1.0).abs() <= 1e-11, "{sum} is not {expected}");
        }
    }
}
