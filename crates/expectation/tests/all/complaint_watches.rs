//! The stream of what changes of complaints.

use std::time::Duration;

use tenure_proto::expectation::v1::{self as pb, ComplaintMove as Move, ComplaintState as State};
use tenure_store::testing::TestPlace;
use tonic::{Code, Streaming};

use crate::{
    complaints::{Desk, customers, moved, registration},
    entries::{Decision, hour, tenant},
    stage::{Stage, of},
};

async fn watch(
    stage: &Stage,
    of_tenant: &str,
    after: &str,
    states: &[State],
) -> Streaming<pb::WatchComplaintsResponse> {
    let states = states.iter().map(|state| (*state).into()).collect();
    let ask = pb::WatchComplaintsRequest { after: after.to_owned(), states };
    stage.client.clone().watch_complaints(of(of_tenant, ask)).await.expect("a stream").into_inner()
}

/// The next so many changes, and the position behind the last.
async fn next(changes: &mut Streaming<pb::WatchComplaintsResponse>, count: usize) -> (Vec<pb::Complaint>, String) {
    let (mut seen, mut token) = (Vec::new(), String::new());
    while seen.len() < count {
        let told = tokio::time::timeout(Duration::from_secs(60), changes.message()).await.expect("in time");
        let told = told.expect("no error").expect("it goes on");
        seen.extend(told.complaint);
        token = told.read_token;
    }
    (seen, token)
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_come_in_order_and_a_token_goes_on_from_there() {
    for place in TestPlace::each() {
        let stage = customers(&place).await;
        stage.tell(vec![], vec![Decision::found([(1, 1)]).draft(&tenant("other"))]).await;
        let desk = Desk::of(&stage);
        let mut all = watch(&stage, "acme", "", &[]).await;
        let mut closed = watch(&stage, "acme", "", &[State::Withdrawn]).await;
        // The first answer is the position that each begins at.
        for stream in [&mut all, &mut closed] {
            assert!(stream.message().await.expect("no error").expect("a position").complaint.is_none());
        }
        let ask = registration("theirs", 1, hour(-1));
        stage.client.clone().register_complaint(of("other", ask)).await.expect("registered");
        let id = desk.register(1, "", hour(-1)).await.complaint_id;
        let (seen, token) = next(&mut all, 1).await;
        assert_eq!(
            (seen[0].complaint_id.as_str(), seen[0].state(), seen[0].revision),
            (id.as_str(), State::Received, 1)
        );
        desk.take(&id, "eva", moved(Move::Investigate)).await.expect("taken");
        stage.rest("acme").await;
        desk.take(&id, "eva", moved(Move::Withdraw)).await.expect("taken");
        let (seen, _) = next(&mut all, 2).await;
        let told: Vec<_> = seen.iter().map(|one| (one.state(), one.revision)).collect();
        assert_eq!(told, [(State::Investigating, 2), (State::Withdrawn, 3)]);
        assert_eq!(next(&mut closed, 1).await.0, seen[1..]);
        let mut again = watch(&stage, "acme", &token, &[]).await;
        assert_eq!(next(&mut again, 2).await.0, seen, "behind the token, each once");
        let odd = pb::WatchComplaintsRequest { after: "zz".to_owned(), states: Vec::new() };
        let refused = stage.client.clone().watch_complaints(of("acme", odd)).await.expect_err("no token");
        assert_eq!(refused.code(), Code::InvalidArgument);
    }
}
