//! Which of a tenant's models scores, and why it may.

use tenure_clv::PurchaseModel;
use tenure_kernel::{ModelId, Timestamp};

use super::{
    book::Book,
    contest::{Contestant, Rounds},
    model::Model,
};

/// Errors that differ by this part of themselves differ by rounding.
const ROUNDING: f64 = 1e-9;

/// A model of which another is no worse may be replaced by it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Comparison {
    /// The promoted model, and its version.
    pub(crate) promoted: (ModelId, i32),
    /// The root mean squared error over all holdouts.
    pub(crate) error: f64,
    pub(crate) promoted_error: f64,
}

impl Comparison {
    /// Whether the model may take the place of the promoted one.
    pub(crate) fn is_no_worse(&self) -> bool {
        self.error <= self.promoted_error * (1.0 + ROUNDING)
    }
}

/// How a model compares with the promoted one when it is fitted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Compared {
    /// There was none.
    First,
    /// On the same holdouts.
    With(Comparison),
    /// They can't be compared: why, in words.
    Not(String),
}

/// Why a model was promoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cause {
    /// There was none before.
    First,
    /// It foretold no worse than the one before.
    NoWorse,
    /// Somebody said so, for a reason.
    Forced(String),
}

/// What a model is of. Each book has one of each that scores. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Subject {
    Purchases = 0,
    Contracts = 1,
}

impl Subject {
    pub(crate) fn of(number: u8) -> Option<Self> {
        [Self::Purchases, Self::Contracts].into_iter().find(|subject| *subject as u8 == number)
    }
}

/// That a model scores from a time on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Promotion {
    /// The model, and its version.
    pub(crate) model: (ModelId, i32),
    pub(crate) book: Book,
    pub(crate) subject: Subject,
    /// The model before, and its version.
    pub(crate) previous: Option<(ModelId, i32)>,
    pub(crate) cause: Cause,
    /// How the two compare, if they can be compared.
    pub(crate) comparison: Option<Comparison>,
    pub(crate) at: Timestamp,
}

/// Judges a model and the promoted one on the same holdouts; `None` without a holdout that both can be judged on. Takes a while.
pub(crate) fn compare(rounds: &mut Rounds<'_>, model: Contestant, promoted: &Model) -> Option<Comparison> {
    let errors = rounds.errors(&[model, Contestant::from(promoted)]);
    let [Some(error), Some(promoted_error)] = errors[..] else { return None };
    Some(Comparison { promoted: (promoted.id, promoted.version), error, promoted_error })
}

/// With the parameters that it has.
impl From<&Model> for Contestant {
    fn from(model: &Model) -> Self {
        let purchases: PurchaseModel = model.learned.purchases.model;
        Self { kind: purchases.kind(), kept: Some((purchases, model.period_end)) }
    }
}

impl Compared {
    /// Whether a model that was just fitted is promoted by itself where `in_use` is promoted.
    pub(crate) fn promotes(&self, in_use: Option<ModelId>) -> Option<Cause> {
        match (self, in_use) {
            (Self::First, None) => Some(Cause::First),
            (Self::With(found), Some(id)) if found.promoted.0 == id && found.is_no_worse() => Some(Cause::NoWorse),
            _ => None,
        }
    }

    /// The comparison, if there is one.
    pub(crate) fn comparison(&self) -> Option<Comparison> {
        match self {
            Self::With(found) => Some(*found),
            Self::First | Self::Not(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: ModelId = ModelId([1; 16]);

    fn with(error: f64) -> Compared {
        Compared::With(Comparison { promoted: (OLD, 1), error, promoted_error: 2.0 })
    }

    #[test]
    fn only_what_is_no_worse_than_what_is_in_use_is_promoted_by_itself() {
        assert_eq!(Compared::First.promotes(None), Some(Cause::First));
        assert_eq!(Compared::First.promotes(Some(OLD)), None, "another came first meanwhile");
        assert_eq!(with(2.0).promotes(Some(OLD)), Some(Cause::NoWorse));
        assert_eq!(with(2.0 + 1e-10).promotes(Some(OLD)), Some(Cause::NoWorse), "by rounding");
        assert_eq!(with(2.000_001).promotes(Some(OLD)), None);
        assert_eq!(with(1.0).promotes(Some(ModelId([2; 16]))), None, "it was compared with another");
        assert_eq!(Compared::Not("a history".to_owned()).promotes(Some(OLD)), None);
    }
}
