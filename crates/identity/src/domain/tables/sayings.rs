//! What touchpoints of tests say.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Timestamp, TouchpointId, identifier::IdentifierKind};

use super::{Tables, digest, record};
use crate::domain::{
    content::{Content, Field},
    fact::{Fact, Part, Rank, Touchpoint},
    key::MatchKey,
};

/// How many there are: the first eight are identifiers, then come a cookie, a device and three people.
pub(crate) const SAYINGS: u8 = 13;

/// A national number, e-mail addresses, a customer number and a phone; from 8 on a cookie and a device, which say nothing
/// of a person; from 10 on two of one household and a namesake.
pub(crate) fn saying(number: u8) -> Content {
    let mut content = Content::default();
    let mut say = |said: &[(Field, &str)]| said.iter().for_each(|(field, value)| content.say(*field, *value));
    match number {
        0 => say(&[(Field::National, "111222333")]),
        6 => say(&[(Field::Account, "customer/crm/K6")]),
        7 => say(&[(Field::Phone, "+31612345678")]),
        8 | 9 => {}
        10 => say(&[
            (Field::Given, "Jan"),
            (Field::Particle, "de"),
            (Field::Surname, "Vries"),
            (Field::Birth, "1980-03-01"),
            (Field::Postcode, "1012AB"),
            (Field::House, "1"),
        ]),
        11 => say(&[
            (Field::Given, "Truus"),
            (Field::Particle, "de"),
            (Field::Surname, "Vries"),
            (Field::Postcode, "1012AB"),
            (Field::House, "1"),
        ]),
        12 => say(&[(Field::Initials, "J"), (Field::Surname, "de Vries"), (Field::Birth, "1980-03-01")]),
        other => say(&[(Field::Email, &format!("m{other}@example.nl"))]),
    }
    content
}

fn key(number: u8) -> Option<MatchKey> {
    let kind = match number {
        0 => IdentifierKind::NationalId,
        6 => IdentifierKind::CustomerNumber,
        7 => IdentifierKind::Phone,
        8 => IdentifierKind::Cookie,
        9 => IdentifierKind::Device,
        10..=12 => return None,
        _ => IdentifierKind::Email,
    };
    Some(MatchKey { kind, hash: [number; 16] })
}

/// A subject's record, and what is said of it.
pub(crate) type Said = (u8, Vec<u8>);

/// A touchpoint: its id, the fact that it is about, its revision, when it happened, and its subjects, the primary one first.
pub(crate) fn touchpoint((id, slot, revision): (u8, u8, i64), at: Timestamp, subjects: &[Said]) -> Touchpoint {
    let mut parts: BTreeMap<RecordId, Part> = BTreeMap::new();
    let mut contents: BTreeMap<RecordId, Content> = BTreeMap::new();
    for (number, sayings) in subjects {
        let part = parts.entry(record(*number)).or_default();
        part.keys.extend(sayings.iter().filter_map(|saying| key(*saying)));
        for saying in sayings {
            contents.entry(record(*number)).or_default().add(&self::saying(*saying));
        }
    }
    contents.retain(|_, content| !content.is_empty());
    for (record, content) in &contents {
        parts.entry(*record).or_default().content = Some(digest(content));
    }
    let rank = Rank { revision, touchpoint: TouchpointId([id; 16]) };
    let records = parts.keys().copied().collect();
    let fact = Fact { id: TouchpointId([slot; 16]), rank, primary: record(subjects[0].0), occurred_at: at, parts };
    Touchpoint { fact, source: "crm".to_owned(), records, contents }
}

impl Tables {
    /// It begins or ceases to be said of a record, by a fact of its own; answers whom that touches.
    pub(crate) fn carry(&mut self, number: u8, saying: u8, carry: bool) -> BTreeSet<RecordId> {
        let sayings = if carry { vec![saying] } else { vec![] };
        let mut told = touchpoint((number, number, 0), Timestamp(0), &[(number, sayings)]);
        told.fact.id.0[0] = saying;
        told.fact.rank.touchpoint = told.fact.id;
        told.fact.rank.revision = self.facts.get(&told.fact.id).map_or(1, |fact| fact.rank.revision + 1);
        self.observe(&[&told], &BTreeSet::new())
    }
}
