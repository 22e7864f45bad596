//! Processes that start together on an empty database, and end together.

use tenure_tests::cluster::{Cluster, Shape};

#[tokio::test(flavor = "multi_thread")]
async fn replicas_start_together_on_an_empty_database_and_end_in_order() {
    let Some(cluster) = Cluster::start(Shape { replicas: 3, ..Shape::default() }).await else { return };
    cluster.stop().await;
}
