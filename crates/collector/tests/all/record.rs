//! Recording: every touchpoint once, for ever.

use tenure_kernel::Timestamp;
use tenure_proto::{
    collector::v1::{self as pb, outcome::Status},
    error::v1::Reason,
};

use crate::fixture::{NOON, World, money, order, statuses, subject, time, wrong};

#[tokio::test]
async fn each_touchpoint_is_taken_in_once() {
    for mut world in World::each().await {
        let batch = vec![order("1", "jan"), order("2", "jan"), order("1", "jan"), order("2", "piet")];
        let outcomes = world.record(batch.clone()).await;
        assert_eq!(statuses(&outcomes), [Status::Accepted, Status::Accepted, Status::Duplicate, Status::Quarantined]);
        assert_eq!(outcomes[0].touchpoint_id, outcomes[2].touchpoint_id);
        assert_eq!(outcomes[0].record_id, outcomes[1].record_id);
        // Again, also by another process.
        world.stop().await;
        world.start().await;
        let again = world.record(batch).await;
        assert_eq!(statuses(&again), [Status::Duplicate; 4]);
        assert_eq!(again[3].quarantine_id, outcomes[3].quarantine_id);
        assert_eq!(world.recorded().await.len(), 2);
        assert_eq!(world.counts().await, [8, 2, 5, 1, 0, 0]);
    }
}

#[tokio::test]
async fn the_time_of_sending_is_no_part_of_the_body() {
    for world in World::each().await {
        let sent = |seconds| pb::Touchpoint { send_time: time(seconds), ..order("1", "jan") };
        let outcomes = world.record(vec![sent(NOON), sent(NOON + 60)]).await;
        assert_eq!(statuses(&outcomes), [Status::Accepted, Status::Duplicate]);
    }
}

#[tokio::test]
async fn another_source_or_tenant_has_other_ids() {
    for world in World::each().await {
        let other = pb::Touchpoint { source: "crm".to_owned(), ..order("1", "jan") };
        let mine = world.record(vec![order("1", "jan"), other]).await;
        let theirs = world.record_of("other", vec![order("1", "jan")]).await;
        assert_eq!(statuses(&mine), [Status::Accepted; 2]);
        assert_eq!(statuses(&theirs), [Status::Accepted]);
        let ids = [&mine[0], &mine[1], &theirs[0]].map(|outcome| (&outcome.touchpoint_id, &outcome.record_id));
        assert!(ids[0].0 != ids[1].0 && ids[0].0 != ids[2].0 && ids[0].1 != ids[1].1 && ids[0].1 != ids[2].1);
        assert_eq!(world.counts().await, [2, 2, 0, 0, 0, 0]);
    }
}

#[tokio::test]
async fn validate_only_says_what_would_happen_and_stores_nothing() {
    for world in World::each().await {
        world.record(vec![order("1", "jan")]).await;
        let bad = pb::Touchpoint { amount: None, ..order("3", "jan") };
        let batch = vec![order("1", "jan"), order("1", "piet"), order("2", "jan"), order("2", "jan"), bad];
        let previewed = world.preview(batch.clone()).await;
        assert_eq!(world.counts().await, [1, 1, 0, 0, 0, 0]);
        assert_eq!(world.recorded().await.len(), 1);
        let recorded = world.record(batch).await;
        assert_eq!(previewed, recorded);
        let expected =
            [Status::Duplicate, Status::Quarantined, Status::Accepted, Status::Duplicate, Status::Quarantined];
        assert_eq!(statuses(&recorded), expected);
    }
}

#[tokio::test]
async fn an_entry_holds_facts_in_clear_and_seals_the_rest() {
    for world in World::each().await {
        let mut sent = order("1", "jan");
        sent.note = "belde boos op".to_owned();
        sent.subjects[0].identifiers = vec![pb::Identifier {
            kind: pb::IdentifierKind::Email.into(),
            value: "Jan@Example.NL".to_owned(),
            issuer: String::new(),
        }];
        let broker = pb::Subject { role: pb::SubjectRole::Broker.into(), ..subject("b-7") };
        sent.subjects.insert(0, broker);
        let outcome = world.record(vec![sent.clone()]).await.remove(0);
        let entry = world.recorded().await.remove(0);
        assert_eq!(entry.fact_id, entry.touchpoint_id);
        assert_eq!(entry.receive_time, time(NOON));
        let roles: Vec<_> = entry.subjects.iter().map(pb::RecordedSubject::role).collect();
        assert_eq!(roles, [pb::SubjectRole::Primary, pb::SubjectRole::Broker]);
        let id = tenure_kernel::RecordId::from_slice(&entry.subjects[0].record_id).unwrap();
        assert_eq!(id.to_string(), outcome.record_id);
        let private = world.unseal(&entry.subjects[0]).await.unwrap();
        assert_eq!((private.key.as_str(), private.note.as_str()), ("jan", "belde boos op"));
        assert_eq!(private.identifiers[0].value, "jan@example.nl");
        assert_eq!(world.unseal(&entry.subjects[1]).await.unwrap().key, "b-7");
        let facts = entry.touchpoint.unwrap();
        let expected = pb::Touchpoint { subjects: Vec::new(), note: String::new(), ..sent };
        assert_eq!(facts, expected);
    }
}

