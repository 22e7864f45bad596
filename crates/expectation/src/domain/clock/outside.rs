//! When outside bodies take a complaint, and how none is needed: C06 to C09 of the research note.

use jiff::civil::date;

use super::{
    Kind, Moments, Regime,
    table::{all, days, one, opens, received, zone},
};
use crate::domain::calendar::amsterdam;

#[test]
fn c06_kifid_takes_it_for_three_months_or_a_year_whichever_is_later() {
    let until = |complained: &str, answered: &str| {
        let moments = Moments { final_response: Some(amsterdam(answered)), ..received(complained) };
        let clock = one(Regime::NlFinancial, "nl_kifid_admissible", &moments, answered);
        assert_eq!((clock.kind, opens(&clock)), (Kind::Customer, Some(zone().day(amsterdam(answered)))));
        (days(&clock), clock.trace)
    };
    let (days, trace) = until("2026-11-02 10:00", "2026-11-30 10:00");
    assert_eq!(days, (date(2027, 11, 2), date(2027, 11, 2)));
    assert_eq!(trace[0], "final_response 2026-11-30 + 3 months = 2027-02-28");
    assert_eq!(trace[2], "the latest of these 2 counts");
    let (days, _) = until("2026-02-01 10:00", "2026-03-20 10:00");
    assert_eq!(days.1, date(2027, 2, 1));
    // Answered a year later: the three months are what is left.
    let moments = Moments {
        first_complained: amsterdam("2025-11-20 10:00"),
        final_response: Some(amsterdam("2026-11-30 10:00")),
        ..received("2026-11-02 10:00")
    };
    let clock = one(Regime::NlFinancial, "nl_kifid_admissible", &moments, "2026-12-01 10:00");
    assert_eq!(zone().last_day(clock.due_legal_latest), date(2027, 2, 28));
}

#[test]
fn c07_kifid_is_open_after_eight_weeks_of_silence_for_a_year() {
    let clock = one(Regime::NlFinancial, "nl_kifid_admissible", &received("2026-03-31 10:00"), "2026-11-01 10:00");
    assert_eq!((opens(&clock), days(&clock).1), (Some(date(2026, 5, 26)), date(2027, 3, 31)));
    assert_eq!((clock.breached_at, clock.warn_at.len(), clock.rule.body), (None, 0, Some("Kifid")));
    let firm = one(Regime::NlFinancial, "nl_bgfo_43_3", &received("2026-03-31 10:00"), "2026-11-01 10:00");
    assert_eq!(firm.breached_at, Some(amsterdam("2026-05-27 00:00")));
}

#[test]
fn c08_settled_within_three_english_business_days() {
    let settled = |at: &str| Moments { accepted: Some(amsterdam(at)), ..received("2026-12-24 10:00") };
    let clock = |at, rule| one(Regime::UkDisp, rule, &settled(at), "2027-03-01 10:00");
    let early = clock("2026-12-30 10:00", "uk_disp_1_5");
    assert!(early.satisfied_at.is_some_and(|at| at < early.due_target));
    assert_eq!((early.kind, early.calendar_version.as_str()), (Kind::Shortcut, "uk-1"));
    assert_eq!(clock("2026-12-30 10:00", "uk_disp_1_6").breached_at, None);
    let late = clock("2027-01-04 10:00", "uk_disp_1_5");
    assert!(late.satisfied_at.is_some_and(|at| at >= late.due_target));
    assert_eq!(late.breached_at, None, "the short way is gone, and nothing is broken");
}

#[test]
fn c09_the_ombudsman_takes_it_for_six_months() {
    let moments = Moments { final_response: Some(amsterdam("2026-08-31 10:00")), ..received("2026-08-01 10:00") };
    let clock = one(Regime::UkDisp, "uk_disp_2_8", &moments, "2026-09-01 10:00");
    assert_eq!((opens(&clock), days(&clock).1), (Some(date(2026, 8, 31)), date(2027, 2, 28)));
    assert!(!all(&[Regime::UkDisp], &moments, "2026-08-30 10:00").iter().any(|clock| clock.rule.id == "uk_disp_2_8"));
}
