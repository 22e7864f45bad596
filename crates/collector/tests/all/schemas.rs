//! A tenant's own types under registered schemas.

use tenure_proto::{
    collector::v1::{self as pb, outcome::Status, touchpoint::Detail},
    error::v1::Reason,
};
use tonic::Code;
use tonic_types::StatusExt;

use crate::fixture::{World, order, statuses, wrong};

async fn register(world: &World, name: &str, json_schema: &str) -> Result<pb::CustomSchema, tonic::Status> {
    let schema = pb::CustomSchema { name: name.to_owned(), revision: 0, json_schema: json_schema.to_owned() };
    let request = world.ask("acme", pb::RegisterSchemaRequest { schema: Some(schema) });
    Ok(world.client.clone().register_schema(request).await?.into_inner().schema.unwrap())
}

fn visit(event_id: &str, revision: i32, json: &str) -> pb::Touchpoint {
    let custom = pb::CustomDetail { schema_name: "visit".to_owned(), schema_revision: revision, json: json.to_owned() };
    let mut touchpoint =
        pb::Touchpoint { amount: None, detail: Some(Detail::Custom(custom)), ..order(event_id, "jan") };
    touchpoint.set_type(pb::TouchpointType::Custom);
    touchpoint
}

const FIRST: &str = r#"{"type": "object", "required": ["room"], "properties": {"room": {"type": "integer"}}}"#;
const SECOND: &str = r#"{"type": "object", "required": ["room"], "properties": {"room": {"type": "string"}}}"#;

