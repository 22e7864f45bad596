//! What every store of hot profiles does, seen on each of them: in memory, in Redis, in a Redis Cluster.

mod cluster;
mod rubbish;
mod rules;
mod stage;

use cluster::Cluster;
use stage::{Stage, person};

use super::Found;
use crate::config::RedisConfig;

#[tokio::test(flavor = "multi_thread")]
async fn memory_conforms() {
    rules::all(&Stage::memory().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_conforms() {
    let Some(url) = tenure_store::testing::redis_url() else { return };
    rules::all(&Stage::redis(RedisConfig { url, ..RedisConfig::default() }).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_cluster_conforms() {
    let Some(cluster) = Cluster::start() else { return };
    let config = RedisConfig { url: cluster.url(), cluster: true, ..RedisConfig::default() };
    let stage = Stage::redis(config).await;
    rules::all(&stage).await;
    let holding = cluster.keys();
    assert!(holding.iter().all(|keys| *keys > 0), "each node holds some of it: {holding:?}");
    // These servers are this test's alone.
    cluster.forget_scripts();
    assert!(matches!(stage.hot.find(&stage.tenant, person(250), &|_| true).await, Found::Nothing(None)));
    stage.put(person(250), "back", &[]).await;
}
