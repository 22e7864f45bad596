//! What keeps a customer: satisfaction, advertising that was true, what it would cost to leave, and a bond with those who help. Each from 0
//! to 1, with how sure we are of it and what it rests on; where nothing tells of it, it is not known. The numbers are judgement.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{Timestamp, TouchpointId};

use super::{
    contact::Contact,
    disconfirmation::felt_in,
    dissonance::Assessment,
    gap::measure,
    promise::{Facts, Matter, PromiseId, SourceKind},
    standing::{Standing, State},
    weights::Weights,
};

const DAY: i64 = 86_400_000_000;
/// How far back answers and contacts tell of today: a year.
const YEAR: i64 = 365 * DAY;
/// The days in which an answer loses half of its weight.
const ANSWER_HALF_LIFE: f64 = 90.0;
/// How sure we are of satisfaction that nobody asked about.
const UNASKED: f64 = 0.3;
/// How sure we are of what it costs to leave a contract whose term is known, and of others.
const TERM_KNOWN: f64 = 0.8;
const TERM_UNKNOWN: f64 = 0.5;
/// What it costs to leave a contract that can be ended any day, and what a year of a term adds.
const ANY_DAY: f64 = 0.2;
const A_YEAR: f64 = 0.6;
/// The most touchpoints that a driver names: the last ones.
const MOST_EVIDENCE: usize = 20;

/// That a contract, policy or account began, went on or ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Agreement {
    pub(crate) touchpoint: TouchpointId,
    pub(crate) at: Timestamp,
    pub(crate) matter: Matter,
    /// False: it ended.
    pub(crate) holds: bool,
    /// Until when it binds the customer; none: not known, or any day.
    pub(crate) until: Option<Timestamp>,
}

/// What shows a driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Evidence {
    Touchpoint(TouchpointId),
    Promise(PromiseId),
}

/// What a driver rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Basis {
    /// Answers to surveys.
    Answers = 1,
    /// What promises and contacts let expect of an answer.
    Experiences = 2,
    /// What advertising promised.
    Claims = 3,
    /// Contracts, policies and accounts.
    Agreements = 4,
    /// Contacts with those who help.
    Contacts = 5,
}

/// How strong a driver is, how sure we are of it, and why.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Driver {
    pub(crate) value: f64,
    pub(crate) confidence: f64,
    pub(crate) basis: Basis,
    pub(crate) evidence: Vec<Evidence>,
}

/// The four drivers; none: nothing tells of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Drivers {
    pub(crate) satisfaction: Option<Driver>,
    pub(crate) brand_gap: Option<Driver>,
    pub(crate) switching_cost: Option<Driver>,
    pub(crate) personal_bond: Option<Driver>,
}

/// The drivers of a person, as of its assessment.
pub(crate) fn drivers(facts: &Facts, standings: &[Standing], assessment: &Assessment, weights: &Weights) -> Drivers {
    Drivers {
        satisfaction: answered(facts, assessment.at).or_else(|| unasked(assessment)),
        brand_gap: brand_gap(standings, weights, assessment.at),
        switching_cost: switching_cost(facts, assessment.at),
        personal_bond: personal_bond(facts, assessment.at),
    }
}

/// Whether something happened in the year before a moment.
fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    (0..=YEAR).contains(&now.0.saturating_sub(at.0))
}

#[expect(clippy::cast_precision_loss, reason = "a few touchpoints, and microseconds of years")]
fn float(count: i64) -> f64 {
    count as f64
}

fn count<T>(all: &[T]) -> f64 {
    float(i64::try_from(all.len()).unwrap_or(i64::MAX))
}

fn last(touchpoints: impl DoubleEndedIterator<Item = TouchpointId>) -> Vec<Evidence> {
    touchpoints.rev().take(MOST_EVIDENCE).map(Evidence::Touchpoint).collect()
}

