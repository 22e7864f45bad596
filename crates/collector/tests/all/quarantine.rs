//! The quarantine: listed, corrected, replayed through the same door, settled once.

use std::collections::BTreeMap;

use tenure_collector::CollectorConfig;
use tenure_kernel::Timestamp;
use tenure_proto::{
    collector::v1::{self as pb, outcome::Status},
    error::v1::Reason,
};
use tenure_store::testing::TestPlace;
use tonic::Code;
use tonic_types::StatusExt;

use crate::fixture::{NOON, World, money, order, statuses, time, wrong};

fn unpaid(event_id: &str) -> pb::Touchpoint {
    pb::Touchpoint { amount: None, note: "a note".to_owned(), send_time: time(NOON), ..order(event_id, "jan") }
}

fn reason(status: &tonic::Status) -> String {
    status.get_details_error_info().unwrap().reason
}

#[tokio::test]
async fn an_item_is_listed_as_it_came() {
    for world in World::each().await {
        let outcome = world.record(vec![unpaid("1")]).await.remove(0);
        let listed = world.quarantine().await;
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].quarantine_id, outcome.quarantine_id);
        assert_eq!(listed[0].violations, outcome.violations);
        assert_eq!((listed[0].source.as_str(), listed[0].receive_time), ("webshop", time(NOON)));
        assert_eq!(listed[0].touchpoint, Some(unpaid("1")));
        let request = world.ask("acme", pb::ListQuarantinedRequest::default());
        let closed = world.client.clone().list_quarantined(request).await.unwrap().into_inner().items;
        assert_eq!(closed[0].touchpoint, None);
    }
}

#[tokio::test]
async fn pages_go_through_the_quarantine_once_oldest_first() {
    for world in World::each().await {
        for minute in 0..4 {
            world.clock.set(Timestamp((NOON + 60 * minute) * 1_000_000));
            let source = if minute == 2 { "crm" } else { "webshop" }.to_owned();
            let items = (0..3).map(|n| pb::Touchpoint { source: source.clone(), ..unpaid(&format!("{minute}-{n}")) });
            world.record(items.collect()).await;
        }
        let mut seen = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = pb::ListQuarantinedRequest { page_size: 5, page_token, ..Default::default() };
            let page = world.client.clone().list_quarantined(world.ask("acme", request)).await.unwrap().into_inner();
            seen.extend(page.items);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(seen.len(), 12);
        assert!(seen.iter().map(|item| item.receive_time.unwrap().seconds).is_sorted());
        let ids: std::collections::BTreeSet<_> = seen.iter().map(|item| &item.quarantine_id).collect();
        assert_eq!(ids.len(), 12);
        let request = pb::ListQuarantinedRequest { source: "crm".to_owned(), ..Default::default() };
        let page = world.client.clone().list_quarantined(world.ask("acme", request)).await.unwrap().into_inner();
        assert_eq!((page.items.len(), page.next_page_token.as_str()), (3, ""));
    }
}

#[tokio::test]
async fn a_corrected_item_is_accepted_and_leaves_once() {
    for world in World::each().await {
        let id = world.record(vec![unpaid("1")]).await.remove(0).quarantine_id;
        let still = world.replay(&id, None).await.unwrap();
        assert_eq!((still.status(), wrong(&still)), (Status::Quarantined, vec![("amount", Reason::AmountMissing)]));
        assert_eq!(world.counts().await, [1, 0, 0, 1, 0, 0]);

        let corrected = pb::Touchpoint { amount: money(5), ..unpaid("1") };
        let accepted = world.replay(&id, Some(corrected.clone())).await.unwrap();
        assert_eq!((accepted.status(), accepted.quarantine_id.as_str()), (Status::Accepted, ""));
        assert_eq!(world.counts().await, [1, 1, 0, 0, 0, 0]);
        assert_eq!(world.recorded().await.len(), 1);
        assert!(world.quarantine().await.is_empty());
        assert!(world.statistics().await.quarantine_reasons.is_empty());

        // The answer may have been lost: the same call gets it again, another one is refused.
        let later = pb::Touchpoint { send_time: time(NOON + 9), ..corrected.clone() };
        assert_eq!(world.replay(&id, Some(later)).await.unwrap(), accepted);
        for other in [None, Some(pb::Touchpoint { amount: money(6), ..corrected.clone() })] {
            let refused = world.replay(&id, other).await.unwrap_err();
            assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "QUARANTINE_SETTLED"));
        }
        assert_eq!(world.counts().await, [1, 1, 0, 0, 0, 0]);
        // The source sends both again: the wrong one was dealt with, the right one is here.
        let again = world.record(vec![unpaid("1"), corrected]).await;
        assert_eq!(statuses(&again), [Status::Duplicate; 2]);
        assert_eq!(again[0].quarantine_id, "");
        assert_eq!(world.counts().await, [3, 1, 2, 0, 0, 0]);
    }
}

