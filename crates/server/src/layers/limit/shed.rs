//! What the limit tells of itself.

use std::sync::{Arc, Weak};

use opentelemetry::{
    KeyValue,
    metrics::{AsyncInstrument, Counter},
};

use super::gate::Gate;
use crate::rpc::Priority;

/// Counts what is refused, and shows what is under way as long as the gates are there.
pub(super) struct Shed(Counter<u64>);

impl Shed {
    pub(super) fn new(calls: &Arc<Gate>, streams: &Arc<Gate>) -> Self {
        let meter = opentelemetry::global::meter("tenure.server");
        let gates = [("call", Arc::downgrade(calls)), ("stream", Arc::downgrade(streams))];
        let seen = gates.clone();
        meter
            .u64_observable_gauge("tenure.inflight")
            .with_description("Calls and streams of tenants under way, by priority.")
            .with_callback(move |gauge| seen.iter().for_each(|(kind, gate)| under_way(gauge, kind, gate)))
            .build();
        meter
            .u64_observable_gauge("tenure.inflight.limit")
            .with_description("How many calls and streams of tenants may be under way, as things are.")
            .with_callback(move |gauge| gates.iter().for_each(|(kind, gate)| limit(gauge, kind, gate)))
            .build();
        let refused = meter.u64_counter("tenure.shed.requests");
        Self(refused.with_description("Calls refused before they were read, by reason and priority.").build())
    }

    pub(super) fn count(&self, reason: &'static str, priority: Priority) {
        self.0.add(1, &[KeyValue::new("reason", reason), KeyValue::new("priority", priority.as_str())]);
    }
}

fn under_way(gauge: &dyn AsyncInstrument<u64>, kind: &'static str, gate: &Weak<Gate>) {
    let Some(gate) = gate.upgrade() else { return };
    for (priority, count) in gate.look().0 {
        gauge.observe(count as u64, &[KeyValue::new("kind", kind), KeyValue::new("priority", priority.as_str())]);
    }
}

fn limit(gauge: &dyn AsyncInstrument<u64>, kind: &'static str, gate: &Weak<Gate>) {
    let Some(gate) = gate.upgrade() else { return };
    gauge.observe(gate.look().1 as u64, &[KeyValue::new("kind", kind)]);
}
