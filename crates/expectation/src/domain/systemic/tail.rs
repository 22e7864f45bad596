//! How likely so many are by chance, where the rate itself is known only from a past that chance had its part in.

/// The most terms of a sum; by then they are nothing beside the first.
const MOST_TERMS: u64 = 10_000_000;

/// A count whose rate has a gamma distribution: `shape` events in `seen` of exposure, and `exposure` more of it to come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Forecast {
    pub(super) shape: f64,
    pub(super) seen: f64,
    pub(super) exposure: f64,
}

impl Forecast {
    /// How many are expected.
    pub(super) fn mean(&self) -> f64 {
        self.shape * self.exposure / self.seen
    }

    /// The chance of so many or more: the upper tail of a negative binomial distribution.
    pub(super) fn tail(&self, count: u64) -> f64 {
        if self.exposure <= 0.0 {
            return if count == 0 { 1.0 } else { 0.0 };
        }
        let below_the_mean = float(count) <= self.mean();
        // From the side on which there is less to add up, so that neither a large nor a tiny chance is lost in rounding.
        if below_the_mean { 1.0 - self.below(count) } else { self.from(count) }.clamp(0.0, 1.0)
    }

    /// The chance of fewer.
    fn below(&self, count: u64) -> f64 {
        let (mut term, mut sum) = (self.log_of_none(), 0.0);
        for number in 0..count {
            sum += term.exp();
            term += self.step(number).ln();
        }
        sum
    }

    /// The chance of so many or more, term by term.
    fn from(&self, count: u64) -> f64 {
        let log = (0..count).fold(self.log_of_none(), |log, number| log + self.step(number).ln());
        let (mut term, mut sum) = (1.0, 0.0);
        for number in count..count.saturating_add(MOST_TERMS) {
            sum += term;
            term *= self.step(number);
            if term < sum * f64::EPSILON {
                break;
            }
        }
        (log + f64::ln(sum)).exp()
    }

    /// The logarithm of the chance of none.
    fn log_of_none(&self) -> f64 {
        -self.shape * (self.exposure / self.seen).ln_1p()
    }

    /// What the chance of a number is multiplied by for that of the next.
    fn step(&self, number: u64) -> f64 {
        (float(number) + self.shape) / (float(number) + 1.0) * self.exposure / (self.seen + self.exposure)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_tail_of_a_geometric_distribution_is_a_power() {
        let forecast = Forecast { shape: 1.0, seen: 3.0, exposure: 1.0 };
        for count in [0, 1, 2, 10, 100, 400] {
            let expected = 0.25_f64.powf(float(count));
            assert!((forecast.tail(count) / expected - 1.0).abs() < 1e-9, "{count}: {}", forecast.tail(count));
        }
    }

    #[test]
    fn with_much_seen_it_is_poisson() {
        let forecast = Forecast { shape: 2e9, seen: 1e9, exposure: 1.0 };
        // Of Poisson with mean 2: 1 - 5 e^-2 from 3 on.
        assert!((forecast.tail(3) - (1.0 - 5.0 * (-2.0_f64).exp())).abs() < 1e-6);
    }

    #[test]
    fn where_nothing_can_happen_anything_is_a_surprise() {
        let nothing = Forecast { shape: 0.5, seen: 8.0, exposure: 0.0 };
        assert_eq!((nothing.tail(0), nothing.tail(1)), (1.0, 0.0));
    }

    proptest! {
        #[test]
        fn more_is_less_likely_and_more_expected_makes_it_likelier(
            shape in 0.5..500.0_f64, seen in 1.0..1e5_f64, exposure in 0.1..1e4_f64, count in 0..200_u64,
        ) {
            let of = |exposure| Forecast { shape, seen, exposure };
            let (here, next) = (of(exposure).tail(count), of(exposure).tail(count + 1));
            prop_assert!((0.0..=1.0).contains(&here) && next <= here + 1e-9, "{here} {next}");
            prop_assert!(of(exposure * 2.0).tail(count) >= here - 1e-9);
            prop_assert!((of(exposure).tail(0) - 1.0).abs() < 1e-12);
        }
    }
}
