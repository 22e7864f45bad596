//! Special functions for positive real arguments, each good to about 1e-14.
//!
//! Formulas: Abramowitz & Stegun, Handbook of Mathematical Functions: 6.1.15 and 6.1.41 (ln gamma),
//! 6.3.5 and 6.3.18 (digamma), 6.4.6 and 6.4.12 (trigamma), 15.1.1 (hypergeometric series).

mod exponential;
mod gamma_ratio;
pub(crate) mod gauss;
mod incomplete_beta;
mod normal;
pub(crate) mod panels;
mod rising;

pub(crate) use exponential::discounted_tail;
pub(crate) use gamma_ratio::ln_gamma_ratio;
pub(crate) use incomplete_beta::regularized_beta;
pub(crate) use normal::deviations;
pub(crate) use rising::Rising;

const HALF_LN_TAU: f64 = 0.918_938_533_204_672_8;

/// Below this the recurrence shifts the argument up; from here on six asymptotic terms reach 1e-15.
const ASYMPTOTIC_FROM: f64 = 10.0;

/// Terms of a series before it is cut. No customer base comes near; it bounds the time that absurd
/// parameters can take.
pub(crate) const MOST_TERMS: u32 = 20_000_000;

/// ln of the gamma function, `x > 0`.
pub(crate) fn ln_gamma(x: f64) -> f64 {
    let (mut y, mut product) = (x, 1.0);
    while y < ASYMPTOTIC_FROM {
        product *= y;
        y += 1.0;
    }
    let coefficients = [1.0 / 12.0, -1.0 / 360.0, 1.0 / 1260.0, -1.0 / 1680.0, 1.0 / 1188.0, -691.0 / 360_360.0];
    let tail = polynomial(&coefficients, 1.0 / (y * y)) / y;
    (y - 0.5) * y.ln() - y + HALF_LN_TAU + tail - product.ln()
}

/// Derivative of [`ln_gamma`].
pub(crate) fn digamma(x: f64) -> f64 {
    let (mut y, mut below) = (x, 0.0);
    while y < ASYMPTOTIC_FROM {
        below += 1.0 / y;
        y += 1.0;
    }
    let coefficients = [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32_760.0];
    let w = 1.0 / (y * y);
    y.ln() - 0.5 / y - w * polynomial(&coefficients, w) - below
}

/// Second derivative of [`ln_gamma`].
pub(crate) fn trigamma(x: f64) -> f64 {
    let (mut y, mut below) = (x, 0.0);
    while y < ASYMPTOTIC_FROM {
        below += 1.0 / (y * y);
        y += 1.0;
    }
    let coefficients = [1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2_730.0];
    let w = 1.0 / (y * y);
    1.0 / y + 0.5 * w + w / y * polynomial(&coefficients, w) + below
}

fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

/// A number too large or small for `f64` on its way: `mantissa * exp(ln_scale)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scaled {
    pub(crate) mantissa: f64,
    pub(crate) ln_scale: f64,
}

impl Scaled {
    /// The number times `exp(ln_factor)`.
    pub(crate) fn times_exp(self, ln_factor: f64) -> f64 {
        self.mantissa * (self.ln_scale + ln_factor).exp()
    }
}

