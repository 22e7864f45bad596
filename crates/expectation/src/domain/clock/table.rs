//! Complaint clocks, C01 to C05, C10, C11 and C21 of the research note, and what it leaves open. C12 stands with the
//! service targets, C06 to C09 beside this file.

use std::{collections::BTreeSet, time::Duration};

use jiff::civil::{Date, date};
use tenure_kernel::Timestamp;

use super::{
    Clock, Extension, Holding, Moments, Question, Regime, clocks, holding_allowed,
    service::{Goal, Pause, ServiceTarget, Work},
};
use crate::domain::calendar::{Zone, amsterdam, hours::BusinessHours, working::Calendars};

pub(super) fn zone() -> Zone {
    Zone::default()
}

pub(super) fn all(regimes: &[Regime], moments: &Moments, now: &str) -> Vec<Clock> {
    let regimes = regimes.iter().copied().collect();
    clocks(&regimes, moments, &Calendars::default(), &zone(), amsterdam(now))
}

pub(super) fn one(regime: Regime, rule: &str, moments: &Moments, now: &str) -> Clock {
    let clocks = all(&[regime], moments, now);
    clocks.into_iter().find(|clock| clock.rule.id == rule).unwrap_or_else(|| panic!("no clock {rule}"))
}

pub(super) fn received(at: &str) -> Moments {
    Moments::received_at(amsterdam(at))
}

/// The last days in time: by the target, and by law.
pub(super) fn days(clock: &Clock) -> (Date, Date) {
    (zone().last_day(clock.due_target), zone().last_day(clock.due_legal_latest))
}

pub(super) fn opens(clock: &Clock) -> Option<Date> {
    clock.opens_at.map(|opens| zone().day(opens))
}

#[test]
fn each_row_of_the_note_has_its_days() {
    use Regime::*;
    for (id, regime, rule, came, target, latest) in [
        ("C01", NlFinancial, "nl_bgfo_43_2", "2026-11-02 10:00", date(2026, 11, 16), date(2026, 11, 16)),
        ("C01", NlFinancial, "nl_bgfo_43_3", "2026-11-02 10:00", date(2026, 12, 28), date(2026, 12, 28)),
        ("C01", NlInsurerCode, "nl_insurers_answer", "2026-11-02 10:00", date(2026, 11, 16), date(2026, 11, 16)),
        ("C01", NlInsurerCode, "nl_insurers_outer", "2026-11-02 10:00", date(2027, 1, 25), date(2027, 1, 25)),
        ("C03", NlFinancial, "nl_bgfo_43_3", "2026-10-31 10:00", date(2026, 12, 24), date(2026, 12, 28)),
        (
            "C03, a code",
            NlBankSmeCode,
            "nl_bank_sme_answer",
            "2026-10-31 10:00",
            date(2026, 12, 24),
            date(2026, 12, 26),
        ),
        ("C04", Psd2, "psd2_answer", "2026-04-24 10:00", date(2026, 5, 18), date(2026, 5, 21)),
        ("C04", Psd2, "psd2_final", "2026-04-24 10:00", date(2026, 6, 15), date(2026, 6, 19)),
        ("C08", UkDisp, "uk_disp_1_5", "2026-12-24 10:00", date(2026, 12, 31), date(2026, 12, 31)),
        ("C10", UsCfpb, "us_cfpb_response", "2026-11-02 10:00", date(2026, 11, 17), date(2026, 11, 17)),
        ("C10", UsCfpb, "us_cfpb_final", "2026-11-02 10:00", date(2027, 1, 1), date(2027, 1, 1)),
        (
            "the bank code",
            NlBankSmeCode,
            "nl_bank_sme_confirm",
            "2026-11-02 10:00",
            date(2026, 11, 16),
            date(2026, 11, 16),
        ),
        ("DISP 1.6", UkDisp, "uk_disp_1_6", "2026-11-02 10:00", date(2026, 12, 24), date(2026, 12, 28)),
        (
            "DISP payments",
            UkDispPayment,
            "uk_disp_1_6_payment",
            "2026-04-24 10:00",
            date(2026, 5, 18),
            date(2026, 5, 18),
        ),
        (
            "DISP payments",
            UkDispPayment,
            "uk_disp_1_6_payment_final",
            "2026-04-24 10:00",
            date(2026, 6, 16),
            date(2026, 6, 16),
        ),
        (
            "late in the evening",
            NlFinancial,
            "nl_bgfo_43_2",
            "2026-11-02 23:59",
            date(2026, 11, 16),
            date(2026, 11, 16),
        ),
    ] {
        let clock = one(regime, rule, &received(came), came);
        assert_eq!(days(&clock), (target, latest), "{id} {rule} {:#?}", clock.trace);
    }
}

