//! What touchpoints say of a record itself: names, addresses, numbers. A record is what its distinct contents say, newest
//! first; how many touchpoints say the same is counted, so that a retraction undoes exactly its own.

use std::collections::BTreeSet;

use tenure_kernel::{Timestamp, TouchpointId};

/// A content under a keyed hash.
pub(crate) type Digest = [u8; 16];

/// What is said. The number is what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    /// Given name.
    Given = 1,
    /// Initials.
    Initials,
    /// What stands before the surname.
    Particle,
    /// Surname.
    Surname,
    /// Name of an organisation.
    Organisation,
    /// Date of birth.
    Birth,
    /// Street.
    Street,
    /// House number.
    House,
    /// Addition to the house number.
    Addition,
    /// Postcode.
    Postcode,
    /// Town.
    Place,
    /// E-mail address.
    Email,
    /// Phone number.
    Phone,
    /// Bank account.
    Iban,
    /// National number.
    National,
    /// A number or name that an issuer knows its customer by: "kind/issuer/value".
    Account,
    /// Something that says who it is and is not compared, such as a policy number; without a value.
    Other,
}

impl Field {
    const ALL: [Self; 17] = [
        Self::Given,
        Self::Initials,
        Self::Particle,
        Self::Surname,
        Self::Organisation,
        Self::Birth,
        Self::Street,
        Self::House,
        Self::Addition,
        Self::Postcode,
        Self::Place,
        Self::Email,
        Self::Phone,
        Self::Iban,
        Self::National,
        Self::Account,
        Self::Other,
    ];

    fn from_number(number: u8) -> Option<Self> {
        usize::from(number).checked_sub(1).and_then(|place| Self::ALL.get(place)).copied()
    }
}

/// Of these the newest content that has any says all: nothing of a former name or address stays.
const WHOLE: [&[Field]; 8] = [
    &[Field::Given],
    &[Field::Initials],
    &[Field::Particle, Field::Surname],
    &[Field::Organisation],
    &[Field::Birth],
    &[Field::Street, Field::House, Field::Addition, Field::Postcode, Field::Place],
    &[Field::Iban],
    &[Field::National],
];

/// Of these a record has several, the newest ones: as many as are compared.
const SEVERAL: [(Field, usize); 3] = [(Field::Email, 2), (Field::Phone, 2), (Field::Account, 15)];

/// Contents of a record that are looked at: the newest.
pub(crate) const MOST: usize = 50;

/// When something was said, and by which touchpoint, which decides between equal times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp {
    /// When it happened.
    pub(crate) at: Timestamp,
    /// The touchpoint.
    pub(crate) by: TouchpointId,
}

/// What one touchpoint says of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Content(BTreeSet<(Field, String)>);

impl Content {
    /// Adds what is said; empty values say nothing.
    pub(crate) fn say(&mut self, field: Field, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() || field == Field::Other {
            self.0.insert((field, value));
        }
    }

    /// Adds what another says.
    #[cfg(test)]
    pub(crate) fn add(&mut self, other: &Self) {
        self.0.extend(other.0.iter().cloned());
    }

    /// Whether it says nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As bytes: for each value a byte for the field, four for the length, and the value.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (field, value) in &self.0 {
            bytes.push(*field as u8);
            bytes.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend_from_slice(value.as_bytes());
        }
        bytes
    }

    /// From bytes; `None` when they are none.
    pub(crate) fn decode(mut bytes: &[u8]) -> Option<Self> {
        let mut content = Self::default();
        while let Some((number, rest)) = bytes.split_first() {
            let (length, rest) = rest.split_first_chunk::<4>()?;
            let (value, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
            content.0.insert((Field::from_number(*number)?, String::from_utf8(value.to_vec()).ok()?));
            bytes = rest;
        }
        Some(content)
    }

    fn of(&self, field: Field) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(one, _)| *one == field).map(|(_, value)| value.as_str())
    }
}

/// What a record is by its contents, newest first: sorted, so that equal records are equal whatever came before.
pub(crate) fn fold(contents: &[Content]) -> BTreeSet<(Field, String)> {
    let mut folded = BTreeSet::new();
    for group in WHOLE {
        let newest = contents.iter().find(|content| group.iter().any(|field| content.of(*field).next().is_some()));
        for field in newest.iter().flat_map(|_| group) {
            // Of several that are said at once the first.
            let value = newest.and_then(|content| content.of(*field).next());
            folded.extend(value.map(|value| (*field, value.to_owned())));
        }
    }
    for (field, most) in SEVERAL {
        let mut values: Vec<&str> = Vec::new();
        for value in contents.iter().flat_map(|content| content.of(field)) {
            if values.len() < most && !values.contains(&value) {
                values.push(value);
            }
        }
        folded.extend(values.into_iter().map(|value| (field, value.to_owned())));
    }
    folded
}

