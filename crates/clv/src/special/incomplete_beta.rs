//! The regularised incomplete beta function, which is also the upper tail of the negative binomial.

use super::ln_gamma;

/// Levels of the continued fraction before it is cut; about the square root of the larger parameter is needed.
const MOST_LEVELS: u32 = 100_000;

/// I_x(a, b) for positive a and b, by the continued fraction DLMF 8.17.22.
///
/// A negative binomial number with shape r and success probability 1 - z is n or more with probability
/// I_z(n, r).
pub(crate) fn regularized_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let ln_front = a * x.ln() + b * (-x).ln_1p() + ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b);
    // On this side of the mean the fraction converges fast; the other side is the mirror image.
    if x < (a + 1.0) / (a + b + 2.0) {
        ln_front.exp() * fraction(x, a, b) / a
    } else {
        1.0 - ln_front.exp() * fraction(1.0 - x, b, a) / b
    }
}

/// By Lentz's method.
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut product = d;
    for level in 1..MOST_LEVELS {
        let m = f64::from(level);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut step = 1.0;
        for part in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + part * d);
            c = away_from_zero(1.0 + part / c);
            step = c * d;
            product *= step;
        }
        if (step - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(actual: f64, expected: f64, tolerance: f64) {
        assert!((actual / expected - 1.0).abs() <= tolerance, "{actual} is not {expected}");
    }

    #[test]
    fn hits_closed_forms() {
        close(regularized_beta(0.3, 1.0, 2.5), 1.0 - 0.7f64.powf(2.5), 1e-14);
        close(regularized_beta(0.3, 2.5, 1.0), 0.3f64.powf(2.5), 1e-14);
        close(regularized_beta(0.5, 7.3, 7.3), 0.5, 1e-13);
        // The arcsine law.
        close(regularized_beta(0.2, 0.5, 0.5), 2.0 / std::f64::consts::PI * 0.2f64.sqrt().asin(), 1e-14);
        assert_eq!((regularized_beta(0.0, 2.0, 3.0), regularized_beta(1.0, 2.0, 3.0)), (0.0, 1.0));
    }

    #[test]
    fn five_thousand_purchases_are_no_trouble() {
        // I_x(n, 1) = x^n, and its complement.
        close(regularized_beta(0.999, 5_000.0, 1.0), 0.999f64.powi(5_000), 1e-10);
        close(regularized_beta(0.5, 5_000.0, 5_000.0), 0.5, 1e-9);
        assert!(regularized_beta(0.1, 5_000.0, 0.243) >= 0.0);
    }

    proptest! {
        #[test]
        fn is_the_tail_of_the_negative_binomial(n in 1u32..60, shape in 0.05f64..30.0, z in 0.01f64..0.99) {
            let mut exactly = (1.0 - z).powf(shape);
            let mut below = 0.0;
            for index in 0..n {
                let j = f64::from(index);
                below += exactly;
                exactly *= z * (shape + j) / (j + 1.0);
            }
            let tail = regularized_beta(z, f64::from(n), shape);
            prop_assert!((tail + below - 1.0).abs() <= 1e-12, "{tail} and {below}");
        }

        #[test]
        fn the_mirror_image_is_the_complement(x in 0.001f64..0.999, a in 0.01f64..500.0, b in 0.01f64..500.0) {
            let both = regularized_beta(x, a, b) + regularized_beta(1.0 - x, b, a);
            prop_assert!((both - 1.0).abs() <= 1e-12);
        }
    }
}
