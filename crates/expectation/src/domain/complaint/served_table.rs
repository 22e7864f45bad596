//! C11 and C12 of the research note: whose turn it is, and what a firm's own targets make of it.

use std::{collections::BTreeSet, time::Duration};

use proptest::prelude::*;
use tenure_kernel::{Timestamp, TouchpointId};

use super::{
    Complaint, Policy, complaints, laws,
    step::{Action, Receipt, Step, StepId},
    table::{one, received, step},
};
use crate::domain::{
    calendar::{Zone, amsterdam, hours::BusinessHours, working::Calendars},
    clock::{
        Regime, clocks,
        service::{Goal, ServiceClock, ServiceTarget},
    },
};

fn target(goal: Goal, hours: u64) -> ServiceTarget {
    let week: [&[(u16, u16)]; 7] =
        [&[(540, 1_020)], &[(540, 1_020)], &[(540, 1_020)], &[(540, 1_020)], &[(540, 1_020)], &[], &[]];
    ServiceTarget {
        code: "answer".to_owned(),
        version: 1,
        goal,
        hours: BusinessHours::new("Europe/Amsterdam", "nl", week).expect("hours"),
        within: Duration::from_secs(hours * 3_600),
        pauses: true,
        retired: false,
        defined_at: Timestamp::default(),
    }
}

fn clock(steps: &[Step], goal: Goal, now: &str) -> ServiceClock {
    target(goal, 16).clock(&one(steps).work(goal), &Calendars::default(), amsterdam(now))
}

fn took(at: &str, action: Action) -> Step {
    step("42", amsterdam(at), "eva", action)
}

/// As a source tells of it.
fn told(at: &str, action: Action) -> Step {
    let step = took(at, action);
    Step { id: StepId::Told(TouchpointId([9; 16])), actor: String::new(), ..step }
}

#[test]
fn c11_the_customers_turn_stops_the_firms_target_and_not_the_laws() {
    let mut steps = received();
    steps.push(took("2026-11-02 11:00", Action::Ask { answer_by: None }));
    let waiting = clock(&steps, Goal::Respond, "2026-11-12 11:00");
    assert_eq!((waiting.stands_since, waiting.missed_at), (Some(amsterdam("2026-11-02 11:00")), None));
    assert_eq!(waiting.left, Duration::from_secs(14 * 3_600));
    steps.push(told("2026-11-12 11:00", Action::Answer));
    let answered = clock(&steps, Goal::Respond, "2026-11-12 12:00");
    // Received on Monday at nine: two hours were used, and fourteen are left from Thursday at eleven on.
    assert_eq!((answered.stands_since, answered.due), (None, amsterdam("2026-11-13 17:00")));
    let psd2 = |complaint: &Complaint| {
        let regimes = BTreeSet::from([Regime::Psd2]);
        let all = clocks(
            &regimes,
            &complaint.moments(),
            &Calendars::default(),
            &Zone::default(),
            amsterdam("2026-11-12 12:00"),
        );
        all.into_iter().map(|clock| (clock.due_target, clock.due_legal_latest)).collect::<Vec<_>>()
    };
    assert_eq!(psd2(&one(&steps)), psd2(&one(&received())));
    assert!(!psd2(&one(&steps)).is_empty());
}

#[test]
fn c12_a_reply_that_nobody_noted_ends_the_pause() {
    let asked = took("2026-11-03 09:00", Action::Ask { answer_by: None });
    let reply = told("2026-11-05 09:00", Action::Answer);
    let noted = took("2026-11-13 09:00", Action::Answer);
    let held = took("2026-11-09 09:00", Action::Hold { answer_by: amsterdam("2026-11-20 09:00") });
    let with = |more: &[&Step]| {
        let steps: Vec<Step> = received().into_iter().chain(more.iter().map(|step| (*step).clone())).collect();
        clock(&steps, Goal::Respond, "2026-11-20 09:00")
    };
    let late = with(&[&asked, &reply, &held, &noted]);
    assert_eq!(late.illegitimate, Duration::from_secs(8 * 24 * 3_600));
    assert_eq!(late.due, amsterdam("2026-11-05 17:00"));
    // Without the reply the firm is believed; with the reply alone nobody says that they wait.
    assert_eq!(with(&[&asked, &noted]).due, amsterdam("2026-11-13 17:00"));
    assert_eq!((with(&[&asked, &reply]).due, with(&[&asked, &reply]).illegitimate), (late.due, Duration::ZERO));
    let investigated = took("2026-11-10 09:00", Action::Investigate);
    assert_eq!(with(&[&asked, &reply, &investigated]).illegitimate, Duration::ZERO);
    assert_eq!(with(&[&asked, &investigated]).due, amsterdam("2026-11-10 17:00"));
}

