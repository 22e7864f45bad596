//! What was expected and what came, of a promise, in the unit of its attribute.

use tenure_kernel::Timestamp;

use super::{
    attribute::Terms,
    disconfirmation::Gap,
    promise::{Agreed, Expected, Observed, Outcome, Promise},
    quantity::Unit,
    weights::Weights,
};

/// A gap, the unit that it counts in, and the terms by which it is felt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measured {
    pub(super) gap: Gap,
    pub(super) unit: Unit,
    pub(super) terms: Terms,
    /// In steps.
    pub(super) steps: f64,
    /// In steps, had no range been agreed.
    pub(super) without_range: f64,
}

/// Whether an outcome says how much, in a unit that the promise can be held against.
pub(super) fn comparable(promise: &Promise, outcome: &Outcome) -> bool {
    match (promise.expected, outcome.observed) {
        (Expected::Level(expected), Observed::Level(got)) => {
            got.in_unit(level_unit(promise, expected.unit())).is_some()
        }
        _ => true,
    }
}

/// Whether the outcome is less than was promised.
pub(super) fn falls_short(promise: &Promise, outcome: &Outcome) -> bool {
    let measured = measure(promise, Some(outcome), outcome.at, &Weights::default());
    measured.is_some_and(|measured| measured.steps < 0.0)
}

/// The gap of a promise; while nothing came, that of now. None if the two can't be compared.
pub(super) fn measure(
    promise: &Promise,
    outcome: Option<&Outcome>,
    now: Timestamp,
    weights: &Weights,
) -> Option<Measured> {
    let failed = outcome.is_some_and(|outcome| outcome.observed == Observed::Failed);
    let (terms, unit, expected, got) = match promise.expected {
        Expected::By(due) => {
            let until = outcome.filter(|_| !failed).map_or(now, |outcome| outcome.at);
            let terms = Terms::of_time(&promise.attribute);
            let unit = terms.unit?;
            (terms, unit, since(promise.made_at, due, unit)?, since(promise.made_at, until, unit)?)
        }
        Expected::Level(level) => {
            let terms = Terms::of(&promise.attribute);
            let unit = level_unit(promise, level.unit());
            let expected = level.in_unit(unit)?;
            let got = match outcome?.observed {
                Observed::Level(got) => got.in_unit(unit)?,
                Observed::Done | Observed::Failed => expected,
            };
            (terms, unit, expected, got)
        }
    };
    let scale = terms.scale.of(expected);
    let gap = Gap { expected, got, direction: terms.direction, tolerance: terms.tolerance, scale };
    // What the source says failed is missed by a step at least, and gains nothing by being told early.
    let without_range = if failed { gap.steps(weights).min(-1.0) } else { gap.steps(weights) };
    let inside = !failed && promise.agreed.is_some_and(|range| covers(range, got, unit));
    let steps = if inside { 0.0 } else { without_range };
    Some(Measured { gap, unit, terms, steps, without_range })
}

fn covers(range: Agreed, got: f64, unit: Unit) -> bool {
    let (from, to) = (range.from.in_unit(unit), range.to.in_unit(unit));
    from.is_some_and(|from| from <= got) && to.is_some_and(|to| got <= to)
}

/// The unit that an attribute counts levels in.
fn level_unit(promise: &Promise, stated: Unit) -> Unit {
    let own = Terms::of(&promise.attribute);
    own.unit.filter(|unit| stated == *unit || stated.seconds().and(unit.seconds()).is_some()).unwrap_or(stated)
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a few centuries are nearly exact, and felt alike")]
fn since(start: Timestamp, end: Timestamp, unit: Unit) -> Option<f64> {
    Some(end.0.saturating_sub(start.0) as f64 / 1e6 / unit.seconds()?)
}
