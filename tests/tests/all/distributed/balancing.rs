//! Calls go to the replicas that are there.

use std::time::Duration;

use tenure::Service;
use tenure_tests::{
    caller::Caller,
    cluster::{Cluster, Shape},
};
use tokio::time::{Instant, sleep};

use super::record;

/// Waits until so many calls in a row succeed that each replica must have had some.
async fn until_no_call_fails(caller: &mut Caller, name: &str) {
    let until = Instant::now() + Duration::from_secs(60);
    let mut in_a_row = 0;
    while in_a_row < 50 {
        match record(caller, &format!("{name}-{in_a_row}")).await {
            Ok(_) => in_a_row += 1,
            Err(status) => {
                assert!(Instant::now() < until, "{status:?}");
                in_a_row = 0;
                sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_replica_gets_no_calls_and_one_that_is_back_does() {
    let Some(mut cluster) = Cluster::start(Shape::default()).await else { return };
    let mut caller = cluster.caller("one");
    until_no_call_fails(&mut caller, "both").await;
    cluster.replica(Service::Collector, 0).kill();
    until_no_call_fails(&mut caller, "one").await;
    cluster.start_all();
    cluster.healthy().await;
    cluster.replica(Service::Collector, 1).kill();
    until_no_call_fails(&mut caller, "other").await;
    cluster.start_all();
    cluster.healthy().await;
    cluster.stop().await;
}