/// The series 3F2(upper; lower; z) for `0 <= z < 1` and positive `lower`; with an upper equal to a lower
/// parameter it is 2F1. Rescales before it would overflow.
pub(crate) fn hypergeometric_3f2(upper: [f64; 3], lower: [f64; 2], z: f64) -> Scaled {
    const RESCALE_AT: f64 = 1e250;
    let (mut term, mut sum, mut ln_scale) = (1.0_f64, 1.0_f64, 0.0);
    for index in 0..MOST_TERMS {
        let n = f64::from(index);
        let ratio =
            (upper[0] + n) * (upper[1] + n) * (upper[2] + n) * z / ((lower[0] + n) * (lower[1] + n) * (n + 1.0));
        term *= ratio;
        sum += term;
        // The ratio tends to z, so the rest is below a geometric series of the larger of both.
        let bound = ratio.abs().max(z);
        if term.abs() * bound <= f64::EPSILON / 4.0 * sum.abs() * (1.0 - bound) {
            break;
        }
        if sum.abs() > RESCALE_AT {
            term /= RESCALE_AT;
            sum /= RESCALE_AT;
            ln_scale += RESCALE_AT.ln();
        }
    }
    Scaled { mantissa: sum, ln_scale }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(actual: f64, expected: f64, tolerance: f64) {
        let error = (actual - expected).abs() / expected.abs().max(1.0);
        assert!(error <= tolerance, "{actual} is not {expected} (relative error {error:e})");
    }

    /// 2F1 after Euler's transform (A&S 15.3.3), as the models use it: ln of the value.
    fn ln_hyp2f1(a: f64, b: f64, c: f64, z: f64) -> f64 {
        let series = hypergeometric_3f2([c - a, c - b, 1.0], [c, 1.0], z);
        series.mantissa.ln() + series.ln_scale + (c - a - b) * (-z).ln_1p()
    }

    #[test]
    fn gamma_functions_hit_known_values() {
        close(ln_gamma(0.5), std::f64::consts::PI.sqrt().ln(), 1e-14);
        close(ln_gamma(1e-4), 9.210_282_658_633_963, 1e-14);
        close(ln_gamma(101.0), 363.739_375_555_563_5, 1e-14);
        assert!(ln_gamma(1.0).abs() < 2e-14 && ln_gamma(2.0).abs() < 2e-14);
        close(digamma(1.0), -0.577_215_664_901_532_9, 1e-14);
        close(digamma(0.25), -4.227_453_533_376_265, 1e-14);
        close(trigamma(1.0), std::f64::consts::PI.powi(2) / 6.0, 1e-14);
        close(trigamma(0.5), std::f64::consts::PI.powi(2) / 2.0, 1e-14);
    }

    #[test]
    fn derivatives_agree_with_differences() {
        for x in [0.05, 0.7, 3.3, 9.99, 10.01, 250.0] {
            let h = 1e-5 * x;
            close((ln_gamma(x + h) - ln_gamma(x - h)) / (2.0 * h), digamma(x), 1e-8);
            close((digamma(x + h) - digamma(x - h)) / (2.0 * h), trigamma(x), 1e-8);
        }
    }

    #[test]
    fn the_series_hits_the_reference_values_of_2f1() {
        // (a, b, c, z, mantissa, decimal exponent), computed with 40 digits; the last is beyond f64.
        let reference = [
            (0.243, 2.426, 2.219, 0.469, 1.187_121_104_112_323_5, 0),
            (2.243, 4.426, 4.219, 0.474_025_816_175_219_4, 4.575_315_897_643_689, 0),
            (26.243, 28.426, 28.219, 0.524_094_928_373_693_1, 3.358_937_592_771_974_2, 8),
            (200.243, 202.426, 202.219, 0.5, 2.192_915_498_732_427_5, 60),
            (1.0, 3.806, 4.474, 1.0 / 1.1, 5.922_596_407_612_764, 0),
            (50.0, 52.0, 51.0, 0.99, 9.805_882_352_940_733, 101),
            (500.0, 502.0, 501.2, 0.9, 6.298_692_308_085_044, 500),
        ];
        for (a, b, c, z, mantissa, exponent) in reference {
            let expected = f64::ln(mantissa) + f64::from(exponent) * std::f64::consts::LN_10;
            close(ln_hyp2f1(a, b, c, z), expected, 1e-14);
        }
    }

    #[test]
    fn the_series_survives_values_beyond_f64() {
        // 2F1(a, 1; 1; z) = (1 - z)^-a.
        let value = hypergeometric_3f2([5_000.0, 1.0, 1.0], [1.0, 1.0], 0.9);
        close(value.mantissa.ln() + value.ln_scale, 5_000.0 * 10f64.ln(), 1e-13);
    }
}
