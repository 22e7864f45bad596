//! Identifiers to look up.

use tenure_kernel::{Reason, Refusal, identifier::IdentifierKind};
use tenure_proto::identity::v1 as pb;
use tenure_server::Violations;

use crate::{
    app::resolve_identity::Wanted,
    config::{ISSUER_BYTES, LOOKUP_IDENTIFIERS, VALUE_BYTES},
};

/// The identifiers of a request, in canonical form.
pub(crate) fn wanted(identifiers: &[pb::IdentifierQuery]) -> Result<Vec<Wanted>, Refusal> {
    let mut violations = Violations::new();
    match identifiers.len() {
        0 => violations.push("identifiers", Reason::FieldRequired, "at least one is needed"),
        count if count > LOOKUP_IDENTIFIERS => {
            violations.push("identifiers", Reason::FieldTooLong, format!("{count}; at most {LOOKUP_IDENTIFIERS}"))
        }
        _ => &mut violations,
    };
    let read = identifiers.iter().take(LOOKUP_IDENTIFIERS).enumerate();
    let wanted = read.filter_map(|(place, query)| one(place, query, &mut violations)).collect();
    violations.finish()?;
    Ok(wanted)
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
