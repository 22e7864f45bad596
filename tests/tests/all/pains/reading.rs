//! Profiles that are wrong, without bound, or never forget.

use tenure_proto::{
    collector::v1::{EraseRecordsRequest, ExportRecordsRequest, IdentifierKind},
    profile::v1::{GetProfileRequest, get_profile_request::By},
};
use tenure_tests::touchpoints::{NEW_YEAR, purchase, with_identifier};
use tonic::Code;

use super::stage::{Stage, count, named, values};

#[tokio::test(flavor = "multi_thread")]
async fn an_older_event_overwrites_a_newer_value() {
    let mut stage = Stage::start().await;
    let newer = stage.record(vec![named(purchase("shop", "e2", "c", 20, 1), "Jan-Willem")]).await;
    assert_eq!(values(&stage.profile(&newer.records[0], &newer.token).await, "name.given_name"), ["Jan-Willem"]);
    // Late, and imported from years ago.
    let older = stage.record(vec![named(purchase("shop", "e1", "c", -900, 1), "J.")]).await;
    let now = stage.profile(&older.records[0], &older.token).await;
    assert_eq!((values(&now, "name.given_name"), count(&now)), (vec!["Jan-Willem"], 2));
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn history_that_is_rewritten_when_a_value_changes() {
    let mut stage = Stage::start().await;
    let said =
        vec![named(purchase("shop", "e1", "c", 3, 1), "Jan"), named(purchase("shop", "e2", "c", 20, 1), "Johanna")];
    let told = stage.record(said).await;
    let ask = GetProfileRequest {
        by: Some(By::RecordId(told.records[0].clone())),
        read_after: told.token.clone(),
        as_of_time: Some(prost_types::Timestamp { seconds: NEW_YEAR + 10 * 86_400, nanos: 0 }),
        ..Default::default()
    };
    let then = stage.caller.profile.get_profile(ask).await.expect("a profile").into_inner().profile.expect("set");
    assert_eq!((values(&then, "name.given_name"), count(&then)), (vec!["Jan"], 1));
    assert_eq!(values(&stage.profile(&told.records[0], "").await, "name.given_name"), ["Johanna"]);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_without_bound() {
    let mut stage = Stage::start().await;
    let said = |n: i64| {
        with_identifier(
            purchase("shop", &format!("e{n}"), "c", n, 1),
            IdentifierKind::Email,
            &format!("{n}@example.nl"),
        )
    };
    let told = stage.record((1..=300).map(said).collect()).await;
    let profile = stage.profile(&told.records[0], &told.token).await;
    let shown = values(&profile, "contact.email");
    assert_eq!((shown.len(), count(&profile)), (200, 300));
    assert!(shown.contains(&"300@example.nl") && !shown.contains(&"100@example.nl"), "the newest are shown");
    let cut: Vec<_> = profile.truncated_paths.iter().map(|one| (one.path.as_str(), one.values)).collect();
    assert_eq!(cut, [("contact.email", 300)]);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_leaves_personal_data_in_events() {
    let mut stage = Stage::start().await;
    let told = stage
        .record(vec![named(purchase("shop", "e1", "c", 3, 1), "Kanarie"), purchase("shop", "e2", "d", 3, 1)])
        .await;
    stage.profile(&told.records[0], &told.token).await;
    let erase = EraseRecordsRequest { record_ids: vec![told.records[0].clone()] };
    let token = stage.caller.collector.erase_records(erase).await.expect("erased").into_inner().read_token;
    let export = ExportRecordsRequest { record_ids: vec![told.records[0].clone()], ..Default::default() };
    let left = stage.caller.collector.export_records(export).await.expect("an export").into_inner().touchpoints;
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(count(&stage.profile(&told.records[1], &token).await), 1, "the other customer is as it was");
    let by = Some(By::RecordId(told.records[0].clone()));
    let ask = GetProfileRequest { by, read_after: token, ..Default::default() };
    assert_eq!(stage.caller.profile.get_profile(ask).await.map(|_| ()).expect_err("gone").code(), Code::NotFound);
    // Imported once more it does not come back.
    let again = stage.record(vec![named(purchase("shop", "e1", "c", 3, 1), "Kanarie")]).await;
    assert_eq!(again.outcomes[0].status().as_str_name(), "STATUS_SUPPRESSED");
    stage.stop().await;
}