/// What the customer says: the mean of the answers of a year, the latest most. One answer is half of what we would like to know.
fn answered(facts: &Facts, now: Timestamp) -> Option<Driver> {
    let answers: BTreeMap<_, _> = facts.answers.iter().map(|one| ((one.at, one.touchpoint), one.score)).collect();
    let recent: Vec<_> = answers.into_iter().filter(|((at, _), _)| is_recent(*at, now)).collect();
    let weight = |at: Timestamp| (-float(now.0 - at.0) / float(DAY) / ANSWER_HALF_LIFE).exp2();
    let sum: f64 = recent.iter().map(|((at, _), _)| weight(*at)).sum();
    let scores: f64 = recent.iter().map(|((at, _), score)| weight(*at) * score).sum();
    let evidence = last(recent.iter().map(|((_, touchpoint), _)| *touchpoint));
    let basis = Basis::Answers;
    (sum > 0.0).then(|| Driver { value: scores / sum, confidence: sum / (sum + 1.0), basis, evidence })
}

/// What promises and contacts let expect of an answer.
fn unasked(assessment: &Assessment) -> Option<Driver> {
    let factors = assessment.products.iter().flat_map(|product| &product.factors);
    let known: BTreeMap<_, _> = factors.map(|factor| ((factor.at, factor.touchpoint), factor)).collect();
    let evidence = last(known.keys().map(|(_, touchpoint)| *touchpoint));
    let basis = Basis::Experiences;
    (!known.is_empty()).then(|| Driver { value: 1.0 - assessment.score / 100.0, confidence: UNASKED, basis, evidence })
}

/// How far what advertising promised is from what came: the mean of what is felt, the worst that can be felt is 1.
fn brand_gap(standings: &[Standing], weights: &Weights, now: Timestamp) -> Option<Driver> {
    let claims = standings.iter().filter(|one| {
        one.promise.source == SourceKind::MarketingClaim
            && matches!(one.state, State::Kept | State::KeptLate | State::Broken)
    });
    let mut gaps: Vec<f64> = Vec::new();
    let mut evidence = BTreeSet::new();
    for standing in claims {
        let until = standing.settled_at.unwrap_or(now);
        let outcome = standing.outcome.as_ref().filter(|outcome| outcome.at <= until);
        let Some(measured) = measure(&standing.promise, outcome, until, weights) else { continue };
        let attribute = &standing.promise.attribute;
        let felt = felt_in(attribute, measured.steps, (measured.terms.kano, false), weights);
        let worst = felt_in(attribute, -weights.cap, (measured.terms.kano, false), weights);
        gaps.push(if worst < 0.0 { felt / worst } else { 0.0 });
        evidence.insert(Evidence::Promise(standing.promise.id));
    }
    gaps.sort_by(f64::total_cmp);
    let claims = count(&gaps);
    let mean = gaps.iter().sum::<f64>() / claims;
    let confidence = SourceKind::MarketingClaim.confidence() * claims / (claims + 1.0);
    let evidence = evidence.into_iter().take(MOST_EVIDENCE).collect();
    let basis = Basis::Claims;
    (!gaps.is_empty()).then(|| Driver { value: mean.clamp(0.0, 1.0), confidence, basis, evidence })
}

/// What it would cost to leave: each contract that is held costs something, the more the longer it binds.
fn switching_cost(facts: &Facts, now: Timestamp) -> Option<Driver> {
    let mut held: BTreeMap<&Matter, &Agreement> = BTreeMap::new();
    for agreement in facts.agreements.iter().filter(|agreement| agreement.at <= now) {
        let kept = held.entry(&agreement.matter).or_insert(agreement);
        // Of two at one moment the end counts.
        let key = |one: &Agreement| (one.at, !one.holds, one.touchpoint);
        if key(agreement) > key(kept) {
            *kept = agreement;
        }
    }
    if held.is_empty() {
        return None;
    }
    let held: Vec<&Agreement> = held.into_values().filter(|agreement| agreement.holds).collect();
    let years = |until: Timestamp| (float(until.0.saturating_sub(now.0)) / float(YEAR)).clamp(0.0, 1.0);
    let stays = held.iter().map(|one| 1.0 - ANY_DAY - A_YEAR * one.until.map_or(0.0, years)).product::<f64>();
    let known = held.iter().filter(|one| one.until.is_some()).count() == held.len();
    let by_time: BTreeSet<_> = held.iter().map(|one| (one.at, one.touchpoint)).collect();
    let evidence = last(by_time.into_iter().map(|(_, touchpoint)| touchpoint));
    let confidence = if known { TERM_KNOWN } else { TERM_UNKNOWN };
    Some(Driver { value: 1.0 - stays, confidence, basis: Basis::Agreements, evidence })
}

