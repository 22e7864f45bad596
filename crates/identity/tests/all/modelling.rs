//! Models of a tenant's own: trained, compared with the one in use, promoted, and rolled back.

use std::{collections::BTreeMap, time::Duration};

use prost::Message;
use tenure_journal::{Draft, Route};
use tenure_kernel::{EntryId, IdSource, RandomIds, RecordId, Tenant, Timestamp, TouchpointId};
use tenure_proto::{
    collector::v1::{RecordedSubject, SubjectAttributes, SubjectPrivate, Touchpoint, TouchpointRecorded},
    identity::v1::{
        DecideReviewTaskRequest, EvaluateModelRequest, ExplainLinkRequest, ListLinkageModelsRequest, Model,
        ModelDifference, ModelInUse, PromoteModelRequest, PromoteModelResponse, TrainModelRequest, Verdict,
        evaluate_model_request, memberships_changed::Cause, promote_model_request::Target,
    },
};
use tenure_store::{Query, testing::TestPlace};
use tokio::time::{Instant, sleep};
use tonic::Status;

use crate::{
    rebuilding::rebuilt,
    stage::{PATIENCE, Stage, authorized, reason, tenant},
};

/// Two records each of persons whose second record lacks the birth date or has another spelling, and strangers who share names.
fn people() -> Vec<SubjectAttributes> {
    const GIVEN: [&str; 9] = ["Pieter", "Jan", "Anna", "Maria", "Willem", "Sanne", "Joost", "Femke", "Bram"];
    const FAMILY: [&str; 7] = ["Bakker", "Jansen", "Visser", "Smit", "Mulder", "Bos", "Dekker"];
    let mut all = Vec::new();
    for number in 0..90_usize {
        let (given, family) = (GIVEN[number % 9], FAMILY[number % 7]);
        let birth = format!("19{:02}-{:02}-{:02}", 40 + number % 50, 1 + number % 12, 1 + number * 7 % 28);
        let one = SubjectAttributes {
            given_name: given.to_owned(),
            family_name: family.to_owned(),
            birth_date: birth,
            ..SubjectAttributes::default()
        };
        let other = match number % 3 {
            0 => SubjectAttributes { birth_date: String::new(), ..one.clone() },
            1 => SubjectAttributes { family_name: format!("{family}s"), ..one.clone() },
            _ => SubjectAttributes { given_name: given[..3].to_owned(), ..one.clone() },
        };
        all.extend([one, other]);
    }
    all
}

fn record(number: usize) -> RecordId {
    let mut id = [0; 16];
    id[0] = (number * 97 % 256) as u8;
    id[8..].copy_from_slice(&(number as u64).to_be_bytes());
    RecordId(id)
}

async fn tell(stage: &Stage, tenant: &Tenant, people: &[SubjectAttributes]) {
    let ids = RandomIds::default();
    let keys =
        stage.keyring.data_keys(tenant, (0..people.len()).map(|number| record(number).0), true).await.expect("keys");
    let mut drafts = Vec::new();
    for (number, attributes) in people.iter().enumerate() {
        let private = SubjectPrivate { attributes: Some(attributes.clone()), ..SubjectPrivate::default() };
        let (id, touchpoint) = (record(number), TouchpointId(ids.next()).0.to_vec());
        let sealed = keys.seal(id.0, &private.encode_to_vec());
        let payload = TouchpointRecorded {
            touchpoint_id: touchpoint.clone(),
            fact_id: touchpoint,
            subjects: vec![RecordedSubject { record_id: id.0.to_vec(), role: 1, sealed, majority: None }],
            touchpoint: Some(Touchpoint {
                source: "crm".to_owned(),
                event_id: number.to_string(),
                occur_time: Some(prost_types::Timestamp { seconds: 1, nanos: 0 }),
                ..Touchpoint::default()
            }),
            ..TouchpointRecorded::default()
        };
        let route = Route::Records(vec![id]);
        drafts.push(Draft::new(EntryId(ids.next()), tenant.clone(), route, &payload, Timestamp(0)));
    }
    let tx = stage.collector.store().begin().await.expect("a transaction");
    let sequence = stage.collector.commit(tx, drafts).await.expect("appended");
    stage.followed(&stage.collector.token(sequence)).await;
}

async fn train(stage: &Stage, tenant: &Tenant, request_id: &str, ignore_decisions: bool) -> Result<Model, Status> {
    let request =
        TrainModelRequest { request_id: request_id.to_owned(), ignore_decisions, ..TrainModelRequest::default() };
    let trained = stage.client().train_model(authorized(tenant, request)).await?;
    Ok(trained.into_inner().model.expect("a model"))
}

