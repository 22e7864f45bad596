//! Keys as data.

use crate::{
    intern::{hash, mix},
    table::{Row, Table},
};
use serde::{Deserialize, Serialize};

/// What a key is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// An e-mail address.
    Email,
    /// What stands before the '@', of at least five letters.
    Mailbox,
    /// A phone number.
    Phone,
    /// The last seven digits of a phone number.
    PhoneTail,
    /// A bank account.
    Iban,
    /// A national number.
    NationalId,
    /// The digits of a national number in any order.
    NationalIdDigits,
    /// The number of a company.
    CompanyNumber,
    /// The number that a source gave.
    CustomerNumber,
    /// The first given name, as it sounds.
    Given,
    /// Each full form of the first given name; the name itself where none is known.
    GivenRoot,
    /// Each letter that the given name may be written with.
    Initial,
    /// The surname, as it sounds.
    Surname,
    /// Each part of a surname, as it sounds.
    SurnamePart,
    /// The first four letters of the surname.
    SurnameStart,
    /// Each given name and each part of the surname, as they sound, since some swap them.
    Name,
    /// Given name and surname, as they sound, in either order.
    Names,
    /// Date of birth.
    Birth,
    /// Year of birth.
    BirthYear,
    /// Month and day of birth, in either order.
    BirthMonthDay,
    /// Year and month of birth.
    BirthYearMonth,
    /// Postcode.
    Postcode,
    /// House number.
    House,
    /// Street.
    Street,
    /// Town or suburb.
    Place,
    /// State or province.
    Region,
    /// The first other text.
    Text1,
    /// The second other text.
    Text2,
    /// Name of a company.
    Organisation,
    /// The first two words of the name of a company.
    OrganisationStart,
    /// An account of the person alone.
    Account,
    /// The first letter of the given name or of the initials, as written.
    FirstLetter,
    /// The surname as written, in one word without what stands before it.
    SurnameText,
}

/// A key: records with equal values of all its parts are in one block. Written "surname_part+birth".
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// Its parts, at least one.
    pub parts: Vec<Part>,
    /// A block of more records than this is too general to be looked at by this key.
    pub cap: usize,
}

/// What is wrong with the text of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No such part.
    #[error("no part of a key is called \"{0}\"")]
    Unknown(String),
}

/// The most values that a record has under one key, and under a key of accounts.
const MOST: usize = 6;
const MOST_ACCOUNTS: usize = 16;

pub(crate) struct Values {
    values: [u64; MOST_ACCOUNTS],
    count: usize,
    most: usize,
}

impl Values {
    fn new(most: usize) -> Self {
        Self { values: [0; MOST_ACCOUNTS], count: 0, most }
    }

    pub(crate) fn as_slice(&self) -> &[u64] {
        &self.values[..self.count]
    }

    fn add(&mut self, value: u64) {
        if self.count < self.most && !self.as_slice().contains(&value) {
            self.values[self.count] = value;
            self.count += 1;
        }
    }
}

impl Key {
    /// Reads "part+part"; names of parts as in [`Part`], in lower case with underscores.
    ///
    /// # Errors
    ///
    /// [`KeyError::Unknown`] for a part that does not exist.
    pub fn parse(text: &str, cap: usize) -> Result<Self, KeyError> {
        let part = |name: &str| {
            let named = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(name.trim());
            Part::deserialize(named).map_err(|_| KeyError::Unknown(name.trim().to_owned()))
        };
        Ok(Self { parts: text.split('+').map(part).collect::<Result<_, _>>()?, cap })
    }

    /// The values of a record under this key: hashes that are the same everywhere and always.
    pub(crate) fn values(&self, table: &Table, row: &Row) -> Values {
        let most = if self.parts.contains(&Part::Account) { MOST_ACCOUNTS } else { MOST };
        let mut all = Values::new(most);
        if row.is_bare() && !Part::OWN.into_iter().any(|part| self.is_of(part)) {
            return all;
        }
        all.add(self.start());
        for part in &self.parts {
            let mut of_part = Values::new(most);
            part.values(table, row, &mut of_part);
            let mut next = Values::new(most);
            for before in all.as_slice() {
                for value in of_part.as_slice() {
                    next.add(part.after(*before, *value));
                }
            }
            all = next;
        }
        all
    }

