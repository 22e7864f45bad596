//! Surveys that were sent too early, and what scores are worth: N01 and N02 of the research note, and the rules of the audit.

use tenure_kernel::Timestamp;

use super::{Audit, Bounds, Case, Field, MOST_OF_CUSTOMER, Nps, Scale, Scores, Terms, audit, crowded};
use crate::domain::{
    calendar::{Zone, amsterdam},
    guard::SurveyReason::{self, *},
    scene::tenth,
    survey::{Policy, SurveyKind},
    weights::Weights,
};

pub(super) fn terms(kind: SurveyKind) -> Terms {
    Terms {
        kind,
        scale: Scale::of(kind),
        zone: Zone::default(),
        weights: Weights::default(),
        policy: Policy::default(),
    }
}

/// A case that was due at ten on 2 November 2026.
pub(super) fn case(name: &str, experienced: &str, sent: &str, score: i32) -> Case {
    Case {
        sent_at: amsterdam(sent),
        case: name.to_owned(),
        customer: None,
        promised_by: amsterdam("2026-11-02 10:00"),
        experienced_at: (!experienced.is_empty()).then(|| amsterdam(experienced)),
        complaint_opened_at: None,
        complaint_closed_at: None,
        score: Some(score),
    }
}

fn of_one(kind: SurveyKind, case: Case) -> Vec<SurveyReason> {
    audit(&[case], &terms(kind)).reasons.remove(0)
}

#[test]
fn a_survey_is_judged_by_what_was_known_when_it_went_out() {
    for (what, experienced, sent, reasons) in [
        ("came in time", "2026-11-02 09:00", "2026-11-03 10:00", &[][..]),
        ("not due yet", "", "2026-11-01 10:00", &[]),
        ("overdue, and never came", "", "2026-11-03 10:00", &[PromiseOverdue]),
        ("overdue, and came after the survey", "2026-11-05 10:00", "2026-11-03 10:00", &[PromiseOverdue]),
        (
            "came late, a day before",
            "2026-11-04 10:00",
            "2026-11-05 10:00",
            &[Stale, ResolutionCooldown, DissonanceHigh],
        ),
        ("came late, eight days before", "2026-11-04 10:00", "2026-11-12 10:30", &[Stale, DissonanceHigh]),
        ("came an hour late, eight days before", "2026-11-02 11:00", "2026-11-10 11:30", &[]),
        ("came long before", "2026-10-18 10:00", "2026-11-04 10:00", &[Stale]),
        ("at night", "2026-11-02 09:00", "2026-11-03 23:00", &[]),
        ("on a Sunday", "2026-11-02 09:00", "2026-11-08 10:00", &[]),
    ] {
        assert_eq!(of_one(SurveyKind::Csat, case("a", experienced, sent, 3)), reasons, "{what}");
    }
}

#[test]
fn a_relational_survey_is_about_no_experience() {
    let long_ago = || case("a", "2026-08-18 10:00", "2026-11-04 10:00", 3);
    assert_eq!(of_one(SurveyKind::TransactionalNps, long_ago()), [Stale]);
    assert_eq!(of_one(SurveyKind::RelationalNps, long_ago()), []);
}

#[test]
fn complaints_count_as_far_as_they_were_known() {
    let complained = |opened: &str, closed: &str| Case {
        complaint_opened_at: Some(amsterdam(opened)),
        complaint_closed_at: (!closed.is_empty()).then(|| amsterdam(closed)),
        ..case("a", "2026-11-02 09:00", "2026-11-09 10:00", 3)
    };
    for (opened, closed, csat, relational) in [
        ("2026-11-05 10:00", "", &[OpenComplaint][..], &[OpenComplaint][..]),
        ("2026-11-05 10:00", "2026-11-10 10:00", &[OpenComplaint], &[OpenComplaint]),
        ("2026-11-05 10:00", "2026-11-08 10:00", &[], &[ComplaintCooldown]),
        ("2026-11-10 10:00", "", &[], &[]),
    ] {
        assert_eq!(of_one(SurveyKind::Csat, complained(opened, closed)), csat, "{opened} {closed}");
        assert_eq!(of_one(SurveyKind::RelationalNps, complained(opened, closed)), relational, "{opened} {closed}");
    }
}

#[test]
fn what_a_customer_was_asked_before_counts_where_the_customer_is_known() {
    let of = |name: &str, customer: Option<&str>, sent: &str| Case {
        customer: customer.map(str::to_owned),
        ..case(name, "2026-11-02 09:00", sent, 3)
    };
    let reasons = |cases: &[Case]| audit(cases, &terms(SurveyKind::Csat)).reasons;
    let (first, second) = ("2026-11-03 10:00", "2026-11-09 10:00");
    // By the time that the second might be asked, what it asks about would be too long ago.
    let same = [of("b", Some("x"), second), of("a", Some("x"), first)];
    assert_eq!(reasons(&same), [vec![Stale, FreqAny], vec![]], "the later of the two, whatever their order");
    assert_eq!(reasons(&[of("a", None, first), of("b", None, second)]), [vec![], vec![]]);
    assert_eq!(reasons(&[of("a", Some("x"), first), of("b", Some("y"), second)]), [vec![], vec![]]);
    let again = [of("a", None, first), of("a", None, second)];
    assert_eq!(reasons(&again), [vec![], vec![AlreadyRated, Stale, FreqAny]]);
    let unanswered = [Case { score: None, ..of("a", None, first) }, of("a", None, second)];
    assert_eq!(reasons(&unanswered), [vec![], vec![Stale, FreqAny]], "an invite counts, answered or not");
    let nps = [Case { sent_at: amsterdam("2026-09-07 10:00"), ..same[1].clone() }, same[0].clone()];
    let asked = audit(&nps, &terms(SurveyKind::RelationalNps)).reasons;
    assert_eq!(asked, [vec![], vec![FreqNps]]);
}

