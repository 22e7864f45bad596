//! What stewards decide.

use tenure_kernel::{Tenant, identifier::IdentifierKind::Email};
use tenure_proto::{
    collector::v1::amendment::Kind,
    identity::v1::{
        MergePersonsRequest, MergePersonsResponse, Person, SplitPersonRequest, SplitPersonResponse,
        UndoDecisionRequest, UndoDecisionResponse, get_person_request::By, memberships_changed::Cause,
    },
};
use tenure_store::testing::TestPlace;
use tonic::Status;

use crate::stage::{Stage, amending, authorized, lines, reason, record, said, tenant};

pub(crate) async fn merge(
    stage: &Stage,
    tenant: &Tenant,
    request_id: &str,
    persons: &[&Person],
) -> Result<MergePersonsResponse, Status> {
    let request = MergePersonsRequest {
        request_id: request_id.to_owned(),
        person_ids: persons.iter().map(|person| person.person_id.clone()).collect(),
        etags: persons.iter().map(|person| person.etag.clone()).collect(),
    };
    Ok(stage.client().merge_persons(authorized(tenant, request)).await?.into_inner())
}

pub(crate) async fn split(
    stage: &Stage,
    tenant: &Tenant,
    request_id: &str,
    person: &Person,
    numbers: &[u8],
) -> Result<SplitPersonResponse, Status> {
    let request = SplitPersonRequest {
        request_id: request_id.to_owned(),
        person_id: person.person_id.clone(),
        record_ids: numbers.iter().map(|number| record(*number).to_string()).collect(),
        etag: person.etag.clone(),
    };
    Ok(stage.client().split_person(authorized(tenant, request)).await?.into_inner())
}

