//! From the cells of a record to its row.

use super::{CONTACTS, GIVEN, PARTS, Row, Table};
use crate::{
    normalise::{
        address, date,
        email::email,
        gender::{Gender, gender},
        iban::iban,
        name::{self, Given, Surname},
        nickname,
        number::number,
        organisation::organisation,
        phone::phone,
    },
    schema::{Role, Schema},
    similarity::Glance,
    text::{fold, sound},
};

impl Table {
    /// Adds a record; `cell` gives the text of a column by its place. Returns its place.
    pub fn push<'a>(&mut self, schema: &Schema, cell: impl Fn(usize) -> &'a str) -> usize {
        let mut row = Row::default();
        let mut filled = Filling::default();
        for (column, role) in schema.columns() {
            let text = cell(column).trim();
            if !text.is_empty() {
                self.take(&mut row, &mut filled, role, text, schema.country());
            }
        }
        self.names(&mut row, &filled);
        if row.birth.is_missing() {
            let part = |text: &str| text.parse().unwrap_or(0);
            row.birth = date::of_parts(part(&filled.year), part(&filled.month), part(&filled.day)).unwrap_or_default();
        }
        self.rows.push(row);
        self.rows.len() - 1
    }

    fn take(&mut self, row: &mut Row, filled: &mut Filling, role: Role, text: &str, country: &str) {
        match role {
            Role::Given => join(&mut filled.given, text),
            Role::Particle => join(&mut filled.particle, text),
            Role::Surname => join(&mut filled.surname, text),
            Role::FullName => join(&mut filled.full, text),
            Role::BirthDate => row.birth = date::date(text).unwrap_or_default(),
            Role::BirthYear => text.clone_into(&mut filled.year),
            Role::BirthMonth => text.clone_into(&mut filled.month),
            Role::BirthDay => text.clone_into(&mut filled.day),
            Role::Gender => row.gender = gender(text).map_or(0, code),
            Role::Email => self.take_email(row, text),
            Role::Phone => put(&mut row.phone, phone(text, country).unwrap_or(0)),
            Role::House => self.take_house(row, text),
            Role::HouseAddition => row.addition = self.strings.put(&fold(text)),
            Role::Street => row.street = self.strings.put(&address::street(text)),
            Role::AddressLine => {
                let (street, house) = address::line(text);
                row.street = self.strings.put(&street);
                if let Some(house) = house {
                    row.house = house.number;
                    row.addition = self.strings.put(&house.addition);
                }
            }
            Role::Postcode => row.postcode = self.strings.put(&address::postcode(text)),
            Role::Place => row.place = self.strings.put(&fold(text)),
            Role::Region => row.region = self.strings.put(&fold(text)),
            Role::Iban => row.iban = iban(text).map_or(0, |plain| self.strings.put(&plain)),
            Role::NationalId => row.national = number(text).map_or(0, |plain| self.strings.put(&plain)),
            Role::CompanyNumber => row.company = number(text).map_or(0, |plain| self.strings.put(&plain)),
            Role::CustomerNumber => row.customer = number(text).map_or(0, |plain| self.strings.put(&plain)),
            Role::Organisation => row.organisation = self.strings.put(&organisation(text)),
            Role::Source => row.source = self.strings.put(&fold(text)),
            Role::Text => self.take_text(row, filled, text),
            Role::Id | Role::Ignored => {}
        }
        if role == Role::Text {
            filled.texts += 1;
        }
    }

    fn take_text(&mut self, row: &mut Row, filled: &Filling, text: &str) {
        if let Some(place) = row.texts.get_mut(filled.texts) {
            *place = self.strings.put(&fold(text));
        }
    }

    fn take_house(&mut self, row: &mut Row, text: &str) {
        if let Some(house) = address::house(text) {
            row.house = house.number;
            if !house.addition.is_empty() {
                row.addition = self.strings.put(&house.addition);
            }
        }
    }

    fn take_email(&mut self, row: &mut Row, text: &str) {
        let Some(email) = email(text) else { return };
        if let Some(at) = (0..CONTACTS).find(|&at| row.mailbox[at] == 0) {
            row.mailbox[at] = self.strings.put(&email.mailbox);
            row.domain[at] = self.strings.put(&email.domain);
        }
    }

    fn names(&mut self, row: &mut Row, filled: &Filling) {
        let parted = !filled.given.is_empty() || !filled.surname.is_empty();
        let (given, surname) = if parted {
            (name::given(&filled.given), name::surname(&filled.particle, &filled.surname))
        } else {
            name::full(&filled.full)
        };
        self.given(row, &given);
        self.surname(row, &surname);
    }

    fn given(&mut self, row: &mut Row, given: &Given) {
        for (place, name) in row.given.iter_mut().zip(given.names.iter().take(GIVEN)) {
            *place = self.strings.put(name);
        }
        row.initials = self.strings.put(&given.initials);
        row.letters = given.initials.bytes().next().map_or(0, letter);
        if let Some(first) = given.names.first() {
            row.classes = nickname::classes_of(first);
            row.given_sound = self.strings.put(&sound(first));
            row.given_glance = Glance::of(first.as_bytes());
            let roots = row.classes.iter().filter_map(|class| nickname::root(*class));
            row.letters |= roots.filter_map(|root| root.bytes().next()).fold(0, |letters, byte| letters | letter(byte));
        }
    }

    fn surname(&mut self, row: &mut Row, surname: &Surname) {
        for (at, part) in surname.parts.iter().take(PARTS).enumerate() {
            row.parts[at] = self.strings.put(part);
            row.part_sounds[at] = if part.len() > 1 { self.strings.put(&sound(part)) } else { 0 };
        }
        row.core_glance = Glance::of(surname.core.as_bytes());
        row.core = self.strings.put(&surname.core);
        row.whole = self.strings.put(&surname.whole);
        row.surname_sound = self.strings.put(&sound(&surname.core));
    }
}

/// What comes from several columns.
#[derive(Default)]
struct Filling {
    given: String,
    particle: String,
    surname: String,
    full: String,
    year: String,
    month: String,
    day: String,
    texts: usize,
}

fn join(text: &mut String, more: &str) {
    if !text.is_empty() {
        text.push(' ');
    }
    text.push_str(more);
}

fn put(places: &mut [u64; CONTACTS], value: u64) {
    if let Some(place) = places.iter_mut().find(|place| **place == 0 || **place == value) {
        *place = value;
    }
}

fn code(gender: Gender) -> u8 {
    match gender {
        Gender::Female => 1,
        Gender::Male => 2,
        Gender::Other => 3,
    }
}

fn letter(byte: u8) -> u32 {
    if byte.is_ascii_lowercase() { 1 << (byte - b'a') } else { 0 }
}
