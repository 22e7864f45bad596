//! What was seen of customers, and scores weighted by how likely they were to be asked: computed by hand.

use super::{
    Audit, Bounds, Case, Layer, Nps, Scores,
    Stratum::{self, *},
    Weighted, audit,
    propensity::estimated,
    table::{case, terms},
};
use crate::domain::{
    calendar::amsterdam,
    guard::SurveyReason,
    survey::SurveyKind::{self, *},
};

/// Answers of which so many are of promoters and of detractors.
fn scores(answered: u64, promoters: u64, detractors: u64) -> Scores {
    Scores { surveys: answered, answered, promoters, detractors, ..Scores::default() }
}

fn layer(stratum: Stratum, all: Scores, let_through: Scores) -> Layer {
    Layer { stratum, all, let_through, propensity: None }
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 5e-5, "{found}, not {expected}");
}

/// Of 100 plain customers 80 were asked, of 50 whose complaint had ended 10, of 25 who waited nobody.
fn by_hand() -> Vec<Layer> {
    estimated(vec![
        layer(PromiseOverdue, scores(25, 0, 25), scores(0, 0, 0)),
        layer(ComplaintSettled, scores(50, 10, 30), scores(10, 2, 6)),
        layer(Plain, scores(100, 60, 10), scores(80, 48, 8)),
    ])
}

#[test]
fn each_answer_stands_for_those_of_its_stratum_who_were_held() {
    let layers = by_hand();
    // Of those that were asked of at all, 90 of 150. That of the plain is above, and stays; 10 of 50 is drawn up to 13 of 55.
    let propensities: Vec<_> = layers.iter().map(|layer| layer.propensity).collect();
    assert_eq!(propensities, [None, Some(13.0 / 55.0), Some(0.8)]);
    let Weighted { nps, effective_answers, covered, .. } = Weighted::of(&layers, true).expect("answers");
    let nps = nps.expect("asked");
    // 80 answers at 1.25 with a score of +50, and 10 at 4.2308 with one of -40: (5,000 - 1,692.31) / 142.31.
    near(nps.score, 23.2432);
    near(effective_answers, 66.6180);
    near(nps.half_width, 19.7396);
    near(covered, 150.0 / 175.0);
    // Beside it: the plain score flatters, the bounds say what nobody can know.
    let let_through = scores(90, 50, 14);
    near(Nps::of(&let_through).expect("answers").score, 40.0);
    let Bounds { worst, best } = Bounds::of_nps(&let_through, 85).expect("answers");
    near(worst, -28.0);
    near(best, 69.1429);
}

#[test]
fn an_answer_stands_for_twenty_at_most_and_without_any_there_is_nothing_to_weigh() {
    let layers = estimated(vec![
        layer(LetDown, scores(100_000, 0, 100_000), scores(100, 0, 100)),
        layer(Plain, scores(1_000, 1_000, 0), scores(1_000, 1_000, 0)),
    ]);
    assert_eq!(layers.iter().map(|layer| layer.propensity).collect::<Vec<_>>(), [Some(0.05), Some(1.0)]);
    let found = Weighted::of(&layers, true).and_then(|found| found.nps).expect("answers");
    near(found.score, 100.0 * (1_000.0 - 2_000.0) / 3_000.0);
    let none = estimated(vec![layer(PromiseOverdue, scores(25, 0, 25), scores(0, 0, 0))]);
    assert_eq!((none[0].propensity, Weighted::of(&none, true), Weighted::of(&[], true)), (None, None, None));
    assert_eq!(Weighted::of(&by_hand(), false).and_then(|found| found.nps), None, "no NPS was asked");
}

#[test]
fn a_few_answers_are_not_taken_at_their_word() {
    let of = |answered: u64, through: u64| {
        let layers = vec![
            layer(LetDown, scores(answered, 0, 0), scores(through, 0, 0)),
            layer(Plain, scores(10_000, 0, 0), scores(9_000, 0, 0)),
        ];
        estimated(layers)[0].propensity.expect("a propensity")
    };
    let (few, many) = (of(10, 1), of(1_000, 100));
    assert!(few > 0.3 && (0.1..0.11).contains(&many), "{few} {many}: both had one of ten");
    assert!((of(10, 10) - 1.0).abs() < 1e-12, "what is above stays: no answer stands for less than itself");
}

