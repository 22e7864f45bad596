//! Identifiers are valid for their kind, and come down to one form however they are typed.

#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::identifier::IdentifierKind;
use tenure_proto::{collector::v1::Touchpoint, error::v1::Reason};
use tenure_simulator::{Settings, Simulation};

const BAD_IBAN: &str = "NL00TEST0123456789";

fn identifiers(touchpoint: Touchpoint) -> impl Iterator<Item = (IdentifierKind, String)> {
    let all = touchpoint.subjects.into_iter().flat_map(|subject| subject.identifiers);
    all.map(|identifier| (IdentifierKind::from_number(identifier.kind).unwrap(), identifier.value))
}

#[test]
fn every_value_has_a_canonical_form_but_the_bad_ones() {
    let simulation = Simulation::new(&Settings { customers: 400, seed: 5, ..Settings::default() }).unwrap();
    let mut typed: BTreeMap<(IdentifierKind, String), BTreeSet<String>> = BTreeMap::new();
    let mut bad = 0;
    for (kind, value) in simulation.touchpoints().flat_map(identifiers) {
        match kind.canonical(&value) {
            Some(canonical) => drop(typed.entry((kind, canonical)).or_default().insert(value)),
            None => {
                assert_eq!(value, BAD_IBAN);
                bad += 1;
            }
        }
    }
    assert_eq!(Some(&bad), simulation.truth().totals().quarantined.get(&Reason::IdentifierInvalid));

    let ways = |kind| typed.iter().filter(|((k, _), _)| *k == kind).map(|(_, ways)| ways.len()).max();
    assert!(ways(IdentifierKind::Email) > Some(2));
    assert!(ways(IdentifierKind::Phone) > Some(3));
    assert_eq!(ways(IdentifierKind::Iban), Some(2));
    assert_eq!(ways(IdentifierKind::CustomerNumber), Some(1));
    let phones = typed.keys().filter(|(kind, _)| *kind == IdentifierKind::Phone);
    assert!(phones.clone().count() > 300 && phones.clone().all(|(_, phone)| phone.starts_with("+316")));
}