#[test]
fn c02_the_customers_answering_time_is_added_and_the_earlier_term_governs() {
    let question = Question {
        asked: amsterdam("2026-11-10 10:00"),
        answer_by: Some(amsterdam("2026-11-25 00:00")),
        answered: Some(amsterdam("2026-11-18 10:00")),
    };
    let moments = Moments {
        acknowledged: Some(amsterdam("2026-11-04 10:00")),
        questions: vec![question],
        ..received("2026-11-02 10:00")
    };
    let clock = one(Regime::NlFinancial, "nl_bgfo_43_3", &moments, "2026-11-20 10:00");
    assert_eq!(days(&clock), (date(2026, 12, 24), date(2026, 12, 24)));
    assert_eq!(clock.origin, amsterdam("2026-11-04 10:00"));
    assert_eq!(clock.extensions, [Extension { name: "BGfo 43(4)", days: 8 }]);
    assert_eq!(
        clock.trace,
        [
            "acknowledged 2026-11-04 + 6 weeks = 2026-12-16",
            "BGfo 43(4): + 8 days so far, 8 at most = 2026-12-24, at the latest 2026-12-24",
            "received 2026-11-02 + 8 weeks = 2026-12-28",
            "BGfo 43(4): + 8 days so far, 8 at most = 2027-01-05, at the latest 2027-01-05",
            "the earliest of these 2 counts",
        ]
    );
    // Until it was answered, the time given counts for the law; for the target, the days that have passed.
    let waiting = one(Regime::NlFinancial, "nl_bgfo_43_3", &moments, "2026-11-13 10:00");
    assert_eq!(days(&waiting), (date(2026, 12, 18), date(2026, 12, 30)));
    let kifid = one(Regime::NlFinancial, "nl_kifid_admissible", &moments, "2026-11-20 10:00");
    assert_eq!(opens(&kifid), Some(date(2026, 12, 24)));
}

#[test]
fn questions_that_overlap_count_once_and_late_ones_not_at_all() {
    let question = |asked: &str, answered: &str| Question {
        asked: amsterdam(asked),
        answer_by: None,
        answered: Some(amsterdam(answered)),
    };
    let questions = vec![
        question("2026-11-12 10:00", "2026-11-20 10:00"),
        question("2026-11-10 10:00", "2026-11-18 10:00"),
        question("2027-01-15 10:00", "2027-02-18 10:00"),
    ];
    let moments = Moments { questions, ..received("2026-11-02 10:00") };
    let clock = one(Regime::NlFinancial, "nl_bgfo_43_3", &moments, "2027-03-01 10:00");
    assert_eq!((clock.extensions[0].days, days(&clock).1), (10, date(2027, 1, 7)));
    assert_eq!(clock.breached_at, Some(clock.due_legal_latest));
}

#[test]
fn a_question_without_a_term_stops_the_clock_until_it_is_answered() {
    let question = Question { asked: amsterdam("2026-11-10 10:00"), answer_by: None, answered: None };
    let moments = Moments { questions: vec![question], ..received("2026-11-02 10:00") };
    let clock = one(Regime::NlFinancial, "nl_bgfo_43_3", &moments, "2027-06-01 10:00");
    assert_eq!((clock.breached_at, clock.extensions[0].days), (None, 203));
    let clock = one(Regime::NlFinancial, "nl_bgfo_43_2", &moments, "2027-06-01 10:00");
    assert!(clock.breached_at.is_some() && clock.extensions.is_empty(), "only what names the extension is extended");
}

