//! Work moves between replicas: when one dies, when one comes, and when one is told to end.

use std::{collections::BTreeMap, time::Duration};

use tenure::Service;
use tenure_kernel::{Clock as _, SystemClock};
use tenure_store::{Query as _, Store, StoreConfig};
use tenure_tests::{
    caller::Caller,
    cluster::{Cluster, Shape},
};
use tokio::time::{Instant, sleep};
use tonic::{Code, Status};

use super::{profile_after, record};

const PATIENCE: Duration = Duration::from_secs(60);

/// How many ranges each replica of a service holds.
async fn shares(store: &Store) -> Vec<i64> {
    let now = SystemClock.now().0;
    let sql = "SELECT COUNT(*) FROM lease WHERE expires_at > ? GROUP BY holder ORDER BY 1";
    let rows = store.all(sql, vec![now.into()]).await.expect("leases");
    rows.iter().map(|row| row.get(0).expect("a count")).collect()
}

async fn until_shared(cluster: &Cluster, wanted: &[i64]) {
    let config = StoreConfig { auto_migrate: false, ..cluster.place.config.clone() };
    let stores = [
        Store::open::<tenure_identity::Migrator>(&config, "identity").await.expect("identity's database"),
        Store::open::<tenure_profile::Migrator>(&config, "profile").await.expect("profile's database"),
    ];
    let mut found = BTreeMap::new();
    let until = Instant::now() + PATIENCE;
    while found.len() < stores.len() || found.values().any(|shares: &Vec<i64>| shares != wanted) {
        assert!(Instant::now() < until, "{found:?}, not {wanted:?}");
        sleep(Duration::from_millis(20)).await;
        for (place, store) in stores.iter().enumerate() {
            found.insert(place, shares(store).await);
        }
    }
    for store in stores {
        store.close().await;
    }
}

async fn is_followed(caller: &mut Caller, event_id: &str) -> Result<(), Status> {
    let recorded = record(caller, event_id).await?;
    assert_eq!(profile_after(caller, &recorded).await?.record_ids.len(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ranges_move_when_a_replica_dies_comes_or_ends() {
    let Some(mut cluster) = Cluster::start(Shape::default()).await else { return };
    let mut caller = cluster.caller("one");
    let works = async |caller: &mut _, event_id: &str| {
        let until = Instant::now() + PATIENCE;
        // A caller that has not reached the replica that came back is told to try again.
        while let Err(status) = is_followed(caller, event_id).await {
            assert!(status.code() == Code::Unavailable && Instant::now() < until, "{status}");
            sleep(Duration::from_millis(50)).await;
        }
    };
    until_shared(&cluster, &[2, 2]).await;
    works(&mut caller, "shared").await;

    for service in [Service::Identity, Service::Profile] {
        cluster.replica(service, 0).kill();
    }
    until_shared(&cluster, &[4]).await;
    works(&mut caller, "alone").await;

    cluster.start_all();
    cluster.healthy().await;
    until_shared(&cluster, &[2, 2]).await;
    works(&mut caller, "shared again").await;

    for service in [Service::Identity, Service::Profile] {
        let status = cluster.replica(service, 1).terminate().await;
        assert!(status.success(), "{status}:\n{}", cluster.replica(service, 1).log());
    }
    until_shared(&cluster, &[4]).await;
    works(&mut caller, "handed over").await;
    cluster.stop().await;
}
