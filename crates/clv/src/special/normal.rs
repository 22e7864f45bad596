//! The standard normal distribution, as far as intervals need it.

use std::f64::consts::TAU;

/// The probability below x: 1/2 + phi(x) (x + x^3/3 + x^5/(3*5) + ...), A&S 26.2.11, for |x| up to about eight.
fn normal(x: f64) -> f64 {
    let (mut term, mut sum, mut odd) = (x, x, 1.0);
    while term.abs() > f64::EPSILON * sum.abs() {
        odd += 2.0;
        term *= x * x / odd;
        sum += term;
    }
    0.5 + density(x) * sum
}

fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / TAU.sqrt()
}

/// The number of standard deviations within which a normal number lies with this probability, from 0 to below 1.
pub(crate) fn deviations(level: f64) -> f64 {
    let below = 0.5 + 0.5 * level.clamp(0.0, 1.0 - 1e-12);
    let mut x = 0.0;
    // Newton's method rises without overshooting, as the density falls from 0 on; the far tail takes most steps.
    for _ in 0..200 {
        let step = (below - normal(x)) / density(x);
        x += step.min(1.0);
        if step.abs() < 1e-14 {
            break;
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_levels_have_their_usual_deviations() {
        for (level, expected) in [
            (0.0, 0.0),
            (0.5, 0.674_489_750_196),
            (0.9, 1.644_853_626_951),
            (0.95, 1.959_963_984_540),
            (0.99, 2.575_829_303_549),
        ] {
            assert!((deviations(level) - expected).abs() < 1e-9, "{level}: {}", deviations(level));
        }
        assert!(deviations(1.0).is_finite());
    }
}
