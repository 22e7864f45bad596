//! What stewards look at, and what they say of it.

use tenure_kernel::{
    Tenant,
    identifier::IdentifierKind::{CustomerNumber, Email},
};
use tenure_proto::{
    collector::v1::{PostalAddress, SubjectAttributes, amendment::Kind as Amended},
    identity::v1::{
        DecideReviewTaskRequest, DecideReviewTaskResponse, ListReviewTasksRequest, ReviewTask, UndoDecisionRequest,
        Verdict, review_task::Kind,
    },
};
use tenure_store::testing::TestPlace;
use tonic::Status;

use crate::{
    stage::{Happening, Stage, amending, authorized, lines, reason, record, said, tenant},
    stewarding::merge,
};

fn person(given: &str, birth: &str, house: &str) -> SubjectAttributes {
    SubjectAttributes {
        given_name: given.to_owned(),
        family_name: "Bakkenes".to_owned(),
        birth_date: birth.to_owned(),
        postal_address: Some(PostalAddress {
            street: "Damrak".to_owned(),
            house_number: house.to_owned(),
            postal_code: "1012 LG".to_owned(),
            city: "Amsterdam".to_owned(),
            ..PostalAddress::default()
        }),
        ..SubjectAttributes::default()
    }
}

async fn page(stage: &Stage, tenant: &Tenant, size: i32, token: &str) -> (Vec<ReviewTask>, String) {
    let request = ListReviewTasksRequest { page_size: size, page_token: token.to_owned() };
    let page = stage.client().list_review_tasks(authorized(tenant, request)).await.expect("a page").into_inner();
    (page.tasks, page.next_page_token)
}

pub(crate) async fn tasks(stage: &Stage, tenant: &Tenant) -> Vec<ReviewTask> {
    page(stage, tenant, 0, "").await.0
}

pub(crate) async fn decide(
    stage: &Stage,
    tenant: &Tenant,
    request_id: &str,
    (left, right): (u8, u8),
    verdict: Verdict,
) -> Result<DecideReviewTaskResponse, Status> {
    let right_record_id = if left == right { String::new() } else { record(right).to_string() };
    let request = DecideReviewTaskRequest {
        request_id: request_id.to_owned(),
        left_record_id: record(left).to_string(),
        right_record_id,
        verdict: verdict.into(),
    };
    Ok(stage.client().decide_review_task(authorized(tenant, request)).await?.into_inner())
}

pub(crate) async fn undo(stage: &Stage, tenant: &Tenant, request_id: &str, decision: &str) {
    let request = UndoDecisionRequest { request_id: request_id.to_owned(), decision_id: decision.to_owned() };
    stage.client().undo_decision(authorized(tenant, request)).await.expect("undone");
}

