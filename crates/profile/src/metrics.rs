//! What the service counts beside the calls and followers, which are counted for all services alike.

use opentelemetry::{KeyValue, metrics::Counter};

/// The service's counters.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    reads: Counter<u64>,
    facts: Counter<u64>,
    refolds: Counter<u64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let meter = opentelemetry::global::meter("tenure.profile");
        Self {
            reads: meter
                .u64_counter("tenure.profile.hot.reads")
                .with_description("Profiles read, by whether memory held them.")
                .build(),
            facts: meter.u64_counter("tenure.profile.facts").with_description("Facts put into records.").build(),
            refolds: meter
                .u64_counter("tenure.profile.refolds")
                .with_description("Records folded again from all of their facts, after an amendment.")
                .build(),
        }
    }
}

impl Metrics {
    pub(crate) fn read(&self, hit: bool) {
        self.reads.add(1, &[KeyValue::new("hit", hit)]);
    }

    pub(crate) fn took(&self, facts: usize, refolds: usize) {
        self.facts.add(facts as u64, &[]);
        self.refolds.add(refolds as u64, &[]);
    }
}