#[test]
fn c05_a_holding_reply_names_no_date_after_the_last_lawful_one() {
    let regimes = BTreeSet::from([Regime::Psd2, Regime::NlFinancial]);
    let came = amsterdam("2026-04-24 10:00");
    let allowed = |by: &str| holding_allowed(&regimes, came, amsterdam(by), &Calendars::default(), &zone());
    for (by, fine) in [
        ("2026-06-15 12:00", true),
        ("2026-06-19 12:00", true),
        ("2026-06-20 00:00", true),
        ("2026-06-20 12:00", false),
        ("2026-06-21 00:00", false),
    ] {
        assert_eq!(allowed(by).is_ok(), fine, "{by}");
    }
    let refused = allowed("2026-06-20 12:00").expect_err("refused");
    assert_eq!((refused.rule.id, refused.last_day), ("psd2_final", date(2026, 6, 19)));
    assert_eq!(
        refused.to_string(),
        "rule psd2_final allows no answer after 2026-06-19: Directive (EU) 2015/2366 art. 101(2): never later than 35 business \
         days"
    );
    // Where several rules limit it, the strictest does; where none does, there is no limit.
    let both = BTreeSet::from([Regime::Psd2, Regime::UsCfpb]);
    let by = amsterdam("2026-12-31 12:00");
    let refused = holding_allowed(&both, came, by, &Calendars::default(), &zone()).expect_err("refused");
    assert_eq!(refused.rule.id, "psd2_final");
    let none = BTreeSet::from([Regime::NlFinancial, Regime::UkDisp]);
    assert_eq!(holding_allowed(&none, came, by, &Calendars::default(), &zone()), Ok(()));
}

#[test]
fn a_holding_reply_satisfies_only_within_its_limit_and_its_date_is_a_clock() {
    let held = |by: &str| {
        let holding = Holding { sent: amsterdam("2026-05-18 10:00"), answer_by: amsterdam(by) };
        Moments { holding: Some(holding), ..received("2026-04-24 10:00") }
    };
    let now = "2026-07-01 10:00";
    let clock = |rule, by| one(Regime::Psd2, rule, &held(by), now);
    let fine = clock("psd2_answer", "2026-06-06 00:00");
    assert_eq!((fine.satisfied_at, fine.breached_at), (Some(amsterdam("2026-05-18 10:00")), None));
    let stated = clock("psd2_stated", "2026-06-06 00:00");
    assert_eq!((days(&stated).1, stated.breached_at), (date(2026, 6, 5), Some(amsterdam("2026-06-06 00:00"))));
    assert_eq!((stated.origin, stated.trace[0].as_str()), (amsterdam("2026-05-18 10:00"), "holding_date 2026-06-05"));
    let late = clock("psd2_answer", "2026-06-21 00:00");
    assert_eq!((late.satisfied_at, late.breached_at), (None, Some(amsterdam("2026-05-22 00:00"))));
    assert!(
        all(&[Regime::Psd2], &received("2026-04-24 10:00"), now).iter().all(|clock| clock.rule.id != "psd2_stated")
    );
}

#[test]
fn c10_in_progress_is_enough_for_the_first_and_not_for_the_second() {
    let holding = Holding { sent: amsterdam("2026-11-10 10:00"), answer_by: amsterdam("2026-12-20 00:00") };
    let moments = Moments { holding: Some(holding), ..received("2026-11-02 10:00") };
    let clock = |rule| one(Regime::UsCfpb, rule, &moments, "2027-01-02 00:00");
    assert_eq!(clock("us_cfpb_response").satisfied_at, Some(holding.sent));
    assert_eq!(clock("us_cfpb_final").breached_at, Some(amsterdam("2027-01-02 00:00")));
    assert_eq!(clock("us_cfpb_final").calendar_version, "");
}

#[test]
fn c11_waiting_for_the_customer_pauses_what_the_firm_set_itself_and_no_law() {
    let (from, until) = (amsterdam("2026-04-28 09:00"), amsterdam("2026-05-08 09:00"));
    let question = Question { asked: from, answer_by: Some(until), answered: Some(until) };
    let asked = Moments { questions: vec![question], ..received("2026-04-24 10:00") };
    let now = "2026-05-10 10:00";
    let psd2 = |moments: &Moments| days(&one(Regime::Psd2, "psd2_answer", moments, now));
    assert_eq!(psd2(&asked), psd2(&received("2026-04-24 10:00")));
    assert_eq!(psd2(&asked), (date(2026, 5, 18), date(2026, 5, 21)));
    let office: &[(u16, u16)] = &[(540, 1_020)];
    let hours = BusinessHours::new("Europe/Amsterdam", "nl", [office, office, office, office, office, &[], &[]]);
    let target = ServiceTarget {
        code: "answer".to_owned(),
        version: 1,
        goal: Goal::Respond,
        hours: hours.expect("hours"),
        within: Duration::from_secs(16 * 3_600),
        pauses: true,
        retired: false,
        defined_at: Timestamp::default(),
    };
    let mut work = Work { started: amsterdam("2026-04-24 09:00"), ..Work::default() };
    let due = |work: &Work| target.clock(work, &Calendars::default(), amsterdam(now)).due;
    assert_eq!(due(&work), amsterdam("2026-04-28 17:00"));
    work.pauses = vec![Pause { from, until: Some(until) }];
    assert_eq!(due(&work), amsterdam("2026-05-08 17:00"));
}

