//! Identifiers to look up.

use tenure_kernel::{Reason, Refusal, identifier::IdentifierKind};
use tenure_proto::{
    collector::v1::{Identifier, SubjectAttributes, SubjectPrivate},
    identity::v1 as pb,
};
use tenure_server::Violations;

use super::content::say;
use crate::{
    app::resolve_identity::{Sought, Wanted},
    config::{ATTRIBUTE_BYTES, ISSUER_BYTES, LOOKUP_IDENTIFIERS, VALUE_BYTES},
    domain::content::Content,
};

/// What a request looks for: identifiers in canonical form, and what they and the attributes say of a record.
pub(crate) fn sought(request: &pb::ResolveIdentityRequest) -> Result<Sought, Refusal> {
    let mut violations = Violations::new();
    let attributes = request.attributes.as_ref().filter(|told| !texts(told).iter().all(|(_, text)| text.is_empty()));
    match request.identifiers.len() {
        0 if attributes.is_none() => {
            violations.push("identifiers", Reason::FieldRequired, "at least one is needed, or attributes")
        }
        count if count > LOOKUP_IDENTIFIERS => {
            violations.push("identifiers", Reason::FieldTooLong, format!("{count}; at most {LOOKUP_IDENTIFIERS}"))
        }
        _ => &mut violations,
    };
    let read = request.identifiers.iter().take(LOOKUP_IDENTIFIERS).enumerate();
    let wanted: Vec<Wanted> = read.filter_map(|(place, query)| one(place, query, &mut violations)).collect();
    for (field, text) in attributes.iter().flat_map(|told| texts(told)) {
        if text.len() > ATTRIBUTE_BYTES {
            violations.push(
                format!("attributes.{field}"),
                Reason::FieldTooLong,
                format!("{} bytes; at most {ATTRIBUTE_BYTES}", text.len()),
            );
        }
    }
    violations.finish()?;
    let description = attributes.map(|told| described(&wanted, told));
    Ok(Sought { wanted, description })
}

fn texts(told: &SubjectAttributes) -> Vec<(&'static str, &str)> {
    let mut texts = vec![
        ("given_name", told.given_name.as_str()),
        ("initials", &told.initials),
        ("family_name_prefix", &told.family_name_prefix),
        ("family_name", &told.family_name),
        ("birth_date", &told.birth_date),
        ("organisation_name", &told.organisation_name),
    ];
    if let Some(address) = &told.postal_address {
        texts.extend([
            ("postal_address.street", address.street.as_str()),
            ("postal_address.house_number", &address.house_number),
            ("postal_address.house_number_addition", &address.house_number_addition),
            ("postal_address.postal_code", &address.postal_code),
            ("postal_address.city", &address.city),
        ]);
    }
    texts
}

/// What a record of all that would say.
fn described(wanted: &[Wanted], told: &SubjectAttributes) -> Content {
    let identifier =
        |one: &Wanted| Identifier { kind: one.kind.number(), value: one.canonical.clone(), issuer: one.issuer.clone() };
    let private = SubjectPrivate {
        identifiers: wanted.iter().map(identifier).collect(),
        attributes: Some(told.clone()),
        ..SubjectPrivate::default()
    };
    let mut content = Content::default();
    say(&mut content, &private, "");
    content
}

fn one(place: usize, query: &pb::IdentifierQuery, violations: &mut Violations) -> Option<Wanted> {
    let field = |name: &str| format!("identifiers[{place}].{name}");
    let value = violations.text(field("value"), &query.value, VALUE_BYTES);
    let name = violations.text(field("kind"), &query.kind, VALUE_BYTES)?;
    let Ok(kind) = name.parse::<IdentifierKind>() else {
        violations.push(field("kind"), Reason::FieldMalformed, "not a kind of identifier");
        return None;
    };
    let issuer = if kind.has_issuer() { violations.text(field("issuer"), &query.issuer, ISSUER_BYTES)? } else { "" };
    let canonical = kind.canonical(value?);
    if canonical.is_none() {
        violations.push(field("value"), Reason::FieldMalformed, "not valid for its kind");
    }
    Some(Wanted { kind, issuer: issuer.to_owned(), canonical: canonical? })
}