#[tokio::test]
async fn an_item_that_became_valid_is_accepted_as_it_is() {
    for world in World::each().await {
        let early = pb::Touchpoint { occur_time: time(NOON + 600), ..order("1", "jan") };
        let id = world.record(vec![early]).await.remove(0).quarantine_id;
        world.clock.set(Timestamp((NOON + 900) * 1_000_000));
        let accepted = world.replay(&id, None).await.unwrap();
        assert_eq!(accepted.status(), Status::Accepted);
        assert_eq!(world.replay(&id, None).await.unwrap(), accepted);
        assert_eq!(world.replay(&id, Some(order("1", "jan"))).await.unwrap_err().code(), Code::FailedPrecondition);
        assert_eq!(world.counts().await, [1, 1, 0, 0, 0, 0]);
    }
}

#[tokio::test]
async fn a_replay_of_what_is_here_meanwhile_is_a_duplicate() {
    for world in World::each().await {
        let outcomes = world.record(vec![order("1", "jan"), order("1", "piet")]).await;
        assert_eq!(wrong(&outcomes[1]), [("event_id", Reason::EventIdReused)]);
        let id = &outcomes[1].quarantine_id;
        let other_id = world.replay(id, Some(order("1", "klaas"))).await.unwrap();
        assert_eq!((other_id.status(), &other_id.quarantine_id), (Status::Quarantined, id));
        for _ in 0..2 {
            assert_eq!(world.replay(id, Some(order("1", "jan"))).await.unwrap().status(), Status::Duplicate);
        }
        assert_eq!(world.counts().await, [2, 1, 1, 0, 0, 0]);
    }
}

#[tokio::test]
async fn a_correction_may_come_from_another_source() {
    for world in World::each().await {
        let nameless = pb::Touchpoint { source: "Web Shop".to_owned(), ..order("1", "jan") };
        let id = world.record(vec![nameless]).await.remove(0).quarantine_id;
        world.replay(&id, Some(order("1", "jan"))).await.unwrap();
        let request = pb::GetIntakeStatisticsRequest { source: "webshop".to_owned() };
        let counts = world.client.clone().get_intake_statistics(world.ask("acme", request)).await.unwrap().into_inner();
        assert_eq!((counts.received, counts.accepted), (1, 1));
        assert_eq!(world.counts().await, [1, 1, 0, 0, 0, 0]);
    }
}

#[tokio::test]
async fn reasons_are_counted_for_what_is_in_quarantine_now() {
    for world in World::each().await {
        let two = pb::Touchpoint { channel: 99, ..unpaid("2") };
        let outcomes = world.record(vec![unpaid("1"), two, order("3", "jan"), order("3", "piet")]).await;
        let reasons = |counts: pb::GetIntakeStatisticsResponse| -> BTreeMap<String, i64> {
            counts.quarantine_reasons.into_iter().map(|count| (count.reason, count.count)).collect()
        };
        let expected = [("AMOUNT_MISSING", 2), ("EVENT_ID_REUSED", 1), ("FIELD_OUT_OF_RANGE", 1)];
        assert_eq!(reasons(world.statistics().await), expected.map(|(name, n)| (name.to_owned(), n)).into());
        world.replay(&outcomes[1].quarantine_id, Some(order("2", "jan"))).await.unwrap();
        let expected = [("AMOUNT_MISSING", 1), ("EVENT_ID_REUSED", 1)];
        assert_eq!(reasons(world.statistics().await), expected.map(|(name, n)| (name.to_owned(), n)).into());
    }
}

#[tokio::test]
async fn a_full_quarantine_refuses_and_takes_again_when_there_is_room() {
    for place in TestPlace::each() {
        let config = CollectorConfig { quarantine_limit: 2, ..CollectorConfig::default() };
        let world = World::with(place, config).await;
        let outcomes = world.record(["1", "2", "1", "3"].map(unpaid).to_vec()).await;
        let expected = [Status::Quarantined, Status::Quarantined, Status::Duplicate, Status::Refused];
        assert_eq!(statuses(&outcomes), expected);
        assert_eq!(wrong(&outcomes[3]), [("amount", Reason::AmountMissing), ("", Reason::QuarantineFull)]);
        let again = world.record(vec![unpaid("3"), order("4", "jan")]).await;
        assert_eq!(statuses(&again), [Status::Refused, Status::Accepted]);
        world.replay(&outcomes[0].quarantine_id, Some(order("1", "jan"))).await.unwrap();
        assert_eq!(statuses(&world.record(vec![unpaid("3")]).await), [Status::Quarantined]);
        assert_eq!(world.counts().await, [7, 2, 1, 2, 0, 2]);
    }
}

