//! The promise clock, P01 to P09 of the research note, and what it leaves open.

use super::{
    calendar::{Zone, amsterdam},
    promise::{Expected, Facts, MatterKind, Observed, Promise, ReleaseKind, SourceKind},
    quantity::Unit,
    scene::*,
    standing::{Feeds, State, standings},
    timer::{Timer, TimerKind, timers},
};

/// A delivery promised for 2 November: a promised day ends with the day.
fn promised() -> Promise {
    delivery(1, "2026-11-03 00:00")
}

fn moved(number: u8, said: &str, due: &str, acknowledged: bool) -> Promise {
    Promise { made_at: amsterdam(said), acknowledged, ..delivery(number, due) }
}

fn timers_at(facts: &Facts, feeds: &Feeds, now: &str) -> Vec<(TimerKind, i64)> {
    let standings = standings(facts, feeds, &Zone::default(), amsterdam(now));
    timers(&standings, &Zone::default()).into_iter().map(|timer| (timer.kind, timer.at.0)).collect()
}

#[test]
fn p01_silence_breaks_a_promise_when_the_day_is_over() {
    let facts = facts(vec![promised()], vec![]);
    assert_eq!(states_at(&facts, "2026-11-02 23:59"), [State::AtRisk]);
    assert_eq!(states_at(&facts, "2026-11-03 00:00"), [State::Broken]);
    let id = Timer::id_of(promised().id, amsterdam("2026-11-03 00:00"), TimerKind::Overdue);
    assert_eq!(id, Timer::id_of(promised().id, amsterdam("2026-11-03 00:00"), TimerKind::Overdue));
    assert_ne!(id, Timer::id_of(promised().id, amsterdam("2026-11-06 00:00"), TimerKind::Overdue));
    assert_ne!(id, Timer::id_of(promised().id, amsterdam("2026-11-03 00:00"), TimerKind::AtRisk));
}

#[test]
fn p02_a_late_report_of_a_timely_delivery_takes_it_back() {
    let mut facts = facts(vec![promised()], vec![]);
    assert!(score_at(&facts, "2026-11-04 10:00") > 20.0);
    facts.outcomes.push(delivered(2, "2026-11-02 18:00"));
    assert_eq!(states_at(&facts, "2026-11-04 10:00"), [State::Kept]);
    assert_eq!(score_at(&facts, "2026-11-04 10:00"), 0.0);
}

#[test]
fn p03_an_outage_accuses_nobody() {
    let facts = facts(vec![promised()], vec![]);
    let (now, feeds) = (amsterdam("2026-11-03 12:00"), told_through(amsterdam("2026-11-01 00:00")));
    for feeds in [&feeds, &Feeds::default()] {
        assert_eq!(standings(&facts, feeds, &Zone::default(), now)[0].state, State::Unknown);
    }
    // The timer stays, for when the source tells.
    assert_eq!(timers_at(&facts, &feeds, "2026-11-03 12:00"), [(TimerKind::Overdue, amsterdam("2026-11-03 00:00").0)]);
    assert_eq!(timers_at(&facts, &told_through(now), "2026-11-03 12:00"), []);
}

#[test]
fn p04_another_date_that_the_customer_agreed_to_replaces_the_first() {
    let moved = moved(2, "2026-11-01 10:00", "2026-11-07 00:00", true);
    let facts = facts(vec![promised(), moved], vec![]);
    assert_eq!(states_at(&facts, "2026-11-04 10:00"), [State::Renegotiated, State::Active]);
    let at = |text| amsterdam(text).0;
    let timers = timers_at(&facts, &told_through(amsterdam("2026-11-04 10:00")), "2026-11-04 10:00");
    assert_eq!(timers, [(TimerKind::AtRisk, at("2026-11-05 14:30")), (TimerKind::Overdue, at("2026-11-07 00:00"))]);
    assert_eq!(score_at(&facts, "2026-11-04 10:00"), 0.0);
}

