//! Export: all that is held of records, in clear, page by page.

use tenure_proto::collector::v1 as pb;

use crate::fixture::{World, order, subject};

async fn export(world: &World, tenant: &str, records: &[String], page_size: i32) -> Vec<pb::ExportedTouchpoint> {
    let mut found = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ExportRecordsRequest { record_ids: records.to_vec(), page_size, page_token };
        let page = world.client.clone().export_records(world.ask(tenant, request)).await.unwrap().into_inner();
        assert!(page.touchpoints.len() <= usize::try_from(page_size).unwrap());
        found.extend(page.touchpoints);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return found;
        }
    }
}

#[tokio::test]
async fn touchpoints_of_records_come_in_clear_with_their_own_subject() {
    for world in World::each().await {
        let holder = pb::Subject { role: pb::SubjectRole::JointHolder.into(), ..subject("piet") };
        let touchpoint = |number: usize| {
            let key = ["jan", "piet", "klaas"][number % 3];
            let mut touchpoint = pb::Touchpoint { note: format!("note {number}"), ..order(&number.to_string(), key) };
            if number.is_multiple_of(3) {
                touchpoint.subjects.push(holder.clone());
            }
            touchpoint
        };
        let sent: Vec<_> = (0..30).map(touchpoint).collect();
        let outcomes = world.record(sent.clone()).await;
        let records = [outcomes[0].record_id.clone(), outcomes[1].record_id.clone()];
        for size in [1, 7, 500] {
            let found = export(&world, "acme", &records, size).await;
            // Ten of each, and the ten where piet is the other holder.
            assert_eq!(found.len(), 30, "{size}");
            let first = found[0].touchpoint.clone().unwrap();
            assert_eq!(first, pb::Touchpoint { subjects: vec![sent[0].subjects[0].clone()], ..sent[0].clone() });
            let second = found[1].touchpoint.clone().unwrap();
            assert_eq!((second.subjects, second.note.as_str()), (vec![holder.clone()], ""));
            assert_eq!(found[1].record_id, records[1]);
        }
        assert!(export(&world, "other", &records, 100).await.is_empty());
        world.erase(&[&records[0]]).await;
        let left = export(&world, "acme", &records, 7).await;
        assert_eq!(left.len(), 20);
        assert!(left.iter().all(|touchpoint| touchpoint.record_id == records[1]));
    }
}

#[tokio::test]
async fn what_is_in_quarantine_comes_last() {
    for world in World::each().await {
        let broker = pb::Subject { role: pb::SubjectRole::Broker.into(), ..subject("b-7") };
        let unpaid = |number: usize| {
            let mut touchpoint = pb::Touchpoint { note: "a note".to_owned(), ..order(&number.to_string(), "jan") };
            touchpoint.amount = None;
            touchpoint.subjects.push(broker.clone());
            touchpoint
        };
        let sent: Vec<_> = (0..9).map(unpaid).collect();
        world.record(sent.clone()).await;
        let accepted = world.record(vec![order("a", "jan"), order("b", "b-7")]).await;
        let records = [accepted[0].record_id.clone(), accepted[1].record_id.clone()];
        for size in [1, 4, 500] {
            let found = export(&world, "acme", &records, size).await;
            assert_eq!(found.len(), 2 + 18, "{size}");
            let first = found[2].touchpoint.as_ref().unwrap();
            assert_eq!((first.subjects.len(), first.note.as_str()), (1, "a note"));
            assert_eq!(found[3].touchpoint.as_ref().unwrap().note, "");
        }
        assert_eq!(export(&world, "acme", &records[1..], 100).await.len(), 1 + 9);
    }
}
