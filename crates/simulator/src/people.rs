//! A person, as they are.

use crate::{
    identifiers::{Emails, customer_number, iban, phone},
    names::{CITIES, FAMILIES, FamilyName, GivenName, MEN, STREETS, WOMEN},
    records::Record,
    rng::{Rng, mix},
};

/// Letters that Dutch postal codes use.
const POSTAL_LETTERS: &[u8] = b"ABCDEGHJKLMNPRSTVWXZ";

/// What follows a house number.
const ADDITIONS: &[&str] = &["A", "B", "C", "2", "bis", "hs"];

/// A date of birth.
#[derive(Clone, Copy)]
pub(crate) struct BirthDate {
    /// The year.
    pub(crate) year: i64,
    /// The month, 1 to 12.
    pub(crate) month: i64,
    /// The day, 1 to 28.
    pub(crate) day: i64,
}

/// A customer. Whom they live with and what they share is for the household to say.
pub(crate) struct Person {
    /// The number of the household.
    pub(crate) household: u32,
    /// The given name.
    pub(crate) given: &'static GivenName,
    /// The family name.
    pub(crate) family: FamilyName,
    /// The date of birth.
    pub(crate) birth: BirthDate,
    /// The number that the company gave them, whether or not a source uses it.
    pub(crate) customer_number: String,
    /// The e-mail address in lower case; some have none.
    pub(crate) email: Option<String>,
    /// Whether another person uses that address too.
    pub(crate) email_shared: bool,
    /// Whether the address was theirs first.
    pub(crate) email_owned: bool,
    /// The phone number in E.164.
    pub(crate) phone: String,
    /// Whether nobody else in the household uses that number.
    pub(crate) phone_own: bool,
    /// The bank account.
    pub(crate) iban: String,
    /// How the sources know them, one to three.
    pub(crate) records: Vec<Record>,
}

/// What is decided of a person before they are drawn.
pub(crate) struct Outline {
    /// The customer's number, from 0.
    pub(crate) index: u32,
    /// The household's number, from 0.
    pub(crate) household: u32,
    /// The family name.
    pub(crate) family: FamilyName,
    /// Whether a woman.
    pub(crate) woman: bool,
    /// The year of birth.
    pub(crate) year: i64,
}

impl Person {
    /// Draws a person who shares nothing yet.
    pub(crate) fn draw(outline: &Outline, seed: u64, emails: &mut Emails, rng: &mut Rng) -> Self {
        let given = rng.pick(if outline.woman { WOMEN } else { MEN });
        let birth = BirthDate { year: outline.year, month: rng.between(1, 12), day: rng.between(1, 28) };
        let with_email = if outline.year < 1950 { 0.7 } else { 0.96 };
        let email = rng.chance(with_email).then(|| emails.draw(given, outline.family, outline.year, rng));
        Self {
            household: outline.household,
            given,
            family: outline.family,
            birth,
            customer_number: customer_number(outline.index, seed),
            email,
            email_shared: false,
            email_owned: true,
            phone: phone(outline.index, seed),
            phone_own: true,
            iban: iban(outline.index, seed),
            records: Vec::new(),
        }
    }

    /// The address, if it is theirs alone to log in with.
    pub(crate) fn own_email(&self) -> Option<&String> {
        self.email.as_ref().filter(|_| self.email_owned)
    }
}

/// Draws a family name.
pub(crate) fn family_name(rng: &mut Rng) -> FamilyName {
    *rng.pick(FAMILIES)
}

/// A Dutch address.
pub(crate) struct Address {
    /// The street.
    pub(crate) street: &'static str,
    /// The house number.
    pub(crate) house_number: i64,
    /// What follows it; mostly nothing.
    pub(crate) addition: &'static str,
    /// The postal code as digits and letters without a space.
    pub(crate) postal_code: String,
    /// The city.
    pub(crate) city: &'static str,
}

impl Address {
    /// Draws an address. A postal code has one street, as in life.
    pub(crate) fn draw(rng: &mut Rng) -> Self {
        let city = rng.pick(CITIES);
        let digits = rng.between(i64::from(city.low), i64::from(city.high));
        let letters = [*rng.pick(POSTAL_LETTERS), *rng.pick(POSTAL_LETTERS)];
        let code = u64::from_be_bytes([0, 0, 0, 0, (digits >> 8) as u8, digits as u8, letters[0], letters[1]]);
        Self {
            street: STREETS[(mix(code) % STREETS.len() as u64) as usize],
            house_number: rng.between(1, 180),
            addition: if rng.chance(0.12) { *rng.pick(ADDITIONS) } else { "" },
            postal_code: format!("{digits}{}{}", char::from(letters[0]), char::from(letters[1])),
            city: city.name,
        }
    }
}