#[test]
fn another_date_that_nobody_agreed_to_leaves_both() {
    let moved = moved(2, "2026-11-01 10:00", "2026-11-07 00:00", false);
    let facts = facts(vec![promised(), moved], vec![]);
    assert_eq!(states_at(&facts, "2026-11-04 10:00"), [State::Broken, State::Active]);
}

#[test]
fn p05_another_date_after_the_breach_opens_a_second_promise() {
    let moved = moved(2, "2026-11-03 10:00", "2026-11-07 00:00", true);
    let mut facts = facts(vec![promised(), moved], vec![]);
    assert_eq!(states_at(&facts, "2026-11-04 10:00"), [State::Broken, State::Active]);
    let once = assessed(&facts, amsterdam("2026-11-08 00:00")).products[0].factors[0].clone();
    facts.outcomes.push(delivered(3, "2026-11-06 10:00"));
    assert_eq!(states_at(&facts, "2026-11-08 00:00"), [State::KeptLate, State::Kept]);
    // Broken again, it is one gap still, from the first date on, but hurts half as much again.
    assert!(once.repeated && !assessed(&facts, amsterdam("2026-11-08 00:00")).products[0].factors[0].repeated);
    assert_eq!((once.expected, once.got), (7.0 + 14.0 / 24.0, 12.0 + 14.0 / 24.0));
}

#[test]
fn p06_what_is_withdrawn_in_time_is_owed_no_more() {
    let mut facts = facts(vec![promised()], vec![]);
    facts.releases.push(release(2, "2026-11-01 10:00", ReleaseKind::Withdrawn));
    assert_eq!(states_at(&facts, "2026-11-09 10:00"), [State::Void]);
    assert_eq!(score_at(&facts, "2026-11-09 10:00"), 0.0);
    facts.releases.push(release(3, "2026-10-31 10:00", ReleaseKind::Waived));
    assert_eq!(states_at(&facts, "2026-11-09 10:00"), [State::Waived]);
}

#[test]
fn what_was_broken_before_it_was_withdrawn_stays_broken_but_grows_no_more() {
    let mut facts = facts(vec![promised()], vec![]);
    facts.releases.push(release(2, "2026-11-05 00:00", ReleaseKind::Withdrawn));
    assert_eq!(states_at(&facts, "2026-11-05 00:00"), [State::Broken]);
    assert_eq!(score_at(&facts, "2026-11-05 00:00"), 51.0);
    assert!(score_at(&facts, "2026-12-05 00:00") < 31.0);
    // Where nobody could tell, it is off without a breach.
    let silent = standings(&facts, &Feeds::default(), &Zone::default(), amsterdam("2026-11-09 00:00"));
    assert_eq!(silent[0].state, State::Void);
}

#[test]
fn p07_a_clock_that_goes_back_wishes_for_the_same_timer() {
    // 25 October 2026: at three it is two again.
    let facts =
        facts(vec![Promise { made_at: amsterdam("2026-10-20 10:00"), ..delivery(1, "2026-10-25 02:30") }], vec![]);
    let feeds = Feeds::default();
    let ids = |now: i64| {
        let standings = standings(&facts, &feeds, &Zone::default(), tenure_kernel::Timestamp(now));
        timers(&standings, &Zone::default()).into_iter().map(|timer| timer.id).collect::<Vec<_>>()
    };
    let hour = 3_600_000_000;
    let due = amsterdam("2026-10-25 02:30").0;
    assert_eq!(ids(due), ids(due - hour));
    assert_eq!(ids(due), ids(due + hour));
}

#[test]
fn p08_an_outcome_waits_for_its_promise() {
    let mut facts = facts(vec![], vec![delivered(2, "2026-11-02 18:00")]);
    assert_eq!(assessed(&facts, amsterdam("2026-11-04 10:00")).expectation_missing, [touchpoint(2)]);
    facts.promises.push(promised());
    assert_eq!(states_at(&facts, "2026-11-04 10:00"), [State::Kept]);
    assert_eq!(assessed(&facts, amsterdam("2026-11-04 10:00")).expectation_missing, []);
}