fn seen(kind: SurveyKind, case: Case) -> Stratum {
    audit(&[case], &terms(kind)).strata[0]
}

#[test]
fn what_the_guard_saw_is_one_thing_the_gravest() {
    let complained = |closed: &str, sent: &str| Case {
        complaint_opened_at: Some(amsterdam("2026-10-20 10:00")),
        complaint_closed_at: (!closed.is_empty()).then(|| amsterdam(closed)),
        ..case("a", "2026-11-02 09:00", sent, 3)
    };
    let waiting = Case { experienced_at: None, ..complained("", "2026-11-03 10:00") };
    for (what, case, expected) in [
        ("a complaint is open, and something overdue", waiting, ComplaintOpen),
        ("something is overdue", case("a", "", "2026-11-03 10:00", 3), PromiseOverdue),
        ("a complaint ended not long ago", complained("2026-10-25 10:00", "2026-11-03 10:00"), ComplaintSettled),
        ("a complaint ended long ago", complained("2026-10-25 10:00", "2027-02-03 10:00"), Plain),
        ("two days late, ten days ago", case("a", "2026-11-04 10:00", "2026-11-14 10:00", 3), LetDown),
        ("two days late, half a year ago", case("a", "2026-11-04 10:00", "2027-05-04 10:00", 3), Plain),
        ("in time", case("a", "2026-11-02 09:00", "2026-11-03 10:00", 3), Plain),
    ] {
        assert_eq!(seen(RelationalNps, case), expected, "{what}");
    }
}

#[test]
fn surveys_are_weighted_by_what_was_seen_when_they_went_out() {
    let late = |name: &str, sent: &str, score| case(name, "2026-11-04 10:00", sent, score);
    let cases = [
        // Let down: one is asked too early, two when it has faded below the limit.
        late("a", "2026-11-06 10:00", 0),
        late("b", "2026-11-30 10:00", 3),
        late("c", "2026-11-30 10:00", 10),
        case("d", "", "2026-11-04 10:00", 0),
        case("e", "2026-11-02 09:00", "2026-11-04 10:00", 9),
        case("f", "2026-11-02 09:00", "2026-11-04 10:00", 9),
        Case { score: None, ..case("g", "2026-11-02 09:00", "2026-11-04 10:00", 0) },
    ];
    let Audit { reasons, strata, layers, weighted, let_through, .. } = audit(&cases, &terms(RelationalNps));
    assert_eq!(strata, [LetDown, LetDown, LetDown, PromiseOverdue, Plain, Plain, Plain]);
    assert_eq!(reasons[3], [SurveyReason::PromiseOverdue]);
    assert!(reasons[0].contains(&SurveyReason::DissonanceHigh) && reasons[1].is_empty() && reasons[2].is_empty());
    let counted: Vec<_> = layers
        .iter()
        .map(|layer| (layer.stratum, layer.all.surveys, layer.all.answered, layer.let_through.answered))
        .collect();
    assert_eq!(counted, [(PromiseOverdue, 1, 1, 0), (LetDown, 3, 3, 2), (Plain, 3, 2, 2)]);
    // Of five answers that might have been let through four were: two of three are drawn to (2 + 5 * 0.8) / (3 + 5).
    assert_eq!(layers.iter().map(|layer| layer.propensity).collect::<Vec<_>>(), [None, Some(0.75), Some(1.0)]);
    let found = weighted.expect("answers");
    // What those let down say counts a third more: (4/3 * 13 + 18) / (8/3 + 2), and the mean of those let through is 7.75.
    near(found.mean, (13.0 * 4.0 / 3.0 + 18.0) / (2.0 * 4.0 / 3.0 + 2.0));
    assert!(let_through.mean().expect("answers") > found.mean, "{found:?}");
    near(found.covered, 5.0 / 6.0);
}
