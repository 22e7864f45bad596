//! Every refusal that a caller of the collector can get, as its full `google.rpc.Status`.

use std::{fmt::Write as _, sync::Arc};

use futures::{StreamExt, future, stream};
use tenure_collector::{Collector, CollectorConfig, Parts};
use tenure_kernel::RandomIds;
use tenure_proto::collector::v1::{self as pb, collector_service_client::CollectorServiceClient};
use tenure_server::{Caller, Credentials, Identity, PageTokens, Peer, ServerBuilder, ServerConfig, testing::show};
use tonic::{Request, Status, metadata::MetadataMap};

use crate::fixture::{Client, NOON, World, order, time};

macro_rules! refused {
    ($text:ident, $client:expr, $name:literal, $rpc:ident, $request:expr) => {
        let status = $client.clone().$rpc($request).await.expect_err($name);
        $text.push_str(&show($name, &status));
    };
}

fn batch(count: usize) -> pb::RecordTouchpointsRequest {
    pb::RecordTouchpointsRequest { touchpoints: vec![order("1", "jan"); count], validate_only: false }
}

fn replay(id: &str, corrected: Option<pb::Touchpoint>) -> pb::ReplayQuarantinedRequest {
    pb::ReplayQuarantinedRequest { quarantine_id: id.to_owned(), corrected }
}

fn list(page_size: i32, page_token: &str, source: &str) -> pb::ListQuarantinedRequest {
    let (page_token, source) = (page_token.to_owned(), source.to_owned());
    pb::ListQuarantinedRequest { page_size, page_token, source, include_touchpoint: false }
}

fn progress(source: &str, complete_until: Option<prost_types::Timestamp>) -> pb::ReportSourceProgressRequest {
    pb::ReportSourceProgressRequest { source: source.to_owned(), complete_until }
}

fn register(name: &str, json_schema: &str) -> pb::RegisterSchemaRequest {
    let schema = pb::CustomSchema { name: name.to_owned(), revision: 0, json_schema: json_schema.to_owned() };
    pb::RegisterSchemaRequest { schema: Some(schema) }
}

fn export(record_ids: Vec<String>, page_size: i32, page_token: &str) -> pb::ExportRecordsRequest {
    pb::ExportRecordsRequest { record_ids, page_size, page_token: page_token.to_owned() }
}

fn piece(client_sequence: i64, count: usize) -> pb::StreamTouchpointsRequest {
    pb::StreamTouchpointsRequest { client_sequence, touchpoints: batch(count).touchpoints }
}

fn with<T>(metadata: &MetadataMap, message: T) -> Request<T> {
    let mut request = Request::new(message);
    *request.metadata_mut() = metadata.clone();
    request
}

/// What a stream ends with.
async fn end(client: &Client, metadata: &MetadataMap, pieces: Vec<pb::StreamTouchpointsRequest>) -> Status {
    match client.clone().stream_touchpoints(with(metadata, stream::iter(pieces))).await {
        Err(status) => status,
        Ok(answers) => {
            answers.into_inner().filter_map(|answer| future::ready(answer.err())).next().await.expect("an error")
        }
    }
}

async fn wrong_batches(world: &World) -> String {
    let (mut text, client) = (String::new(), &world.client);
    refused!(text, client, "RecordTouchpoints: none", record_touchpoints, world.ask("acme", batch(0)));
    refused!(text, client, "RecordTouchpoints: too many", record_touchpoints, world.ask("acme", batch(501)));
    let mut claimed = world.ask("acme", batch(1));
    claimed.metadata_mut().insert("tenure-priority", "urgent".parse().unwrap());
    refused!(text, client, "RecordTouchpoints: not as urgent as claimed", record_touchpoints, claimed);
    let acme = world.ask("acme", ());
    for (name, pieces) in [
        ("StreamTouchpoints: none", vec![piece(1, 0)]),
        ("StreamTouchpoints: too many", vec![piece(1, 501)]),
        ("StreamTouchpoints: not from 1", vec![piece(0, 1)]),
        ("StreamTouchpoints: not ascending", vec![piece(7, 1), piece(7, 1)]),
    ] {
        text += &show(name, &end(client, acme.metadata(), pieces).await);
    }
    text
}

