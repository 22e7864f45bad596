//! A record as bytes of its own, to be kept and compared another day without its set.
//!
//! A version, then for each value that is there a tag, a length and the value, tags in ascending order. Only what was read
//! is kept; how it sounds and looks is found again when it is unpacked. The same record packs to the same bytes.

use super::{CONTACTS, GIVEN, Generic, PARTS, Row, TEXTS, Table};
use crate::{
    intern::hash,
    normalise::{date::Date, nickname},
};

/// The version of the form; another one is read by nobody but its writer, and records are packed anew from what was said.
const VERSION: u8 = 1;
/// No value is longer.
const LONGEST: usize = 16_384;

/// The bytes are no record of this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are no record of this version")]
pub struct Unpackable;

/// A number that depends on what a packed record says and on nothing else, to choose among equals.
#[must_use]
pub fn tie(packed: &[u8]) -> u64 {
    hash(packed)
}

/// The places of strings, in the order of their tags, from 1.
fn strings(row: &mut Row) -> [&mut u32; STRINGS] {
    let [given1, given2, given3] = &mut row.given;
    let [part1, part2, part3] = &mut row.parts;
    let [mailbox1, mailbox2] = &mut row.mailbox;
    let [domain1, domain2] = &mut row.domain;
    let [text1, text2, text3, text4] = &mut row.texts;
    [
        given1,
        given2,
        given3,
        &mut row.initials,
        part1,
        part2,
        part3,
        &mut row.core,
        &mut row.whole,
        &mut row.organisation,
        &mut row.street,
        &mut row.addition,
        &mut row.postcode,
        &mut row.place,
        &mut row.region,
        mailbox1,
        mailbox2,
        domain1,
        domain2,
        &mut row.iban,
        &mut row.national,
        &mut row.company,
        &mut row.customer,
        &mut row.source,
        text1,
        text2,
        text3,
        text4,
        &mut row.accounts,
    ]
}

const STRINGS: usize = GIVEN + 1 + PARTS + 8 + CONTACTS * 2 + 5 + TEXTS + 1;
const BIRTH: u8 = 64;
const GENDER: u8 = 65;
const HOUSE: u8 = 66;
const LETTERS: u8 = 67;
const PHONE: [u8; CONTACTS] = [68, 69];

impl Table {
    /// A record as bytes of its own.
    #[must_use]
    pub fn pack(&self, record: usize) -> Vec<u8> {
        let mut row = self.rows[record];
        let mut packed = vec![VERSION];
        for (at, number) in strings(&mut row).into_iter().enumerate() {
            put(&mut packed, at as u8 + 1, self.strings.get(*number));
        }
        if !row.birth.is_missing() {
            let [high, low] = row.birth.year.to_be_bytes();
            put(&mut packed, BIRTH, &[high, low, row.birth.month, row.birth.day]);
        }
        put_number(&mut packed, GENDER, row.gender.into());
        put_number(&mut packed, HOUSE, row.house.into());
        put_number(&mut packed, LETTERS, row.letters.into());
        for (tag, phone) in PHONE.into_iter().zip(row.phone) {
            put_number(&mut packed, tag, phone);
        }
        packed
    }

    /// Adds a packed record, of whose values some are left out of comparisons. Returns its place.
    ///
    /// # Errors
    ///
    /// [`Unpackable`] for what [`Table::pack`] did not write; the table is as it was, but for strings that nobody has.
    pub fn push_packed(&mut self, packed: &[u8], generic: Generic) -> Result<usize, Unpackable> {
        let (version, mut rest) = packed.split_first().ok_or(Unpackable)?;
        if *version != VERSION {
            return Err(Unpackable);
        }
        let mut row = Row { generic, ..Row::default() };
        let mut before = 0;
        while let Some((tag, after)) = rest.split_first() {
            let (value, after) = take(after)?;
            if *tag <= before || value.is_empty() {
                return Err(Unpackable);
            }
            self.unpack(&mut row, *tag, value)?;
            (before, rest) = (*tag, after);
        }
        self.derive(&mut row);
        self.rows.push(row);
        Ok(self.rows.len() - 1)
    }

