//! How the sources know a person, and how well. What is missing or wrong here is what keeps exact linking from finding
//! everybody.

use tenure_proto::collector::v1::IdentifierKind;

use crate::{identifiers::Emails, people::Person, rng::Rng};

/// A source system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The web shop. Its key is the login's e-mail address; it does not know customer numbers.
    Webshop,
    /// The customer administration. Its key is the customer number.
    Crm,
    /// The contact centre. Its key is a phone number, or an e-mail address.
    ContactCentre,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Webshop, Self::Crm, Self::ContactCentre];

    /// The name in `Touchpoint.source`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Webshop => "webshop",
            Self::Crm => "crm",
            Self::ContactCentre => "contactcenter",
        }
    }
}

/// An identifier that a source holds, in canonical form.
pub(crate) struct Known {
    /// What it is.
    pub(crate) kind: IdentifierKind,
    /// The value.
    pub(crate) value: String,
}

/// A source record.
pub(crate) struct Record {
    /// Whose.
    pub(crate) source: Source,
    /// What is sent as `Subject.key`.
    pub(crate) key: String,
    /// The identifiers; the first goes with every touchpoint.
    pub(crate) known: Vec<Known>,
}

fn known(kind: IdentifierKind, value: &str) -> Known {
    Known { kind, value: value.to_owned() }
}

/// Draws the records of a person: the web shop or the customer administration, or both, and perhaps the contact centre.
pub(crate) fn draw(person: &Person, emails: &mut Emails, rng: &mut Rng) -> Vec<Record> {
    let shops = rng.chance(0.7);
    let webshop = person.own_email().filter(|_| shops).map(|email| webshop(person, email, rng));
    let with_crm = webshop.is_none() || rng.chance(0.65);
    let crm = with_crm.then(|| crm(person, emails, rng));
    let calls = rng.chance(0.35);
    let contact_centre = if calls { contact_centre(person, with_crm, rng) } else { None };
    [webshop, crm, contact_centre].into_iter().flatten().collect()
}

fn webshop(person: &Person, email: &str, rng: &mut Rng) -> Record {
    let mut list = vec![known(IdentifierKind::Email, email)];
    if rng.chance(0.8) {
        list.push(known(IdentifierKind::Phone, &person.phone));
    }
    if rng.chance(0.4) {
        list.push(known(IdentifierKind::Iban, &person.iban));
    }
    Record { source: Source::Webshop, key: email.to_owned(), known: list }
}

fn crm(person: &Person, emails: &mut Emails, rng: &mut Rng) -> Record {
    let mut list = vec![known(IdentifierKind::CustomerNumber, &person.customer_number)];
    if let Some(email) = administered_email(person, emails, rng) {
        list.push(known(IdentifierKind::Email, &email));
    }
    if rng.chance(0.75) {
        list.push(known(IdentifierKind::Phone, &person.phone));
    }
    if rng.chance(0.8) {
        list.push(known(IdentifierKind::Iban, &person.iban));
    }
    Record { source: Source::Crm, key: person.customer_number.clone(), known: list }
}

/// The administration holds the right address mostly, else none, a mistyped one, or one from long ago. A shared address
/// is always held, so that those who share it are always joined.
fn administered_email(person: &Person, emails: &mut Emails, rng: &mut Rng) -> Option<String> {
    let email = person.email.as_ref()?;
    match rng.uniform() {
        _ if person.email_shared => Some(email.clone()),
        u if u < 0.025 => None,
        u if u < 0.035 => Some(emails.mistype(email, rng)),
        u if u < 0.043 => Some(emails.draw(person.given, person.family, person.birth.year, rng)),
        _ => Some(email.clone()),
    }
}

/// A shared phone or a borrowed address is no key: it would make two people one record. Who has neither is not known here.
fn contact_centre(person: &Person, has_number: bool, rng: &mut Rng) -> Option<Record> {
    let by_phone = rng.chance(0.6);
    if person.phone_own && (by_phone || person.own_email().is_none()) {
        return Some(caller(person, has_number, rng));
    }
    let email = person.own_email()?;
    let mut list = vec![known(IdentifierKind::Email, email)];
    if rng.chance(0.7) {
        list.push(known(IdentifierKind::Phone, &person.phone));
    }
    if has_number && rng.chance(0.6) {
        list.push(known(IdentifierKind::CustomerNumber, &person.customer_number));
    }
    Some(Record { source: Source::ContactCentre, key: email.clone(), known: list })
}

/// Agents ask callers for their customer number or, without it, for their e-mail address; now and then they get neither.
fn caller(person: &Person, has_number: bool, rng: &mut Rng) -> Record {
    let mut list = vec![known(IdentifierKind::Phone, &person.phone)];
    let number = has_number && rng.chance(0.85);
    if number {
        list.push(known(IdentifierKind::CustomerNumber, &person.customer_number));
    }
    if let Some(email) = &person.email
        && rng.chance(if number { 0.3 } else { 0.92 })
    {
        list.push(known(IdentifierKind::Email, email));
    }
    Record { source: Source::ContactCentre, key: person.phone.clone(), known: list }
}
