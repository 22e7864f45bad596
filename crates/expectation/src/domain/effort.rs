//! What every customer expects of a contact without being told: not to wait long, and not to be passed on.

use std::collections::BTreeMap;

use super::{
    attribute::Terms,
    disconfirmation::{Gap, felt},
    factor::Factor,
    promise::Contact,
    quantity::Unit,
    weights::Weights,
};

/// The minutes that anyone waits without minding.
const WAIT_MINUTES: f64 = 5.0;

/// The gaps of contacts, in whatever order and however often they were told.
pub(super) fn factors(contacts: &[Contact], weights: &Weights) -> Vec<Factor> {
    let contacts: BTreeMap<_, _> = contacts.iter().map(|contact| (contact.touchpoint, contact)).collect();
    let of_contact = |contact: &Contact| {
        let wait = contact.wait.and_then(|wait| wait.in_unit(Unit::Minute));
        let wait = wait.map(|wait| factor(contact, "wait", WAIT_MINUTES, wait, weights));
        let transfers = contact.transfers.map(|times| factor(contact, "transfers", 0.0, f64::from(times), weights));
        wait.into_iter().chain(transfers)
    };
    contacts.values().flat_map(|contact| of_contact(contact)).collect()
}

fn factor(contact: &Contact, attribute: &str, expected: f64, got: f64, weights: &Weights) -> Factor {
    let terms = Terms::of(attribute);
    let scale = terms.scale.of(expected);
    let steps = Gap { expected, got, direction: terms.direction, tolerance: terms.tolerance, scale }.steps(weights);
    Factor {
        promise: None,
        touchpoint: contact.touchpoint,
        matter: contact.matter.clone(),
        product: contact.product.clone(),
        attribute: attribute.to_owned(),
        expected,
        got,
        unit: terms.unit.unwrap_or(Unit::Count),
        steps,
        value: felt(steps, terms.kano, false, weights),
        weight: terms.weight,
        confidence: terms.implied,
        half_life: terms.half_life,
        settled_at: Some(contact.at),
        repeated: false,
        recovered: false,
        prevented: 0.0,
    }
}
