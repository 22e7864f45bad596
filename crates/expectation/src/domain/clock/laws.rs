//! What holds of clocks whatever happens to a complaint.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tenure_kernel::Timestamp;

use super::{Clock, Holding, Kind, Moments, Question, Regime, clocks};
use crate::domain::calendar::{Zone, amsterdam, working::Calendars};

const HOUR: i64 = 3_600_000_000;
/// Through all that terms can last, and both changes of the clock.
const HOURS: i64 = 24 * 460;

fn at(hours: i64) -> Timestamp {
    Timestamp(amsterdam("2026-01-01 00:30").0 + hours * HOUR)
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (0..HOURS).prop_map(at)
}

fn question() -> impl Strategy<Value = Question> {
    (0..HOURS, prop::option::of(0_i64..24 * 40), prop::option::of(0_i64..24 * 60)).prop_map(|(asked, given, took)| {
        Question {
            asked: at(asked),
            answer_by: given.map(|hours| at(asked + hours)),
            answered: took.map(|hours| at(asked + hours)),
        }
    })
}

fn holding() -> impl Strategy<Value = Holding> {
    (0..HOURS, 1_i64..24 * 40).prop_map(|(sent, long)| Holding { sent: at(sent), answer_by: at(sent + long) })
}

prop_compose! {
    fn moments()(
        received in 0_i64..24 * 300,
        acknowledged in prop::option::of(moment()),
        questions in prop::collection::vec(question(), 0..4),
        holding in prop::option::of(holding()),
        accepted in prop::option::of(moment()),
        final_response in prop::option::of(moment()),
        ended in prop::option::of(moment()),
    ) -> Moments {
        let received = at(received);
        let later = |at: &Timestamp| *at >= received;
        Moments {
            acknowledged: acknowledged.filter(later),
            questions: questions.into_iter().filter(|question| question.asked >= received).collect(),
            holding: holding.filter(|holding| holding.sent >= received),
            accepted: accepted.filter(later),
            final_response: final_response.filter(later),
            ended: ended.filter(later),
            ..Moments::received_at(received)
        }
    }
}

fn zone() -> impl Strategy<Value = Zone> {
    prop::sample::select(vec!["Europe/Amsterdam", "Europe/London", "America/New_York", "Asia/Beirut", "Pacific/Apia"])
        .prop_map(|name| Zone::named(name).expect("a zone"))
}

fn judged(moments: &Moments, zone: &Zone, now: Timestamp) -> Vec<Clock> {
    clocks(&BTreeSet::from(Regime::ALL), moments, &Calendars::default(), zone, now)
}

fn of<'a>(clocks: &'a [Clock], rule: &str) -> &'a Clock {
    clocks.iter().find(|clock| clock.rule.id == rule).expect("the same rules")
}

proptest! {
    #[test]
    fn a_later_receipt_is_never_due_earlier(moments in moments(), later in 0_i64..24 * 90, now in moment(), zone in zone()) {
        let received = Timestamp(moments.received.0 + later * HOUR);
        let other = Moments { received, first_complained: received, ..moments.clone() };
        let (first, second) = (judged(&moments, &zone, now), judged(&other, &zone, now));
        for clock in &first {
            let same = of(&second, clock.rule.id);
            prop_assert!(same.due_legal_latest >= clock.due_legal_latest, "{clock:#?} {same:#?}");
            prop_assert!(same.due_target >= clock.due_target, "{clock:#?} {same:#?}");
            prop_assert!(same.opens_at >= clock.opens_at, "{clock:#?} {same:#?}");
        }
    }

    #[test]
    fn a_question_never_shortens_a_term(moments in moments(), more in question(), now in moment(), zone in zone()) {
        let more = Question { asked: more.asked.max(moments.received), ..more };
        let asked = Moments { questions: [moments.questions.clone(), vec![more]].concat(), ..moments.clone() };
        for (with, without) in judged(&asked, &zone, now).iter().zip(&judged(&moments, &zone, now)) {
            prop_assert!(with.due_legal_latest >= without.due_legal_latest && with.due_target >= without.due_target);
            prop_assert!(with.opens_at >= without.opens_at);
            let extended = with.extensions.iter().map(|extension| extension.days).sum::<i64>();
            prop_assert!(extended >= without.extensions.iter().map(|extension| extension.days).sum::<i64>());
        }
    }

    /// Everything that happens after now is in what is judged later, and was not in what was judged now.
    #[test]
    fn a_breach_stays(moments in moments(), now in moment(), wait in 0_i64..24 * 200, zone in zone()) {
        let (first, second) = (judged(&moments, &zone, now), judged(&moments, &zone, Timestamp(now.0 + wait * HOUR)));
        for clock in first.iter().filter(|clock| clock.breached_at.is_some()) {
            prop_assert_eq!(of(&second, clock.rule.id).breached_at, clock.breached_at, "{:#?} {:#?}", clock, second);
        }
    }

    #[test]
    fn clocks_are_in_order(moments in moments(), now in moment(), zone in zone()) {
        let mut turned = moments.clone();
        turned.questions.reverse();
        turned.questions.extend(moments.questions.clone());
        prop_assert_eq!(judged(&turned, &zone, now), judged(&moments, &zone, now));
        for clock in judged(&moments, &zone, now) {
            prop_assert!(clock.due_target <= clock.due_legal_latest, "{clock:#?}");
            let warnings: Vec<_> = clock.warn_at.iter().map(|(_, at)| *at).collect();
            prop_assert!(warnings.is_sorted() && warnings.iter().all(|at| *at >= clock.origin && *at < clock.due_target));
            prop_assert!(clock.kind == Kind::Firm || clock.breached_at.is_none());
            prop_assert!(clock.breached_at.is_none_or(|at| at <= now && at == clock.due_legal_latest));
            prop_assert!(!clock.trace.is_empty());
        }
    }
}
