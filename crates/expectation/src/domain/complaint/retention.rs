//! How long records are kept for the complaints in them, whoever asks for erasure.

use std::collections::BTreeMap;

use tenure_kernel::{RecordId, Timestamp};

use super::Complaint;
use crate::domain::clock::Regime;

const DAY: i64 = 86_400_000_000;
/// After it was handled: BGfo article 41, and where nothing is said.
const AFTER_HANDLING: i64 = 366 * DAY;
/// From when it came in: DISP 1.9.
const UK_FROM_RECEIPT: i64 = 3 * 366 * DAY;

/// A hold on a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hold {
    /// None: as long as a complaint is open, with the firm or an outside body.
    pub(crate) until: Option<Timestamp>,
}

/// The records of complaints, each with the hold that lasts longest.
pub(crate) fn holds(complaints: &[Complaint]) -> BTreeMap<RecordId, Hold> {
    let mut holds: BTreeMap<RecordId, Hold> = BTreeMap::new();
    for complaint in complaints {
        let new = Hold { until: complaint.kept_until() };
        for (step, _) in &complaint.steps {
            let hold = holds.entry(step.record).or_insert(new);
            hold.until = hold.until.zip(new.until).map(|(one, other)| one.max(other));
        }
    }
    holds
}

impl Complaint {
    fn kept_until(&self) -> Option<Timestamp> {
        let handled = self.ended_at?.0.saturating_add(AFTER_HANDLING);
        let british = |regime: &Regime| matches!(regime, Regime::UkDisp | Regime::UkDispPayment);
        let received = self.regimes.iter().any(british).then(|| self.received_at.0.saturating_add(UK_FROM_RECEIPT));
        Some(Timestamp(received.map_or(handled, |received| received.max(handled))))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        calendar::amsterdam,
        complaint::{
            Policy, complaints, laws,
            step::{Action, Decision, Outcome, Receipt, Step},
            table::{received, step},
        },
    };

    fn until(steps: &[Step]) -> Option<Timestamp> {
        let all = complaints(steps, &Policy::default(), amsterdam("2030-01-01 00:00"));
        let holds = holds(&all);
        assert_eq!(holds.len(), 1);
        holds.into_values().next().expect("a hold").until
    }

    #[test]
    fn c24_a_case_is_kept_while_it_is_open_and_a_year_after() {
        let took = |at: &str, action| step("42", amsterdam(at), "eva", action);
        let mut steps = received();
        assert_eq!(until(&steps), None);
        steps.push(took("2026-11-10 10:00", Action::Respond(None)));
        assert_eq!(until(&steps), Some(amsterdam("2027-11-11 10:00")));
        steps.push(took("2026-12-01 10:00", Action::Refer { body: "kifid".to_owned() }));
        assert_eq!(until(&steps), None, "with Kifid");
        let decision = Decision { outcome: Some(Outcome::Rejected), redress: None, adr_text: String::new() };
        steps.push(took("2027-05-03 10:00", Action::Determine(decision)));
        assert_eq!(until(&steps), Some(amsterdam("2028-05-03 10:00")), "a leap year");
        steps.push(step("43", amsterdam("2027-06-01 10:00"), "eva", Action::Receive(Receipt::default())));
        assert_eq!(until(&steps), None, "another is open");
    }

    #[test]
    fn the_united_kingdom_counts_from_the_receipt() {
        let regimes = BTreeSet::from([Regime::UkDisp]);
        let receipt = Receipt { regimes, ..Receipt::default() };
        let steps = [
            step("42", amsterdam("2026-11-02 09:00"), "eva", Action::Receive(receipt)),
            step("42", amsterdam("2026-11-03 09:00"), "eva", Action::Withdraw),
        ];
        assert_eq!(until(&steps).map(|until| until.0), Some(amsterdam("2026-11-02 09:00").0 + UK_FROM_RECEIPT));
    }

    proptest! {
        #[test]
        fn every_record_of_an_open_complaint_is_held_without_an_end(steps in laws::steps(16)) {
            let all = complaints(&steps, &Policy::default(), laws::NOW);
            let held = holds(&all);
            for complaint in &all {
                for (step, _) in &complaint.steps {
                    let hold = held.get(&step.record).expect("a hold");
                    prop_assert!(complaint.ended_at.is_some() || hold.until.is_none());
                    prop_assert!(hold.until.is_none_or(|until| complaint.ended_at.is_some_and(|ended| until > ended)));
                }
            }
            let mut other = steps.clone();
            other.reverse();
            prop_assert_eq!(holds(&complaints(&other, &Policy::default(), laws::NOW)), held);
        }
    }
}
