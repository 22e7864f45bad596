//! What becomes of promises where more than one thing happens to them.

use super::{
    calendar::{Zone, amsterdam},
    promise::{Expected, Facts, Matter, MatterKind, Observed, Outcome, Promise, Release, ReleaseKind, SourceKind},
    quantity::Unit,
    scene::*,
    standing::{Feeds, Standing, State, standings},
    timer::timers,
};

/// A delivery said at a moment, by order 42's confirmation.
fn said(number: u8, at: &str, due: &str, acknowledged: bool) -> Promise {
    Promise { made_at: amsterdam(at), acknowledged, ..delivery(number, due) }
}

fn only(facts: &Facts, now: &str) -> Standing {
    standing_at(facts, amsterdam(now)).remove(0)
}

fn failed(number: u8, at: &str) -> Outcome {
    outcome(number, "delivery", at, Observed::Failed)
}

#[test]
fn a_date_moved_there_and_back_holds_again() {
    let moves = [
        said(1, "2026-10-26 10:00", "2026-11-02 10:00", false),
        said(2, "2026-10-27 10:00", "2026-11-06 10:00", true),
        said(3, "2026-10-28 10:00", "2026-11-02 10:00", true),
    ];
    let states = states_at(&facts(moves.to_vec(), vec![]), "2026-11-03 10:00");
    assert_eq!(states, [State::Broken, State::Renegotiated]);
}

#[test]
fn the_version_is_the_one_that_was_said_first() {
    let again = [
        said(9, "2026-10-27 10:00", "2026-11-02 10:00", false),
        said(8, "2026-10-27 10:00", "2026-11-02 10:00", false),
    ];
    let standing = only(&facts(again.to_vec(), vec![]), "2026-10-28 10:00");
    assert_eq!(standing.promise.touchpoint, touchpoint(8));
}

#[test]
fn what_was_done_or_failed_is_not_renegotiated_after() {
    let moved = vec![
        said(1, "2026-10-26 10:00", "2026-11-02 10:00", false),
        said(2, "2026-11-01 10:00", "2026-11-06 10:00", true),
    ];
    for (happened, state) in [
        (delivered(3, "2026-10-31 10:00"), State::Kept),
        (delivered(3, "2026-11-01 11:00"), State::Renegotiated),
        (failed(3, "2026-10-31 10:00"), State::Broken),
        (failed(3, "2026-11-01 11:00"), State::Renegotiated),
    ] {
        assert_eq!(
            only(&facts(moved.clone(), vec![happened.clone()]), "2026-11-02 10:00").state,
            state,
            "{happened:?}"
        );
    }
}

#[test]
fn a_release_frees_only_what_was_promised_before_it() {
    let promise = said(1, "2026-11-02 10:00", "2026-11-05 10:00", false);
    let released =
        |at| Facts { releases: vec![release(2, at, ReleaseKind::Withdrawn)], ..facts(vec![promise.clone()], vec![]) };
    assert_eq!(only(&released("2026-11-01 10:00"), "2026-11-06 10:00").state, State::Broken);
    assert_eq!(only(&released("2026-11-02 10:00"), "2026-11-06 10:00").state, State::Void);
    let mut other = released("2026-11-02 10:00");
    other.releases = vec![Release { matter: order("43"), ..other.releases.remove(0) }];
    assert_eq!(only(&other, "2026-11-06 10:00").state, State::Broken);
}

