//! Each service in a process of its own: what they send, and that nothing personal is in it, nor in what they keep and say.

use tenure::Service;
use tenure_tests::{
    cluster::{Cluster, Shape},
    log::everything,
    sink::Sink,
};

use super::{
    chain::{assert_no_orphans, assert_unbroken, send_one},
    names::assert_conventions,
};
use crate::journeys::sealed::{assert_nothing_personal, dump, hot, use_much};

#[tokio::test(flavor = "multi_thread")]
async fn one_touchpoint_is_an_unbroken_chain_through_all_processes_and_nothing_personal_is_seen() {
    let (sink, endpoint) = Sink::start().await;
    let settings = vec![
        ("TENURE__TELEMETRY__OTLP_ENDPOINT", endpoint),
        ("TENURE__TELEMETRY__LOG", everything()),
        // Unoptimised and beside other tests, processes are slow without being too busy.
        ("TENURE__SERVER__LATENCY_TARGET_MS", "0".to_owned()),
    ];
    let Some(cluster) = Cluster::start(Shape { replicas: 1, settings, ..Shape::default() }).await else { return };
    send_one(&mut cluster.caller("acme")).await;
    let mut caller = cluster.caller("acme");
    let (said, records) = use_much(&mut caller).await;
    assert_nothing_personal("an answer that is not a profile, or an error,", said.as_bytes());
    let redis = cluster.redis().map(str::to_owned);
    if let Some(url) = &redis {
        assert_nothing_personal("Redis", &hot(url, &mut caller, &records).await);
    }
    assert_nothing_personal("a table", &dump(&cluster.place).await);
    // What is left is sent when they end.
    let logged = cluster.stop().await;
    assert!(logged.len() > 1_000, "the log was kept");
    assert_nothing_personal("the log of a process", logged.as_bytes());
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
