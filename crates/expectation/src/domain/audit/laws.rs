//! What holds of every audit.

use proptest::prelude::*;
use tenure_kernel::Timestamp;

use super::{Bounds, Case, Layer, Nps, Scale, Scores, audit, table::terms};
use crate::domain::survey::SurveyKind;

const HOUR: i64 = 3_600_000_000;
/// 2 November 2026, 09:00 UTC.
const START: i64 = 1_793_610_000_000_000;

fn at(hours: i64) -> Timestamp {
    Timestamp(START + hours * HOUR)
}

fn case() -> impl Strategy<Value = Case> {
    let times = (0..400_i64, prop::option::of(0..400_i64), 0..800_i64);
    let complaint = prop::option::of((0..500_i64, prop::option::of(0..200_i64)));
    (0..12_u8, prop::option::of(0..3_u8), times, complaint, prop::option::of(0..=10_i32)).prop_map(
        |(case, customer, (due, experienced, sent), complaint, score)| Case {
            sent_at: at(sent),
            case: case.to_string(),
            customer: customer.map(|one| one.to_string()),
            promised_by: at(due),
            experienced_at: experienced.map(at),
            complaint_opened_at: complaint.map(|(opened, _)| at(opened)),
            complaint_closed_at: complaint.and_then(|(opened, after)| Some(at(opened + after?))),
            score,
        },
    )
}

fn kind() -> impl Strategy<Value = SurveyKind> {
    prop::sample::select(vec![SurveyKind::RelationalNps, SurveyKind::TransactionalNps])
}

fn sum(one: &Scores, other: &Scores) -> Scores {
    Scores {
        surveys: one.surveys + other.surveys,
        answered: one.answered + other.answered,
        sum: one.sum + other.sum,
        lowest: one.lowest + other.lowest,
        promoters: one.promoters + other.promoters,
        detractors: one.detractors + other.detractors,
    }
}

proptest! {
    #[test]
    fn the_order_of_rows_does_not_matter(
        cases in prop::collection::vec(case(), 1..25), kind in kind(), turn in 0..25_usize,
    ) {
        let found = audit(&cases, &terms(kind));
        let mut other = cases.clone();
        other.reverse();
        let turn = turn % other.len();
        other.rotate_left(turn);
        let moved = audit(&other, &terms(kind));
        prop_assert_eq!((found.all, found.held, found.let_through), (moved.all, moved.held, moved.let_through));
        prop_assert_eq!((found.mean, found.nps, found.by_reason()), (moved.mean, moved.nps, moved.by_reason()));
        prop_assert_eq!((&found.layers, found.weighted), (&moved.layers, moved.weighted));
        // Rows that are alike in everything may take each other's place.
        let sorted = |cases: &[Case], reasons: &[Vec<_>]| {
            let mut pairs: Vec<_> = cases.iter().cloned().zip(reasons.iter().cloned()).collect();
            pairs.sort();
            pairs
        };
        prop_assert_eq!(sorted(&cases, &found.reasons), sorted(&other, &moved.reasons));
    }

    #[test]
    fn held_and_let_through_are_all_and_the_bounds_hold_what_was_answered(
        cases in prop::collection::vec(case(), 0..25), kind in kind(),
    ) {
        let found = audit(&cases, &terms(kind));
        prop_assert_eq!(sum(&found.held, &found.let_through), found.all);
        prop_assert_eq!(found.reasons.iter().filter(|one| !one.is_empty()).count() as u64, found.held.surveys);
        for (bounds, value) in [(found.mean, found.all.mean()), (found.nps, Nps::of(&found.all).map(|nps| nps.score))] {
            prop_assert_eq!(bounds.is_some(), value.is_some());
            if let (Some(Bounds { worst, best }), Some(value)) = (bounds, value) {
                prop_assert!(worst <= value + 1e-9 && value <= best + 1e-9, "{worst} {value} {best}");
            }
        }
        let of_strata = |of: fn(&Layer) -> Scores| {
            found.layers.iter().map(of).fold(Scores::default(), |one, other| sum(&one, &other))
        };
        prop_assert_eq!(of_strata(|layer| layer.all), found.all);
        prop_assert_eq!(of_strata(|layer| layer.let_through), found.let_through);
        let narrow = found.held.answered == 0;
        prop_assert!(found.mean.is_none_or(|bounds| (bounds.worst == bounds.best) == narrow));
    }

    #[test]
    fn what_came_after_a_survey_changes_nothing(cases in prop::collection::vec(case(), 1..25), kind in kind()) {
        // Each survey again, by itself, with only what had happened when it went out.
        let found = audit(&cases, &terms(kind));
        for (case, reasons) in cases.iter().zip(&found.reasons) {
            let until = case.sent_at;
            let known = |time: Option<Timestamp>| time.filter(|time| *time <= until);
            let seen: Vec<Case> = cases
                .iter()
                .map(|one| {
                    let opened = known(one.complaint_opened_at);
                    Case {
                        experienced_at: known(one.experienced_at),
                        complaint_opened_at: opened,
                        complaint_closed_at: opened.and(known(one.complaint_closed_at)),
                        ..one.clone()
                    }
                })
                .collect();
            let place = cases.iter().position(|one| one == case).expect("itself");
            let alone = audit(&seen, &terms(kind));
            if cases.iter().filter(|one| one.sent_at == case.sent_at).count() == 1 {
                prop_assert_eq!(&alone.reasons[place], reasons);
            }
        }
    }
}

#[test]
fn an_interval_narrows_with_answers() {
    let of = |times: u64| {
        let scores = Scores { answered: 10 * times, promoters: 5 * times, detractors: 2 * times, ..Scores::default() };
        Nps::of(&scores).expect("defined").half_width
    };
    assert!(of(1) > of(2) && of(2) > of(100));
    let bounds = Bounds::of_mean(&Scores { answered: 1, sum: 3, ..Scores::default() }, 1, Scale::STARS);
    assert_eq!(bounds, Some(Bounds { worst: 2.0, best: 4.0 }));
}