async fn wrong_replays(world: &World) -> String {
    let (mut text, client) = (String::new(), &world.client);
    let ask = |id: &str| world.ask("acme", replay(id, None));
    refused!(text, client, "ReplayQuarantined: nothing", replay_quarantined, ask(""));
    let record = "record_01h2xcejqtf2nbrexx3vqjhp41";
    refused!(text, client, "ReplayQuarantined: no quarantine id", replay_quarantined, ask(record));
    let absent = "quarantine_01h2xcejqtf2nbrexx3vqjhp41";
    refused!(text, client, "ReplayQuarantined: not there", replay_quarantined, ask(absent));
    let bad = world.record(vec![pb::Touchpoint { amount: None, ..order("2", "jan") }]).await.remove(0).quarantine_id;
    world.replay(&bad, Some(order("2", "jan"))).await.unwrap();
    refused!(text, client, "ReplayQuarantined: it left", replay_quarantined, ask(&bad));
    text
}

async fn wrong_pages(world: &World) -> String {
    let (mut text, client) = (String::new(), &world.client);
    let wrong = world.ask("acme", list(501, "", "Not A Source"));
    refused!(text, client, "ListQuarantined: wrong fields", list_quarantined, wrong);
    refused!(text, client, "ListQuarantined: no page token", list_quarantined, world.ask("acme", list(1, "abc", "")));
    let unpaid = |id: &str| pb::Touchpoint { amount: None, ..order(id, "jan") };
    world.record(vec![unpaid("3"), unpaid("4")]).await;
    let page = client.clone().list_quarantined(world.ask("acme", list(1, "", ""))).await.unwrap().into_inner();
    let other = world.ask("acme", list(1, &page.next_page_token, "webshop"));
    refused!(text, client, "ListQuarantined: another filter", list_quarantined, other);
    let other = world.ask("other", list(1, &page.next_page_token, ""));
    refused!(text, client, "ListQuarantined: another tenant", list_quarantined, other);
    let schemas =
        |page_size, token: &str| world.ask("acme", pb::ListSchemasRequest { page_size, page_token: token.to_owned() });
    refused!(text, client, "ListSchemas: page size", list_schemas, schemas(-1, ""));
    refused!(text, client, "ListSchemas: another list's token", list_schemas, schemas(1, &page.next_page_token));
    text
}

async fn wrong_sources(world: &World) -> String {
    let (mut text, client) = (String::new(), &world.client);
    let ask = |source: &str, until| world.ask("acme", progress(source, until));
    refused!(text, client, "ReportSourceProgress: nothing", report_source_progress, ask("", None));
    let ahead = ask("Web Shop", time(NOON + 301));
    refused!(text, client, "ReportSourceProgress: odd and ahead", report_source_progress, ahead);
    let never = ask(&"a".repeat(65), time(i64::MAX));
    refused!(text, client, "ReportSourceProgress: long and never", report_source_progress, never);
    let counts = world.ask("acme", pb::GetIntakeStatisticsRequest { source: "Web Shop".to_owned() });
    refused!(text, client, "GetIntakeStatistics: no source", get_intake_statistics, counts);
    text
}

