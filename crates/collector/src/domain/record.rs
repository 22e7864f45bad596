//! Which source record a subject is.

use std::borrow::Cow;

use super::subject::{Known, Subject};

/// What names a source record within its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordKey<'a> {
    /// "key", the kind of an identifier, or "event".
    pub kind: &'static str,
    /// The key, the identifier's canonical value with its issuer, or the event id.
    pub value: Cow<'a, str>,
}

/// The key of a subject's record: its own key if sent, else its strongest identifier, else the event. `None` when what was
/// sent for it is not valid.
///
/// `event` is the event's id; of an amendment, that of its target, so that both are about the same record.
#[must_use]
pub fn key<'a>(subject: &Subject<'a>, known: &'a Known, event: Option<&'a str>) -> Option<RecordKey<'a>> {
    if !subject.key.is_empty() {
        return known.key_fits.then_some(RecordKey { kind: "key", value: Cow::Borrowed(subject.key) });
    }
    if known.unclear {
        return None;
    }
    let identifiers = known.identifiers.iter().map(|identifier| (identifier.kind, identifier.record_key()));
    match identifiers.min() {
        Some((kind, value)) => Some(RecordKey { kind: kind.as_str(), value }),
        None => event.map(|event| RecordKey { kind: "event", value: Cow::Borrowed(event) }),
    }
}

#[cfg(test)]
mod tests {
    use tenure_kernel::identifier::IdentifierKind::{self, CustomerNumber, Email, Phone};

    use super::{super::subject::Identifier, *};

    fn known(identifiers: &[(IdentifierKind, &str, &str)]) -> Known {
        let identifiers = identifiers.iter().map(|(kind, issuer, value)| Identifier {
            kind: *kind,
            value: (*value).to_owned(),
            issuer: (*issuer).to_owned(),
        });
        Known { key_fits: true, identifiers: identifiers.collect(), unclear: false }
    }

    fn named<'a>(key: &'a str, known: &'a Known) -> Option<(&'static str, String)> {
        let subject = Subject { key, ..Subject::default() };
        super::key(&subject, known, Some("e-1")).map(|found| (found.kind, found.value.into_owned()))
    }

    #[test]
    fn the_key_comes_first_then_the_strongest_identifier_then_the_event() {
        let several = known(&[(Phone, "", "+31612345678"), (Email, "", "b@x.nl"), (Email, "", "a@x.nl")]);
        assert_eq!(named("42", &several), Some(("key", "42".to_owned())));
        assert_eq!(named("", &several), Some(("email", "a@x.nl".to_owned())));
        let issued = known(&[(CustomerNumber, "shop", "1"), (CustomerNumber, "bank", "2"), (Email, "", "a@x.nl")]);
        assert_eq!(named("", &issued), Some(("customer_number", "bank\n2".to_owned())));
        assert_eq!(named("", &known(&[])), Some(("event", "e-1".to_owned())));
    }

    #[test]
    fn a_subject_with_nothing_valid_has_no_record() {
        let unclear = Known { unclear: true, ..known(&[]) };
        assert_eq!(named("", &unclear), None);
        assert_eq!(named("42", &unclear), Some(("key", "42".to_owned())));
        let unfit = Known { key_fits: false, ..known(&[(Email, "", "a@x.nl")]) };
        assert_eq!(named("4\n2", &unfit), None);
    }
}
