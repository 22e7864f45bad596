//! Records made comparable once: numbers of strings, so that a pair is compared without allocation.

mod births;
mod fill;
mod generic;
mod pack;

use crate::{
    intern::Strings,
    normalise::{date::Date, nickname},
    similarity::Glance,
};

pub use births::Births;
pub use generic::Generic;
pub use pack::{Unpackable, tie};

/// Given names, phones and texts that are kept of a record.
pub(crate) const GIVEN: usize = 3;
pub(crate) const PARTS: usize = 3;
pub(crate) const CONTACTS: usize = 2;
pub(crate) const TEXTS: usize = 4;

/// One record. A 0 is a value that is missing.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Row {
    /// Full given names, in their order.
    pub(crate) given: [u32; GIVEN],
    /// Initials as one string.
    pub(crate) initials: u32,
    /// First letters that the given name may be written with, its full forms among them: bit 0 is 'a'.
    pub(crate) letters: u32,
    pub(crate) classes: [u16; nickname::MOST],
    pub(crate) given_sound: u32,
    pub(crate) parts: [u32; PARTS],
    pub(crate) part_sounds: [u32; PARTS],
    /// What letters the first given name and the surname have, to see from afar that two are not alike.
    pub(crate) given_glance: Glance,
    pub(crate) core_glance: Glance,
    pub(crate) core: u32,
    pub(crate) whole: u32,
    pub(crate) surname_sound: u32,
    pub(crate) organisation: u32,
    pub(crate) birth: Date,
    pub(crate) gender: u8,
    pub(crate) street: u32,
    pub(crate) house: u32,
    pub(crate) addition: u32,
    pub(crate) postcode: u32,
    pub(crate) place: u32,
    pub(crate) region: u32,
    pub(crate) mailbox: [u32; CONTACTS],
    pub(crate) domain: [u32; CONTACTS],
    pub(crate) phone: [u64; CONTACTS],
    pub(crate) iban: u32,
    pub(crate) national: u32,
    pub(crate) company: u32,
    pub(crate) customer: u32,
    pub(crate) source: u32,
    pub(crate) texts: [u32; TEXTS],
    /// Accounts as "kind/issuer/value", one a line, sorted.
    pub(crate) accounts: u32,
    /// Which contact values too many share.
    pub(crate) generic: Generic,
}

impl Row {
    /// Whether nobody is named: points of contact, accounts and addresses only.
    pub(crate) fn is_bare(&self) -> bool {
        let names = [self.given[0], self.initials, self.core, self.organisation, self.company];
        names == [0; 5] && self.texts == [0; TEXTS] && self.birth.is_missing()
    }
}

/// Records and their strings.
#[derive(Debug, Clone, Default)]
pub struct Table {
    pub(crate) strings: Strings,
    pub(crate) rows: Vec<Row>,
}

impl Table {
    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether a record names nobody: it has no name, no birth, no organisation and no other text, but points of contact,
    /// accounts or an address only.
    #[must_use]
    pub fn is_bare(&self, record: usize) -> bool {
        self.rows[record].is_bare()
    }

    pub(crate) fn string(&self, number: u32) -> &[u8] {
        self.strings.get(number)
    }
}