#[tokio::test]
async fn documents_are_checked_against_the_revision_they_name() {
    for world in World::each().await {
        assert_eq!(register(&world, "visit", FIRST).await.unwrap().revision, 1);
        let accepted = world.record(vec![visit("1", 0, r#"{"room": 4}"#)]).await;
        assert_eq!(statuses(&accepted), [Status::Accepted]);
        assert_eq!(register(&world, "visit", SECOND).await.unwrap().revision, 2);
        assert_eq!(register(&world, "visit", &FIRST.replace(' ', "\n")).await.unwrap().revision, 1);
        let items = vec![
            visit("2", 0, r#"{"room": 4}"#),
            visit("3", 1, r#"{"room": 4}"#),
            visit("4", 3, r#"{"room": 4}"#),
            visit("5", 2, "{"),
        ];
        let outcomes = world.record(items).await;
        assert_eq!(wrong(&outcomes[0]), [("custom.json", Reason::SchemaViolated)]);
        assert_eq!(outcomes[0].violations[0].description, "breaks /properties/room/type");
        assert_eq!(outcomes[1].status(), Status::Accepted);
        assert_eq!(wrong(&outcomes[2]), [("custom.schema_name", Reason::SchemaUnknown)]);
        assert_eq!(wrong(&outcomes[3]), [("custom.json", Reason::SchemaViolated)]);
        // The document is sealed; the entry says which revision it was checked against.
        let entry = world.recorded().await.remove(0);
        let Some(Detail::Custom(custom)) = entry.touchpoint.unwrap().detail else { panic!("no custom detail") };
        assert_eq!((custom.schema_revision, custom.json.as_str()), (1, ""));
        assert_eq!(world.unseal(&entry.subjects[0]).await.unwrap().custom_json, r#"{"room": 4}"#);
    }
}

#[tokio::test]
async fn a_repeat_is_a_duplicate_also_under_a_stricter_revision() {
    for world in World::each().await {
        register(&world, "visit", FIRST).await.unwrap();
        world.record(vec![visit("1", 0, r#"{"room": 4}"#)]).await;
        register(&world, "visit", SECOND).await.unwrap();
        let again = world.record(vec![visit("1", 0, r#"{"room": 4}"#), visit("1", 0, r#"{"room": 5}"#)]).await;
        assert_eq!(again[0].status(), Status::Duplicate);
        assert_eq!(wrong(&again[1]), [("event_id", Reason::EventIdReused), ("custom.json", Reason::SchemaViolated)]);
        assert_eq!(world.counts().await, [3, 1, 1, 1, 0, 0]);
    }
}

#[tokio::test]
async fn a_schema_of_another_tenant_is_not_there() {
    for world in World::each().await {
        register(&world, "visit", FIRST).await.unwrap();
        let outcomes = world.record_of("other", vec![visit("1", 1, r#"{"room": 4}"#)]).await;
        assert_eq!(wrong(&outcomes[0]), [("custom.schema_name", Reason::SchemaUnknown)]);
    }
}

#[tokio::test]
async fn bad_schemas_are_refused() {
    for world in World::each().await {
        for json in ["{", r#"{"type": "elephant"}"#, r#"{"$ref": "https://example.com/x.json"}"#] {
            let status = register(&world, "visit", json).await.unwrap_err();
            assert_eq!(status.code(), Code::InvalidArgument);
            assert_eq!(status.get_details_error_info().unwrap().reason, "SCHEMA_INVALID", "{json}");
        }
        for (name, json) in [("", FIRST), ("Visit", FIRST), ("visit", ""), ("visit", &" ".repeat(65 * 1024))] {
            let status = register(&world, name, json).await.unwrap_err();
            assert_eq!(status.get_details_error_info().unwrap().reason, "FIELDS_INVALID");
        }
    }
}

#[tokio::test]
async fn schemas_are_listed_by_name_and_revision() {
    for world in World::each().await {
        for (name, json) in [("b", FIRST), ("a", FIRST), ("b", SECOND), ("c", SECOND)] {
            register(&world, name, json).await.unwrap();
        }
        let mut listed = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = world.ask("acme", pb::ListSchemasRequest { page_size: 2, page_token });
            let page = world.client.clone().list_schemas(request).await.unwrap().into_inner();
            listed.extend(page.schemas.into_iter().map(|schema| (schema.name, schema.revision)));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        let expected = [("a", 1), ("b", 1), ("b", 2), ("c", 1)].map(|(name, revision)| (name.to_owned(), revision));
        assert_eq!(listed, expected);
    }
}

#[tokio::test]
async fn schemas_that_ask_for_too_much_are_refused() {
    for world in World::each().await {
        let tree = r##"{"anyOf": [{"type": "string"}, {"type": "array", "items": {"$ref": "#"}}]}"##;
        let link = |number: usize| {
            format!(r##""{number}": {{"anyOf": [{{"$ref": "#/$defs/{0}"}}, {{"$ref": "#/$defs/{0}"}}]}}"##, number + 1)
        };
        let links = (0..20).map(link).collect::<Vec<_>>().join(",");
        let chain = format!(r##"{{"$ref": "#/$defs/0", "$defs": {{{links}, "20": {{"type": "string"}}}}}}"##);
        let patterns: Vec<_> = (0..190).map(|number| format!(r#"{{"pattern": "\\p{{L}}{{90}}{number}"}}"#)).collect();
        let patterns = format!(r#"{{"anyOf": [{}]}}"#, patterns.join(","));
        for (schema, why) in [(tree, "refers to itself"), (&chain, "10,000 rules"), (&patterns, "pattern")] {
            let status = register(&world, "visit", schema).await.unwrap_err();
            assert_eq!(status.get_details_error_info().unwrap().reason, "SCHEMA_INVALID");
            assert!(status.message().contains(why), "{}", status.message());
        }
    }
}

#[tokio::test]
async fn a_registered_schema_that_can_not_be_used_stops_nothing_else() {
    for world in World::each().await {
        register(&world, "visit", FIRST).await.unwrap();
        let tx = world.store.begin().await.unwrap();
        // As an earlier version may have taken it.
        let sql = "UPDATE custom_schema SET json_schema = ?";
        tenure_store::Query::execute(&tx, sql, vec![r##"{"not": {"$ref": "#"}}"##.into()]).await.unwrap();
        tx.commit().await.unwrap();
        let outcomes = world.record(vec![visit("1", 0, r#"{"room": 4}"#), order("2", "jan")]).await;
        assert_eq!(wrong(&outcomes[0]), [("custom.schema_name", Reason::SchemaInvalid)]);
        assert_eq!(outcomes[1].status(), Status::Accepted);
        assert_eq!(register(&world, "visit", FIRST).await.unwrap().revision, 2);
        assert_eq!(world.replay(&outcomes[0].quarantine_id, None).await.unwrap().status(), Status::Accepted);
    }
}

#[tokio::test]
async fn a_call_may_name_many_schemas() {
    for world in World::each().await {
        let named = |name: &str, number: usize| {
            let mut touchpoint = visit(&format!("{name}-{number}"), 0, r#"{"room": 4}"#);
            let Some(Detail::Custom(custom)) = &mut touchpoint.detail else { panic!("no custom detail") };
            name.clone_into(&mut custom.schema_name);
            touchpoint
        };
        let names: Vec<_> = (0..45).map(|number| format!("s-{number:02}")).collect();
        for name in &names {
            register(&world, name, FIRST).await.unwrap();
        }
        let mut items: Vec<_> = names.iter().map(|name| named(name, 1)).collect();
        items.push(named("unknown", 1));
        for _ in 0..2 {
            let outcomes = world.preview(items.clone()).await;
            let (unknown, known) = outcomes.split_last().unwrap();
            assert!(known.iter().all(|outcome| outcome.status() == Status::Accepted));
            assert_eq!(wrong(unknown), [("custom.schema_name", Reason::SchemaUnknown)]);
        }
    }
}