#[test]
fn what_was_done_before_the_release_counts() {
    let with = |outcome, off| {
        let facts = facts(vec![delivery(1, "2026-11-02 10:00")], vec![outcome]);
        Facts { releases: vec![release(3, off, ReleaseKind::Withdrawn)], ..facts }
    };
    let after = |outcome, off| {
        let standing = only(&with(outcome, off), "2026-11-20 10:00");
        (standing.state, standing.settled_at)
    };
    let at = |text| Some(amsterdam(text));
    assert_eq!(after(delivered(2, "2026-10-30 10:00"), "2026-11-01 10:00"), (State::Kept, at("2026-10-30 10:00")));
    assert_eq!(after(delivered(2, "2026-11-01 12:00"), "2026-11-01 10:00"), (State::Void, at("2026-11-01 10:00")));
    // Off after it was overdue, the wait was over then, whatever came later.
    assert_eq!(after(delivered(2, "2026-11-09 10:00"), "2026-11-05 10:00"), (State::KeptLate, at("2026-11-05 10:00")));
    assert_eq!(after(delivered(2, "2026-11-04 10:00"), "2026-11-05 10:00"), (State::KeptLate, at("2026-11-04 10:00")));
    assert_eq!(after(failed(2, "2026-10-30 10:00"), "2026-11-01 10:00"), (State::Broken, at("2026-11-01 10:00")));
    assert_eq!(after(failed(2, "2026-11-01 10:00"), "2026-10-30 10:00"), (State::Void, at("2026-10-30 10:00")));
}

#[test]
fn a_failure_breaks_only_what_was_promised_before_it() {
    let anew = said(1, "2026-11-02 10:00", "2026-11-05 10:00", false);
    assert_eq!(only(&facts(vec![anew], vec![failed(2, "2026-11-01 10:00")]), "2026-11-03 10:00").state, State::Active);
    // Told after the due time, it was broken at the due time all the same.
    let late = facts(vec![delivery(1, "2026-11-02 10:00")], vec![failed(2, "2026-11-02 12:00")]);
    assert_eq!(only(&late, "2026-11-05 10:00").broken_at, Some(amsterdam("2026-11-02 10:00")));
    let steps = |now| assessed(&late, amsterdam(now)).products[0].factors[0].steps;
    assert_eq!((steps("2026-11-03 10:00"), steps("2026-11-06 10:00")), (-1.0, -2.0));
}

#[test]
fn a_failed_promise_is_not_excused_by_an_agreed_range() {
    let agreed = Some(super::promise::Agreed { from: quantity(0.0, Unit::Day), to: quantity(90.0, Unit::Day) });
    let promise = Promise { agreed, ..delivery(1, "2026-11-02 10:00") };
    let facts = facts(vec![promise], vec![failed(2, "2026-11-01 10:00")]);
    assert_eq!(assessed(&facts, amsterdam("2026-11-02 10:00")).products[0].factors[0].steps, -1.0);
}

#[test]
fn a_level_can_be_moved_freed_and_failed() {
    let euros = |value| quantity(value, Unit::Money(*b"EUR"));
    let level = |number, made: &str, value| Promise {
        made_at: amsterdam(made),
        acknowledged: number > 1,
        ..promise(number, "payout_amount", SourceKind::Quote, Expected::Level(euros(value)))
    };
    let paid = |at| outcome(5, "payout_amount", at, Observed::Level(euros(950.0)));
    let moved = vec![level(1, "2026-10-26 10:00", 1_200.0), level(2, "2026-10-28 10:00", 950.0)];
    let states = |at| {
        let mut states = states_at(&facts(moved.clone(), vec![paid(at)]), "2026-11-03 10:00");
        states.sort_unstable();
        states
    };
    assert_eq!(states("2026-11-02 10:00"), [State::Kept, State::Renegotiated]);
    assert_eq!(states("2026-10-27 10:00"), [State::Kept, State::Broken]);
    let mut one = facts(vec![level(1, "2026-10-26 10:00", 1_200.0)], vec![]);
    assert_eq!(only(&one, "2026-11-03 10:00").state, State::Active);
    one.outcomes.push(outcome(5, "payout_amount", "2026-11-02 10:00", Observed::Failed));
    assert!(only(&one, "2026-11-03 10:00").is_overdue());
    one.releases.push(release(6, "2026-11-01 10:00", ReleaseKind::Waived));
    assert_eq!(only(&one, "2026-11-03 10:00").state, State::Waived);
}

#[test]
fn a_promise_by_its_own_reference_is_met_by_whatever_names_it() {
    let matter = Matter { kind: MatterKind::Promise, reference: "crm/P-17".to_owned() };
    let callback =
        Promise { matter: matter.clone(), attribute: "callback".to_owned(), ..delivery(1, "2026-11-02 10:00") };
    let called = Outcome { matter, attribute: String::new(), ..delivered(2, "2026-11-02 09:00") };
    let facts = facts(vec![callback], vec![called]);
    assert_eq!(only(&facts, "2026-11-03 10:00").state, State::Kept);
    assert_eq!(assessed(&facts, amsterdam("2026-11-03 10:00")).expectation_missing, []);
}