/// Records 1 and 2 are one person's; 3 may be it too, by a nickname that is none of his and born a day later, since few have the
/// name; 4 is somebody else.
pub(crate) async fn doubt(place: TestPlace) -> (Stage, Tenant) {
    let (stage, acme) = (Stage::new(place).await, tenant("acme"));
    stage.tell(&acme, 1, 1, person("Pieter", "1964-02-11", "1")).await;
    stage.tell(&acme, 2, 2, person("Piet", "1964-02-11", "1")).await;
    stage.tell(&acme, 3, 3, person("Pim", "1964-02-12", "1")).await;
    stage.feed(&acme, &[said(4, 4, &[(Email, "a@x.nl")])]).await;
    (stage, acme)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doubtful_pair_is_looked_at_until_it_is_decided() {
    for place in TestPlace::each() {
        let (stage, acme) = doubt(place).await;
        let before = stage.export(&acme).await;
        assert_eq!(before, lines(&[&[1, 2], &[3], &[4]]));
        let found = tasks(&stage, &acme).await;
        assert_eq!(found.len(), 2, "with either record of the other: {found:?}");
        assert!(
            found.iter().all(|task| task.kind() == Kind::Pair && task.record_count == 3 && task.person_ids.len() == 2)
        );
        assert!(found[0].priority >= found[1].priority && found[0].priority > 0.0);
        assert_eq!(tasks(&stage, &tenant("other")).await, []);
        // Page by page.
        let (first, token) = page(&stage, &acme, 1, "").await;
        let (second, end) = page(&stage, &acme, 1, &token).await;
        assert_eq!(([first, second].concat(), end), (found, String::new()));

        let same = decide(&stage, &acme, "d1", (1, 3), Verdict::Same).await.expect("decided");
        assert_eq!(stage.export(&acme).await, lines(&[&[1, 2, 3], &[4]]));
        assert_eq!(same.persons.len(), 1);
        assert_eq!(tasks(&stage, &acme).await, [], "what was decided needs no look");
        undo(&stage, &acme, "u1", &same.decision_id).await;
        assert_eq!(stage.export(&acme).await, before);
        assert_eq!(tasks(&stage, &acme).await.len(), 2, "it is open again");

        let apart = decide(&stage, &acme, "d2", (3, 2), Verdict::Different).await.expect("decided");
        assert_eq!((stage.export(&acme).await, apart.persons.len()), (before.clone(), 2));
        assert_eq!(tasks(&stage, &acme).await, [], "of all records of both persons");
        assert_eq!(decide(&stage, &acme, "d2", (3, 2), Verdict::Different).await.expect("repeated"), apart);
        let reused = decide(&stage, &acme, "d2", (3, 1), Verdict::Different).await.expect_err("another body");
        assert_eq!(reason(&reused), "REQUEST_ID_REUSED");
    }
}

/// Two of one household address each, one link between them.
async fn chain(place: TestPlace) -> (Stage, Tenant) {
    let (stage, acme) = (Stage::new(place).await, tenant("acme"));
    stage
        .feed(
            &acme,
            &[
                said(1, 1, &[(Email, "a@x.nl")]),
                said(2, 2, &[(Email, "a@x.nl"), (Email, "b@x.nl")]),
                said(3, 3, &[(Email, "b@x.nl"), (Email, "c@x.nl")]),
                said(4, 4, &[(Email, "c@x.nl")]),
            ],
        )
        .await;
    (stage, acme)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_is_looked_at_and_may_be_cut() {
    for place in TestPlace::each() {
        let (stage, acme) = chain(place).await;
        let whole = lines(&[&[1, 2, 3, 4]]);
        assert_eq!(stage.export(&acme).await, whole);
        let found = tasks(&stage, &acme).await;
        let pairs: Vec<_> = found.iter().map(|task| (task.kind(), task.record_count)).collect();
        assert_eq!(pairs, [(Kind::Bridge, 4)], "{found:?}");
        let mut ends = [found[0].left_record_id.clone(), found[0].right_record_id.clone()];
        ends.sort_unstable();
        let mut middle = [record(2).to_string(), record(3).to_string()];
        middle.sort_unstable();
        assert_eq!(ends, middle);
        let cut = decide(&stage, &acme, "d1", (2, 3), Verdict::Different).await.expect("decided");
        assert_eq!(stage.export(&acme).await, lines(&[&[1, 2], &[3, 4]]));
        assert_eq!(tasks(&stage, &acme).await, []);
        undo(&stage, &acme, "u1", &cut.decision_id).await;
        assert_eq!(stage.export(&acme).await, whole);
        decide(&stage, &acme, "d2", (2, 3), Verdict::Same).await.expect("decided");
        assert_eq!((stage.export(&acme).await, tasks(&stage, &acme).await), (whole, vec![]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_of_too_many_records_is_a_task_until_somebody_speaks_of_them() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::new(place).await, tenant("acme"));
        let known: Vec<_> = (1..=17).map(|number| said(number, number, &[(CustomerNumber, "K1")])).collect();
        stage.feed(&acme, &known).await;
        stage.feed(&acme, &[said(20, 20, &[(Email, "b@x.nl")])]).await;
        let large = tasks(&stage, &acme).await;
        let (one, other) = (stage.person(&acme, 1).await, stage.person(&acme, 20).await);
        let first = (1..=17).map(record).min().expect("some").to_string();
        assert_eq!(large.len(), 1);
        assert_eq!((large[0].kind(), &large[0].left_record_id, large[0].record_count), (Kind::Large, &first, 17));
        assert_eq!((large[0].right_record_id.as_str(), &large[0].person_ids), ("", &vec![one.person_id.clone()]));
        let merged = merge(&stage, &acme, "m1", &[&one, &other]).await.expect("merged");
        assert_eq!(tasks(&stage, &acme).await, [], "a steward put them together");
        undo(&stage, &acme, "u1", &merged.decision_id).await;
        assert_eq!(tasks(&stage, &acme).await, large);
        let before = stage.export(&acme).await;
        let refused = decide(&stage, &acme, "d0", (3, 3), Verdict::Different).await.expect_err("from whom");
        assert_eq!(reason(&refused), "FIELDS_INVALID");
        let confirmed = decide(&stage, &acme, "d1", (3, 3), Verdict::Same).await.expect("confirmed");
        assert_eq!((confirmed.persons.len(), confirmed.persons[0].person_id.as_str()), (1, one.person_id.as_str()));
        assert_eq!((stage.export(&acme).await, tasks(&stage, &acme).await), (before.clone(), vec![]), "all are theirs");
        let other = |event, number| said(event, 3, &[(CustomerNumber, number)]);
        stage.feed(&acme, &[amending(other(43, "K2"), 3, 1, Amended::Correction)]).await;
        assert_eq!(stage.export(&acme).await, before, "also when nothing else holds them together");
        stage.feed(&acme, &[amending(other(44, "K1"), 3, 2, Amended::Correction)]).await;
        undo(&stage, &acme, "u2", &confirmed.decision_id).await;
        assert_eq!(tasks(&stage, &acme).await, large);
        stage.feed(&acme, &[Happening::Erased(vec![4, 5])]).await;
        assert_eq!(tasks(&stage, &acme).await, [], "few enough");
    }
}
