//! Erasure: keys are destroyed, what still comes is suppressed, every follower is told.

use prost::Message;
use tenure_kernel::{RecordId, Timestamp};
use tenure_proto::collector::v1::{self as pb, outcome::Status};

use crate::fixture::{NOON, World, order, statuses, subject};

#[tokio::test]
async fn nothing_of_an_erased_record_can_be_read_and_nothing_comes_in() {
    for world in World::each().await {
        let record = world.record(vec![order("1", "jan"), order("2", "piet")]).await.remove(0).record_id;
        let response = world.erase(&[&record]).await;
        assert!(!response.read_token.is_empty());
        let entries = world.recorded().await;
        assert_eq!(world.unseal(&entries[0].subjects[0]).await, None);
        assert_eq!(world.unseal(&entries[1].subjects[0]).await.unwrap().key, "piet");

        let bad = pb::Touchpoint { amount: None, ..order("4", "jan") };
        let later = world.record(vec![order("1", "jan"), order("3", "jan"), bad, order("5", "piet")]).await;
        let suppressed = Status::Suppressed;
        assert_eq!(statuses(&later), [suppressed, suppressed, suppressed, Status::Accepted]);
        assert!(later[2].violations.is_empty());
        assert_eq!(world.counts().await, [6, 3, 0, 0, 3, 0]);
        assert_eq!(world.recorded().await.len(), 3);
    }
}

#[tokio::test]
async fn followers_are_told_once() {
    for world in World::each().await {
        let known = world.record(vec![order("1", "jan")]).await.remove(0).record_id;
        let unknown = RecordId([9; 16]).to_string();
        let first = world.erase(&[&known, &unknown, &known]).await;
        let second = world.erase(&[&unknown, &known]).await;
        assert_eq!(first.read_token, second.read_token);
        let entries = world.journal().await;
        let erased: Vec<_> = entries.iter().filter(|entry| entry.type_name.ends_with("RecordsErased")).collect();
        assert_eq!(erased.len(), 1);
        let records = pb::RecordsErased::decode(erased[0].payload.clone()).unwrap().record_ids;
        assert_eq!(records.len(), 2);
        let mut partitions: Vec<u8> = records.iter().map(|record| record[0]).collect();
        partitions.sort_unstable();
        assert_eq!(erased[0].partitions, partitions);
    }
}

#[tokio::test]
async fn another_subjects_erasure_leaves_the_touchpoint_without_them() {
    for world in World::each().await {
        let broker = pb::Subject { role: pb::SubjectRole::Broker.into(), ..subject("b-7") };
        let both = |event_id| {
            let mut touchpoint = order(event_id, "jan");
            touchpoint.subjects.push(broker.clone());
            touchpoint
        };
        world.record(vec![both("1")]).await;
        let id = RecordId::from_slice(&world.recorded().await[0].subjects[1].record_id).unwrap();
        world.erase(&[&id.to_string()]).await;
        let mut unsound = both("3");
        unsound.amount = None;
        let outcomes = world.record(vec![both("2"), unsound]).await;
        assert_eq!(statuses(&outcomes), [Status::Accepted, Status::Suppressed]);
        let entry = world.recorded().await.remove(1);
        assert_eq!(entry.subjects.len(), 1);
        assert_eq!(world.unseal(&entry.subjects[0]).await.unwrap().key, "jan");
    }
}

#[tokio::test]
async fn what_is_in_quarantine_is_erased_too() {
    for world in World::each().await {
        let bad = |event_id, key| pb::Touchpoint { amount: None, ..order(event_id, key) };
        let outcomes = world.record(vec![bad("1", "jan"), bad("2", "piet")]).await;
        world.erase(&[&outcomes[0].record_id]).await;
        let left = world.quarantine().await;
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].quarantine_id, outcomes[1].quarantine_id);
        assert_eq!(world.counts().await, [2, 0, 0, 1, 1, 0]);
        let status = world.replay(&outcomes[0].quarantine_id, Some(order("1", "piet"))).await.unwrap_err();
        assert_eq!(status.code(), tonic::Code::FailedPrecondition);
        // A replay may name an erased record.
        let suppressed = world.replay(&outcomes[1].quarantine_id, Some(order("2", "jan"))).await.unwrap();
        assert_eq!(suppressed.status(), Status::Suppressed);
        assert_eq!(world.counts().await, [2, 0, 0, 0, 2, 0]);
    }
}

#[tokio::test]
async fn an_erasure_that_was_cut_off_is_finished() {
    for mut world in World::each().await {
        let record = world.record(vec![order("1", "jan")]).await.remove(0).record_id;
        let id: RecordId = record.parse().unwrap();
        // As when the process ended behind the commit: the record is noted, its key is there.
        world.stop().await;
        let tx = world.store.begin().await.unwrap();
        for table in ["erased_record (tenant, record_id, erased_at)", "key_to_destroy (tenant, key_id, since)"] {
            let sql = format!("INSERT INTO {table} VALUES ('acme', ?, ?)");
            let values = vec![id.0.to_vec().into(), (NOON * 1_000_000).into()];
            tenure_store::Query::execute(&tx, &sql, values).await.unwrap();
        }
        tx.commit().await.unwrap();
        let entry = world.recorded().await.remove(0);
        assert!(world.unseal(&entry.subjects[0]).await.is_some());
        world.clock.set(Timestamp((NOON + 61) * 1_000_000));
        world.start().await;
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while world.unseal(&entry.subjects[0]).await.is_some() {
            assert!(std::time::Instant::now() < deadline, "the key is still there");
            tokio::task::yield_now().await;
        }
        let left = "SELECT COUNT(*) FROM key_to_destroy";
        loop {
            let row = tenure_store::Query::first(&world.store, left, vec![]).await.unwrap().unwrap();
            if row.get::<i64>(0).unwrap() == 0 {
                break;
            }
            assert!(std::time::Instant::now() < deadline, "the key is still to be destroyed");
            tokio::task::yield_now().await;
        }
    }
}
