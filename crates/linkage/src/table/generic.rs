//! Points of contact and accounts that too many records have to say anything of one: a shop's phone, a helpdesk's address.

use super::{CONTACTS, Row, Table};
use crate::{
    blocking::{Key, Part},
    intern::Strings,
};
use std::ops::{BitOr, BitOrAssign};

/// Which of the values of a record are left out of comparisons, because the block of that value is past its cap: one bit a
/// value. A function of counts, so of the set of records, never of the order in which they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Generic(pub u32);

const EMAIL: usize = 0;
const PHONE: usize = EMAIL + CONTACTS;
const IBAN: usize = PHONE + CONTACTS;
const NATIONAL: usize = IBAN + 1;
const ACCOUNT: usize = 8;

impl Generic {
    fn bit(at: usize) -> Self {
        Self(1 << at)
    }

    fn has(self, at: usize) -> bool {
        self.0 & 1 << at != 0
    }
}

impl BitOr for Generic {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Generic {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// A value of a record that has a block of its own.
pub(crate) struct Own {
    pub(crate) part: Part,
    /// As [`Part`] has it in a key.
    pub(crate) value: u64,
    pub(crate) generic: Generic,
}

impl Row {
    pub(crate) fn email(&self, at: usize) -> (u32, u32) {
        if self.generic.has(EMAIL + at) { (0, 0) } else { (self.mailbox[at], self.domain[at]) }
    }

    pub(crate) fn phone(&self, at: usize) -> u64 {
        if self.generic.has(PHONE + at) { 0 } else { self.phone[at] }
    }

    pub(crate) fn iban(&self) -> u32 {
        if self.generic.has(IBAN) { 0 } else { self.iban }
    }

    pub(crate) fn national(&self) -> u32 {
        if self.generic.has(NATIONAL) { 0 } else { self.national }
    }

    /// The accounts that say something, as "kind/issuer/value".
    pub(crate) fn accounts<'a>(&self, strings: &'a Strings) -> impl Iterator<Item = &'a str> + use<'a> {
        let generic = self.generic;
        let all = lines(strings.text(self.accounts)).enumerate();
        all.filter(move |(at, _)| !generic.has(ACCOUNT + at)).map(|(_, account)| account)
    }
}

fn lines(accounts: &str) -> impl Iterator<Item = &str> {
    accounts.split('\n').filter(|account| !account.is_empty())
}

impl Table {
    /// The values of a row that have blocks of their own, generic or not.
    pub(crate) fn own(&self, row: &Row) -> Vec<Own> {
        let hash = |number: u32| self.strings.hash(number);
        let mut own = Vec::new();
        let mut add = |part, value, at| own.push(Own { part, value, generic: Generic::bit(at) });
        for at in 0..CONTACTS {
            if row.mailbox[at] != 0 {
                add(Part::Email, Part::email(hash(row.mailbox[at]), hash(row.domain[at])), EMAIL + at);
            }
            if row.phone[at] != 0 {
                add(Part::Phone, Part::phone(row.phone[at]), PHONE + at);
            }
        }
        if row.iban != 0 {
            add(Part::Iban, hash(row.iban), IBAN);
        }
        if row.national != 0 {
            add(Part::NationalId, hash(row.national), NATIONAL);
        }
        for (at, account) in lines(self.strings.text(row.accounts)).enumerate() {
            add(Part::Account, crate::intern::hash(account.as_bytes()), ACCOUNT + at);
        }
        own
    }

    /// Marks what more records share than the block of its own key may have; without such a key, than it usually may.
    pub(crate) fn mark_generic(&mut self, keys: &[Key]) {
        let mut marks: Vec<(usize, Generic)> = Vec::new();
        for part in Part::OWN {
            let mut values: Vec<(u64, u32, Generic)> = Vec::new();
            for (record, row) in self.rows.iter().enumerate() {
                let of_part = self.own(row).into_iter().filter(|own| own.part == part);
                values.extend(of_part.map(|own| (own.value, record as u32, own.generic)));
            }
            values.sort_unstable();
            let cap = keys.iter().find(|key| key.is_of(part)).map_or(part.cap(), |key| key.cap);
            let blocks = values.chunk_by(|left, right| left.0 == right.0);
            for block in blocks.filter(|block| block.len() > cap) {
                marks.extend(block.iter().map(|(_, record, generic)| (*record as usize, *generic)));
            }
        }
        for (record, generic) in marks {
            self.rows[record].generic |= generic;
        }
    }
}
