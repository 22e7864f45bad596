//! How a gap between what was expected and what came is felt: losses more than gains, and less and less the larger it is.

use super::{
    attribute::{Direction, Kano},
    weights::Weights,
};

/// What was expected and what came, in one unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Gap {
    pub(crate) expected: f64,
    pub(crate) got: f64,
    pub(crate) direction: Direction,
    pub(crate) tolerance: f64,
    /// The gap that counts as one step.
    pub(crate) scale: f64,
}

impl Gap {
    /// The gap in steps: positive when it is better than expected, zero within the tolerance.
    pub(crate) fn steps(&self, weights: &Weights) -> f64 {
        let better = match self.direction {
            Direction::Lower => self.expected - self.got,
            Direction::Higher => self.got - self.expected,
            Direction::Target => -(self.got - self.expected).abs(),
        };
        let beyond = (better.abs() - self.tolerance).max(0.0);
        let steps = if beyond > 0.0 { better.signum() * beyond / self.scale } else { 0.0 };
        steps.clamp(-weights.cap, weights.cap)
    }
}

/// What a gap of so many steps is felt as: positive a gain, negative a loss.
pub(crate) fn felt(steps: f64, kano: Kano, repeated: bool, weights: &Weights) -> f64 {
    let (gains, losses) = kano.gains_and_losses();
    if steps >= 0.0 {
        return gains * steps.powf(weights.curvature);
    }
    let again = if repeated { weights.repeated } else { 1.0 };
    -(weights.loss_aversion * again * losses * (-steps).powf(weights.curvature))
}

/// The same in an attribute, of which losses may weigh otherwise.
pub(crate) fn felt_in(attribute: &str, steps: f64, (kano, repeated): (Kano, bool), weights: &Weights) -> f64 {
    let felt = felt(steps, kano, repeated, weights);
    if felt < 0.0 { felt * weights.loss_aversion_of(attribute) / weights.loss_aversion } else { felt }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::weights::Own;

    fn steps(direction: Direction, expected: f64, got: f64, tolerance: f64, scale: f64) -> f64 {
        Gap { expected, got, direction, tolerance, scale }.steps(&Weights::default())
    }

    fn value(steps: f64, kano: Kano) -> f64 {
        (felt(steps, kano, false, &Weights::default()) * 1_000.0).round() / 1_000.0
    }

    /// V01, V02, V04, V06, V07, V08, V11 and V12 of the research note.
    #[test]
    fn gaps_are_felt_as_the_reference_has_it() {
        use Direction::{Higher, Lower, Target};
        use Kano::{Attractive, Indifferent, MustBe, Performance};
        for (gap, x, kano, v) in [
            (steps(Lower, 5.0, 7.0, 0.0, 2.0), -1.0, Performance, -2.25),
            (steps(Lower, 5.0, 3.0, 0.0, 2.0), 1.0, Performance, 1.0),
            (steps(Lower, 5.0, 6.0, 1.0, 2.0), 0.0, Performance, 0.0),
            (steps(Lower, 10.0, 40.0, 0.0, 10.0), -3.0, Performance, -5.916),
            (steps(Lower, 10.0, 40.0, 0.0, 10.0), -3.0, MustBe, -8.874),
            (steps(Lower, 5.0, 25.0, 0.0, 10.0), -2.0, Performance, -4.141),
            (steps(Lower, 5.0, 3.0, 0.0, 2.0), 1.0, MustBe, 0.0),
            // -0.5625; the note prints -0.562.
            (-1.0, -1.0, Attractive, -0.563),
            (steps(Higher, 1_200.0, 950.0, 0.0, 250.0), -1.0, Performance, -2.25),
            (steps(Target, 20.0, 22.0, 0.0, 2.0), -1.0, Performance, -2.25),
            (steps(Target, 20.0, 18.0, 0.0, 2.0), -1.0, Indifferent, 0.0),
        ] {
            assert_eq!((gap, value(gap, kano)), (x, v), "{kano:?} {x}");
        }
        assert_eq!(felt(-1.0, Performance, true, &Weights::default()), -3.375);
    }

    #[test]
    fn losses_in_an_attribute_may_weigh_otherwise() {
        let own = Own { loss_aversion: Some(4.5), weight: None };
        let weights = Weights { attributes: [("wait".to_owned(), own)].into(), ..Weights::default() };
        let of = |attribute, steps| felt_in(attribute, steps, (Kano::Performance, false), &weights);
        assert_eq!((of("wait", -1.0), of("delivery", -1.0)), (-4.5, -2.25));
        assert_eq!((of("wait", 1.0), of("delivery", 1.0)), (1.0, 1.0), "gains are as they are");
        let of_kind = felt_in("wait", -1.0, (Kano::MustBe, true), &weights);
        assert_eq!(of_kind, 2.0 * felt(-1.0, Kano::MustBe, true, &weights));
    }

    proptest! {
        #[test]
        fn a_worse_gap_never_feels_better(
            expected in 0.0..1e6_f64, got in 0.0..1e6_f64, worse in 0.0..1e6_f64, tolerance in 0.0..10.0_f64, repeated: bool,
        ) {
            let weights = Weights::default();
            for kano in [Kano::MustBe, Kano::Performance, Kano::Attractive, Kano::Indifferent] {
                let of = |got| felt(steps(Direction::Lower, expected, got, tolerance, 2.0), kano, repeated, &weights);
                prop_assert!(of(got).is_finite() && of(got + worse) <= of(got));
            }
        }

        #[test]
        fn a_loss_weighs_more_than_the_same_gain(gap in 0.0..10.0_f64) {
            let weights = Weights::default();
            let of = |steps| felt(steps, Kano::Performance, false, &weights);
            prop_assert!(-of(-gap) >= of(gap));
        }
    }
}