#[test]
fn another_promise_to_the_customer_counts_too() {
    let customer = || Some("x".to_owned());
    let waits =
        Case { customer: customer(), sent_at: amsterdam("2027-02-01 10:00"), ..case("a", "", "2026-11-03 10:00", 1) };
    let well = Case {
        customer: customer(),
        promised_by: amsterdam("2026-11-10 10:00"),
        ..case("b", "2026-11-09 10:00", "2026-11-10 10:00", 5)
    };
    let reasons = audit(&[well, waits], &terms(SurveyKind::Csat)).reasons;
    assert_eq!(reasons, [[PromiseOverdue], [PromiseOverdue]]);
}

#[test]
fn scores_are_split_by_what_should_not_have_gone_out() {
    let cases = [
        case("a", "", "2026-11-04 10:00", 1),
        case("b", "2026-11-06 10:00", "2026-11-04 10:00", 2),
        case("c", "2026-11-02 09:00", "2026-11-04 10:00", 1),
        case("d", "2026-11-02 09:00", "2026-11-04 10:00", 5),
        case("e", "2026-11-01 09:00", "2026-11-04 10:00", 5),
        Case { score: None, ..case("f", "2026-11-01 09:00", "2026-11-04 10:00", 0) },
    ];
    let Audit { reasons, all, held, let_through, mean, nps, .. } = audit(&cases, &terms(SurveyKind::Csat));
    assert_eq!(reasons.iter().filter(|one| **one == [PromiseOverdue]).count(), 2);
    assert_eq!((all.surveys, held.surveys, let_through.surveys, let_through.answered), (6, 2, 4, 3));
    assert_eq!((held.mean(), let_through.mean(), all.mean()), (Some(1.5), Some(11.0 / 3.0), Some(2.8)));
    assert_eq!((held.lowest_share(), let_through.lowest_share()), (Some(0.5), Some(1.0 / 3.0)));
    assert_eq!((held.share_of(&all), held.share_of_lowest(&all)), (Some(1.0 / 3.0), Some(0.5)));
    assert_eq!((mean, nps), (Some(Bounds { worst: 2.6, best: 4.2 }), None));
}

/// 50 promoters, 30 passives and 20 detractors.
fn n01() -> Scores {
    Scores { surveys: 100, answered: 100, sum: 0, lowest: 0, promoters: 50, detractors: 20 }
}

#[test]
fn n01_a_net_promoter_score_has_an_interval_and_bounds() {
    let nps = Nps::of(&n01()).expect("defined");
    assert_eq!((tenth(nps.score), tenth(nps.half_width)), (30.0, 15.3));
    let bounds = Bounds::of_nps(&n01(), 25).expect("defined");
    assert_eq!((tenth(bounds.worst), tenth(bounds.best)), (4.0, 44.0));
}

#[test]
fn n02_nothing_is_no_score() {
    let none = Scores::default();
    assert_eq!((Nps::of(&none), Bounds::of_nps(&none, 0), Bounds::of_mean(&none, 0, Scale::NPS)), (None, None, None));
    assert_eq!((none.mean(), none.lowest_share(), none.share_of(&none)), (None, None, None));
    let empty = audit(&[], &terms(SurveyKind::RelationalNps));
    assert_eq!((empty.all, empty.mean, empty.nps), (none, None, None));
}

#[test]
fn everything_that_is_wrong_with_a_case_is_said() {
    let fine = case("a", "", "2026-11-04 10:00", 5);
    assert_eq!(fine.wrong(Scale::STARS), []);
    let at = |text| Some(amsterdam(text));
    let odd = Case {
        case: String::new(),
        score: Some(6),
        complaint_opened_at: at("2026-11-04 10:00"),
        complaint_closed_at: at("2026-11-04 09:59"),
        ..fine.clone()
    };
    let fields: Vec<Field> = odd.wrong(Scale::STARS).into_iter().map(|wrong| wrong.field).collect();
    assert_eq!(fields, [Field::Case, Field::Score, Field::ComplaintClosed]);
    let never_opened = Case { complaint_closed_at: at("2026-11-04 10:00"), ..fine };
    assert_eq!(never_opened.wrong(Scale::STARS).len(), 1);
    assert!(Scale::new(5, 1).is_none() && Scale::new(0, 1_001).is_none() && Scale::new(-5, 5).is_some());
}

#[test]
fn a_customer_of_too_many_surveys_is_found() {
    let one =
        |number: usize| Case { customer: Some("x".to_owned()), ..case(&number.to_string(), "", "2026-11-04 10:00", 5) };
    let mut cases: Vec<Case> = (0..MOST_OF_CUSTOMER).map(one).collect();
    cases.insert(0, case("other", "", "2026-11-04 10:00", 5));
    assert_eq!(crowded(&cases), []);
    cases.push(Case { sent_at: Timestamp(0), ..one(0) });
    assert_eq!(crowded(&cases), [(1, MOST_OF_CUSTOMER + 1)]);
}
