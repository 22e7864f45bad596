//! Leaving by a Gompertz hazard that differs between customers.
//!
//! With scale = beta / b the share that is still there after u is (scale / d)^s, where d = scale + (e^(bu) - 1) / b, and the
//! hazard of those who are is s / m, where m = d e^(-bu). All is written in m, which neither overflows nor cancels, and in
//! ln d = bu + ln m; for b = 0 both are scale + u, the Pareto/NBD.

/// From here on (1 - e^-v) / v and its derivatives lose no digits as they stand.
const CLOSED_FROM: f64 = 0.5;

/// m at a time.
pub(super) fn mild(b: f64, scale: f64, u: f64) -> f64 {
    scale * (-b * u).exp() - (-b * u).exp_m1() / b
}

/// ln of what is left, to the power 1 / s: ln(scale / d), never positive.
pub(super) fn ln_left(b: f64, scale: f64, u: f64) -> f64 {
    -(b * u) - (mild(b, scale, u) / scale).ln()
}

/// ln m with its derivatives by b and scale.
#[derive(Debug, Clone, Copy)]
pub(super) struct LnMild {
    pub(super) value: f64,
    pub(super) by_b: f64,
    pub(super) by_scale: f64,
    pub(super) by_b_b: f64,
    pub(super) by_b_scale: f64,
    pub(super) by_scale_scale: f64,
}

impl LnMild {
    pub(super) fn new(b: f64, scale: f64, u: f64) -> Self {
        let fade = (-b * u).exp();
        let [whole, first, second] = shrink(b * u, fade);
        let mild = u * whole + scale * fade;
        let by_b = u * (u * first - scale * fade) / mild;
        let by_scale = fade / mild;
        Self {
            value: mild.ln(),
            by_b,
            by_scale,
            by_b_b: u * u * (u * second + scale * fade) / mild - by_b * by_b,
            by_b_scale: -u * by_scale - by_b * by_scale,
            by_scale_scale: -by_scale * by_scale,
        }
    }
}

/// (1 - e^-v) / v and its two derivatives, v >= 0; `fade` is e^-v.
fn shrink(v: f64, fade: f64) -> [f64; 3] {
    if v >= CLOSED_FROM {
        let whole = (1.0 - fade) / v;
        let first = (fade - whole) / v;
        return [whole, first, -(fade + 2.0 * first) / v];
    }
    // The series of the second, and from it downwards what the others are.
    let (mut term, mut second) = (1.0, 0.0);
    for n in 0..14 {
        second += term / f64::from(n + 3);
        term *= -v / f64::from(n + 1);
    }
    let first = -0.5 * (fade + v * second);
    [fade - v * first, first, second]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_series_meets_the_closed_form() {
        for v in [0.499_999_9, 0.4, 0.3] {
            let series = shrink(v, f64::exp(-v));
            let whole = -f64::exp_m1(-v) / v;
            let first = (f64::exp(-v) - whole) / v;
            let closed = [whole, first, -(f64::exp(-v) + 2.0 * first) / v];
            for (series, closed) in series.into_iter().zip(closed) {
                assert!((series / closed - 1.0).abs() < 1e-13, "{series} is not {closed}");
            }
        }
        assert_eq!(shrink(0.0, 1.0), [1.0, -0.5, 1.0 / 3.0]);
    }

    proptest! {
        /// As it is written in the paper, where that does not overflow.
        #[test]
        fn what_is_left_is_the_published_share(ln_b in -9.0f64..0.0, ln_scale in -2.0f64..6.0, u in 0.0f64..80.0) {
            let (b, scale) = (ln_b.exp(), ln_scale.exp());
            let beta = b * scale;
            let published = (beta / (beta + (b * u).exp_m1())).ln();
            let ours = ln_left(b, scale, u);
            prop_assert!((ours - published).abs() <= 1e-12 * (1.0 + published.abs()), "{ours} is not {published}");
            let value = LnMild::new(b, scale, u).value;
            prop_assert!((value - mild(b, scale, u).ln()).abs() < 1e-12);
        }
    }
}
