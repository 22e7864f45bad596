//! Outcomes as they are answered.

use tenure_collector::CollectorConfig;
use tenure_proto::collector::v1::{self as pb, touchpoint::Detail};
use tenure_store::testing::TestPlace;

use crate::fixture::{NOON, World, correction, order, time};

/// An outcome in full, with what kind of ids are in it.
pub(crate) fn show(outcome: &pb::Outcome) -> String {
    let has = |id: &str| id.split('_').next().unwrap_or_default().to_owned();
    let ids = [&outcome.touchpoint_id, &outcome.record_id, &outcome.quarantine_id].map(|id| has(id));
    let violation = |violation: &pb::Violation| {
        let reason = violation.reason().as_str_name().trim_start_matches("REASON_");
        format!("  {reason} {}: {}\n", violation.field, violation.description)
    };
    let violations: String = outcome.violations.iter().map(violation).collect();
    format!("{:?} {ids:?}\n{violations}", outcome.status())
}

fn broken(event_id: &str) -> pb::Touchpoint {
    let mut broken = order(event_id, "");
    broken.occur_time = time(NOON + 999);
    broken.amount.as_mut().unwrap().currency_code = "FLORIN".to_owned();
    broken.subjects[0].identifiers =
        vec![pb::Identifier { kind: 5, value: "geheim".to_owned(), issuer: String::new() }];
    broken
}

fn visit(event_id: &str, json: &str) -> pb::Touchpoint {
    let custom = pb::CustomDetail { schema_name: "visit".to_owned(), json: json.to_owned(), ..Default::default() };
    let detail = Some(Detail::Custom(custom));
    let kind = pb::TouchpointType::Custom.into();
    pb::Touchpoint { r#type: kind, amount: None, detail, ..order(event_id, "jan") }
}

#[tokio::test]
async fn outcomes_tell_status_ids_and_violations() {
    let config = CollectorConfig { quarantine_limit: 5, ..CollectorConfig::default() };
    let world = World::with(TestPlace::sqlite(), config).await;
    world.record(vec![order("1", "jan"), order("gone", "piet")]).await;
    let gone = world.record(vec![order("gone", "piet")]).await.remove(0).record_id;
    world.erase(&[&gone]).await;
    let json_schema = r#"{"properties": {"room": {"type": "integer"}}}"#.to_owned();
    let schema = Some(pb::CustomSchema { name: "visit".to_owned(), revision: 0, json_schema });
    let registered = world.ask("acme", pb::RegisterSchemaRequest { schema });
    world.client.clone().register_schema(registered).await.unwrap();
    let items = vec![
        order("1", "jan"),
        order("1", "klaas"),
        order("3", "jan"),
        order("4", "piet"),
        correction("5", "1", "klaas", 1),
        correction("6", "3", "jan", 1),
        correction("7", "6", "jan", 1),
        broken("2"),
        visit("8", r#"{"room": "geheim"}"#),
        visit("9", r#"{"room": 4}"#),
        broken("10"),
    ];
    let shown: String = world.record(items).await.iter().map(show).collect();
    assert!(!shown.contains("geheim") && !shown.contains("FLORIN"));
    insta::assert_snapshot!("outcomes", shown);
}