    /// Whether this key is of one part only.
    pub(crate) fn is_of(&self, part: Part) -> bool {
        self.parts == [part]
    }

    /// The value of a key of one part only.
    pub(super) fn value_of(&self, part: Part, value: u64) -> u64 {
        part.after(self.start(), value)
    }

    fn start(&self) -> u64 {
        hash(&[self.parts.len() as u8])
    }
}

impl std::fmt::Display for Key {
    /// As [`Key::parse`] reads it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, part) in self.parts.iter().enumerate() {
            if at > 0 {
                f.write_str("+")?;
            }
            part.serialize(&mut *f)?;
        }
        Ok(())
    }
}

impl Part {
    /// Parts whose values are of one person, or of few: what too many share says nothing.
    pub(crate) const OWN: [Self; 5] = [Self::Email, Self::Phone, Self::Iban, Self::NationalId, Self::Account];

    /// How many records may be in a block of this part alone. One of [`Part::OWN`] that more share is generic: more than a
    /// household has.
    pub(crate) fn cap(self) -> usize {
        match self {
            Self::Account => 50,
            _ => 25,
        }
    }

    fn after(self, before: u64, value: u64) -> u64 {
        mix(before, value ^ (self as u64) << 56)
    }

    pub(crate) fn email(mailbox: u64, domain: u64) -> u64 {
        mix(mailbox, domain)
    }

    pub(crate) fn phone(phone: u64) -> u64 {
        mix(phone, 1)
    }

    fn values(self, table: &Table, row: &Row, values: &mut Values) {
        let text = |number: u32, values: &mut Values| {
            if number != 0 {
                values.add(table.strings.hash(number));
            }
        };
        match self {
            Self::Email | Self::Phone | Self::Iban | Self::NationalId | Self::Account => {
                let own = table.own(row).into_iter().filter(|own| own.part == self);
                own.for_each(|own| values.add(own.value));
            }
            Self::Mailbox => {
                let long = row.mailbox.iter().filter(|mailbox| table.string(**mailbox).len() >= 5);
                long.for_each(|mailbox| text(*mailbox, values));
            }
            Self::PhoneTail => {
                row.phone.iter().filter(|phone| **phone != 0).for_each(|phone| values.add(mix(*phone % 10_000_000, 2)));
            }
            Self::NationalIdDigits => sorted(table.string(row.national), values),
            Self::CompanyNumber => text(row.company, values),
            Self::CustomerNumber => text(row.customer, values),
            Self::Given | Self::GivenRoot | Self::Initial => given(self, row, values, text),
            Self::Surname => text(row.surname_sound, values),
            Self::SurnameText => text(row.core, values),
            Self::FirstLetter => {
                let name = if row.given[0] == 0 { row.initials } else { row.given[0] };
                table.string(name).first().into_iter().for_each(|letter| values.add(mix(u64::from(*letter), 10)));
            }
            Self::SurnamePart | Self::SurnameStart | Self::Name | Self::Names => surname(self, table, row, values),
            Self::Birth | Self::BirthYear | Self::BirthMonthDay | Self::BirthYearMonth => birth(self, row, values),
            Self::Postcode => text(row.postcode, values),
            Self::House if row.house != 0 => values.add(mix(u64::from(row.house), 3)),
            Self::House => {}
            Self::Street => text(row.street, values),
            Self::Place => text(row.place, values),
            Self::Region => text(row.region, values),
            Self::Text1 => text(row.texts[0], values),
            Self::Text2 => text(row.texts[1], values),
            Self::Organisation => text(row.organisation, values),
            Self::OrganisationStart => {
                let name = table.string(row.organisation);
                let end =
                    name.iter().enumerate().filter(|(_, byte)| **byte == b' ').nth(1).map_or(name.len(), |(at, _)| at);
                if !name.is_empty() {
                    values.add(hash(&name[..end]));
                }
            }
        }
    }
}

