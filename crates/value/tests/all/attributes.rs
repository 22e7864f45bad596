//! Groups by what the profile says, where the profile does not say it. What it says is a journey of its own.

use std::{
    convert::Infallible,
    future::pending,
    task::{Context, Poll},
    time::Duration,
};

use tenure_proto::value::v1::{self as pb, GroupBy};
use tenure_server::{Peer, Stack};
use tenure_store::testing::TestPlace;
use tonic::{
    Request,
    body::Body,
    codegen::{BoxFuture, Service, http},
};

use crate::{
    entries::tenant,
    persons::{at, with_model},
    stage::{Stage, of},
};

fn by(group_by: GroupBy, path: &str) -> pb::GetGroupValueRequest {
    pb::GetGroupValueRequest {
        currency_code: "EUR".to_owned(),
        group_by: group_by.into(),
        attribute_path: path.to_owned(),
        as_of: at(310),
        ..Default::default()
    }
}

/// Takes every call, and never answers.
#[derive(Clone)]
struct Silent;

impl Service<http::Request<Body>> for Silent {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Request<Body>) -> Self::Future {
        Box::pin(pending())
    }
}

/// Reason, and the resource that is meant, if one is.
fn told(status: &tonic::Status) -> (String, Option<String>) {
    use tonic_types::StatusExt as _;
    let info = status.get_details_error_info().expect("a reason");
    (info.reason, info.metadata.get("resource").cloned())
}

async fn ask(
    stage: &Stage,
    request: Request<pb::GetGroupValueRequest>,
) -> Result<pb::GetGroupValueResponse, tonic::Status> {
    stage.client.clone().get_group_value(request).await.map(tonic::Response::into_inner)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_profile_only_groups_by_it_are_refused() {
    for place in TestPlace::each() {
        let (stage, acme) = (Stage::open(&place, 1).await, tenant("acme"));
        with_model(&stage, &acme).await;
        let refused = ask(&stage, of("acme", by(GroupBy::ProfileAttribute, "language"))).await.unwrap_err();
        assert_eq!(told(&refused), ("UNAVAILABLE".to_owned(), Some("profile".to_owned())));
        let own = ask(&stage, of("acme", by(GroupBy::CohortYear, ""))).await.expect("groups");
        assert_eq!(own.base.expect("a base").customers, 300);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_that_does_not_answer_costs_no_more_than_the_callers_time() {
    let silent = Stack::new(Silent);
    let place = TestPlace::each().next().expect("a place");
    let (stage, acme) = (Stage::open_beside(&place, Peer::in_process(silent)).await, tenant("acme"));
    with_model(&stage, &acme).await;
    let mut request = of("acme", by(GroupBy::ProfileAttribute, "life.deceased"));
    request.set_timeout(Duration::from_secs(2));
    assert_eq!(told(&ask(&stage, request).await.unwrap_err()).0, "DEADLINE");
    assert!(ask(&stage, of("acme", by(GroupBy::Channel, ""))).await.is_ok());
}
