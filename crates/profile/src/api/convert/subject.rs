//! What a source knows of a subject, as fields. The README has the table.

use tenure_kernel::identifier::IdentifierKind;
use tenure_proto::collector::v1::{Identifier, PostalAddress, SubjectAttributes, SubjectPrivate};

use super::field;
use crate::domain::fact::Field;

/// Where an address is that does not say so.
const HOME_COUNTRY: &str = "NL";

/// The fields of a subject, as a source told them.
pub(crate) fn fields(private: &SubjectPrivate, source: &str) -> Vec<Field> {
    let mut fields: Vec<Field> = private.identifiers.iter().filter_map(|one| identifier(one, source)).collect();
    if let Some(attributes) = &private.attributes {
        fields.extend(told(attributes));
        fields.extend(family_name(attributes));
        fields.extend(attributes.postal_address.as_ref().into_iter().flat_map(address));
    }
    fields
}

fn told(attributes: &SubjectAttributes) -> impl Iterator<Item = Field> {
    let told = [
        ("name.given_name", &attributes.given_name),
        ("name.initials", &attributes.initials),
        ("birth_date", &attributes.birth_date),
        ("language", &attributes.language_code),
        ("time_zone", &attributes.time_zone),
        ("organisation_name", &attributes.organisation_name),
    ];
    told.into_iter().filter(|(_, value)| !value.is_empty()).map(|(path, value)| field(path, value))
}

/// The family name with its prefix, even if that is empty: the prefix of a former name must not stay.
fn family_name(attributes: &SubjectAttributes) -> Vec<Field> {
    if attributes.family_name.is_empty() {
        return Vec::new();
    }
    vec![
        field("name.family_name_prefix", &attributes.family_name_prefix),
        field("name.family_name", &attributes.family_name),
    ]
}

/// The whole address, empty parts too: nothing of a former address must stay.
fn address(address: &PostalAddress) -> Vec<Field> {
    let parts = [
        ("address.street", &address.street),
        ("address.house_number", &address.house_number),
        ("address.house_number_addition", &address.house_number_addition),
        ("address.postal_code", &address.postal_code),
        ("address.city", &address.city),
    ];
    if parts.iter().all(|(_, value)| value.is_empty()) && address.country_code.is_empty() {
        return Vec::new();
    }
    let country = if address.country_code.is_empty() { HOME_COUNTRY } else { &address.country_code };
    let parts = parts.into_iter().map(|(path, value)| field(path, value));
    parts.chain([field("address.country_code", country)]).collect()
}

/// Cookies and devices are left out: they are many and short-lived, and say nothing of the person.
fn identifier(identifier: &Identifier, source: &str) -> Option<Field> {
    let kind = IdentifierKind::from_number(identifier.kind)?;
    let issuer = if identifier.issuer.is_empty() { source } else { &identifier.issuer };
    let path = match kind {
        IdentifierKind::Email | IdentifierKind::Phone | IdentifierKind::Iban => format!("contact.{}", kind.as_str()),
        IdentifierKind::Cookie | IdentifierKind::Device => return None,
        IdentifierKind::NationalId => format!("identifier.{}", kind.as_str()),
        _ => format!("identifier.{}.{issuer}", kind.as_str()),
    };
    (!identifier.value.is_empty()).then(|| field(path, &identifier.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(private: &SubjectPrivate) -> Vec<String> {
        fields(private, "crm").iter().map(|field| format!("{}={}", field.path, field.value)).collect()
    }

    #[test]
    fn a_new_name_or_address_clears_what_it_does_not_say() {
        let postal_address =
            Some(PostalAddress { street: "Dorpsweg".into(), house_number: "3".into(), ..Default::default() });
        let attributes = SubjectAttributes { family_name: "Jansen".into(), postal_address, ..Default::default() };
        let private = SubjectPrivate { attributes: Some(attributes), ..Default::default() };
        let expected = [
            "name.family_name_prefix=",
            "name.family_name=Jansen",
            "address.street=Dorpsweg",
            "address.house_number=3",
            "address.house_number_addition=",
            "address.postal_code=",
            "address.city=",
            "address.country_code=NL",
        ];
        assert_eq!(flat(&private), expected);
        let nothing = SubjectAttributes { postal_address: Some(PostalAddress::default()), ..Default::default() };
        assert!(flat(&SubjectPrivate { attributes: Some(nothing), ..Default::default() }).is_empty());
    }

    #[test]
    fn identifiers_tell_their_issuer_where_they_have_one() {
        let identifier =
            |kind, value: &str, issuer: &str| Identifier { kind, value: value.into(), issuer: issuer.into() };
        let identifiers = vec![
            identifier(5, "jan@example.nl", ""),
            identifier(1, "123456782", ""),
            identifier(2, "K1", ""),
            identifier(2, "K1", "webshop"),
            identifier(9, "cookie", ""),
            identifier(99, "x", ""),
        ];
        let private = SubjectPrivate { identifiers, key: "secret".into(), note: "note".into(), ..Default::default() };
        let expected = [
            "contact.email=jan@example.nl",
            "identifier.national_id=123456782",
            "identifier.customer_number.crm=K1",
            "identifier.customer_number.webshop=K1",
        ];
        assert_eq!(flat(&private), expected);
    }
}