/// Records 1 and 2 are one person's, 3 another's.
async fn stage(place: TestPlace) -> (Stage, Tenant) {
    let (stage, acme) = (Stage::new(place).await, tenant("acme"));
    let three = [said(1, 1, &[(Email, "a@x.nl")]), said(2, 2, &[(Email, "a@x.nl")]), said(3, 3, &[(Email, "b@x.nl")])];
    stage.feed(&acme, &three).await;
    (stage, acme)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_and_a_split_lead_back_to_the_same_persons() {
    for place in TestPlace::each() {
        let (stage, acme) = stage(place).await;
        let before = (stage.export(&acme).await, stage.person(&acme, 1).await, stage.person(&acme, 3).await);
        let merged = merge(&stage, &acme, "m1", &[&before.1, &before.2]).await.expect("merged");
        let person = merged.person.expect("a person");
        assert_eq!((&person.person_id, person.record_count), (&before.1.person_id, 3));
        assert_eq!(stage.export(&acme).await, lines(&[&[1, 2, 3]]));
        let past = stage.get(&acme, By::PersonId(before.2.person_id.clone())).await.expect("leads on");
        assert_eq!(past, person);
        let parts = split(&stage, &acme, "s1", &person, &[3]).await.expect("split");
        assert_eq!(parts.separated.expect("a person").person_id, before.2.person_id);
        assert_eq!(parts.remaining.expect("a person").person_id, before.1.person_id);
        assert_eq!(stage.export(&acme).await, before.0);
        let causes: Vec<_> = stage.published().await.iter().map(|(_, entry)| entry.cause()).collect();
        assert_eq!(causes, [Cause::Linked, Cause::Linked, Cause::Merged, Cause::Split]);
        let (_, last) = stage.published().await.pop().expect("an entry");
        assert!(last.decision_id.len() == 16 && last.redirects[0].to_person_id.is_empty());
        assert!(last.redirects[0].version == 2 && last.moves[0].version == 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_steward_split_no_key_brings_together_until_a_merge() {
    for place in TestPlace::each() {
        let (stage, acme) = stage(place).await;
        let person = stage.person(&acme, 1).await;
        split(&stage, &acme, "s1", &person, &[2]).await.expect("split");
        assert_eq!(stage.export(&acme).await, lines(&[&[1], &[2], &[3]]));
        // They still share an address, get another one, and a newcomer is like both.
        stage.feed(&acme, &[said(4, 1, &[(Email, "c@x.nl")]), said(5, 2, &[(Email, "c@x.nl")])]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1], &[2], &[3]]));
        stage.feed(&acme, &[said(6, 6, &[(Email, "a@x.nl")])]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1, 6], &[2], &[3]]));
        let (left, right) = (stage.person(&acme, 1).await, stage.person(&acme, 2).await);
        merge(&stage, &acme, "m1", &[&left, &right]).await.expect("merged");
        assert_eq!(stage.export(&acme).await, lines(&[&[1, 2, 6], &[3]]));
        // Without any key in common the merge holds.
        let retract = |event, target, number| amending(said(event, number, &[]), target, 1, Kind::Retraction);
        stage.feed(&acme, &[retract(7, 2, 2), retract(8, 5, 2)]).await;
        assert_eq!(stage.export(&acme).await, lines(&[&[1, 2, 6], &[3]]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_carried_out_once() {
    for place in TestPlace::each() {
        let (stage, acme) = stage(place).await;
        let (one, other) = (stage.person(&acme, 1).await, stage.person(&acme, 3).await);
        let first = merge(&stage, &acme, "r", &[&one, &other]).await.expect("merged");
        let split_again =
            split(&stage, &acme, "s", first.person.as_ref().expect("a person"), &[3]).await.expect("split");
        stage.feed(&acme, &[said(9, 9, &[])]).await;
        assert_eq!(merge(&stage, &acme, "r", &[&one, &other]).await.expect("the first answer"), first);
        let person = first.person.clone().expect("a person");
        assert_eq!(split(&stage, &acme, "s", &person, &[3]).await.expect("the first answer"), split_again);
        assert_eq!(stage.export(&acme).await, lines(&[&[1, 2], &[3], &[9]]), "nothing was done again");
        let other_body = merge(&stage, &acme, "r", &[&other, &one]).await.expect_err("another body");
        assert_eq!(reason(&other_body), "REQUEST_ID_REUSED");
        let other_rpc = split(&stage, &acme, "r", &person, &[3]).await.expect_err("another call");
        assert_eq!(reason(&other_rpc), "REQUEST_ID_REUSED");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn merging_what_is_one_already_changes_nothing() {
    for place in TestPlace::each() {
        let (stage, acme) = stage(place).await;
        let (one, other) = (stage.person(&acme, 1).await, stage.person(&acme, 3).await);
        let first = merge(&stage, &acme, "m1", &[&one, &other]).await.expect("merged");
        let count = stage.published().await.len();
        let present = Person { etag: String::new(), ..one };
        let past = Person { etag: String::new(), ..other };
        let again = merge(&stage, &acme, "m2", &[&present, &past]).await.expect("one already");
        assert_eq!((again.person, again.read_token), (first.person, first.read_token));
        assert_eq!(stage.published().await.len(), count);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_as_the_steward_saw_it_is_refused() {
    for place in TestPlace::each() {
        let (stage, acme) = stage(place).await;
        let (one, other) = (stage.person(&acme, 1).await, stage.person(&acme, 3).await);
        stage.feed(&acme, &[said(4, 4, &[(Email, "a@x.nl")])]).await;
        let stale = merge(&stage, &acme, "m1", &[&one, &other]).await.expect_err("stale");
        assert_eq!(reason(&stale), "ETAG_MISMATCH");
        let stale = split(&stage, &acme, "s1", &one, &[1]).await.expect_err("stale");
        assert_eq!(reason(&stale), "ETAG_MISMATCH");
        let one = stage.person(&acme, 1).await;
        for (numbers, expected) in [
            (&[1, 2, 4][..], "SPLIT_NOT_PROPER"),
            (&[1, 3], "SPLIT_NOT_PROPER"),
            (&[1, 77], "NOT_FOUND"),
            (&[], "FIELDS_INVALID"),
        ] {
            let refused = split(&stage, &acme, "s2", &one, numbers).await.expect_err("not proper");
            assert_eq!(reason(&refused), expected, "{numbers:?}");
        }
        let refused = merge(&stage, &acme, "m2", &[&one]).await.expect_err("one person");
        assert_eq!(reason(&refused), "FIELDS_INVALID");
        let refused = merge(&stage, &acme, "m2", &[&one, &one]).await.expect_err("twice the same");
        assert_eq!(reason(&refused), "FIELDS_INVALID");
        let nobody = Person { person_id: one.person_id.replace("person_0", "person_1"), ..one.clone() };
        let nobody = if nobody.person_id == one.person_id {
            Person { person_id: "person_00000000000000000000000000".to_owned(), ..one.clone() }
        } else {
            nobody
        };
        let refused = merge(&stage, &acme, "m3", &[&one, &nobody]).await.expect_err("nobody");
        assert_eq!(reason(&refused), "NOT_FOUND");
        assert_eq!(stage.export(&acme).await, lines(&[&[1, 2, 4], &[3]]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stewards_wait_for_each_other_with_few_connections() {
    for mut place in TestPlace::each() {
        place.config.max_connections = 2;
        let (stage, acme) = stage(place).await;
        let (one, other) = (stage.person(&acme, 1).await, stage.person(&acme, 3).await);
        let any = |person: &Person| Person { etag: String::new(), ..person.clone() };
        let (one, other) = (any(&one), any(&other));
        let requests: Vec<String> = (0..8).map(|number| format!("m{number}")).collect();
        let persons = [&one, &other];
        let merges = requests.iter().map(|request| merge(&stage, &acme, request, &persons));
        for merged in futures::future::join_all(merges).await {
            assert_eq!(merged.expect("merged").person.expect("a person").record_count, 3);
        }
        let again = requests.iter().map(|request| merge(&stage, &acme, request, &persons));
        for merged in futures::future::join_all(again).await {
            assert_eq!(merged.expect("answered again").person.expect("a person").record_count, 3);
        }
    }
}

async fn undo(
    stage: &Stage,
    tenant: &Tenant,
    request_id: &str,
    decision: &str,
) -> Result<UndoDecisionResponse, Status> {
    let request = UndoDecisionRequest { request_id: request_id.to_owned(), decision_id: decision.to_owned() };
    Ok(stage.client().undo_decision(authorized(tenant, request)).await?.into_inner())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undone_decision_was_never_made() {
    for place in TestPlace::each() {
        let (stage, acme) = stage(place).await;
        let before = stage.export(&acme).await;
        let (one, three) = (stage.person(&acme, 1).await, stage.person(&acme, 3).await);
        let merged = merge(&stage, &acme, "m", &[&one, &three]).await.expect("merged");
        assert_ne!(stage.export(&acme).await, before);
        let undone = undo(&stage, &acme, "u", &merged.decision_id).await.expect("undone");
        assert_eq!(stage.export(&acme).await, before);
        assert_eq!(undone.persons.len(), 2);
        assert!(undone.persons.iter().any(|person| person.person_id == one.person_id), "ids come back");
        assert!(undone.persons.iter().any(|person| person.person_id == three.person_id), "ids come back");
        let last = stage.published().await.pop().expect("an entry").1;
        assert_eq!(last.cause(), Cause::Undone);
        // A repeat is answered as before; another request finds nothing to undo.
        assert_eq!(undo(&stage, &acme, "u", &merged.decision_id).await.expect("repeated"), undone);
        let again = undo(&stage, &acme, "v", &merged.decision_id).await.expect_err("undone before");
        assert_eq!(reason(&again), "NOT_FOUND");
        // A split is undone alike, and what was decided before it holds again.
        let merged = merge(&stage, &acme, "m2", &[&undone.persons[0], &undone.persons[1]]).await.expect("merged");
        let whole = stage.export(&acme).await;
        let parted = split(&stage, &acme, "s", &merged.person.expect("a person"), &[2]).await.expect("split");
        assert_ne!(stage.export(&acme).await, whole);
        undo(&stage, &acme, "u2", &parted.decision_id).await.expect("undone");
        assert_eq!(stage.export(&acme).await, whole);
        let other = undo(&stage, &tenant("other"), "u", &merged.decision_id).await.expect_err("another tenant's");
        assert_eq!(reason(&other), "NOT_FOUND");
    }
}
