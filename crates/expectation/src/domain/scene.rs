//! What tests make promises and outcomes with. Times are those of Amsterdam.

use std::collections::BTreeSet;

use tenure_kernel::{RecordId, Timestamp, TouchpointId};

use super::{
    calendar::{Zone, amsterdam},
    contact::Contact,
    dissonance::{Assessment, assess},
    promise::{
        Expected, Facts, Matter, MatterKind, Observed, Outcome, Promise, PromiseId, Recovery, Release, ReleaseKind,
        SourceKind,
    },
    quantity::{Quantity, Unit},
    standing::{Feeds, Standing, State, standings},
    weights::Weights,
};

/// The source that tells of outcomes.
pub(super) const FEED: &str = "carrier";

pub(super) fn touchpoint(number: u8) -> TouchpointId {
    TouchpointId([number; 16])
}

pub(super) fn order(reference: &str) -> Matter {
    Matter { kind: MatterKind::Order, reference: reference.to_owned() }
}

/// A delivery promised in the confirmation of order 42, on 26 October at ten.
pub(super) fn delivery(number: u8, due: &str) -> Promise {
    promise(number, "delivery", SourceKind::OrderConfirmation, Expected::By(amsterdam(due)))
}

pub(super) fn promise(number: u8, attribute: &str, source: SourceKind, expected: Expected) -> Promise {
    let matter = order("42");
    Promise {
        id: PromiseId::of(RecordId([1; 16]), &matter, attribute, source),
        touchpoint: touchpoint(number),
        matter,
        attribute: attribute.to_owned(),
        product: "sofa".to_owned(),
        expected,
        made_at: amsterdam("2026-10-26 10:00"),
        source,
        acknowledged: false,
        agreed: None,
        feeds: BTreeSet::from([FEED.to_owned()]),
    }
}

/// A contact about nobody knows what, that cost nothing.
pub(super) fn contact() -> Contact {
    Contact {
        touchpoint: touchpoint(0),
        matter: None,
        intent: String::new(),
        team: String::new(),
        product: String::new(),
        at: Timestamp(0),
        channel: None,
        by_customer: true,
        wait: None,
        transfers: None,
        asked_again: 0,
    }
}

pub(super) fn outcome(number: u8, attribute: &str, at: &str, observed: Observed) -> Outcome {
    let attribute = attribute.to_owned();
    Outcome { touchpoint: touchpoint(number), matter: order("42"), attribute, at: amsterdam(at), observed }
}

pub(super) fn delivered(number: u8, at: &str) -> Outcome {
    outcome(number, "delivery", at, Observed::Done)
}

pub(super) fn release(number: u8, at: &str, kind: ReleaseKind) -> Release {
    Release { touchpoint: touchpoint(number), matter: order("42"), at: amsterdam(at), kind }
}

pub(super) fn voucher(sent: &str, redeemed: Option<&str>) -> Recovery {
    let accepted_at = redeemed.map(amsterdam);
    Recovery { touchpoint: touchpoint(99), matter: order("42"), sent_at: amsterdam(sent), accepted_at }
}

pub(super) fn quantity(value: f64, unit: Unit) -> Quantity {
    Quantity::new(value, unit).expect("a quantity")
}

pub(super) fn facts(promises: Vec<Promise>, outcomes: Vec<Outcome>) -> Facts {
    Facts { promises, outcomes, ..Facts::default() }
}

pub(super) fn told_through(at: Timestamp) -> Feeds {
    Feeds([(FEED.to_owned(), at)].into())
}

/// Where promises stand when the source has told all.
pub(super) fn standing_at(facts: &Facts, now: Timestamp) -> Vec<Standing> {
    standings(facts, &told_through(now), &Zone::default(), now)
}

pub(super) fn states_at(facts: &Facts, now: &str) -> Vec<State> {
    standing_at(facts, amsterdam(now)).into_iter().map(|standing| standing.state).collect()
}

pub(super) fn assessed(facts: &Facts, now: Timestamp) -> Assessment {
    assess(facts, &standing_at(facts, now), &Weights::default(), now)
}

/// The score to one decimal, as the tables have it.
pub(super) fn score_at(facts: &Facts, now: &str) -> f64 {
    tenth(assessed(facts, amsterdam(now)).score)
}

pub(super) fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
