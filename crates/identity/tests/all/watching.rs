//! Following who is who from outside.

use std::collections::BTreeMap;

use futures::StreamExt as _;
use tenure_kernel::{Tenant, identifier::IdentifierKind::Email};
use tenure_proto::identity::v1::{WatchMembershipsRequest, WatchMembershipsResponse, memberships_changed::Cause};
use tenure_store::testing::TestPlace;
use tokio::time::timeout;
use tonic::Streaming;

use crate::{
    stage::{PATIENCE, Stage, authorized, record, said, tenant},
    stewarding::merge,
};

/// The version and the person of each record.
type Homes = BTreeMap<String, (i64, String)>;

async fn watch(stage: &Stage, tenant: &Tenant, after: &str) -> Streaming<WatchMembershipsResponse> {
    let request = WatchMembershipsRequest { after: after.to_owned() };
    stage.client().watch_memberships(authorized(tenant, request)).await.expect("a stream").into_inner()
}

async fn next(stream: &mut Streaming<WatchMembershipsResponse>) -> WatchMembershipsResponse {
    timeout(PATIENCE, stream.next()).await.expect("in time").expect("a message").expect("no error")
}

/// Reads until records are as they are expected to be; answers the last token.
async fn follow(
    stream: &mut Streaming<WatchMembershipsResponse>,
    known: &mut Homes,
    done: impl Fn(&Homes) -> bool,
) -> String {
    loop {
        let told = next(stream).await;
        assert_eq!(told.change.is_some(), told.conclude_time.is_some());
        for one in told.change.into_iter().flat_map(|change| change.moves) {
            let home = known.entry(one.record_id).or_default();
            if one.version > home.0 {
                *home = (one.version, one.to_person_id);
            }
        }
        if done(known) {
            return told.read_token;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_told_from_any_token_on() {
    for place in TestPlace::each() {
        let (stage, acme, other) = (Stage::new(place).await, tenant("acme"), tenant("other"));
        let two = [said(1, 1, &[(Email, "a@x.nl")]), said(2, 2, &[(Email, "b@x.nl")])];
        stage.feed(&acme, &two).await;
        stage.feed(&other, &[said(3, 9, &[(Email, "a@x.nl")])]).await;
        let mut stream = watch(&stage, &acme, "").await;
        let mut known = BTreeMap::new();
        let token = follow(&mut stream, &mut known, |known| known.len() == 2).await;
        assert!(!known.contains_key(&record(9).to_string()), "a tenant sees its own");
        // Live, and again from a token, by another stream.
        let (one, two) = (stage.person(&acme, 1).await, stage.person(&acme, 2).await);
        merge(&stage, &acme, "m", &[&one, &two]).await.expect("merged");
        let homes = |known: &Homes| {
            let home = |number: u8| known.get(&record(number).to_string()).map(|home| home.1.clone());
            (home(1), home(2))
        };
        let together = |known: &Homes| homes(known).0 == homes(known).1;
        follow(&mut stream, &mut known, together).await;
        let mut again = watch(&stage, &acme, &token).await;
        let first = loop {
            if let Some(change) = next(&mut again).await.change {
                break change;
            }
        };
        assert_eq!(first.cause(), Cause::Merged, "nothing before the token comes again");
        assert!(first.decision_id.starts_with("decision_"), "{first:?}");
        assert_eq!(stage.person(&acme, 1).await.person_id, homes(&known).0.expect("known"), "ids as callers have them");
        assert_eq!((first.model_version.as_str(), first.links.len()), ("shipped-1", 0), "a decision joined them");
        // Another who has the address of both: the pair that brought him in is told.
        stage.feed(&acme, &[said(4, 3, &[(Email, "b@x.nl")])]).await;
        let joined = loop {
            match next(&mut again).await.change {
                Some(change) if !change.links.is_empty() => break change,
                _ => {}
            }
        };
        let link = &joined.links[0];
        let mut ends = [link.left_record_id.clone(), link.right_record_id.clone()];
        ends.sort_unstable();
        let mut expected = [record(2).to_string(), record(3).to_string()];
        expected.sort_unstable();
        assert_eq!((ends, link.weight, joined.cause()), (expected, 9.0, Cause::Linked));
    }
}