/// Whether it is the same people who help: the chance that two contacts of a year were with one team.
fn personal_bond(facts: &Facts, now: Timestamp) -> Option<Driver> {
    let helped = facts.contacts.iter().filter(|contact| !contact.team.is_empty() && is_recent(contact.at, now));
    let helped: BTreeMap<_, &Contact> = helped.map(|contact| ((contact.at, contact.touchpoint), contact)).collect();
    let helped: Vec<&Contact> = helped.into_values().collect();
    let mut teams: BTreeMap<&str, Vec<TouchpointId>> = BTreeMap::new();
    for contact in &helped {
        teams.entry(&contact.team).or_default().push(contact.touchpoint);
    }
    let all = count(&helped);
    // One contact is no bond.
    if helped.len() < 2 {
        return None;
    }
    let same = teams.values().map(|contacts| count(contacts) * (count(contacts) - 1.0)).sum::<f64>();
    let closest = teams.values().max_by_key(|contacts| contacts.len())?;
    let evidence = last(closest.iter().copied());
    let value = same / (all * (all - 1.0));
    Some(Driver { value, confidence: all / (all + 2.0), basis: Basis::Contacts, evidence })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        calendar::amsterdam,
        calibration::Answered,
        promise::Expected,
        scene::{assessed, contact, delivered, delivery, facts, order, promise, standing_at, touchpoint},
    };

    const NOW: &str = "2026-12-01 10:00";

    fn of(facts: &Facts) -> Drivers {
        let now = amsterdam(NOW);
        drivers(facts, &standing_at(facts, now), &assessed(facts, now), &Weights::default())
    }

    fn days_ago(days: i64) -> Timestamp {
        Timestamp(amsterdam(NOW).0 - days * DAY)
    }

    fn answer(number: u8, days: i64, score: f64) -> Answered {
        Answered { touchpoint: touchpoint(number), at: days_ago(days), score, matter: None }
    }

    fn agreement(number: u8, days: i64, contract: &str, holds: bool, left: Option<i64>) -> Agreement {
        let until = left.map(|days| days_ago(-days));
        Agreement { touchpoint: touchpoint(number), at: days_ago(days), matter: order(contract), holds, until }
    }

    fn rounded(driver: Option<&Driver>) -> Option<(f64, f64, usize)> {
        let round = |value: f64| (value * 1_000.0).round() / 1_000.0;
        driver.map(|one| (round(one.value), round(one.confidence), one.evidence.len()))
    }

    #[test]
    fn nothing_is_known_of_somebody_of_whom_nothing_is_told() {
        assert_eq!(of(&Facts::default()), Drivers::default());
    }

    #[test]
    fn satisfaction_is_what_the_customer_says_else_what_happened_lets_expect() {
        let answers = vec![answer(1, 0, 1.0), answer(2, 90, 0.4), answer(3, 400, 0.0)];
        let said = Facts { answers, ..Facts::default() };
        assert_eq!(rounded(of(&said).satisfaction.as_ref()), Some((0.8, 0.6, 2)), "the last counts twice");
        let late = facts(vec![delivery(1, "2026-11-02 10:00")], vec![delivered(2, "2026-11-04 10:00")]);
        let expected = of(&late).satisfaction.expect("known");
        let score = assessed(&late, amsterdam(NOW)).score;
        assert_eq!((expected.value, expected.confidence), (1.0 - score / 100.0, 0.3));
        assert_eq!(expected.basis, Basis::Experiences);
    }

    #[test]
    fn the_brand_gap_is_that_of_what_advertising_said() {
        let by = Expected::By(amsterdam("2026-11-02 10:00"));
        let came = |source, at| {
            let facts = facts(vec![promise(1, "delivery", source, by)], vec![delivered(2, at)]);
            rounded(of(&facts).brand_gap.as_ref())
        };
        assert_eq!(came(SourceKind::MarketingClaim, "2026-11-02 09:00"), Some((0.0, 0.3, 1)), "as it was promised");
        assert_eq!(came(SourceKind::MarketingClaim, "2026-11-30 09:00"), Some((1.0, 0.3, 1)), "as late as can be felt");
        assert_eq!(came(SourceKind::MarketingClaim, "2026-11-04 10:00"), Some((0.38, 0.3, 1)), "by a step of three");
        assert_eq!(came(SourceKind::Quote, "2026-11-30 09:00"), None, "that was no advertising");
    }

    #[test]
    fn leaving_costs_more_the_more_is_held_and_the_longer_it_binds() {
        let of = |agreements: Vec<Agreement>| {
            let driver = of(&Facts { agreements, ..Facts::default() }).switching_cost;
            rounded(driver.as_ref())
        };
        let any_day = agreement(1, 100, "a", true, None);
        assert_eq!(of(vec![any_day.clone()]), Some((0.2, 0.5, 1)));
        let bound = agreement(2, 100, "b", true, Some(730));
        assert_eq!(of(vec![bound.clone()]), Some((0.8, 0.8, 1)));
        assert_eq!(of(vec![any_day, bound.clone()]), Some((0.84, 0.5, 2)));
        assert_eq!(
            of(vec![agreement(3, 10, "b", false, None), bound]),
            Some((0.0, 0.8, 0)),
            "nothing is held any more"
        );
    }

    #[test]
    fn a_bond_is_with_those_who_help_again() {
        let helped = |number: u8, days, team: &str| Contact {
            touchpoint: touchpoint(number),
            at: days_ago(days),
            team: team.to_owned(),
            ..contact()
        };
        let of = |contacts: Vec<Contact>| {
            let driver = of(&Facts { contacts, ..Facts::default() }).personal_bond;
            rounded(driver.as_ref())
        };
        assert_eq!(of(vec![helped(1, 1, "eva")]), None, "once is no bond");
        assert_eq!(of(vec![helped(1, 1, "eva"), helped(2, 9, "eva")]), Some((1.0, 0.5, 2)));
        assert_eq!(of(vec![helped(1, 1, "eva"), helped(2, 9, "tom")]), Some((0.0, 0.5, 1)));
        let mostly = vec![helped(1, 1, "eva"), helped(2, 9, "eva"), helped(3, 20, "tom"), helped(4, 500, "tom")];
        assert_eq!(of(mostly), Some((0.333, 0.6, 2)), "of three pairs one, and what is long ago does not count");
    }

    proptest! {
        #[test]
        fn drivers_are_of_a_set_and_in_range(
            (one, other) in prop::collection::vec((0..600_i64, 0..4_u8, 0.0..1.0_f64), 1..20).prop_flat_map(|told| {
                let mut facts = Facts::default();
                for (number, (days, kind, score)) in (1_u8..).zip(told) {
                    match kind {
                        0 => facts.answers.push(answer(number, days, score)),
                        1 => facts.agreements.push(agreement(number, days, &(days % 3).to_string(), score > 0.3, Some(days - 300))),
                        _ => facts.contacts.push(Contact {
                            touchpoint: touchpoint(number),
                            at: days_ago(days),
                            team: (days % 3).to_string(),
                            ..contact()
                        }),
                    }
                }
                let shuffled = (
                    Just([facts.answers.clone(), facts.answers.clone()].concat()).prop_shuffle(),
                    Just([facts.agreements.clone(), facts.agreements.clone()].concat()).prop_shuffle(),
                    Just([facts.contacts.clone(), facts.contacts.clone()].concat()).prop_shuffle(),
                );
                let other = shuffled.prop_map(|(answers, agreements, contacts)| {
                    Facts { answers, agreements, contacts, ..Facts::default() }
                });
                (Just(facts), other)
            }),
        ) {
            let drivers = of(&one);
            prop_assert_eq!(&drivers, &of(&other));
            let all = [drivers.satisfaction, drivers.brand_gap, drivers.switching_cost, drivers.personal_bond];
            for driver in all.into_iter().flatten() {
                prop_assert!((0.0..=1.0).contains(&driver.value) && (0.0..=1.0).contains(&driver.confidence), "{:?}", driver);
            }
        }
    }
}