fn sorted(text: &[u8], values: &mut Values) {
    if !text.is_empty() {
        let mut letters = text.to_vec();
        letters.sort_unstable();
        values.add(hash(&letters));
    }
}

fn start(text: &[u8], values: &mut Values) {
    if !text.is_empty() {
        values.add(hash(text.get(..4).unwrap_or(text)));
    }
}

fn given(part: Part, row: &Row, values: &mut Values, text: impl Fn(u32, &mut Values)) {
    match part {
        Part::Given => text(row.given_sound, values),
        Part::GivenRoot => {
            row.classes.iter().filter(|class| **class != 0).for_each(|class| values.add(mix(u64::from(*class), 4)));
            text(row.given_sound, values);
        }
        _ => (0..26).filter(|bit| row.letters & 1 << bit != 0).for_each(|bit| values.add(mix(bit, 5))),
    }
}

fn surname(part: Part, table: &Table, row: &Row, values: &mut Values) {
    let sound = |number: u32| table.strings.hash(number);
    let parts = || row.part_sounds.iter().filter(|part| **part != 0).map(|part| sound(*part));
    match part {
        Part::SurnamePart => parts().for_each(|part| values.add(part)),
        Part::SurnameStart => start(table.string(row.core), values),
        Part::Name => {
            if row.given[0] != 0 {
                values.add(sound(row.given_sound));
            }
            parts().for_each(|part| values.add(part));
        }
        _ if row.given[0] != 0 && row.core != 0 => {
            let (given, surname) = (sound(row.given_sound), sound(row.surname_sound));
            values.add(mix(given.min(surname), given.max(surname)));
        }
        _ => {}
    }
}

fn birth(part: Part, row: &Row, values: &mut Values) {
    let (year, month, day) = (u64::from(row.birth.year), u64::from(row.birth.month), u64::from(row.birth.day));
    match part {
        Part::Birth if row.birth.is_whole() => values.add(mix(year << 16 | month << 8 | day, 6)),
        Part::BirthYear if year > 0 => values.add(mix(year, 7)),
        Part::BirthMonthDay if row.birth.is_whole() => values.add(mix(month.min(day) << 8 | month.max(day), 8)),
        Part::BirthYearMonth if row.birth.is_whole() => values.add(mix(year << 8 | month, 9)),
        _ => {}
    }
}

/// The keys that are used where none are given: persons and companies alike, each only where its columns are.
#[must_use]
pub fn default_keys() -> Vec<Key> {
    use Part::*;
    let key = |cap: usize, parts: &[Part]| Key { parts: parts.to_vec(), cap };
    let own = |part: Part| key(part.cap(), &[part]);
    vec![
        own(Account),
        own(Email),
        key(30, &[Mailbox]),
        own(Phone),
        own(Iban),
        own(NationalId),
        key(20, &[NationalIdDigits]),
        key(40, &[CompanyNumber]),
        key(40, &[Name, Birth]),
        key(20, &[Birth]),
        key(20, &[Birth, Initial]),
        key(20, &[Birth, Place]),
        key(20, &[Names, BirthYear]),
        key(20, &[Names]),
        key(15, &[Name, BirthMonthDay]),
        key(15, &[Name, BirthYearMonth]),
        key(20, &[GivenRoot, SurnamePart]),
        key(15, &[SurnamePart, Initial, BirthYear]),
        key(15, &[SurnameStart, BirthYear]),
        key(40, &[Postcode, House]),
        key(30, &[SurnamePart, Postcode]),
        key(15, &[Street, House]),
        key(15, &[Name, Place]),
        key(15, &[Name, Text1]),
        key(40, &[Organisation]),
        key(20, &[OrganisationStart, Postcode]),
        key(20, &[OrganisationStart, Place]),
    ]
}
