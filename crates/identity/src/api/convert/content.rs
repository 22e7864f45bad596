//! What a subject's identifiers and attributes say of its record.

use tenure_kernel::identifier::IdentifierKind;
use tenure_proto::collector::v1 as pb;

use crate::domain::content::{Content, Field};

/// Who issued an identifier: whoever it names, or else the source that sent it.
pub(crate) fn issuer<'a>(identifier: &'a pb::Identifier, source: &'a str) -> &'a str {
    if identifier.issuer.is_empty() { source } else { &identifier.issuer }
}

/// Adds what a subject says. Cookies and devices say nothing: they are many and short-lived.
pub(crate) fn say(content: &mut Content, private: &pb::SubjectPrivate, source: &str) {
    for one in &private.identifiers {
        let account = |name: &str| format!("{name}/{}/{}", issuer(one, source), one.value);
        let Some(kind) = IdentifierKind::from_number(one.kind) else { continue };
        match kind {
            IdentifierKind::NationalId => content.say(Field::National, &one.value),
            IdentifierKind::CustomerNumber => content.say(Field::Account, account("customer")),
            IdentifierKind::LoyaltyNumber => content.say(Field::Account, account("loyalty")),
            IdentifierKind::Login => content.say(Field::Account, account("login")),
            IdentifierKind::Email => content.say(Field::Email, &one.value),
            IdentifierKind::Phone => content.say(Field::Phone, &one.value),
            IdentifierKind::Iban => content.say(Field::Iban, &one.value),
            IdentifierKind::PolicyNumber => content.say(Field::Other, ""),
            IdentifierKind::Cookie | IdentifierKind::Device => {}
        }
    }
    let Some(told) = &private.attributes else { return };
    content.say(Field::Given, &told.given_name);
    content.say(Field::Initials, &told.initials);
    content.say(Field::Particle, &told.family_name_prefix);
    content.say(Field::Surname, &told.family_name);
    content.say(Field::Birth, &told.birth_date);
    content.say(Field::Organisation, &told.organisation_name);
    if let Some(address) = &told.postal_address {
        content.say(Field::Street, &address.street);
        content.say(Field::House, &address.house_number);
        content.say(Field::Addition, &address.house_number_addition);
        content.say(Field::Postcode, &address.postal_code);
        content.say(Field::Place, &address.city);
    }
}