async fn evaluate(stage: &Stage, tenant: &Tenant, model: &str) -> ModelDifference {
    let target = Some(evaluate_model_request::Target::ModelId(model.to_owned()));
    let request = EvaluateModelRequest { target, ..EvaluateModelRequest::default() };
    let answer = stage.client().evaluate_model(authorized(tenant, request)).await.expect("evaluated");
    answer.into_inner().difference.expect("a difference")
}

async fn promote(
    stage: &Stage,
    tenant: &Tenant,
    request_id: &str,
    target: Target,
    expected: &str,
) -> Result<PromoteModelResponse, Status> {
    let request = PromoteModelRequest {
        request_id: request_id.to_owned(),
        target: Some(target),
        expected_version: expected.to_owned(),
    };
    Ok(stage.client().promote_model(authorized(tenant, request)).await?.into_inner())
}

async fn in_use(stage: &Stage, tenant: &Tenant) -> ModelInUse {
    let listed = stage.client().list_linkage_models(authorized(tenant, ListLinkageModelsRequest::default())).await;
    listed.expect("a list").into_inner().in_use.expect("one")
}

/// Waits until all pairs were weighed anew.
async fn rescored(stage: &Stage, tenant: &Tenant) {
    let until = Instant::now() + PATIENCE;
    while in_use(stage, tenant).await.rescored_share < 1.0 {
        assert!(Instant::now() < until, "not weighed anew");
        sleep(Duration::from_millis(20)).await;
    }
}

