//! Corrections and retractions: before or after their original, about the same record.

use tenure_proto::{
    collector::v1::{self as pb, outcome::Status},
    error::v1::Reason,
};

use crate::fixture::{World, correction, order, statuses, wrong};

#[tokio::test]
async fn a_correction_may_come_before_its_original() {
    for world in World::each().await {
        assert_eq!(statuses(&world.record(vec![correction("c", "o", "jan", 1)]).await), [Status::Accepted]);
        assert_eq!(statuses(&world.record(vec![order("o", "jan")]).await), [Status::Accepted]);
        let entries = world.recorded().await;
        assert_eq!(entries[0].fact_id, entries[1].touchpoint_id);
        assert_eq!(entries[1].fact_id, entries[1].touchpoint_id);
        assert_eq!(statuses(&world.record(vec![order("o", "jan")]).await), [Status::Duplicate]);
        assert_eq!(world.counts().await, [3, 2, 1, 0, 0, 0]);
    }
}

#[tokio::test]
async fn original_and_amendment_must_name_one_record_in_either_order() {
    for world in World::each().await {
        let first = world.record(vec![order("o", "jan"), correction("c", "o", "piet", 1)]).await;
        assert_eq!(statuses(&first), [Status::Accepted, Status::Quarantined]);
        assert_eq!(wrong(&first[1]), [("amendment.target_event_id", Reason::AmendmentSubjectChanged)]);
        world.record(vec![correction("c2", "o2", "jan", 1)]).await;
        let second = world.record(vec![order("o2", "piet")]).await;
        assert_eq!(wrong(&second[0]), [("subjects", Reason::AmendmentSubjectChanged)]);
        // What was refused holds no place: the right one can still come.
        let right = world.record(vec![order("o2", "jan"), correction("c", "o", "jan", 1)]).await;
        assert_eq!(statuses(&right), [Status::Accepted; 2]);
    }
}

#[tokio::test]
async fn a_refused_amendment_does_not_hold_the_place_of_its_target() {
    for world in World::each().await {
        world.record(vec![order("taken", "jan")]).await;
        // The second has a used id, so that its target stays free for anyone.
        let reused = correction("taken", "free", "piet", 1);
        assert_eq!(statuses(&world.record(vec![reused]).await), [Status::Quarantined]);
        assert_eq!(statuses(&world.record(vec![order("free", "klaas")]).await), [Status::Accepted]);
    }
}

#[tokio::test]
async fn a_retraction_needs_neither_amount_nor_detail() {
    for world in World::each().await {
        let mut retraction = correction("r", "o", "jan", 2);
        retraction.amount = None;
        let missing = world.record(vec![retraction.clone()]).await;
        assert_eq!(wrong(&missing[0]), [("amount", Reason::AmountMissing)]);
        retraction.amendment.as_mut().unwrap().kind = pb::amendment::Kind::Retraction.into();
        assert_eq!(statuses(&world.record(vec![retraction]).await), [Status::Accepted]);
    }
}

#[tokio::test]
async fn an_anonymous_touchpoint_can_be_corrected() {
    for world in World::each().await {
        let outcomes = world.record(vec![order("o", ""), correction("c", "o", "", 1)]).await;
        assert_eq!(statuses(&outcomes), [Status::Accepted; 2]);
        assert_eq!(outcomes[0].record_id, outcomes[1].record_id);
    }
}
