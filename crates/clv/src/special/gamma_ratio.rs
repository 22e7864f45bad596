//! Ratios of gamma functions whose arguments are close together beside their size.

use super::polynomial;

/// Like [`ln_gamma`](super::ln_gamma).
const ASYMPTOTIC_FROM: f64 = 10.0;

/// ln(gamma(z + a) / gamma(z)) and its two derivatives by z, all to the last digits even where a is nothing beside z:
/// by differences that are taken in the terms of Stirling's series (A&S 6.1.41, 6.3.18, 6.4.12) and not of its sums.
pub(crate) fn ln_gamma_ratio(z: f64, a: f64) -> [f64; 3] {
    let (mut y, mut shift) = (z, [0.0; 3]);
    while y < ASYMPTOTIC_FROM {
        let step = a / (y * (y + a));
        shift = [shift[0] - (a / y).ln_1p(), shift[1] + step, shift[2] - step * (1.0 / y + 1.0 / (y + a))];
        y += 1.0;
    }
    let (over, step) = ((a / y).ln_1p(), a / (y * (y + a)));
    let far = y + a;
    let tails = |coefficients: &[f64], power: i32| {
        let tail = |at: f64| polynomial(coefficients, 1.0 / (at * at)) * at.powi(-power);
        tail(far) - tail(y)
    };
    let ln = a * y.ln() + (far - 0.5) * over - a
        + tails(&[1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0], 1);
    let first = over + 0.5 * step
        - tails(&[1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32_760.0], 2);
    let second = -step * (1.0 + 0.5 * (1.0 / y + 1.0 / far))
        + tails(&[1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2_730.0], 3);
    [ln + shift[0], first + shift[1], second + shift[2]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::special::{digamma, ln_gamma, trigamma};

    #[test]
    fn equals_the_differences_where_those_have_digits() {
        for (z, a) in [(0.3, 0.7), (0.05, 4.0), (3.3, 1e-3), (9.99, 20.0), (60.0, 0.4), (1e3, 1e3)] {
            let plain = [ln_gamma(z + a) - ln_gamma(z), digamma(z + a) - digamma(z), trigamma(z + a) - trigamma(z)];
            for (ratio, plain) in ln_gamma_ratio(z, a).into_iter().zip(plain) {
                assert!((ratio - plain).abs() < 1e-12 * (1.0 + plain.abs() + ln_gamma(z + a).abs()), "{ratio} {plain}");
            }
        }
    }

    #[test]
    fn keeps_its_digits_where_the_arguments_are_all_but_equal() {
        // gamma(z + 1) / gamma(z) = z, and with a whole a the ratio is a product.
        for z in [0.5, 12.0, 1e6, 1e20, 1e60] {
            let [ln, first, second] = ln_gamma_ratio(z, 1.0);
            assert!((ln - z.ln()).abs() < 1e-14 * (1.0 + z.ln().abs()), "{ln}");
            assert!((first * z - 1.0).abs() < 1e-13 && (second * z * z + 1.0).abs() < 1e-13, "{first} {second}");
        }
    }
}
