//! C13 to C23 of the research note: the life cycle of complaints.

use std::collections::BTreeSet;

use tenure_kernel::{RecordId, Timestamp, TouchpointId};

use super::{
    Complaint, ComplaintId, Complaints, Policy, State, complaints,
    rules::{Wrong, check},
    step::{Action, Assessment, Decision, Outcome, Receipt, Redress, Step, StepId},
};
use crate::domain::{
    calendar::amsterdam,
    promise::{Matter, MatterKind},
};

const RECORD: RecordId = RecordId([1; 16]);

pub(super) fn matter(case: &str) -> Matter {
    Matter { kind: MatterKind::Case, reference: case.to_owned() }
}

fn at(day: u32, hour: u32) -> Timestamp {
    amsterdam(&format!("2026-11-{day:02} {hour:02}:00"))
}

pub(crate) fn step(case: &str, at: Timestamp, actor: &str, action: Action) -> Step {
    let bytes = at.0.to_be_bytes();
    let mut id = [0; 16];
    id[..8].copy_from_slice(&bytes);
    Step { id: StepId::Recorded(id), record: RECORD, matter: matter(case), at, actor: actor.to_owned(), action }
}

pub(super) fn euros(euros: i64) -> Redress {
    Redress { minor_units: euros * 100, currency: "EUR".to_owned() }
}

pub(super) fn decision(outcome: Outcome, redress: Option<Redress>, adr_text: &str) -> Decision {
    Decision { outcome: Some(outcome), redress, adr_text: adr_text.to_owned() }
}

fn of(steps: &[Step]) -> Vec<Complaint> {
    complaints(steps, &Policy::default(), at(30, 23))
}

