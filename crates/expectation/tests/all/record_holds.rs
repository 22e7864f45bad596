//! Which records are told to be kept for the complaints in them.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;
use tenure_kernel::{RecordId, Timestamp};
use tenure_proto::{
    collector::v1::TouchpointType,
    expectation::v1::{self as pb, ComplaintMove as Move, complaint_action::What},
};
use tenure_server::wire;
use tenure_store::{Query as _, testing::TestPlace};

use crate::{
    complaints::{Desk, customers, moved},
    entries::{Decision, Touch, erased, hour, record, tenant},
    stage::Stage,
};

const YEAR: i64 = 366 * 24;

/// The last word on each record: whether it is held, until when, and how often that changed.
async fn told(stage: &Stage) -> BTreeMap<RecordId, (bool, Option<Timestamp>, i32)> {
    stage.rest("acme").await;
    let page = tenure_journal::read_page(&stage.store, 0, &BTreeSet::new()).await.expect("a page");
    let held = page.entries.iter().filter(|entry| entry.type_name.ends_with(".ComplaintRecordHeld"));
    let mut told = BTreeMap::new();
    for entry in held {
        let held = pb::ComplaintRecordHeld::decode(&*entry.payload).expect("decoded");
        let id = RecordId::from_slice(&held.record_id).expect("an id");
        let until = held.expire_time.as_ref().and_then(wire::timestamp);
        let before = told.insert(id, (held.held, until, held.revision));
        assert_eq!(before.map_or(0, |before: (bool, Option<Timestamp>, i32)| before.2) + 1, held.revision);
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_kept_while_a_complaint_is_open_and_a_year_after() {
    for place in TestPlace::each() {
        let stage = customers(&place).await;
        let desk = Desk::of(&stage);
        let id = desk.register(1, "K-1", hour(0)).await.complaint_id;
        assert_eq!(told(&stage).await, BTreeMap::from([(record(1), (true, None, 1))]));
        desk.take(&id, "eva", moved(Move::Accept)).await.expect("accepted");
        let first = told(&stage).await[&record(1)];
        assert!(first.0 && first.2 == 2 && first.1 >= Some(hour(YEAR)), "{first:?}");
        let refer = What::Refer(pb::ComplaintReferral { body_code: "kifid".to_owned() });
        desk.take(&id, "eva", refer).await.expect("referred");
        assert_eq!(told(&stage).await, BTreeMap::from([(record(1), (true, None, 3))]));
        let names = stage.concluded().await;
        stage.at("acme", hour(24)).await;
        let again = stage.concluded().await;
        let held = |names: &[(String, Vec<u8>)]| names.iter().filter(|(name, _)| name == "ComplaintRecordHeld").count();
        assert_eq!(held(&again), held(&names), "nothing is said twice");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_no_complaint_after_all_keeps_nothing() {
    for place in TestPlace::each() {
        let (stage, acme) = (customers(&place).await, tenant("acme"));
        let complained = Touch::complaint(1, 1, TouchpointType::ComplaintReceived, "K-1", -5);
        // Another record of the same person tells of the case too: both are kept.
        let again = Touch::complaint(2, 4, TouchpointType::ComplaintReceived, "K-1", -4);
        stage.tell(vec![complained.clone().draft(&acme), again.draft(&acme)], vec![]).await;
        let both = told(&stage).await;
        assert_eq!(both.keys().copied().collect::<BTreeSet<_>>(), BTreeSet::from([record(1), record(4)]));
        assert!(both.values().all(|(held, until, _)| *held && until.is_none()));
        let retracted = Touch { number: 3, ..complained }.amending(1, 1, true);
        stage.tell(vec![retracted.draft(&acme)], vec![]).await;
        let now = told(&stage).await;
        assert_eq!((now[&record(1)].0, now[&record(4)].0), (false, true));
        // It changes hands with its record.
        let split = Decision::default().moving(4, 1, Some(3), 2);
        stage.tell(vec![], vec![split.draft(&acme)]).await;
        assert_eq!(told(&stage).await, now);
        stage.tell(vec![erased(&acme, &[4, 1])], vec![]).await;
        stage.rest("acme").await;
        let row = stage.store.first("SELECT COUNT(*) FROM record_hold", vec![]).await.unwrap().unwrap();
        assert_eq!(row.get::<i64>(0).unwrap(), 0, "erased, nothing is left");
    }
}