/// How many records are with others in one export than in another.
fn moved(before: &[String], after: &[String]) -> usize {
    let homes = |lines: &[String]| -> BTreeMap<String, String> {
        let of = |line: &String| {
            let (_, records) = line.split_once(": ").expect("records");
            records.split(' ').map(|one| (one.to_owned(), records.to_owned())).collect::<Vec<_>>()
        };
        lines.iter().flat_map(of).collect()
    };
    let (from, to) = (homes(before), homes(after));
    from.iter().filter(|(record, home)| to.get(*record) != Some(home)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_trained_compared_promoted_and_rolled_back() {
    for place in TestPlace::each() {
        let (stage, acme, other) = (Stage::new(place).await, tenant("acme"), tenant("other"));
        tell(&stage, &acme, &people()).await;
        let before = stage.export(&acme).await;
        let start = in_use(&stage, &acme).await;
        let shipped = start.model.expect("one").version;
        assert_eq!((start.promote_time, start.rescored_share), (None, 1.0));

        let trained = train(&stage, &acme, "t1", false).await.expect("trained");
        assert_eq!((trained.version.as_str(), trained.record_count, trained.label_count), ("trained-1", 180, 0));
        assert!(trained.pair_count >= 200, "{trained:?}");
        assert_eq!(train(&stage, &acme, "t1", false).await.expect("repeated"), trained);
        let reused = train(&stage, &acme, "t1", true).await.expect_err("another body");
        assert_eq!(reason(&reused), "REQUEST_ID_REUSED");
        assert_eq!(stage.export(&acme).await, before, "it weighs nothing yet");

        let difference = evaluate(&stage, &acme, &trained.model_id).await;
        let (now, then) = (difference.current.expect("one"), difference.evaluated.expect("one"));
        assert_eq!((now.model_version, now.person_count), (shipped.clone(), before.len() as i64));
        assert_eq!((difference.record_count, difference.total_record_count), (180, 180));
        assert!(difference.moved_record_count > 0 && !difference.pairs.is_empty(), "the models differ: {then:?}");

        let foreign = promote(&stage, &other, "p0", Target::ModelId(trained.model_id.clone()), "").await;
        assert_eq!(reason(&foreign.expect_err("another tenant's")), "NOT_FOUND");
        let stale = promote(&stage, &acme, "p0", Target::ModelId(trained.model_id.clone()), "trained-9").await;
        assert_eq!(reason(&stale.expect_err("another version")), "ETAG_MISMATCH");
        let target = Target::ModelId(trained.model_id.clone());
        let promoted = promote(&stage, &acme, "p1", target.clone(), &shipped).await.expect("promoted");
        assert_eq!(promoted.previous_version, shipped);
        rescored(&stage, &acme).await;
        let after = stage.export(&acme).await;
        assert_eq!(after.len() as i64, then.person_count, "as the evaluation said");
        assert_eq!(moved(&before, &after) as i64, difference.moved_record_count);
        let repeated = promote(&stage, &acme, "p1", target, &shipped).await.expect("repeated");
        assert_eq!(repeated.in_use.expect("one").model, Some(trained.clone()));

        let published = stage.published().await;
        let by_model: Vec<_> = published.iter().filter(|(_, entry)| entry.cause() == Cause::Model).collect();
        assert!(!by_model.is_empty() && by_model.iter().all(|(_, entry)| entry.model_version == "trained-1"));
        let pair = &difference.pairs[0];
        let explain = ExplainLinkRequest {
            left_record_id: pair.left_record_id.clone(),
            right_record_id: pair.right_record_id.clone(),
            ..ExplainLinkRequest::default()
        };
        let explained = stage.client().explain_link(authorized(&acme, explain)).await.expect("explained");
        let explained = explained.into_inner().explanation.expect("one");
        assert_eq!((explained.model_version.as_str(), explained.weight), ("trained-1", pair.evaluated_weight));

        rebuilt(&stage).await;
        assert_eq!(stage.export(&acme).await, after, "a new generation keeps to it");
        promote(&stage, &acme, "p2", Target::Shipped(true), "trained-1").await.expect("rolled back");
        rescored(&stage, &acme).await;
        assert_eq!(stage.export(&acme).await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_generation_that_began_before_a_promotion_is_weighed_anew_once_it_is_swapped_in() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::new(place).await, tenant("acme"));
        tell(&stage, &acme, &people()).await;
        let trained = train(&stage, &acme, "t1", false).await.expect("trained");
        let target = Target::ModelId(trained.model_id);
        promote(&stage, &acme, "p1", target, "").await.expect("promoted");
        rescored(&stage, &acme).await;
        let after = stage.export(&acme).await;
        // As if the next generation had been begun, and its pairs weighed, by the model before.
        let store = stage.identity.journal().store();
        let sql = "SELECT active FROM projection WHERE name = 'identity'";
        let active: i64 = store.first(sql, vec![]).await.expect("a query").expect("a row").get(0).expect("a number");
        let tx = store.begin().await.expect("a transaction");
        let sql = "INSERT INTO link_model (tenant, generation, model_id, rescored, secret)
                   SELECT tenant, ?, model_id, ?, secret FROM link_model";
        tx.execute(sql, vec![(active + 1).into(), Vec::<u8>::new().into()]).await.expect("begun");
        tx.commit().await.expect("committed");
        rebuilt(&stage).await;
        rescored(&stage, &acme).await;
        assert_eq!(stage.export(&acme).await, after);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stewards_decided_teaches_a_model() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::new(place).await, tenant("acme"));
        tell(&stage, &acme, &people()).await;
        for number in 0..20 {
            let request = DecideReviewTaskRequest {
                request_id: format!("d{number}"),
                left_record_id: record(number * 6).to_string(),
                right_record_id: record(number * 6 + 1).to_string(),
                verdict: Verdict::Same.into(),
            };
            stage.client().decide_review_task(authorized(&acme, request)).await.expect("decided");
        }
        let (with, without) = (train(&stage, &acme, "t1", false).await, train(&stage, &acme, "t2", true).await);
        let (with, without) = (with.expect("trained"), without.expect("trained"));
        assert!(with.label_count >= 10 && without.label_count == 0, "{with:?} {without:?}");
        assert_eq!((with.version.as_str(), without.version.as_str()), ("trained-1", "trained-2"));
        let taught = evaluate(&stage, &acme, &with.model_id).await.evaluated.expect("one");
        let untaught = evaluate(&stage, &acme, &without.model_id).await.evaluated.expect("one");
        assert!(taught.decided_pair_count >= 10);
        assert!(taught.log_loss < untaught.log_loss, "{taught:?} {untaught:?}");
        assert!(taught.agreed_pair_count >= untaught.agreed_pair_count);

        promote(&stage, &acme, "p1", Target::ModelId(with.model_id.clone()), "").await.expect("promoted");
        rescored(&stage, &acme).await;
        assert_eq!(
            stage.export(&acme).await.len() as i64,
            taught.person_count,
            "decisions count in the evaluation too"
        );

        // Newest first, page by page.
        let page = async |token: String| {
            let request = ListLinkageModelsRequest { page_size: 1, page_token: token };
            stage.client().list_linkage_models(authorized(&acme, request)).await.expect("a page").into_inner()
        };
        let first = page(String::new()).await;
        let second = page(first.next_page_token.clone()).await;
        assert_eq!((first.models, second.models), (vec![without], vec![with]));
        assert_eq!(second.next_page_token, "");
    }
}
