//! Corrections and retractions: before or after their original, about the same record.

use tenure_proto::{
    collector::v1::{self as pb, outcome::Status},
    error::v1::Reason,
};

use crate::fixture::{World, correction, order, statuses, subject, wrong};

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

/// With more subjects than the primary one.
fn with(touchpoint: pb::Touchpoint, others: &[(&str, pb::SubjectRole)]) -> pb::Touchpoint {
    let mut touchpoint = touchpoint;
    touchpoint.subjects.extend(others.iter().map(|(key, role)| pb::Subject { role: (*role).into(), ..subject(key) }));
    touchpoint
}

#[tokio::test]
async fn original_and_amendments_name_the_same_subjects_in_either_order() {
    use pb::SubjectRole::{Broker, ContactPerson, Insured};
    for world in World::each().await {
        let original = |event| with(order(event, "jan"), &[("piet", Broker), ("kees", Insured)]);
        let amendment = |event, target, others| with(correction(event, target, "jan", 1), others);
        let same = [("kees", Insured), ("piet", ContactPerson)];
        let changed = Reason::AmendmentSubjectChanged;
        // What does not name piet would leave with him what the original said of him.
        let after = vec![original("o"), amendment("c1", "o", &[]), amendment("c2", "o", &same)];
        let after = world.record(after).await;
        assert_eq!(wrong(&after[1]), [("amendment.target_event_id", changed)]);
        assert_eq!(statuses(&after), [Status::Accepted, Status::Quarantined, Status::Accepted]);
        let before =
            vec![amendment("c3", "p", &same), amendment("c4", "p", &same[..1]), order("p", "jan"), original("p")];
        let before = world.record(before).await;
        let kept = [Status::Accepted, Status::Quarantined, Status::Quarantined, Status::Accepted];
        assert_eq!(statuses(&before), kept);
        assert_eq!(wrong(&before[2]), [("subjects", changed)]);
        // The same people, another of them the primary one.
        let mut swapped = with(correction("c5", "o", "piet", 1), &[("jan", Broker), ("kees", Insured)]);
        assert_eq!(wrong(&world.record(vec![swapped.clone()]).await[0]), [("amendment.target_event_id", changed)]);
        swapped.subjects = original("o").subjects;
        assert_eq!(statuses(&world.record(vec![swapped]).await), [Status::Accepted]);
    }
}

#[tokio::test]
async fn an_amendment_is_not_amended_in_either_order() {
    for world in World::each().await {
        let chained = [("amendment.target_event_id", Reason::FieldNotAllowed)];
        world.record(vec![order("o", "jan"), correction("c1", "o", "jan", 1)]).await;
        let second = world.record(vec![correction("c2", "c1", "jan", 2)]).await;
        assert_eq!((second[0].status(), wrong(&second[0])), (Status::Quarantined, chained.to_vec()));
        world.record(vec![correction("d2", "d1", "jan", 2)]).await;
        let first = world.record(vec![correction("d1", "p", "jan", 1), order("p", "piet")]).await;
        assert_eq!((first[0].status(), wrong(&first[0])), (Status::Quarantined, chained.to_vec()));
        // It held no place, and the id that was named is still to come.
        assert_eq!(first[1].status(), Status::Accepted);
        assert_eq!(statuses(&world.record(vec![order("d1", "jan")]).await), [Status::Accepted]);
        let facts: std::collections::BTreeSet<_> =
            world.recorded().await.into_iter().map(|entry| entry.fact_id).collect();
        assert_eq!(facts.len(), 3);
    }
}

#[tokio::test]
async fn several_anonymous_subjects_can_be_corrected() {
    for world in World::each().await {
        let broker = [("", pb::SubjectRole::Broker)];
        let items = vec![with(order("o", ""), &broker), with(correction("c", "o", "", 1), &broker)];
        assert_eq!(statuses(&world.record(items).await), [Status::Accepted; 2]);
    }
}
