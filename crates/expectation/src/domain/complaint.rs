//! Complaints, as far as the survey guard needs them: open, with an outside body, or closed since when.

use std::collections::BTreeMap;

use tenure_kernel::{Timestamp, TouchpointId};

use super::promise::Matter;

/// What happens to a complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// It came in or was acknowledged: it is there, and open until it is decided.
    Received,
    Decided,
    Reopened,
    /// It went to an outside body.
    Referred,
}

/// A step of a complaint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ComplaintStep {
    pub(crate) touchpoint: TouchpointId,
    pub(crate) matter: Matter,
    pub(crate) at: Timestamp,
    pub(crate) step: Step,
}

/// Where a person's complaints stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Complaints {
    pub(crate) open: bool,
    pub(crate) with_ombudsman: bool,
    /// When the latest of the closed ones was closed.
    pub(crate) closed_at: Option<Timestamp>,
}

impl Complaints {
    /// As of a moment. Of the steps that settle or reopen a complaint the latest counts; a receipt that comes in after the
    /// decision reopens nothing.
    pub(crate) fn of(steps: &[ComplaintStep], now: Timestamp) -> Self {
        let mut threads: BTreeMap<&Matter, Vec<(Timestamp, Step, TouchpointId)>> = BTreeMap::new();
        for step in steps.iter().filter(|step| step.at <= now) {
            threads.entry(&step.matter).or_default().push((step.at, step.step, step.touchpoint));
        }
        let mut all = Self::default();
        for thread in threads.into_values() {
            // A case that is no complaint may be reopened too.
            if thread.iter().all(|(_, step, _)| *step == Step::Reopened) {
                continue;
            }
            match thread.into_iter().filter(|(_, step, _)| *step != Step::Received).max() {
                None | Some((_, Step::Received | Step::Reopened, _)) => all.open = true,
                Some((_, Step::Referred, _)) => all.with_ombudsman = true,
                Some((at, Step::Decided, _)) => all.closed_at = all.closed_at.max(Some(at)),
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::promise::MatterKind;

    fn step(number: u8, case: &str, day: i32, step: Step) -> ComplaintStep {
        let matter = Matter { kind: MatterKind::Case, reference: case.to_owned() };
        ComplaintStep { touchpoint: TouchpointId([number; 16]), matter, at: Timestamp::from_day(day), step }
    }

    fn of(steps: &[ComplaintStep]) -> Complaints {
        Complaints::of(steps, Timestamp::from_day(100))
    }

    #[test]
    fn a_complaint_is_open_until_it_is_decided() {
        let mut steps = vec![step(1, "a", 1, Step::Received)];
        assert!(of(&steps).open);
        steps.push(step(2, "a", 9, Step::Decided));
        steps.push(step(3, "a", 10, Step::Received));
        assert_eq!(of(&steps), Complaints { closed_at: Some(Timestamp::from_day(9)), ..Complaints::default() });
        steps.push(step(4, "a", 11, Step::Reopened));
        assert!(of(&steps).open);
        steps.push(step(5, "a", 12, Step::Referred));
        assert_eq!(of(&steps), Complaints { with_ombudsman: true, ..Complaints::default() });
        steps.push(step(6, "b", 12, Step::Received));
        assert!(of(&steps).open && of(&steps).with_ombudsman, "each complaint by itself");
        assert_eq!(of(&[step(7, "c", 1, Step::Reopened)]), Complaints::default(), "a case, and no complaint");
        assert_eq!(of(&[step(8, "d", 101, Step::Received)]), Complaints::default(), "still to come");
    }

    proptest! {
        #[test]
        fn neither_order_nor_repetition_matters(
            steps in prop::collection::vec((0_u8..3, 0_i32..9, 0_usize..4), 0..12),
            rotation in 0_usize..12,
        ) {
            let kinds = [Step::Received, Step::Decided, Step::Reopened, Step::Referred];
            let steps: Vec<_> = (0..).zip(steps).map(|(number, (case, day, kind))| step(number, &case.to_string(), day, kinds[kind])).collect();
            let mut other = [steps.clone(), steps.clone()].concat();
            other.reverse();
            let turn = rotation.min(other.len());
            other.rotate_left(turn);
            prop_assert_eq!(of(&steps), of(&other));
        }
    }
}
