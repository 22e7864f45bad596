//! Each service in a process of its own.

use tenure::Service;
use tenure_tests::{
    cluster::{Cluster, Shape},
    sink::Sink,
};

use super::{
    chain::{assert_no_orphans, assert_unbroken, send_one},
    names::assert_conventions,
};
use crate::journeys::sealed::{assert_nothing_personal, use_much};

#[tokio::test(flavor = "multi_thread")]
async fn one_touchpoint_is_an_unbroken_chain_through_all_processes() {
    let (sink, endpoint) = Sink::start().await;
    let mut settings = vec![("TENURE__TELEMETRY__OTLP_ENDPOINT", endpoint)];
    let redis = std::env::var("TENURE_TEST_REDIS_URL").ok();
    settings.extend(redis.clone().map(|url| ("TENURE__REDIS__URL", url)));
    let Some(cluster) = Cluster::start(Shape { replicas: 1, settings, ..Shape::default() }).await else { return };
    send_one(&mut cluster.caller("acme")).await;
    let said = use_much(&mut cluster.caller("acme")).await;
    assert!(!said.is_empty());
    // What is left is sent when they end.
    cluster.stop().await;
    let spans = sink.spans();
    assert_unbroken(&spans, redis.is_some());
    assert_no_orphans(&spans);
    assert_conventions(&sink);
    for service in Service::ALL {
        let name = format!("tenure-{service}");
        assert!(spans.iter().any(|span| span.service == name), "{name}");
    }
    assert!(sink.logs() > 0, "logs are sent too");
    assert_nothing_personal("telemetry", &sink.bytes());
}
