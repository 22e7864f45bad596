//! Touchpoints as tests need them.

use prost_types::Timestamp;
use tenure_proto::collector::v1::{
    Amendment, Identifier, IdentifierKind, Money, PostalAddress, Subject, SubjectAttributes, SubjectRole, Touchpoint,
    TouchpointType, amendment::Kind,
};

/// 2026-01-01.
pub const NEW_YEAR: i64 = 1_767_225_600;

/// A touchpoint of a source about the holder of a key, some days after [`NEW_YEAR`].
#[must_use]
pub fn touchpoint(kind: TouchpointType, source: &str, event_id: &str, key: &str, day: i64) -> Touchpoint {
    Touchpoint {
        source: source.to_owned(),
        event_id: event_id.to_owned(),
        r#type: kind.into(),
        occur_time: Some(Timestamp { seconds: NEW_YEAR + 86_400 * day, nanos: 0 }),
        subjects: vec![Subject { role: SubjectRole::Primary.into(), key: key.to_owned(), ..Subject::default() }],
        ..Touchpoint::default()
    }
}

/// A purchase for some cents.
#[must_use]
pub fn purchase(source: &str, event_id: &str, key: &str, day: i64, cents: i64) -> Touchpoint {
    let amount = Some(Money { currency_code: "EUR".to_owned(), minor_units: cents });
    Touchpoint { amount, ..touchpoint(TouchpointType::OrderPlaced, source, event_id, key, day) }
}

/// The same with an identifier of its primary subject.
#[must_use]
pub fn with_identifier(mut touchpoint: Touchpoint, kind: IdentifierKind, value: &str) -> Touchpoint {
    let identifier = Identifier { kind: kind.into(), value: value.to_owned(), issuer: String::new() };
    touchpoint.subjects[0].identifiers.push(identifier);
    touchpoint
}

/// The same with attributes of its primary subject.
#[must_use]
pub fn with_attributes(mut touchpoint: Touchpoint, attributes: SubjectAttributes) -> Touchpoint {
    touchpoint.subjects[0].attributes = Some(attributes);
    touchpoint
}

/// Of records that are enough alike for a linkage model to be trained on.
pub fn alike() -> impl Iterator<Item = Touchpoint> {
    let attributes = |n: usize| SubjectAttributes {
        given_name: ["Anna", "Jan", "Piet"][n % 3].to_owned(),
        family_name: "Bakker".to_owned(),
        birth_date: "1971-04-23".to_owned(),
        ..SubjectAttributes::default()
    };
    (0..22).map(move |n| {
        let called = touchpoint(TouchpointType::CallEnded, "desk", &format!("a{n}"), &format!("a{n}"), 3);
        with_attributes(called, attributes(n))
    })
}

/// The same as an amendment.
#[must_use]
pub fn amending(mut touchpoint: Touchpoint, kind: Kind, target: &str, revision: i32) -> Touchpoint {
    touchpoint.amendment = Some(Amendment { kind: kind.into(), target_event_id: target.to_owned(), revision });
    touchpoint
}

/// Calls of two who may well be one person: a nickname of no one's, and a birth a day apart.
#[must_use]
pub fn in_doubt() -> [Touchpoint; 2] {
    [("Pieter", "1964-02-11"), ("Pim", "1964-02-12")].map(|(given, birth)| {
        let attributes = SubjectAttributes {
            given_name: given.to_owned(),
            family_name: "Bakkenes".to_owned(),
            birth_date: birth.to_owned(),
            postal_address: Some(PostalAddress {
                street: "Damrak".to_owned(),
                house_number: "1".to_owned(),
                postal_code: "1012 LG".to_owned(),
                city: "Amsterdam".to_owned(),
                ..PostalAddress::default()
            }),
            ..SubjectAttributes::default()
        };
        with_attributes(touchpoint(TouchpointType::CallAnswered, "desk", given, given, 1), attributes)
    })
}