pub(super) fn one(steps: &[Step]) -> Complaint {
    let mut all = of(steps);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// Records a step, if it may be taken.
fn record(steps: &mut Vec<Step>, hour: u32, actor: &str, action: Action) -> Result<bool, Wrong> {
    let changes = check(&one(steps), actor, &action)?;
    if changes {
        steps.push(step("42", at(10, hour), actor, action));
    }
    Ok(changes)
}

pub(super) fn received() -> Vec<Step> {
    vec![step("42", at(2, 9), "eva", Action::Receive(Receipt { about: "bram".to_owned(), ..Receipt::default() }))]
}

fn assessed() -> Vec<Step> {
    let mut steps = received();
    let cause = Assessment { cause: "payment.late".to_owned(), gap: None, promise: None };
    steps.push(step("42", at(3, 9), "eva", Action::Assess(cause)));
    steps
}

/// Up to the final response.
fn answered(decision: &Decision) -> Vec<Step> {
    let mut steps = assessed();
    steps.push(step("42", at(4, 9), "eva", Action::Draft(decision.clone())));
    steps.push(step("42", at(4, 10), "ruth", Action::Approve));
    steps.push(step("42", at(5, 9), "eva", Action::Respond(None)));
    steps
}

#[test]
fn c13_the_survivor_came_in_when_the_first_of_them_did() {
    let b = ComplaintId::of(RECORD, &matter("B"));
    let steps = [
        step("A", at(1, 9), "eva", Action::Receive(Receipt::default())),
        step("B", at(5, 9), "eva", Action::Receive(Receipt::default())),
        step("A", at(6, 9), "eva", Action::Merge { into: b }),
    ];
    let all = of(&steps);
    let named = |case: &str| all.iter().find(|one| one.matter == matter(case)).expect("it is there");
    assert_eq!((named("B").received_at, named("B").state), (at(1, 9), State::Received));
    assert_eq!((named("A").state, named("A").merged_into), (State::Merged, Some(b)));
    assert_eq!(named("B").merged, BTreeSet::from([named("A").id]));
    assert_eq!(all.len(), 2, "both are counted as received");
    assert_eq!(all.iter().filter(|one| one.state.is_open()).count(), 1, "and one will have an outcome");
}

#[test]
fn c14_what_comes_for_a_merged_one_is_the_survivors() {
    let b = ComplaintId::of(RECORD, &matter("B"));
    let mut steps = vec![
        step("A", at(1, 9), "eva", Action::Receive(Receipt::default())),
        step("B", at(5, 9), "eva", Action::Receive(Receipt::default())),
        step("A", at(6, 9), "eva", Action::Merge { into: b }),
        step("B", at(6, 10), "eva", Action::Ask { answer_by: None }),
        step("A", at(7, 9), "", Action::Answer),
    ];
    let survivor = |steps: &[Step]| of(steps).into_iter().find(|one| one.matter == matter("B")).expect("it is there");
    assert_eq!(survivor(&steps).state, State::Investigating);
    assert_eq!(survivor(&steps).questions[0].answered, Some(at(7, 9)));
    // Unmerged, each has its own again.
    steps.push(step("A", at(8, 9), "eva", Action::Unmerge));
    assert_eq!(survivor(&steps).state, State::AwaitingCustomer);
    assert_eq!(survivor(&steps).received_at, at(5, 9));
    let all = of(&steps);
    assert!(all.iter().all(|one| one.merged_into.is_none() && one.state.is_open()));
}

#[test]
fn complaints_that_were_merged_into_each_other_go_on_by_themselves() {
    let (a, b) = (ComplaintId::of(RECORD, &matter("A")), ComplaintId::of(RECORD, &matter("B")));
    let steps = [
        step("A", at(1, 9), "eva", Action::Receive(Receipt::default())),
        step("B", at(5, 9), "eva", Action::Receive(Receipt::default())),
        step("A", at(6, 9), "eva", Action::Merge { into: b }),
        step("B", at(6, 9), "eva", Action::Merge { into: a }),
    ];
    assert!(of(&steps).iter().all(|one| one.merged_into.is_none() && one.received_at == one.steps[0].0.at));
}

#[test]
fn c15_reopened_it_is_in_its_second_cycle_under_the_first_clock() {
    let mut steps = answered(&decision(Outcome::Upheld, None, ""));
    assert_eq!(one(&steps).ended_at, Some(at(5, 9)));
    assert_eq!(record(&mut steps, 9, "eva", Action::Reopen), Ok(true));
    let again = one(&steps);
    assert_eq!((again.cycle, again.state, again.received_at), (2, State::Assessed, at(2, 9)));
    assert_eq!((again.responded_at, again.ended_at), (None, None));
    assert!(Complaints::of(&of(&steps)).open);
}

#[test]
fn c16_who_wrote_a_draft_or_is_complained_about_does_not_approve_it() {
    let mut steps = assessed();
    let upheld = decision(Outcome::Upheld, None, "");
    assert_eq!(record(&mut steps, 8, "bram", Action::Draft(upheld.clone())), Err(Wrong::FourEyes));
    assert_eq!(record(&mut steps, 9, "eva", Action::Draft(upheld)), Ok(true));
    assert_eq!(record(&mut steps, 10, "eva", Action::Approve), Err(Wrong::FourEyes));
    assert_eq!(record(&mut steps, 10, "bram", Action::Approve), Err(Wrong::FourEyes));
    assert_eq!(record(&mut steps, 10, "eva", Action::Respond(None)), Err(Wrong::State(State::DecisionDrafted)));
    assert_eq!(record(&mut steps, 10, "ruth", Action::Approve), Ok(true));
    assert_eq!(record(&mut steps, 11, "eva", Action::Respond(None)), Ok(true));
}

#[test]
fn redress_above_the_limit_takes_two_approvals() {
    let mut steps = assessed();
    let generous = decision(Outcome::Upheld, Some(euros(2_501)), "");
    assert_eq!(record(&mut steps, 9, "eva", Action::Draft(generous)), Ok(true));
    assert_eq!(record(&mut steps, 10, "ruth", Action::Approve), Ok(true));
    assert_eq!(one(&steps).state, State::DecisionDrafted);
    assert_eq!(record(&mut steps, 11, "ruth", Action::Approve), Err(Wrong::FourEyes));
    assert_eq!(record(&mut steps, 12, "sem", Action::Approve), Ok(true));
    assert_eq!(one(&steps).state, State::Approved);
}

#[test]
fn c17_without_an_answer_nothing_is_closed() {
    let mut steps = assessed();
    assert_eq!(record(&mut steps, 9, "eva", Action::Close), Err(Wrong::ResponseMissing));
    // Accepted in writing: that is an answer.
    assert_eq!(record(&mut steps, 10, "eva", Action::Accept), Ok(true));
    assert_eq!(record(&mut steps, 11, "eva", Action::Close), Ok(true));
    assert_eq!(one(&steps).state, State::Closed);
    assert_eq!(record(&mut steps, 12, "eva", Action::Close), Err(Wrong::State(State::Closed)));
}

#[test]
fn c18_who_is_not_upheld_is_pointed_to_the_outside_body() {
    for (outcome, adr_text, allowed) in [
        (Outcome::Rejected, "", false),
        (Outcome::PartlyUpheld, "", false),
        (Outcome::Rejected, "kifid-2026-1", true),
        (Outcome::Upheld, "", true),
    ] {
        let mut steps = assessed();
        steps.push(step("42", at(4, 9), "eva", Action::Draft(decision(outcome, None, adr_text))));
        steps.push(step("42", at(4, 10), "ruth", Action::Approve));
        let expected = if allowed { Ok(true) } else { Err(Wrong::AdrTextMissing) };
        assert_eq!(record(&mut steps, 9, "eva", Action::Respond(None)), expected, "{outcome:?} {adr_text}");
    }
}

#[test]
fn c19_goodwill_upholds_nothing() {
    let steps = answered(&decision(Outcome::Rejected, Some(euros(50)), "kifid-2026-1"));
    let complaint = one(&steps);
    assert_eq!(complaint.decision.as_ref().and_then(|decided| decided.outcome), Some(Outcome::Rejected));
    assert_eq!(complaint.owed(), Some(euros(50)));
}

#[test]
fn c20_redress_is_paid_once() {
    let mut steps = answered(&decision(Outcome::Upheld, Some(euros(50)), ""));
    assert_eq!(record(&mut steps, 8, "eva", Action::Close), Err(Wrong::RedressOwed));
    assert_eq!(record(&mut steps, 9, "eva", Action::Accept), Ok(true));
    assert_eq!(one(&steps).state, State::RedressDue);
    let pay = |euro| Action::Pay { reference: "p1".to_owned(), amount: euros(euro) };
    assert_eq!(record(&mut steps, 10, "pay", pay(51)), Err(Wrong::RedressOwed));
    assert_eq!(record(&mut steps, 10, "pay", pay(50)), Ok(true));
    assert_eq!(record(&mut steps, 11, "pay", pay(50)), Ok(false), "it was paid");
    assert_eq!(record(&mut steps, 11, "pay", pay(49)), Err(Wrong::RedressOwed), "the same payment was another");
    let other = Action::Pay { reference: "p2".to_owned(), amount: euros(50) };
    assert_eq!(record(&mut steps, 12, "pay", other), Err(Wrong::State(State::RedressPaid)));
    assert_eq!((one(&steps).payments.len(), one(&steps).owed(), one(&steps).state), (1, None, State::RedressPaid));
    assert_eq!(record(&mut steps, 13, "eva", Action::Close), Ok(true));
}

#[test]
fn c22_a_complaint_is_there_from_the_call_in_which_it_was_made() {
    let told = StepId::Told(TouchpointId([7; 16]));
    let called = Step { id: told, ..step("event", at(2, 9), "", Action::Receive(Receipt::default())) };
    let complaint = one(&[called]);
    assert_eq!((complaint.received_at, complaint.state), (at(2, 9), State::Received));
}

#[test]
fn c23_parts_came_in_with_the_whole() {
    let whole = ComplaintId::of(RECORD, &matter("42"));
    let part = Receipt { part_of: Some(whole), ..Receipt::default() };
    let mut steps = received();
    steps.push(step("42/payment", at(2, 9), "eva", Action::Receive(part)));
    let all = of(&steps);
    assert_eq!(all.iter().filter(|one| one.part_of == Some(whole) && one.received_at == at(2, 9)).count(), 1);
}

#[test]
fn a_dispute_goes_to_the_outside_body_and_back() {
    let mut steps = answered(&decision(Outcome::Rejected, None, "kifid-2026-1"));
    assert!(!Complaints::of(&of(&steps)).open);
    assert_eq!(record(&mut steps, 9, "eva", Action::Dispute), Ok(true));
    assert!(Complaints::of(&of(&steps)).open);
    assert_eq!(record(&mut steps, 10, "eva", Action::Close), Err(Wrong::State(State::Disputed)));
    let refer = Action::Refer { body: "kifid".to_owned() };
    assert_eq!(record(&mut steps, 11, "eva", refer), Ok(true));
    assert!(Complaints::of(&of(&steps)).with_ombudsman);
    let determined = Action::Determine(decision(Outcome::Upheld, Some(euros(300)), ""));
    assert_eq!(record(&mut steps, 12, "eva", determined), Ok(true));
    assert_eq!((one(&steps).state, one(&steps).owed()), (State::RedressDue, Some(euros(300))));
}
