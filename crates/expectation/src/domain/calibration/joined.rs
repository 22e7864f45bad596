//! Answers to surveys, and the gaps that they are about, as those stood when it was answered.

use std::collections::BTreeMap;

use tenure_kernel::{Timestamp, TouchpointId};

use super::fit::Point;
use crate::domain::{
    calendar::Zone,
    factor::{Factor, factors},
    promise::{Facts, Matter},
    standing::{Feeds, standings},
    weights::Weights,
};

/// How long after something was settled an answer is about it, in microseconds: sixty days.
const ABOUT: i64 = 60 * 86_400_000_000;
/// Answers of one person that count: the last ones.
const MOST_ANSWERS: usize = 50;

/// An answer to a survey.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answered {
    pub(crate) touchpoint: TouchpointId,
    pub(crate) at: Timestamp,
    /// From 0, the worst, to 1.
    pub(crate) score: f64,
    /// What it was asked about; none: nothing in particular.
    pub(crate) matter: Option<Matter>,
}

/// Each answer of a person with the gaps that it is about, by attribute.
pub(crate) fn joined(facts: &Facts, zone: &Zone, weights: &Weights) -> Vec<(TouchpointId, String, Point)> {
    let answers: BTreeMap<_, _> = facts.answers.iter().map(|one| ((one.at, one.touchpoint), one)).collect();
    let points = answers.values().rev().take(MOST_ANSWERS).flat_map(|answer| {
        let gaps = gaps(answer, facts, zone, weights);
        gaps.into_iter().map(|(attribute, steps)| (answer.touchpoint, attribute, point(answer.score, steps, weights)))
    });
    points.collect()
}

/// The gap in each attribute that an answer is about, in steps; the worst, where there are more.
fn gaps(answer: &Answered, facts: &Facts, zone: &Zone, weights: &Weights) -> BTreeMap<String, f64> {
    let before = before(facts, answer.at);
    let standings = standings(&before, &Feeds::default(), zone, answer.at);
    let factors = factors(&before, &standings, weights, answer.at);
    // Of what is still open nobody knows yet how it ends.
    let recent = factors.into_iter().filter(|factor| {
        factor.settled_at.is_some_and(|settled| settled <= answer.at && answer.at.0 - settled.0 <= ABOUT)
    });
    let about: Vec<Factor> = match &answer.matter {
        Some(matter) => recent.filter(|factor| factor.matter.as_ref() == Some(matter)).collect(),
        None => recent.max_by_key(|factor| (factor.settled_at, factor.touchpoint)).into_iter().collect(),
    };
    let mut gaps: BTreeMap<String, f64> = BTreeMap::new();
    for factor in about {
        let worst = gaps.entry(factor.attribute).or_insert(factor.steps);
        *worst = worst.min(factor.steps);
    }
    gaps
}

/// What had happened by a moment.
fn before(facts: &Facts, at: Timestamp) -> Facts {
    Facts {
        promises: facts.promises.iter().filter(|one| one.made_at <= at).cloned().collect(),
        outcomes: facts.outcomes.iter().filter(|one| one.at <= at).cloned().collect(),
        releases: facts.releases.iter().filter(|one| one.at <= at).cloned().collect(),
        contacts: facts.contacts.iter().filter(|one| one.at <= at).cloned().collect(),
        ..Facts::default()
    }
}

/// A gap as it is felt, but for how much more losses weigh.
fn point(score: f64, steps: f64, weights: &Weights) -> Point {
    let felt = steps.abs().powf(weights.curvature);
    let (gain, loss) = if steps > 0.0 { (felt, 0.0) } else { (0.0, felt) };
    Point { score, gain, loss }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        calendar::amsterdam,
        scene::{delivered, delivery, facts, order, touchpoint},
    };

    fn answered(number: u8, at: &str, about: Option<&str>) -> Answered {
        Answered { touchpoint: touchpoint(number), at: amsterdam(at), score: 0.2, matter: about.map(order) }
    }

    /// What is found for answers to a delivery that came two days late, on 4 November.
    fn found(answers: Vec<Answered>) -> Vec<(TouchpointId, String, f64, f64)> {
        let late = facts(vec![delivery(1, "2026-11-02 10:00")], vec![delivered(2, "2026-11-04 10:00")]);
        let facts = Facts { answers, ..late };
        let joined = joined(&facts, &Zone::default(), &Weights::default());
        joined.into_iter().map(|(id, attribute, point)| (id, attribute, point.gain, point.loss)).collect()
    }

    #[test]
    fn an_answer_is_about_what_was_settled_when_it_was_given() {
        let late = |number| (touchpoint(number), "delivery".to_owned(), 0.0, 1.0);
        assert_eq!(found(vec![answered(3, "2026-11-05 10:00", Some("42"))]), [late(3)]);
        assert_eq!(found(vec![answered(3, "2026-11-05 10:00", None)]), [late(3)], "the last that was settled");
        assert_eq!(found(vec![answered(3, "2026-11-05 10:00", Some("43"))]), [], "about another order");
        assert_eq!(found(vec![answered(3, "2026-11-03 10:00", None)]), [], "it had not come yet");
        assert_eq!(found(vec![answered(3, "2027-01-04 10:00", None)]), [], "too long ago");
        let twice = answered(3, "2026-11-05 10:00", None);
        assert_eq!(found(vec![twice.clone(), twice]), [late(3)], "told twice");
    }
}