#[test]
fn who_reopens_begins_anew_but_is_acknowledged_once() {
    let mut steps = received();
    steps.push(took("2026-11-02 12:00", Action::Respond(None)));
    let met = clock(&steps, Goal::Respond, "2026-11-20 09:00");
    assert_eq!((met.met_at, met.origin), (Some(amsterdam("2026-11-02 12:00")), amsterdam("2026-11-02 09:00")));
    assert_eq!(
        clock(&steps, Goal::Acknowledge, "2026-11-20 09:00").met_at,
        met.met_at,
        "the answer says that it came in"
    );
    steps.push(took("2026-11-16 09:00", Action::Reopen));
    let again = clock(&steps, Goal::Respond, "2026-11-16 10:00");
    assert_eq!((again.origin, again.due), (amsterdam("2026-11-16 09:00"), amsterdam("2026-11-17 17:00")));
    assert_eq!(clock(&steps, Goal::Acknowledge, "2026-11-20 09:00").met_at, met.met_at);
    let mut taken_back = received();
    taken_back.push(took("2026-11-02 12:00", Action::Withdraw));
    let stopped = clock(&taken_back, Goal::Respond, "2026-11-20 09:00");
    assert_eq!((stopped.stopped_at, stopped.missed_at), (Some(amsterdam("2026-11-02 12:00")), None));
}

#[test]
fn only_what_is_asked_before_the_answer_is_the_customers_turn() {
    let mut steps = received();
    steps.push(took("2026-11-02 10:00", Action::Respond(None)));
    steps.push(took("2026-11-02 11:00", Action::Ask { answer_by: None }));
    assert_eq!(one(&steps).work(Goal::Respond).pauses, []);
    let twice = [
        took("2026-11-03 09:00", Action::Ask { answer_by: None }),
        took("2026-11-04 09:00", Action::Ask { answer_by: None }),
        took("2026-11-05 09:00", Action::Receive(Receipt::default())),
    ];
    let twice: Vec<Step> = received().into_iter().chain(twice).collect();
    let work = one(&twice).work(Goal::Respond);
    assert_eq!(
        work.pauses.iter().map(|pause| (pause.from, pause.until)).collect::<Vec<_>>(),
        [(amsterdam("2026-11-03 09:00"), None)]
    );
}

proptest! {
    #[test]
    fn whatever_was_done_neither_order_nor_repetition_matters(steps in laws::steps(16), turn in 0_usize..32) {
        let mut other = [steps.clone(), steps.clone()].concat();
        other.reverse();
        other.rotate_left(turn.min(steps.len() * 2));
        let now = laws::NOW;
        let of = |steps: &[Step]| -> Vec<ServiceClock> {
            let all = complaints(steps, &Policy::default(), now);
            all.iter().flat_map(|one| [Goal::Acknowledge, Goal::Respond].map(|goal| target(goal, 1).clock(&one.work(goal), &Calendars::default(), now))).collect()
        };
        prop_assert_eq!(of(&steps), of(&other));
        for clock in of(&steps) {
            let ends = [clock.met_at, clock.stopped_at].into_iter().flatten().count();
            prop_assert!(ends <= 1 && (clock.met_at.is_none() || clock.missed_at.is_none()));
            prop_assert!(clock.stands_since.is_none() || ends == 0);
        }
    }
}
