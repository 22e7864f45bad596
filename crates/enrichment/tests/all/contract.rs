//! A provider elsewhere, by the contract, in process: what it says is read, and lies are found out.

use std::{sync::Arc, time::Duration};

use tenure_enrichment::{
    Guarded, Provider as _, Remote,
    domain::{fact::Method, outcome::Outcome},
};
use tenure_kernel::{Timestamp, clock::SetClock};
use tenure_proto::enrichment::v1::{
    self as pb,
    enrichment_service_server::{EnrichmentService, EnrichmentServiceServer},
};
use tonic::{Request, Response, Status};

use crate::fake::{inputs, limits};

type Lie = fn(pb::EnrichResult) -> Vec<pb::EnrichResult>;

/// Answers the truth, changed by a lie.
struct Liar(Lie);

fn fact() -> pb::EnrichedFact {
    pb::EnrichedFact {
        path: "enriched.fake".to_owned(),
        value: Some(pb::EnrichedValue { kind: Some(pb::enriched_value::Kind::Text("known".to_owned())) }),
        confidence: 0.5,
        method: pb::EnrichmentMethod::Model.into(),
        ..Default::default()
    }
}

#[tonic::async_trait]
impl EnrichmentService for Liar {
    async fn describe_provider(
        &self,
        _: Request<pb::DescribeProviderRequest>,
    ) -> Result<Response<pb::DescribeProviderResponse>, Status> {
        let provider = pb::ProviderDescriptor {
            provider_id: "fake".to_owned(),
            version: "1".to_owned(),
            inputs: vec![pb::ProviderInput { path: "contact.phone".to_owned(), required: true }],
            outputs: vec![pb::ProviderOutput {
                path: "enriched.fake".to_owned(),
                r#type: pb::ValueType::Code.into(),
                default_ttl: Some(prost_types::Duration { seconds: 1_000, nanos: 0 }),
                ..Default::default()
            }],
            purpose_codes: vec!["service".to_owned()],
            max_batch: 10,
            ..Default::default()
        };
        Ok(Response::new(pb::DescribeProviderResponse { provider: Some(provider) }))
    }

    async fn enrich(&self, request: Request<pb::EnrichRequest>) -> Result<Response<pb::EnrichResponse>, Status> {
        assert!(request.metadata().contains_key("grpc-timeout"), "it is told how long it has");
        let truth = |item: pb::EnrichItem| {
            assert_eq!(item.purpose_codes, ["service"]);
            pb::EnrichResult {
                item_id: item.item_id,
                status: pb::ItemStatus::Found.into(),
                facts: vec![fact()],
                negative_ttl: None,
            }
        };
        let results = request.into_inner().items.into_iter().map(truth).flat_map(self.0).collect();
        Ok(Response::new(pb::EnrichResponse { results }))
    }
}

async fn outcome(lie: Lie) -> Outcome {
    let clock = Arc::new(SetClock::new(Timestamp(1_795_000_000_000_000)));
    let remote = Remote::new(EnrichmentServiceServer::new(Liar(lie)), Duration::from_secs(5));
    let guarded = Guarded::new("fake", Arc::new(remote), limits(), clock);
    let descriptor = guarded.descriptor().await.expect("described");
    guarded.enrich(&descriptor, &[inputs("1")]).await.remove(0).outcome
}

#[tokio::test]
async fn the_truth_is_read() {
    let Outcome::Found(facts) = outcome(|truth| vec![truth]).await else { panic!("found") };
    assert_eq!(facts.len(), 1);
    assert_eq!((facts[0].value.as_str(), facts[0].method), ("known", Method::Model));
    assert_eq!(facts[0].confidence.millionths(), 500_000);
}

#[tokio::test]
async fn lies_leave_nothing() {
    let lies: [(&str, Lie); 8] = [
        ("undeclared path", |mut truth| {
            "name.family_name".clone_into(&mut truth.facts[0].path);
            vec![truth]
        }),
        ("another type", |mut truth| {
            truth.facts[0].value = Some(pb::EnrichedValue { kind: Some(pb::enriched_value::Kind::Integer(1)) });
            vec![truth]
        }),
        ("no number", |mut truth| {
            truth.facts[0].confidence = f64::NAN;
            vec![truth]
        }),
        ("a time that is none", |mut truth| {
            truth.facts[0].observe_time = Some(prost_types::Timestamp { seconds: i64::MAX, nanos: -1 });
            vec![truth]
        }),
        ("expired", |mut truth| {
            truth.facts[0].expire_time = Some(prost_types::Timestamp { seconds: 1, nanos: 0 });
            vec![truth]
        }),
        ("an item that was not asked", |mut truth| {
            "7".clone_into(&mut truth.item_id);
            vec![truth]
        }),
        ("facts with nothing found", |mut truth| {
            truth.status = pb::ItemStatus::NotFound.into();
            vec![truth]
        }),
        ("found without facts", |mut truth| {
            truth.facts.clear();
            vec![truth]
        }),
    ];
    for (name, lie) in lies {
        assert!(matches!(outcome(lie).await, Outcome::Unavailable(_)), "{name}");
    }
}

#[tokio::test]
async fn the_first_answer_to_an_item_counts() {
    let twice = |truth: pb::EnrichResult| {
        let other = pb::EnrichResult { status: pb::ItemStatus::NotFound.into(), facts: Vec::new(), ..truth.clone() };
        vec![truth, other]
    };
    assert!(matches!(outcome(twice).await, Outcome::Found(_)));
}

#[tokio::test]
async fn a_provider_of_another_name_is_not_taken() {
    let clock = Arc::new(SetClock::new(Timestamp(0)));
    let remote = Remote::new(EnrichmentServiceServer::new(Liar(|truth| vec![truth])), Duration::from_secs(5));
    assert_eq!(remote.describe().await.expect("described").id, "fake");
    assert!(Guarded::new("other", Arc::new(remote), limits(), clock).descriptor().await.is_none());
}
