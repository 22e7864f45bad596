//! Logarithm and exponential out of operations that IEEE 754 rounds alike everywhere (+, -, *, /), so that a seed
//! gives the same bytes on every machine: the ones of the platform's libm may differ in the last bit.

use std::f64::consts::{LN_2, SQRT_2};

const FRACTION: u64 = (1 << 52) - 1;
const ONE: u64 = 1023 << 52;

/// Natural logarithm of a positive normal number, to about 1e-15 relative.
pub(crate) fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32 - 1023;
    let mantissa = f64::from_bits((bits & FRACTION) | ONE);
    let (mantissa, exponent) = if mantissa > SQRT_2 { (mantissa / 2.0, exponent + 1) } else { (mantissa, exponent) };
    // ln m = 2 artanh((m - 1) / (m + 1)); the argument is at most 0.172.
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let series = (0..12).rev().fold(0.0, |sum, k| sum * s * s + 1.0 / f64::from(2 * k + 1));
    2.0 * s * series + f64::from(exponent) * LN_2
}

/// e to the power x, to about 1e-14 relative; 0 below -700, and x is taken as at most 700.
pub(crate) fn exp(x: f64) -> f64 {
    if x < -700.0 {
        return 0.0;
    }
    let x = x.min(700.0);
    let halvings = (x / LN_2).round();
    let rest = x - halvings * LN_2;
    let series = (1..16).rev().fold(1.0, |sum, k| 1.0 + sum * rest / f64::from(k));
    series * f64::from_bits(((1023 + halvings as i64) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::{exp, ln};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn logarithm_agrees_with_libm(x in 1e-300_f64..1e300) {
            prop_assert!((ln(x) - x.ln()).abs() <= 1e-14 * x.ln().abs().max(1.0));
        }

        #[test]
        fn exponential_agrees_with_libm(x in -690.0_f64..690.0) {
            prop_assert!((exp(x) / x.exp() - 1.0).abs() <= 1e-12);
        }
    }

    #[test]
    fn ends_of_the_range() {
        assert_eq!(exp(-1e9), 0.0);
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(ln(1.0), 0.0);
    }
}
