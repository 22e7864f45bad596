//! From the cells of a record to its row.

use super::{CONTACTS, GIVEN, PARTS, Row, Table};
use crate::{
    judge::AccountKind,
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
    text::fold,
};

impl Table {
    /// Adds a record; `cell` gives the text of a column by its place. Returns its place.
    pub fn push<'a>(&mut self, schema: &Schema, cell: impl Fn(usize) -> &'a str) -> usize {
        self.push_values(schema.country(), schema.columns().map(|(column, role)| (role, cell(column))))
    }

    /// Adds a record by what it says. Numbers without a country code are read in `country` (ISO 3166, two letters). Returns
    /// its place.
    pub fn push_values<'a>(&mut self, country: &str, values: impl IntoIterator<Item = (Role, &'a str)>) -> usize {
        let mut row = Row::default();
        let mut filled = Filling::default();
        for (role, text) in values {
            let text = text.trim();
            if !text.is_empty() {
                self.take(&mut row, &mut filled, role, text, country);
            }
        }
        self.names(&mut row, &filled);
        if row.birth.is_missing() {
            let part = |text: &str| text.parse().unwrap_or(0);
            row.birth = date::of_parts(part(&filled.year), part(&filled.month), part(&filled.day)).unwrap_or_default();
        }
        row.accounts = self.strings.put(&filled.accounts());
        self.derive(&mut row);
        self.rows.push(row);
        self.rows.len() - 1
    }

    fn take(&mut self, row: &mut Row, filled: &mut Filling, role: Role, text: &str, country: &str) {
        match role {
            Role::Given => join(&mut filled.given, text),
            Role::Initials => join(&mut filled.initials, text),
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
            Role::Account => filled.accounts.extend(account(text)),
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
        let found = (self.strings.put(&email.mailbox), self.strings.put(&email.domain));
        let known = |at: &usize| row.mailbox[*at] == 0 || (row.mailbox[*at], row.domain[*at]) == found;
        if let Some(at) = (0..CONTACTS).find(known) {
            (row.mailbox[at], row.domain[at]) = found;
        }
    }

    fn names(&mut self, row: &mut Row, filled: &Filling) {
        let parted = !filled.given.is_empty() || !filled.surname.is_empty();
        let (given, surname) = if parted {
            (name::given(&filled.given), name::surname(&filled.particle, &filled.surname))
        } else {
            name::full(&filled.full)
        };
        self.given(row, &given, &name::initials(&filled.initials));
        self.surname(row, &surname);
    }

    fn given(&mut self, row: &mut Row, given: &Given, initials: &str) {
        for (place, name) in row.given.iter_mut().zip(given.names.iter().take(GIVEN)) {
            *place = self.strings.put(name);
        }
        let first = |text: &str| text.bytes().next().map_or(0, letter);
        row.letters = first(initials) | first(&given.initials);
        row.initials = self.strings.put(if initials.is_empty() { &given.initials } else { initials });
        if let Some(name) = given.names.first() {
            let classes = nickname::classes_of(name);
            let roots = classes.iter().filter_map(|class| nickname::root(*class));
            row.letters |= roots.fold(0, |letters, root| letters | first(root));
        }
    }

    fn surname(&mut self, row: &mut Row, surname: &Surname) {
        for (place, part) in row.parts.iter_mut().zip(surname.parts.iter().take(PARTS)) {
            *place = self.strings.put(part);
        }
        row.core = self.strings.put(&surname.core);
        row.whole = self.strings.put(&surname.whole);
    }
}

/// What comes from several columns.
#[derive(Default)]
struct Filling {
    given: String,
    initials: String,
    particle: String,
    surname: String,
    full: String,
    year: String,
    month: String,
    day: String,
    texts: usize,
    accounts: Vec<String>,
}

/// Accounts that are kept of a record.
const ACCOUNTS: usize = 16;
/// No account is longer, in bytes.
const LONGEST_ACCOUNT: usize = 512;

impl Filling {
    fn accounts(&mut self) -> String {
        self.accounts.sort_unstable();
        self.accounts.dedup();
        self.accounts.truncate(ACCOUNTS);
        self.accounts.join("\n")
    }
}

/// An account "kind/issuer/value" of a known kind.
fn account(text: &str) -> Option<String> {
    let plain = text.len() <= LONGEST_ACCOUNT && !text.contains(char::is_control);
    (plain && AccountKind::of(text).is_some()).then(|| text.to_owned())
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