#[tokio::test]
async fn without_anything_personal_nothing_is_sealed() {
    for world in World::each().await {
        let mut anonymous = order("1", "");
        anonymous.subjects[0].attributes = Some(pb::SubjectAttributes::default());
        let outcomes = world.record(vec![anonymous]).await;
        assert_eq!(statuses(&outcomes), [Status::Accepted]);
        assert_eq!(world.recorded().await[0].subjects[0].sealed, None);
    }
}

#[tokio::test]
async fn a_call_may_hold_five_hundred_items_and_mixed_sources() {
    for world in World::each().await {
        let item = |number: usize| {
            let source = ["webshop", "crm", "Not A Source"][number % 3].to_owned();
            pb::Touchpoint { source, amount: money(number as i64), ..order(&number.to_string(), "jan") }
        };
        let outcomes = world.record((0..500).map(item).collect()).await;
        assert_eq!(outcomes.len(), 500);
        for (number, outcome) in outcomes.iter().enumerate() {
            assert_eq!(wrong(outcome).is_empty(), number % 3 != 2, "{number}");
        }
        assert_eq!(world.counts().await, [500, 334, 0, 166, 0, 0]);
        let request = pb::GetIntakeStatisticsRequest { source: "crm".to_owned() };
        let request = world.ask("acme", request);
        let crm = world.client.clone().get_intake_statistics(request).await.unwrap().into_inner();
        assert_eq!((crm.received, crm.accepted), (167, 167));
    }
}

#[tokio::test]
async fn a_repeat_is_a_duplicate_also_when_it_would_not_be_taken_any_more() {
    for world in World::each().await {
        let early = pb::Touchpoint { occur_time: time(NOON + 299), ..order("1", "jan") };
        assert_eq!(statuses(&world.record(vec![early.clone()]).await), [Status::Accepted]);
        // As by a replica whose clock is behind.
        world.clock.set(Timestamp((NOON - 2) * 1_000_000));
        assert_eq!(statuses(&world.preview(vec![early.clone()]).await), [Status::Duplicate]);
        assert_eq!(statuses(&world.record(vec![early.clone(), early.clone()]).await), [Status::Duplicate; 2]);
        let other = pb::Touchpoint { event_id: "2".to_owned(), ..early };
        assert_eq!(wrong(&world.record(vec![other]).await[0]), [("occur_time", Reason::TimeInFuture)]);
        assert_eq!(world.counts().await, [4, 1, 2, 1, 0, 0]);
    }
}

#[tokio::test]
async fn another_body_is_told_beside_what_is_wrong_with_it() {
    for world in World::each().await {
        let unpaid = pb::Touchpoint { amount: None, ..order("1", "jan") };
        // Together, and one after another.
        let outcomes = world.record(vec![order("1", "jan"), unpaid.clone(), order("2", "jan")]).await;
        let expected = [("event_id", Reason::EventIdReused), ("amount", Reason::AmountMissing)];
        assert_eq!(wrong(&outcomes[1]), expected);
        let later = pb::Touchpoint { event_id: "2".to_owned(), ..unpaid };
        assert_eq!(wrong(&world.preview(vec![later.clone()]).await[0]), expected);
        assert_eq!(wrong(&world.record(vec![later]).await[0]), expected);
        // What is wrong takes no id.
        let bad = pb::Touchpoint { amount: None, ..order("3", "jan") };
        let outcomes = world.record(vec![bad, order("3", "piet")]).await;
        assert_eq!(statuses(&outcomes), [Status::Quarantined, Status::Accepted]);
    }
}

#[tokio::test]
async fn what_is_urgent_is_recorded_as_such() {
    for world in World::each().await {
        for kind in [pb::TouchpointType::ComplaintReceived, pb::TouchpointType::ConsentWithdrawn] {
            let event = kind.as_str_name().to_lowercase();
            let touchpoint = pb::Touchpoint { r#type: kind.into(), amount: None, detail: None, ..order(&event, "jan") };
            let touchpoints = vec![touchpoint];
            let mut request = world.ask("acme", pb::RecordTouchpointsRequest { touchpoints, validate_only: false });
            request.metadata_mut().insert("tenure-priority", "urgent".parse().unwrap());
            let told = world.client.clone().record_touchpoints(request).await.unwrap().into_inner();
            assert_eq!(statuses(&told.outcomes), [Status::Accepted]);
        }
    }
}