#[tokio::test]
async fn another_tenants_item_is_not_there() {
    for world in World::each().await {
        let id = world.record(vec![unpaid("1")]).await.remove(0).quarantine_id;
        let ask = |id: &str| {
            let request = pb::ReplayQuarantinedRequest { quarantine_id: id.to_owned(), corrected: None };
            world.ask("other", request)
        };
        let theirs = world.client.clone().replay_quarantined(ask(&id)).await.unwrap_err();
        let none = tenure_kernel::QuarantineId([9; 16]).to_string();
        let absent = world.client.clone().replay_quarantined(ask(&none)).await.unwrap_err();
        assert_eq!(theirs.code(), Code::NotFound);
        assert_eq!((theirs.message(), theirs.details()), (absent.message(), absent.details()));
        let request = world.ask("other", pb::ListQuarantinedRequest::default());
        assert!(world.client.clone().list_quarantined(request).await.unwrap().into_inner().items.is_empty());
    }
}

#[tokio::test]
async fn pages_of_large_items_fit_a_message() {
    for world in World::each().await {
        let large = |number: usize| pb::Touchpoint { note: "n".repeat(3 << 20), ..order(&number.to_string(), "jan") };
        for number in 0..6 {
            let outcome = world.record(vec![large(number)]).await.remove(0);
            assert_eq!(wrong(&outcome)[0], ("", Reason::ItemTooLarge));
        }
        let mut pages = Vec::new();
        let mut page_token = String::new();
        loop {
            let request = pb::ListQuarantinedRequest { include_touchpoint: true, page_token, ..Default::default() };
            let page = world.client.clone().list_quarantined(world.ask("acme", request)).await.unwrap().into_inner();
            assert!(page.items.iter().all(|item| item.touchpoint.is_some()));
            pages.push(page.items.len());
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(pages, [2, 2, 2]);
    }
}

/// Makes what is sealed of an item unreadable, so that reading it would be told.
async fn spoil(world: &World, id: &str) {
    let id: tenure_kernel::QuarantineId = id.parse().unwrap();
    let tx = world.store.begin().await.unwrap();
    let sql = "UPDATE quarantine SET sealed = ? WHERE quarantine_id = ?";
    let values = vec![[vec![0xff_u8; 9], vec![0; 3 << 20]].concat().into(), id.0.to_vec().into()];
    assert_eq!(tenure_store::Query::execute(&tx, sql, values).await.unwrap(), 1);
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_does_not_fit_a_page_is_not_read() {
    for world in World::each().await {
        let mut last = pb::Outcome::default();
        for number in 0..3 {
            world.clock.set(Timestamp((NOON + number) * 1_000_000));
            let large = pb::Touchpoint { note: "n".repeat(3 << 20), ..order(&number.to_string(), "jan") };
            last = world.record(vec![large]).await.remove(0);
        }
        spoil(&world, &last.quarantine_id).await;
        let request = pb::ListQuarantinedRequest { include_touchpoint: true, ..Default::default() };
        let page = world.client.clone().list_quarantined(world.ask("acme", request)).await.unwrap().into_inner();
        assert!(page.items.len() == 2 && !page.next_page_token.is_empty());
        let request = pb::ExportRecordsRequest { record_ids: vec![last.record_id.clone()], ..Default::default() };
        let page = world.client.clone().export_records(world.ask("acme", request)).await.unwrap().into_inner();
        assert!(page.touchpoints.len() == 2 && !page.next_page_token.is_empty());
        // An erasure reads none of them.
        world.erase(&[&last.record_id]).await;
        assert_eq!(world.counts().await, [3, 0, 0, 0, 3, 0]);
    }
}

#[tokio::test]
async fn an_erasure_empties_the_quarantine_of_a_record_however_much_is_in_it() {
    for world in World::each().await {
        for call in 0..3 {
            world.record((0..400).map(|number| unpaid(&format!("{call}-{number}"))).collect()).await;
        }
        let kept = world.record(vec![pb::Touchpoint { amount: None, ..order("kept", "piet") }]).await.remove(0);
        let record = world.preview(vec![order("probe", "jan")]).await.remove(0).record_id;
        let exported =
            pb::ExportRecordsRequest { record_ids: vec![record.clone()], page_size: 500, ..Default::default() };
        let exported = world.client.clone().export_records(world.ask("acme", exported)).await.unwrap().into_inner();
        assert_eq!(exported.touchpoints.len(), 500);
        world.erase(&[&record]).await;
        assert_eq!(world.counts().await, [1_201, 0, 0, 1, 1_200, 0]);
        assert_eq!(world.quarantine().await[0].quarantine_id, kept.quarantine_id);
    }
}
