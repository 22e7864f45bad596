//! Drafts, entries and their routes.

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use tenure_journal::{Draft, Entry, JournalApi, Route, Unreadable};
use tenure_kernel::{RecordId, Timestamp};
use tenure_proto::journal::v1 as pb;
use tenure_store::StoreError;

use crate::stage::{NOON, append, draft, entry_id, journal, places, read_through, serve, tail, tenant};

fn wire(payload: Vec<u8>, revision: i32) -> pb::JournalEntry {
    let (seconds, nanos) = NOON.to_parts();
    pb::JournalEntry {
        sequence: 9,
        entry_id: entry_id(1).0.to_vec(),
        tenant: "acme".to_owned(),
        partitions: vec![3],
        type_name: "tenure.journal.v1.ReadToken".to_owned(),
        revision,
        payload: payload.into(),
        traceparent: String::new(),
        record_time: Some(prost_types::Timestamp { seconds, nanos }),
    }
}

#[test]
fn a_payload_is_read_up_to_the_revision_that_is_known() {
    let entry = Entry::try_from(wire(draft(5).payload, 2)).unwrap();
    assert!(entry.is::<pb::ReadToken>() && !entry.is::<pb::InputProgress>());
    let name = "tenure.journal.v1.ReadToken".to_owned();
    assert_eq!(entry.decode::<pb::ReadToken>(1), Err(Unreadable::Revision(name.clone(), 2)));
    assert_eq!(entry.decode::<pb::ReadToken>(2).map(|token| token.sequence), Ok(5));
    assert_eq!(entry.decode::<pb::ReadToken>(3).map(|token| token.sequence), Ok(5));
    let entry = Entry::try_from(wire(vec![255, 255], 1)).unwrap();
    assert_eq!(entry.decode::<pb::ReadToken>(1), Err(Unreadable::Payload(name)));
}

#[test]
fn a_broken_envelope_is_named() {
    let entry = wire(Vec::new(), 1);
    for (broken, field) in [
        (pb::JournalEntry { entry_id: vec![1], ..entry.clone() }, "entry_id"),
        (pb::JournalEntry { tenant: "Not a tenant".to_owned(), ..entry.clone() }, "tenant"),
        (
            pb::JournalEntry { record_time: Some(prost_types::Timestamp { seconds: 0, nanos: -1 }), ..entry.clone() },
            "record_time",
        ),
    ] {
        assert_eq!(Entry::try_from(broken).map(|entry| entry.sequence), Err(Unreadable::Envelope(field)));
    }
}

proptest! {
    #[test]
    fn a_draft_carries_its_payload_and_trace(number in -1_000_000_000_i64..1_000_000_000, at in -1_000_000_000_i64..1_000_000_000_000) {
        let token = pb::ReadToken { sequence: number, ..pb::ReadToken::default() };
        let draft = Draft::new(entry_id(number), tenant(), Route::All, &token, Timestamp(at));
        prop_assert_eq!(&draft.type_name, "tenure.journal.v1.ReadToken");
        prop_assert_eq!(draft.revision, 1);
        prop_assert_eq!(draft.clone().traced(None).traceparent, "");
        prop_assert_eq!(draft.traced(Some("00-1-2-01".to_owned())).traceparent, "00-1-2-01");
    }
}

/// The partitions of records, computed another way.
fn expected(route: &Route) -> Vec<u8> {
    let Route::Records(records) = route else { return Vec::new() };
    (0..=255).filter(|partition| records.iter().any(|record| record.0[0] == *partition)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_is_what_was_drafted() -> Result<(), StoreError> {
    let record = any::<[u8; 16]>().prop_map(RecordId);
    let route = prop_oneof![Just(Route::All), prop::collection::vec(record, 0..12).prop_map(Route::Records)];
    let draft = (any::<[u8; 16]>(), route, prop::collection::vec(any::<u8>(), 0..40), 1_i32..9, -1_i64..4_000_000_000)
        .prop_map(|(id, route, payload, revision, seconds)| Draft {
            id: tenure_kernel::EntryId(id),
            tenant: tenant(),
            route,
            type_name: "some.Type".to_owned(),
            revision,
            payload,
            traceparent: "00-ab-cd-01".to_owned(),
            recorded_at: Timestamp(seconds * 1_000_000 + 7),
        });
    let mut runner = TestRunner::default();
    let drafts = prop::collection::vec(draft, 300).new_tree(&mut runner).unwrap().current();
    for place in places() {
        let journal = journal(&place, "a").await?;
        append(&journal, drafts.clone()).await?;
        let peer = serve(JournalApi::default().with_journal(journal.clone()));
        let mut frames = tail(&peer, &journal, Vec::new(), 0).await;
        let entries = read_through(&mut frames, 300).await;
        assert_eq!(entries.len(), 300);
        for (entry, draft) in entries.into_iter().zip(&drafts) {
            assert_eq!(entry.partitions, expected(&draft.route));
            let entry = Entry::try_from(entry).unwrap();
            assert_eq!((entry.id, &entry.tenant, &entry.type_name), (draft.id, &draft.tenant, &draft.type_name));
            assert_eq!((entry.revision, &entry.payload[..]), (draft.revision, &draft.payload[..]));
            assert_eq!((entry.traceparent, entry.recorded_at), (draft.traceparent.clone(), draft.recorded_at));
        }
    }
    Ok(())
}
