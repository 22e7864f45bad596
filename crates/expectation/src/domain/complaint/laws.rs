//! What holds of complaints whatever was done.

use proptest::prelude::*;
use tenure_kernel::{RecordId, Timestamp};

use super::{
    Complaint, ComplaintId, Complaints, Policy, State, complaints,
    rules::check,
    step::{Action, Assessment, Decision, Outcome, Receipt, Step, StepId},
    table::{decision, euros, matter},
};

pub(super) const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

fn decisions() -> impl Strategy<Value = Decision> {
    let outcomes = prop::sample::select(vec![Outcome::Upheld, Outcome::PartlyUpheld, Outcome::Rejected]);
    let texts = prop::sample::select(vec!["", "kifid-2026-1"]);
    (outcomes, prop::option::of(1_i64..5_000), texts)
        .prop_map(|(outcome, paid, text)| decision(outcome, paid.map(euros), text))
}

fn actions() -> impl Strategy<Value = Action> {
    let cause = || Assessment { cause: "payment".to_owned(), gap: None, promise: None };
    let into = |case: u8| ComplaintId::of(RecordId([1; 16]), &matter(&case.to_string()));
    prop_oneof![
        Just(Action::Receive(Receipt::default())),
        Just(Action::Acknowledge { answer_by: None }),
        Just(Action::Assess(cause())),
        Just(Action::Investigate),
        Just(Action::Ask { answer_by: None }),
        Just(Action::Answer),
        decisions().prop_map(Action::Draft),
        Just(Action::ReturnDraft),
        Just(Action::Approve),
        Just(Action::Respond(None)),
        Just(Action::Accept),
        Just(Action::Dispute),
        Just(Action::Reopen),
        Just(Action::Refer { body: "kifid".to_owned() }),
        decisions().prop_map(Action::Determine),
        (0_u8..3, 1_i64..5_000).prop_map(|(one, paid)| Action::Pay { reference: one.to_string(), amount: euros(paid) }),
        (0_u8..3).prop_map(move |case| Action::Merge { into: into(case) }),
        Just(Action::Unmerge),
        Just(Action::Withdraw),
        Just(Action::Close),
    ]
}

pub(super) fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    let one = (0_u8..3, 1_u8..3, 0_i64..9, 0_u8..4, actions());
    prop::collection::vec(one, 0..most).prop_map(|all| {
        let step = |(number, (case, record, hour, actor, action)): (u8, (u8, u8, i64, u8, Action))| Step {
            id: StepId::Recorded([number; 16]),
            record: RecordId([record; 16]),
            matter: matter(&case.to_string()),
            at: Timestamp(NOW.0 - 1_000 + hour),
            actor: actor.to_string(),
            action,
        };
        (0..).zip(all).map(step).collect()
    })
}

fn of(steps: &[Step]) -> Vec<Complaint> {
    complaints(steps, &Policy::default(), NOW)
}

proptest! {
    #[test]
    fn neither_order_nor_repetition_matters(steps in steps(16), turn in 0_usize..32) {
        let mut other = [steps.clone(), steps.clone()].concat();
        other.reverse();
        let turn = turn.min(other.len());
        other.rotate_left(turn);
        prop_assert_eq!(of(&steps), of(&other));
    }

    #[test]
    fn two_records_apart_and_together_again_are_as_before(steps in steps(16)) {
        let whole = of(&steps);
        let (mine, theirs): (Vec<_>, Vec<_>) = steps.iter().cloned().partition(|step| step.record.0[0] == 1);
        let _ = (of(&mine), of(&theirs));
        prop_assert_eq!(of(&[theirs, mine].concat()), whole);
    }

    #[test]
    fn every_complaint_is_found_by_the_names_that_its_records_give_it(steps in steps(16)) {
        for complaint in of(&steps) {
            prop_assert!(complaint.names.contains(&complaint.id));
            prop_assert!(complaint.merged_into != Some(complaint.id));
            // A survivor's survivor is none.
            let survivor = complaint.merged_into.map(|into| of(&steps).into_iter().find(|one| one.id == into));
            prop_assert!(survivor.is_none_or(|one| one.is_some_and(|one| one.merged_into.is_none())));
        }
    }

    /// What is recorded one by one, each step only if it may be taken.
    #[test]
    fn the_rules_keep_the_invariants(tried in prop::collection::vec((0_u8..4, actions()), 0..60)) {
        let receipt = Receipt { about: "3".to_owned(), ..Receipt::default() };
        let begin = Step {
            id: StepId::Recorded([0; 16]),
            record: RecordId([1; 16]),
            matter: matter("42"),
            at: Timestamp(1),
            actor: "0".to_owned(),
            action: Action::Receive(receipt),
        };
        let mut steps = vec![begin.clone()];
        for (number, (actor, action)) in (1_u8..).zip(tried) {
            let before = of(&steps).remove(0);
            let actor = actor.to_string();
            if check(&before, &actor, &action) != Ok(true) {
                continue;
            }
            steps.push(Step { id: StepId::Recorded([number; 16]), at: Timestamp(i64::from(number) + 1), actor, action, ..begin.clone() });
        }
        let complaint = of(&steps).remove(0);
        let mut drafted_by = String::new();
        let (mut answered, mut approvals) = (false, Vec::new());
        for (step, state) in &complaint.steps {
            match &step.action {
                Action::Draft(_) => (drafted_by, approvals) = (step.actor.clone(), Vec::new()),
                Action::Approve => {
                    prop_assert!(step.actor != drafted_by && step.actor != "3" && !approvals.contains(&step.actor));
                    approvals.push(step.actor.clone());
                }
                Action::Respond(_) => {
                    prop_assert!(!approvals.is_empty(), "nobody approved what was sent");
                    answered = true;
                }
                Action::Accept | Action::Determine(_) => answered = true,
                Action::Reopen => (answered, approvals) = (false, Vec::new()),
                _ => {}
            }
            prop_assert!(*state != State::Closed || answered, "closed without an answer");
        }
        let ends_owing = complaint.state == State::Closed && complaint.owed().is_some();
        prop_assert!(!ends_owing, "closed while redress is owed");
        let paid: i64 = complaint.payments.iter().map(|payment| payment.amount.minor_units).sum();
        let most = complaint.steps.iter().filter_map(|(step, _)| match &step.action {
            Action::Draft(decision) | Action::Determine(decision) => decision.redress.as_ref().map(|one| one.minor_units),
            _ => None,
        });
        prop_assert!(paid == 0 || paid <= most.max().unwrap_or_default(), "more was paid than was ever decided");
    }

    #[test]
    fn the_guard_sees_an_open_one_as_long_as_something_is_owed(steps in steps(16)) {
        let all = of(&steps);
        let open = all.iter().any(|one| one.state.is_open() && one.state != State::Referred);
        prop_assert_eq!(Complaints::of(&all).open, open);
        let ended = |one: &Complaint| one.state.is_open() == one.ended_at.is_none();
        prop_assert!(all.iter().all(ended), "what has ended has an end, and nothing else does");
    }
}
