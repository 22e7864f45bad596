//! Replicas are replaced one by one while callers go on calling.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use tenure::Service;
use tenure_client::Client;
use tenure_proto::{
    collector::v1::RecordTouchpointsRequest,
    profile::v1::{GetProfileRequest, get_profile_request::By},
};
use tenure_tests::{
    cluster::{Cluster, Shape},
    touchpoints::purchase,
};
use tokio::{task::JoinSet, time::sleep};
use tonic::Status;

const CALLERS: usize = 4;

/// Writes, and reads what it wrote, until told to stop: how many rounds it made.
async fn call(client: Client, caller: usize, stop: Arc<AtomicBool>, rounds: Arc<AtomicUsize>) -> Result<(), Status> {
    let mut round = 0;
    while !stop.load(Relaxed) {
        round += 1;
        let name = format!("{caller}-{round}");
        let touchpoints = vec![purchase("shop", &name, &name, 1, 500)];
        let request = RecordTouchpointsRequest { touchpoints, validate_only: false };
        let recorded = client.collector().record_touchpoints(request).await?.into_inner();
        let by = Some(By::RecordId(recorded.outcomes[0].record_id.clone()));
        let request = GetProfileRequest { by, read_after: recorded.read_token, ..Default::default() };
        client.profile().get_profile(request).await?;
        rounds.fetch_add(1, Relaxed);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_fails_while_every_replica_is_replaced() {
    let Some(mut cluster) = Cluster::start(Shape::default()).await else { return };
    let client = Client::with_service(cluster.stack(), &cluster.key("one")).expect("a client");
    // Long enough for a machine that does much else; what is tested is that nothing fails, not how soon it is done.
    let settings = tenure_client::Settings { deadline: Duration::from_secs(60), ..Default::default() };
    let client = client.with_settings(settings).for_purpose(tenure_client::Purpose::Service);
    let (stop, rounds) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut callers = JoinSet::new();
    for number in 0..CALLERS {
        callers.spawn(call(client.clone(), number, stop.clone(), rounds.clone()));
    }
    for service in [Service::Collector, Service::Identity, Service::Profile] {
        for number in 0..2 {
            let before = rounds.load(Relaxed);
            let status = cluster.replica(service, number).terminate().await;
            let log = cluster.replica(service, number).log();
            assert!(status.success() && !log.contains("did not end in time"), "{service}-{number} {status}:\n{log}");
            while rounds.load(Relaxed) < before + CALLERS && callers.len() == CALLERS {
                sleep(Duration::from_millis(20)).await;
                if let Some(ended) = callers.try_join_next() {
                    panic!("a call failed while {service}-{number} was away: {ended:?}");
                }
            }
            cluster.start_all();
            cluster.healthy().await;
        }
    }
    stop.store(true, Relaxed);
    while let Some(ended) = callers.join_next().await {
        ended.expect("no panic").expect("no call fails");
    }
    cluster.stop().await;
}