#[test]
fn p09_the_first_outcome_counts_and_the_second_is_evidence() {
    let outcomes =
        vec![delivered(3, "2026-11-05 18:00"), delivered(2, "2026-11-02 18:00"), delivered(3, "2026-11-05 18:00")];
    let standing = standing_at(&facts(vec![promised()], outcomes), amsterdam("2026-11-06 10:00")).remove(0);
    assert_eq!(standing.outcome.map(|outcome| outcome.touchpoint), Some(touchpoint(2)));
    assert_eq!((standing.state, standing.evidence), (State::Kept, vec![touchpoint(3)]));
}

#[test]
fn a_source_that_says_failed_needs_no_due_time() {
    let failed = outcome(2, "delivery", "2026-11-01 10:00", Observed::Failed);
    let mut facts = facts(vec![promised()], vec![failed]);
    let standing = standings(&facts, &Feeds::default(), &Zone::default(), amsterdam("2026-11-01 10:00")).remove(0);
    assert_eq!((standing.state, standing.broken_at), (State::Broken, Some(amsterdam("2026-11-01 10:00"))));
    assert!(standing.is_overdue());
    // A step short at least, whatever the time.
    assert_eq!(assessed(&facts, amsterdam("2026-11-01 10:00")).products[0].factors[0].steps, -1.0);
    facts.outcomes.push(delivered(3, "2026-11-02 10:00"));
    assert_eq!(states_at(&facts, "2026-11-02 10:00"), [State::Kept]);
}

#[test]
fn an_outcome_late_is_kept_late() {
    let facts = facts(vec![promised()], vec![delivered(2, "2026-11-04 18:00")]);
    let standing = standing_at(&facts, amsterdam("2026-11-06 10:00")).remove(0);
    assert_eq!(standing.state, State::KeptLate);
    assert_eq!(standing.broken_at, Some(amsterdam("2026-11-03 00:00")));
    assert_eq!(standing.settled_at, Some(amsterdam("2026-11-04 18:00")));
}

#[test]
fn silence_worries_in_the_last_quarter_and_a_working_day_before() {
    let at_risk = |made: &str, due: &str| {
        let promise = Promise { made_at: amsterdam(made), ..delivery(1, due) };
        timers_at(&facts(vec![promise], vec![]), &Feeds::default(), made)[0]
    };
    let at = |text| (TimerKind::AtRisk, amsterdam(text).0);
    assert_eq!(at_risk("2026-11-02 10:00", "2026-11-22 10:00"), at("2026-11-17 10:00"));
    // Monday: the working day before is Friday.
    assert_eq!(at_risk("2026-11-05 10:00", "2026-11-09 10:00"), at("2026-11-06 10:00"));
    assert_eq!(
        timers_at(&facts(vec![delivery(1, "2026-10-26 12:00")], vec![]), &Feeds::default(), "2026-10-26 10:00").len(),
        1
    );
}

#[test]
fn a_level_is_kept_or_broken_when_it_comes() {
    let promise = |attribute| {
        let level = Expected::Level(quantity(1_250.0, Unit::Money(*b"EUR")));
        Promise { matter: order("42"), ..promise(1, attribute, SourceKind::Quote, level) }
    };
    let came = |number, attribute, value, code| {
        outcome(number, attribute, "2026-11-02 10:00", Observed::Level(quantity(value, Unit::Money(code))))
    };
    for (attribute, came, state) in [
        ("payout_amount", came(2, "payout_amount", 1_250.0, *b"EUR"), State::Kept),
        ("payout_amount", came(2, "payout_amount", 950.0, *b"EUR"), State::Broken),
        ("price", came(2, "price", 950.0, *b"EUR"), State::Kept),
        ("price", came(2, "price", 1_300.0, *b"EUR"), State::Broken),
        // What can't be compared is no outcome of this promise.
        ("payout_amount", came(2, "payout_amount", 950.0, *b"USD"), State::Active),
    ] {
        assert_eq!(states_at(&facts(vec![promise(attribute)], vec![came]), "2026-11-03 10:00"), [state], "{attribute}");
    }
    assert_eq!(promise("price").matter.kind, MatterKind::Order);
}
