//! The names that we send: OpenTelemetry's conventions, version 1.44.0, and our own.

use std::collections::BTreeSet;

use tenure_tests::sink::Sink;

/// Of the conventions, those that we send.
const CONVENTIONS: [&str; 5] = [
    "db.client.connection.count",
    "db.client.connection.max",
    "db.client.operation.duration",
    "rpc.client.call.duration",
    "rpc.server.call.duration",
];

/// Attributes of spans that the conventions name, and what we add.
const ATTRIBUTES: [&str; 17] = [
    "db.namespace",
    "db.operation.name",
    "db.query.summary",
    "db.system.name",
    "error.type",
    "messaging.batch.message_count",
    "messaging.consumer.group.name",
    "messaging.destination.name",
    "messaging.operation.name",
    "messaging.operation.type",
    "messaging.system",
    "network.peer.address",
    "rpc.method",
    "rpc.response.status_code",
    "rpc.system.name",
    "server.address",
    "thread.name",
];

/// Ours, those that a touchpoint on its way brings about.
const OURS: [&str; 9] = [
    "tenure.collector.touchpoints",
    "tenure.follower.applied",
    "tenure.follower.batch.duration",
    "tenure.follower.lag_seconds",
    "tenure.follower.position",
    "tenure.journal.append.duration",
    "tenure.journal.position",
    "tenure.lease.held",
    "tenure.profile.facts",
];

pub(super) fn assert_conventions(sink: &Sink) {
    let sent = sink.metrics();
    for expected in CONVENTIONS.iter().chain(&OURS) {
        assert!(sent.contains(*expected), "{expected} is not sent: {sent:?}");
    }
    let foreign: Vec<_> = sent.iter().filter(|name| !name.starts_with("tenure.")).collect();
    assert!(foreign.iter().all(|name| CONVENTIONS.contains(&name.as_str())), "{foreign:?}");
    let attributes: BTreeSet<String> = sink.spans().into_iter().flat_map(|span| span.attributes.into_keys()).collect();
    let unknown: Vec<_> =
        attributes.iter().filter(|name| !name.starts_with("tenure.") && !ATTRIBUTES.contains(&name.as_str())).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    for service in sink.spans().iter().map(|span| &span.service).collect::<BTreeSet<_>>() {
        let series = sink.series().iter().filter(|one| one.starts_with(&format!("{service} "))).count();
        assert!(series <= 2_000, "{service} has {series} series");
    }
}