    fn unpack(&mut self, row: &mut Row, tag: u8, value: &[u8]) -> Result<(), Unpackable> {
        if (1..=STRINGS as u8).contains(&tag) {
            let text = std::str::from_utf8(value).map_err(|_| Unpackable)?;
            *strings(row)[usize::from(tag) - 1] = self.strings.put(text);
            return Ok(());
        }
        match tag {
            BIRTH => row.birth = birth(value)?,
            GENDER => row.gender = number(value)?,
            HOUSE => row.house = number(value)?,
            LETTERS => row.letters = number(value)?,
            _ => {
                let at = PHONE.iter().position(|one| *one == tag).ok_or(Unpackable)?;
                row.phone[at] = number(value)?;
            }
        }
        Ok(())
    }

    /// What follows from the strings of a row.
    pub(super) fn derive(&mut self, row: &mut Row) {
        let first = self.strings.text(row.given[0]);
        if !first.is_empty() {
            row.classes = nickname::classes_of(first);
        }
        row.given_glance = crate::similarity::Glance::of(first.as_bytes());
        row.core_glance = crate::similarity::Glance::of(self.strings.get(row.core));
        row.given_sound = self.sound(row.given[0]);
        row.surname_sound = self.sound(row.core);
        for at in 0..PARTS {
            row.part_sounds[at] = if self.strings.get(row.parts[at]).len() > 1 { self.sound(row.parts[at]) } else { 0 };
        }
    }

    fn sound(&mut self, number: u32) -> u32 {
        if number == 0 {
            return 0;
        }
        let sound = crate::text::sound(self.strings.text(number));
        self.strings.put(&sound)
    }
}

fn put(packed: &mut Vec<u8>, tag: u8, value: &[u8]) {
    if value.is_empty() {
        return;
    }
    packed.push(tag);
    let mut length = value.len();
    while length >= 128 {
        packed.push(length as u8 | 128);
        length >>= 7;
    }
    packed.push(length as u8);
    packed.extend_from_slice(value);
}

fn put_number(packed: &mut Vec<u8>, tag: u8, value: u64) {
    let bytes = value.to_le_bytes();
    let length = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    put(packed, tag, &bytes[..length]);
}

/// A value and what comes after it.
fn take(bytes: &[u8]) -> Result<(&[u8], &[u8]), Unpackable> {
    let (mut length, mut at) = (0_usize, 0);
    loop {
        let byte = *bytes.get(at).ok_or(Unpackable)?;
        length |= usize::from(byte & 127) << (7 * at);
        at += 1;
        if byte < 128 {
            break;
        }
        if at == 3 {
            return Err(Unpackable);
        }
    }
    let shortest = at == 1 || bytes[at - 1] != 0;
    if length > LONGEST || !shortest {
        return Err(Unpackable);
    }
    bytes[at..].split_at_checked(length).ok_or(Unpackable)
}

fn number<T: TryFrom<u64>>(value: &[u8]) -> Result<T, Unpackable> {
    if value.last() == Some(&0) {
        return Err(Unpackable);
    }
    let mut bytes = [0; 8];
    bytes.get_mut(..value.len()).ok_or(Unpackable)?.copy_from_slice(value);
    T::try_from(u64::from_le_bytes(bytes)).map_err(|_| Unpackable)
}

fn birth(value: &[u8]) -> Result<Date, Unpackable> {
    let [high, low, month, day] = value.try_into().map_err(|_| Unpackable)?;
    let date = Date { year: u16::from_be_bytes([high, low]), month, day };
    if date.is_missing() || date.year > 9_999 || month > 31 || day > 31 { Err(Unpackable) } else { Ok(date) }
}
