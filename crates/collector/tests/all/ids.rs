//! Which record a touchpoint is about.

use tenure_kernel::{RecordId, TouchpointId};
use tenure_proto::collector::v1 as pb;

use crate::fixture::{World, order};

fn identifier(kind: pb::IdentifierKind, value: &str, issuer: &str) -> pb::Identifier {
    pb::Identifier { kind: kind.into(), value: value.to_owned(), issuer: issuer.to_owned() }
}

async fn records(world: &World, subjects: Vec<(&str, Vec<pb::Identifier>)>) -> Vec<RecordId> {
    let touchpoint = |(number, (key, identifiers)): (usize, (&str, Vec<pb::Identifier>))| {
        let mut touchpoint = order(&number.to_string(), key);
        touchpoint.subjects[0].identifiers = identifiers;
        touchpoint
    };
    let touchpoints = subjects.into_iter().enumerate().map(touchpoint).collect();
    let outcomes = world.preview(touchpoints).await;
    outcomes.iter().map(|outcome| outcome.record_id.parse().unwrap()).collect()
}

#[tokio::test]
async fn records_are_derived_from_key_or_strongest_identifier_or_event() {
    use pb::IdentifierKind::{CustomerNumber, Email, Iban, Phone};
    for world in World::each().await {
        let secret = world.keyring.id_secret(&"acme".parse().unwrap()).await.unwrap();
        let record = |kind, value: &str| secret.record("webshop", kind, value);
        let email = || identifier(Email, "Jan@Example.NL", "ignored");
        let found = records(
            &world,
            vec![
                ("Jan-1", vec![email()]),
                ("", vec![identifier(Phone, "06 12345678", ""), email()]),
                ("", vec![email(), identifier(CustomerNumber, "k-1", "")]),
                ("", vec![email(), identifier(CustomerNumber, "k-1", "bank")]),
                ("", vec![identifier(Iban, "nl91 abna 0417 1643 00", "")]),
                ("", vec![]),
            ],
        )
        .await;
        let expected = [
            record("key", "Jan-1"),
            record("email", "jan@example.nl"),
            record("customer_number", "webshop\nK1"),
            record("customer_number", "bank\nK1"),
            record("iban", "NL91ABNA0417164300"),
            record("event", "5"),
        ];
        assert_eq!(found, expected);
        let outcome = world.preview(vec![order("e-1", "jan")]).await.remove(0);
        let id: TouchpointId = outcome.touchpoint_id.parse().unwrap();
        assert_eq!(id, secret.touchpoint("webshop", "e-1"));
    }
}

#[tokio::test]
async fn without_anything_valid_there_is_no_id() {
    for world in World::each().await {
        let mut touchpoint = order("", "");
        touchpoint.subjects[0].identifiers = vec![identifier(pb::IdentifierKind::Email, "nobody", "")];
        let outcomes = world.record(vec![touchpoint.clone(), touchpoint]).await;
        for outcome in &outcomes {
            assert!(outcome.touchpoint_id.is_empty() && outcome.record_id.is_empty());
            assert!(!outcome.quarantine_id.is_empty());
        }
        assert_eq!(outcomes[0].quarantine_id, outcomes[1].quarantine_id);
    }
}