#[test]
fn an_appointment_takes_its_time() {
    let booked = promise(1, "appointment", SourceKind::AgentStatement, Expected::By(amsterdam("2026-11-02 10:00")));
    let over = |at| facts(vec![booked.clone()], vec![outcome(2, "appointment", at, Observed::Done)]);
    assert_eq!(only(&over("2026-11-02 12:00"), "2026-11-03 10:00").state, State::Kept);
    assert_eq!(only(&over("2026-11-02 12:01"), "2026-11-03 10:00").state, State::KeptLate);
    let silent = facts(vec![booked.clone()], vec![]);
    assert_eq!(states_at(&silent, "2026-11-02 11:59"), [State::AtRisk]);
    assert_eq!(states_at(&silent, "2026-11-02 12:00"), [State::Broken]);
    let due = timers(&standing_at(&silent, amsterdam("2026-11-02 11:00")), &Zone::default());
    assert_eq!(due[0].at, amsterdam("2026-11-02 12:00"));
    // The customer did not come, and it was noted while the time ran.
    let waived = Facts { releases: vec![release(3, "2026-11-02 10:30", ReleaseKind::Waived)], ..silent };
    assert_eq!(states_at(&waived, "2026-11-03 10:00"), [State::Waived]);
}

#[test]
fn an_amends_counts_for_its_own_matter() {
    let mut late = facts(vec![delivery(1, "2026-11-02 10:00")], vec![delivered(2, "2026-11-04 10:00")]);
    late.recoveries.push(voucher("2026-11-05 10:00", Some("2026-11-05 12:00")));
    late.recoveries[0].matter = order("43");
    assert!(!assessed(&late, amsterdam("2026-11-06 10:00")).products[0].factors[0].recovered);
}

#[test]
fn failures_at_the_same_moment_are_both_first_ones() {
    let due = "2026-11-02 10:00";
    let callback = promise(2, "callback", SourceKind::OrderConfirmation, Expected::By(amsterdam(due)));
    let both = facts(vec![delivery(1, due), callback], vec![]);
    let assessment = assessed(&both, amsterdam("2026-11-03 10:00"));
    assert!(assessment.products[0].factors.iter().all(|factor| factor.is_loss() && !factor.repeated));
    // Nor is one that was promised only after it was due.
    let late = facts(vec![said(1, "2026-11-02 12:00", due, false)], vec![]);
    assert!(!assessed(&late, amsterdam("2026-11-03 10:00")).products[0].factors[0].repeated);
}

#[test]
fn of_equal_promises_the_surer_one_counts() {
    let by = Expected::By(amsterdam("2026-11-02 10:00"));
    let sources = [SourceKind::MarketingClaim, SourceKind::AgentStatement, SourceKind::CustomerStated];
    let promises = (1_u8..).zip(sources).map(|(number, source)| promise(number, "delivery", source, by)).collect();
    let factors = assessed(&facts(promises, vec![]), amsterdam("2026-11-03 10:00")).products.remove(0).factors;
    assert_eq!((factors.len(), factors[0].confidence), (1, 0.9));
}

#[test]
fn what_happens_tomorrow_weighs_no_more_than_what_happens_today() {
    let late = facts(vec![delivery(1, "2026-11-02 10:00")], vec![delivered(2, "2026-11-04 10:00")]);
    assert_eq!(score_at(&late, "2026-11-03 10:00"), score_at(&late, "2026-11-04 10:00"));
}

#[test]
fn a_failure_that_nobody_promised_against_sets_no_expectation() {
    let facts = facts(vec![], vec![failed(2, "2026-11-04 10:00")]);
    assert_eq!(assessed(&facts, amsterdam("2026-11-04 10:00")).expectation_missing, []);
    assert_eq!(standings(&facts, &Feeds::default(), &Zone::default(), amsterdam("2026-11-04 10:00")), []);
}
