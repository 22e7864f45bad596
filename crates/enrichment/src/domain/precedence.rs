//! The conflict rule: which of several values of a path holds.

use tenure_kernel::Timestamp;

use super::fact::{Confidence, Method};

/// Who stands behind a value, the least convincing first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// A model.
    Model,
    /// A statistic of an area or group.
    AreaStatistic,
    /// It was derived.
    Derived,
    /// A system of ours that keeps contracts.
    Contract,
    /// A verified register.
    Register,
    /// Whom it concerns.
    Declared,
}

impl From<Method> for Standing {
    fn from(method: Method) -> Self {
        match method {
            Method::Model => Self::Model,
            Method::AreaStatistic => Self::AreaStatistic,
            Method::Derived => Self::Derived,
            Method::Exact => Self::Register,
            Method::Declared => Self::Declared,
        }
    }
}

/// What decides between values of a path: the greatest holds. By standing, then the later observation, the higher confidence, and the
/// provider's id, so that any two that differ in one of these are told apart, the same in whatever order they come.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Precedence {
    /// Who stands behind it.
    pub standing: Standing,
    /// When it was so observed.
    pub observed_at: Timestamp,
    /// How likely it is right.
    pub confidence: Confidence,
    /// The provider's id.
    pub provider: String,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn precedence() -> impl Strategy<Value = Precedence> {
        (0..6_usize, 0..3_i64, 0..3_u32, "[ab]").prop_map(|(standing, at, confidence, provider)| {
            let standings = [
                Standing::Model,
                Standing::AreaStatistic,
                Standing::Derived,
                Standing::Contract,
                Standing::Register,
                Standing::Declared,
            ];
            let (observed_at, confidence) = (Timestamp(at), Confidence::from_millionths(confidence));
            Precedence { standing: standings[standing], observed_at, confidence, provider }
        })
    }

    proptest! {
        /// It is total: of any two that are not equal one holds, and which does not depend on the order.
        #[test]
        fn one_holds_whatever_the_order(mut all in prop::collection::vec(precedence(), 1..8), turn in 0..8_usize) {
            let first = all.iter().max().cloned();
            let place = turn % all.len();
            all.rotate_left(place);
            all.reverse();
            prop_assert_eq!(all.iter().max().cloned(), first.clone());
            let winner = first.expect("one");
            for other in all.iter().filter(|other| **other != winner) {
                prop_assert!(other < &winner);
                // The rule, spelled out.
                let by_rule = other.standing < winner.standing
                    || (other.standing == winner.standing && (other.observed_at < winner.observed_at
                        || (other.observed_at == winner.observed_at && (other.confidence < winner.confidence
                            || (other.confidence == winner.confidence && other.provider < winner.provider)))));
                prop_assert!(by_rule);
            }
        }
    }

    #[test]
    fn what_was_declared_goes_before_a_register_and_a_model_last() {
        let of = |method: Method| Standing::from(method);
        let order = [Method::Declared, Method::Exact, Method::Derived, Method::AreaStatistic, Method::Model].map(of);
        assert!(order.windows(2).all(|pair| pair[0] > pair[1]));
        assert!(Standing::Contract < Standing::Register && Standing::Contract > Standing::Derived);
    }
}