#[test]
fn c21_another_day_off_is_another_version_and_another_due_date() {
    let regimes = BTreeSet::from([Regime::NlFinancial]);
    let moments = received("2026-11-02 10:00");
    let with = |calendars: &Calendars| {
        let clocks = clocks(&regimes, &moments, calendars, &zone(), amsterdam("2026-11-03 10:00"));
        let clock = clocks.into_iter().find(|clock| clock.rule.id == "nl_bgfo_43_2").expect("a clock");
        (days(&clock), clock.calendar_version)
    };
    let before = with(&Calendars::default());
    assert_eq!(before, ((date(2026, 11, 16), date(2026, 11, 16)), "nl-1".to_owned()));
    let decreed = Calendars::default().overridden("nl", &[date(2026, 11, 16)], &[]).expect("a calendar");
    let after = with(&decreed);
    assert_eq!(after.0, (date(2026, 11, 13), date(2026, 11, 17)));
    assert!(after.1.starts_with("nl-1+") && after.1 != before.1, "{}", after.1);
}

#[test]
fn warnings_come_before_and_a_breach_stays() {
    let clock = |moments: &Moments, now: &str| one(Regime::NlFinancial, "nl_bgfo_43_2", moments, now);
    let open = received("2026-11-03 00:00");
    let warn: Vec<_> = clock(&open, "2026-11-03 10:00").warn_at;
    // Fourteen days and the rest of the day of receipt.
    let expected = [(50, "2026-11-10 12:00"), (75, "2026-11-14 06:00"), (90, "2026-11-16 12:00")];
    assert_eq!(warn, expected.map(|(percent, at)| (percent, amsterdam(at))));
    let last = amsterdam("2026-11-18 00:00");
    assert_eq!(clock(&open, "2026-11-17 23:59").breached_at, None);
    assert_eq!(clock(&open, "2026-11-18 00:00").breached_at, Some(last));
    let acknowledged = |at: &str| Moments { acknowledged: Some(amsterdam(at)), ..open.clone() };
    let late = clock(&acknowledged("2026-11-18 00:00"), "2026-12-18 00:00");
    assert_eq!((late.breached_at, late.satisfied_at), (Some(last), Some(last)));
    assert_eq!(clock(&acknowledged("2026-11-17 23:59"), "2026-12-18 00:00").breached_at, None);
    assert_eq!(clock(&acknowledged("2026-11-17 10:00"), "2026-11-17 09:00").satisfied_at, None, "still to come");
}

#[test]
fn what_has_ended_breaches_no_more() {
    let ended = |at: &str| Moments { ended: Some(amsterdam(at)), ..received("2026-11-02 10:00") };
    let clock = |at: &str| one(Regime::NlFinancial, "nl_bgfo_43_2", &ended(at), "2027-01-01 10:00");
    let early = clock("2026-11-10 10:00");
    assert_eq!(
        (early.breached_at, early.stopped_at, early.satisfied_at),
        (None, Some(amsterdam("2026-11-10 10:00")), None)
    );
    assert!(clock("2026-11-20 10:00").breached_at.is_some());
}

#[test]
fn regimes_add_up_and_an_unknown_one_is_named() {
    let regimes = [Regime::NlFinancial, Regime::NlInsurerCode];
    let both = all(&regimes, &received("2026-11-02 10:00"), "2026-11-02 10:00");
    let ids: Vec<_> = both.iter().map(|clock| clock.rule.id).collect();
    assert_eq!(ids, ["nl_bgfo_43_2", "nl_bgfo_43_3", "nl_kifid_admissible", "nl_insurers_answer", "nl_insurers_outer"]);
    for regime in Regime::ALL {
        assert_eq!(Regime::of_code(regime.code()), Ok(regime));
    }
    let unknown = Regime::of_code("nl_mars").expect_err("no regime");
    assert_eq!(unknown.to_string(), "there is no regime called \"nl_mars\"");
    assert_eq!(all(&[], &received("2026-11-02 10:00"), "2026-11-02 10:00"), []);
    assert_eq!(received("2026-11-02 10:00").received, Timestamp(amsterdam("2026-11-02 10:00").0));
}
