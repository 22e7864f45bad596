//! Merges that lose, and can't be undone.

use tenure_proto::identity::v1::{MergePersonsRequest, SplitPersonRequest};
use tenure_tests::touchpoints::{purchase, with_identifier};

use super::stage::{Recorded, Stage, count, named, values};

/// Two customers whom nothing but a steward takes for one.
async fn two(stage: &mut Stage) -> Recorded {
    let email = tenure_proto::collector::v1::IdentifierKind::Email;
    stage
        .record(vec![
            with_identifier(named(purchase("shop", "a1", "a", 3, 1_000), "Fatima"), email, "f@example.nl"),
            purchase("shop", "a2", "a", 4, 2_000),
            with_identifier(named(purchase("shop", "b1", "b", 9, 4_000), "Willem"), email, "w@example.nl"),
        ])
        .await
}

async fn merge(stage: &mut Stage, told: &Recorded) -> String {
    let (one, other) =
        (stage.person(&told.records[0], &told.token).await, stage.person(&told.records[2], &told.token).await);
    let person_ids = vec![one.person_id, other.person_id];
    let merge = MergePersonsRequest { request_id: "m".to_owned(), person_ids, ..Default::default() };
    stage.caller.identity.merge_persons(merge).await.expect("merged").into_inner().read_token
}

#[tokio::test(flavor = "multi_thread")]
async fn merges_lose_or_corrupt_data() {
    let mut stage = Stage::start().await;
    let told = two(&mut stage).await;
    let token = merge(&mut stage, &told).await;
    let both = stage.profile(&told.records[0], &token).await;
    assert_eq!(count(&both), 3, "no counter is doubled, and none is lost");
    assert_eq!(values(&both, "contact.email"), ["f@example.nl", "w@example.nl"]);
    assert_eq!(values(&both, "name.given_name"), ["Willem"], "the newer one, still a text");
    assert_eq!(stage.profile(&told.records[2], &token).await, both);
    stage.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_that_can_not_be_undone() {
    let mut stage = Stage::start().await;
    let told = two(&mut stage).await;
    let before =
        [stage.profile(&told.records[0], &told.token).await, stage.profile(&told.records[2], &told.token).await];
    let token = merge(&mut stage, &told).await;
    let person = stage.person(&told.records[0], &token).await;
    let split = SplitPersonRequest {
        request_id: "s".to_owned(),
        person_id: person.person_id.clone(),
        record_ids: vec![told.records[2].clone()],
        ..Default::default()
    };
    let token = stage.caller.identity.split_person(split).await.expect("split").into_inner().read_token;
    for (record, before) in [(&told.records[0], &before[0]), (&told.records[2], &before[1])] {
        let after = stage.profile(record, &token).await;
        assert_eq!((&after.fields, &after.touchpoints), (&before.fields, &before.touchpoints));
        assert_eq!(after.record_ids, before.record_ids);
    }
    stage.stop().await;
}