/// How often a content is said of a record, and when last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    /// By how many facts.
    pub(crate) facts: i64,
    /// The last time.
    pub(crate) latest: Stamp,
}

/// By which facts a content of a record is said anew, and by which no longer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    said: BTreeSet<Stamp>,
    unsaid: BTreeSet<Stamp>,
}

/// What becomes of a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nobody says it any more.
    Gone,
    /// It is held.
    Held(Held),
    /// So many facts say it, and when last must be looked up.
    Unsure(i64),
}

impl Tally {
    /// A fact says it.
    pub(crate) fn say(&mut self, stamp: Stamp) {
        if !self.unsaid.remove(&stamp) {
            self.said.insert(stamp);
        }
    }

    /// A fact no longer says it.
    pub(crate) fn unsay(&mut self, stamp: Stamp) {
        if !self.said.remove(&stamp) {
            self.unsaid.insert(stamp);
        }
    }

    /// Whether it changes nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.said.is_empty() && self.unsaid.is_empty()
    }

    /// What becomes of what was held.
    pub(crate) fn apply(&self, held: Option<Held>) -> Outcome {
        let count = |stamps: &BTreeSet<Stamp>| i64::try_from(stamps.len()).unwrap_or(i64::MAX);
        let facts = held.map_or(0, |held| held.facts) + count(&self.said) - count(&self.unsaid);
        let before = held.map(|held| held.latest);
        let latest = before.max(self.said.last().copied());
        match latest {
            _ if facts <= 0 => Outcome::Gone,
            Some(latest) if !self.unsaid.contains(&latest) => Outcome::Held(Held { facts, latest }),
            _ => Outcome::Unsure(facts),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(said: &[(Field, &str)]) -> Content {
        let mut content = Content::default();
        said.iter().for_each(|(field, value)| content.say(*field, *value));
        content
    }

    #[test]
    fn the_newest_of_each_group_wins_as_a_whole() {
        let new = content(&[(Field::Surname, "Bakker"), (Field::Email, "b@x.nl"), (Field::Postcode, "1012AB")]);
        let old = content(&[
            (Field::Given, "Anna"),
            (Field::Particle, "de"),
            (Field::Surname, "Vries"),
            (Field::Street, "Damrak"),
            (Field::Postcode, "1017XY"),
            (Field::Email, "a@x.nl"),
        ]);
        let oldest = content(&[(Field::Email, "c@x.nl"), (Field::Other, "")]);
        let folded = fold(&[new, old, oldest]);
        let shown: Vec<_> = folded.iter().map(|(field, value)| (*field, value.as_str())).collect();
        let expected = [
            (Field::Given, "Anna"),
            (Field::Surname, "Bakker"),
            (Field::Postcode, "1012AB"),
            (Field::Email, "a@x.nl"),
            (Field::Email, "b@x.nl"),
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn bytes_read_back_and_rubbish_is_none() {
        for one in [content(&[]), content(&[(Field::Given, "Zoë"), (Field::Other, "")])] {
            assert_eq!(Content::decode(&one.encode()), Some(one));
        }
        for rubbish in
            [&[0, 0, 0, 0, 0][..], &[1], &[1, 0, 0, 0, 9, 65], &[1, 255, 255, 255, 255], &[1, 0, 0, 0, 1, 255]]
        {
            assert_eq!(Content::decode(rubbish), None);
        }
    }

    #[test]
    fn a_tally_knows_when_to_look() {
        let stamp = |at: i64| Stamp { at: Timestamp(at), by: TouchpointId([1; 16]) };
        let tally = |said: &[i64], unsaid: &[i64]| {
            let mut tally = Tally::default();
            unsaid.iter().for_each(|at| tally.unsay(stamp(*at)));
            said.iter().for_each(|at| tally.say(stamp(*at)));
            tally
        };
        let held = |facts, at| Held { facts, latest: stamp(at) };
        assert_eq!(tally(&[5, 3], &[]).apply(None), Outcome::Held(held(2, 5)));
        assert_eq!(tally(&[2], &[]).apply(Some(held(1, 9))), Outcome::Held(held(2, 9)));
        assert_eq!(tally(&[], &[4]).apply(Some(held(2, 9))), Outcome::Held(held(1, 9)));
        assert_eq!(tally(&[12], &[9]).apply(Some(held(1, 9))), Outcome::Held(held(1, 12)));
        assert_eq!(tally(&[2], &[9]).apply(Some(held(2, 9))), Outcome::Unsure(2));
        assert_eq!(tally(&[], &[9]).apply(Some(held(1, 9))), Outcome::Gone);
        assert!(tally(&[9], &[9]).is_empty());
    }
}