async fn wrong_schemas(world: &World) -> String {
    let (mut text, client) = (String::new(), &world.client);
    let nothing = world.ask("acme", pb::RegisterSchemaRequest::default());
    refused!(text, client, "RegisterSchema: nothing", register_schema, nothing);
    let ask = |name: &str, json: &str| world.ask("acme", register(name, json));
    refused!(text, client, "RegisterSchema: nothing in it", register_schema, ask("", ""));
    refused!(text, client, "RegisterSchema: odd name", register_schema, ask("Visit", "{}"));
    let long = ask(&"v".repeat(65), &" ".repeat(65_537));
    refused!(text, client, "RegisterSchema: long fields", register_schema, long);
    refused!(text, client, "RegisterSchema: no JSON", register_schema, ask("visit", "{"));
    refused!(text, client, "RegisterSchema: no JSON Schema", register_schema, ask("visit", r#"{"type": 1}"#));
    let other = r#"{"$ref": "https://example.com/x.json"}"#;
    refused!(text, client, "RegisterSchema: another document", register_schema, ask("visit", other));
    let itself = r##"{"items": {"$ref": "#"}}"##;
    refused!(text, client, "RegisterSchema: refers to itself", register_schema, ask("visit", itself));
    text
}

async fn wrong_records(world: &World) -> String {
    let (mut text, client) = (String::new(), &world.client);
    let erase = |record_ids| world.ask("acme", pb::EraseRecordsRequest { record_ids });
    let export = |ids, size, token: &str| world.ask("acme", export(ids, size, token));
    let some = |count| vec!["record_01h2xcejqtf2nbrexx3vqjhp41".to_owned(); count];
    let odd = || vec!["jan".to_owned(), String::new()];
    refused!(text, client, "EraseRecords: none", erase_records, erase(vec![]));
    refused!(text, client, "EraseRecords: too many", erase_records, erase(some(501)));
    refused!(text, client, "EraseRecords: not records", erase_records, erase(odd()));
    refused!(text, client, "ExportRecords: none", export_records, export(vec![], 9_999, ""));
    refused!(text, client, "ExportRecords: too many", export_records, export(some(101), 0, ""));
    refused!(text, client, "ExportRecords: not records", export_records, export(odd(), 0, ""));
    refused!(text, client, "ExportRecords: no page token", export_records, export(some(1), 0, "abc"));
    text
}

/// What each RPC answers to those who may not call it, or can't be served.
async fn whatever_is_asked(client: &Client, key: &MetadataMap) -> String {
    let mut text = String::new();
    refused!(text, client, "RecordTouchpoints", record_touchpoints, with(key, batch(1)));
    text += &show("StreamTouchpoints", &end(client, key, vec![piece(1, 1)]).await);
    refused!(text, client, "ListQuarantined", list_quarantined, with(key, list(0, "", "")));
    let id = tenure_kernel::QuarantineId([9; 16]).to_string();
    refused!(text, client, "ReplayQuarantined", replay_quarantined, with(key, replay(&id, None)));
    let until = with(key, progress("crm", time(NOON)));
    refused!(text, client, "ReportSourceProgress", report_source_progress, until);
    refused!(text, client, "RegisterSchema", register_schema, with(key, register("visit", "{}")));
    refused!(text, client, "ListSchemas", list_schemas, with(key, pb::ListSchemasRequest::default()));
    let counts = with(key, pb::GetIntakeStatisticsRequest::default());
    refused!(text, client, "GetIntakeStatistics", get_intake_statistics, counts);
    let record_ids = vec![tenure_kernel::RecordId([9; 16]).to_string()];
    refused!(text, client, "ExportRecords", export_records, with(key, export(record_ids.clone(), 0, "")));
    refused!(text, client, "EraseRecords", erase_records, with(key, pb::EraseRecordsRequest { record_ids }));
    text
}

/// A bearer "service" of a service; any other is of a tenant's caller that may do nothing.
struct Powerless;

impl Credentials for Powerless {
    fn identify(&self, bearer: &str) -> Option<Identity> {
        let caller = |tenant| Caller { tenant, principal: "test".to_owned(), scopes: [].into() };
        match bearer {
            "service" => Some(Identity::Service("profile".to_owned())),
            _ => Some(Identity::Tenant(caller("acme".parse().ok()?))),
        }
    }
}

/// Another replica of the collector, whose callers are powerless.
async fn powerless(world: &World) -> Client {
    let parts = Parts {
        store: world.store.clone(),
        keyring: world.keyring.clone(),
        clock: world.clock.clone(),
        ids: Arc::new(RandomIds::default()),
        tokens: PageTokens::new([3; 32]),
        sources: std::collections::BTreeMap::new(),
        ranges: 1,
    };
    let collector = Collector::open(parts, CollectorConfig::default()).await.unwrap();
    let server = ServerBuilder::new(ServerConfig::default(), Arc::new(Powerless));
    CollectorServiceClient::new(Peer::in_process(collector.add_to(server).routes()))
}

#[tokio::test]
async fn every_refusal_is_the_documented_one() {
    for mut world in World::each().await {
        let mut shown = wrong_batches(&world).await;
        shown += &wrong_replays(&world).await;
        shown += &wrong_pages(&world).await;
        shown += &wrong_sources(&world).await;
        shown += &wrong_schemas(&world).await;
        shown += &wrong_records(&world).await;
        let (powerless, acme) = (powerless(&world).await, world.ask("acme", ()).metadata().clone());
        let mut service = MetadataMap::new();
        service.insert("authorization", "Bearer service".parse().unwrap());
        let _ = write!(shown, "\nWithout a scope\n\n{}", whatever_is_asked(&powerless, &acme).await);
        let _ = write!(shown, "\nBy a service\n\n{}", whatever_is_asked(&powerless, &service).await);
        world.store.clone().close().await;
        let _ = write!(shown, "\nWithout the database\n\n{}", whatever_is_asked(&world.client, &acme).await);
        world.stop().await;
        let status = world.client.clone().record_touchpoints(world.ask("acme", batch(1))).await.unwrap_err();
        let _ = write!(shown, "\nWhen the collector has stopped\n\n{}", show("RecordTouchpoints", &status));
        insta::assert_snapshot!("refusals", shown);
    }
}
