//! Every refusal that a caller of the collector can get, with all of its status; and outcomes as they are answered.

use std::fmt::Write as _;

use tenure_proto::collector::v1 as pb;
use tenure_store::testing::TestPlace;
use tonic_types::StatusExt;

use crate::fixture::{NOON, World, correction, order, time};

fn show(status: &tonic::Status) -> String {
    let details = status.get_error_details();
    let mut text = format!("{:?}: {}\n", status.code(), status.message());
    if let Some(info) = details.error_info() {
        let _ = writeln!(text, "  {} {} {:?}", info.reason, info.domain, info.metadata);
    }
    for violation in details.bad_request().into_iter().flat_map(|bad| &bad.field_violations) {
        let _ = writeln!(text, "  {} {}: {}", violation.field, violation.reason, violation.description);
    }
    for failure in details.precondition_failure().into_iter().flat_map(|failure| &failure.violations) {
        let _ = writeln!(text, "  {}: {}", failure.r#type, failure.description);
    }
    text
}

macro_rules! refused {
    ($world:expr, $shown:expr, $rpc:ident, $name:literal, $request:expr) => {
        let request = $world.ask("acme", $request);
        let status = $world.client.clone().$rpc(request).await.expect_err($name);
        let _ = writeln!($shown, "{}\n  {}", $name, show(&status));
    };
}

#[tokio::test]
async fn refusals_say_everything_that_is_wrong() {
    let world = World::new(TestPlace::sqlite()).await;
    let mut shown = String::new();
    let record = |count: usize| pb::RecordTouchpointsRequest {
        touchpoints: vec![order("1", "jan"); count],
        ..Default::default()
    };
    refused!(world, shown, record_touchpoints, "record nothing", record(0));
    refused!(world, shown, record_touchpoints, "record too many", record(501));
    let replay = |id: &str| pb::ReplayQuarantinedRequest { quarantine_id: id.to_owned(), corrected: None };
    refused!(world, shown, replay_quarantined, "replay nothing", replay(""));
    refused!(world, shown, replay_quarantined, "replay no id", replay("record_01h2xcejqtf2nbrexx3vqjhp41"));
    refused!(
        world,
        shown,
        replay_quarantined,
        "replay what is not there",
        replay("quarantine_01h2xcejqtf2nbrexx3vqjhp41")
    );
    let bad = world.record(vec![pb::Touchpoint { amount: None, ..order("2", "jan") }]).await.remove(0).quarantine_id;
    world.replay(&bad, Some(order("2", "jan"))).await.unwrap();
    refused!(world, shown, replay_quarantined, "replay what left", replay(&bad));
    let list = |page_size, page_token: &str, source: &str| pb::ListQuarantinedRequest {
        page_size,
        page_token: page_token.to_owned(),
        source: source.to_owned(),
        include_touchpoint: false,
    };
    refused!(world, shown, list_quarantined, "list a bad page", list(501, "", "Not A Source"));
    refused!(world, shown, list_quarantined, "list with a bad token", list(1, "abc", ""));
    let progress =
        |source: &str, complete_until| pb::ReportSourceProgressRequest { source: source.to_owned(), complete_until };
    refused!(world, shown, report_source_progress, "progress of nothing", progress("", None));
    refused!(world, shown, report_source_progress, "progress in the future", progress("Web Shop", time(NOON + 301)));
    refused!(world, shown, report_source_progress, "progress at no time", progress("webshop", time(i64::MAX)));
    refused!(world, shown, register_schema, "register nothing", pb::RegisterSchemaRequest::default());
    let schema = pb::CustomSchema { name: "x".to_owned(), revision: 0, json_schema: r#"{"type": 1}"#.to_owned() };
    refused!(
        world,
        shown,
        register_schema,
        "register a bad schema",
        pb::RegisterSchemaRequest { schema: Some(schema) }
    );
    refused!(
        world,
        shown,
        list_schemas,
        "list a bad page of schemas",
        pb::ListSchemasRequest { page_size: -1, ..Default::default() }
    );
    let source = "Web Shop".to_owned();
    refused!(world, shown, get_intake_statistics, "count for no source", pb::GetIntakeStatisticsRequest { source });
    let record_ids = vec!["jan".to_owned(); 2];
    refused!(world, shown, erase_records, "erase no ids", pb::EraseRecordsRequest { record_ids: record_ids.clone() });
    refused!(world, shown, erase_records, "erase nothing", pb::EraseRecordsRequest::default());
    let export = pb::ExportRecordsRequest { record_ids, page_size: 9_999, ..Default::default() };
    refused!(world, shown, export_records, "export no ids", export);
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn outcomes_tell_status_ids_and_violations() {
    let world = World::new(TestPlace::sqlite()).await;
    world.record(vec![order("1", "jan"), order("gone", "piet")]).await;
    let gone = world.record(vec![order("gone", "piet")]).await.remove(0).record_id;
    world.erase(&[&gone]).await;
    let mut broken = order("2", "");
    broken.occur_time = time(NOON + 999);
    broken.amount.as_mut().unwrap().currency_code = "FLORIN".to_owned();
    broken.subjects[0].identifiers =
        vec![pb::Identifier { kind: 5, value: "geheim".to_owned(), issuer: String::new() }];
    let items = vec![
        order("1", "jan"),
        order("1", "klaas"),
        order("3", "jan"),
        order("4", "piet"),
        correction("5", "1", "klaas", 1),
        broken,
    ];
    let outcomes = world.record(items).await;
    let mut shown = String::new();
    for outcome in &outcomes {
        let has = |id: &str| id.split('_').next().unwrap_or_default().to_owned();
        let ids = [&outcome.touchpoint_id, &outcome.record_id, &outcome.quarantine_id].map(|id| has(id));
        let _ = writeln!(shown, "{:?} {ids:?}", outcome.status());
        for violation in &outcome.violations {
            let _ = writeln!(shown, "  {} {:?}: {}", violation.field, violation.reason(), violation.description);
        }
    }
    assert!(!shown.contains("geheim") && !shown.contains("FLORIN"));
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn progress_goes_forward_only_and_to_everyone() {
    for world in World::each().await {
        let mut now = Vec::new();
        for seconds in [NOON - 60, NOON, NOON - 30, NOON] {
            let request = pb::ReportSourceProgressRequest { source: "crm".to_owned(), complete_until: time(seconds) };
            let request = world.ask("acme", request);
            let answer = world.client.clone().report_source_progress(request).await.unwrap().into_inner();
            now.push(answer.complete_until.unwrap().seconds - NOON);
        }
        assert_eq!(now, [-60, 0, 0, 0]);
        let entries = world.journal().await;
        assert_eq!(entries.len(), 2);
        assert!(entries.iter().all(|entry| entry.partitions.is_empty()));
    }
}
