//! What is counted.

use opentelemetry::{KeyValue, metrics::Counter};

/// The instruments of expectation. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    signals: Counter<u64>,
    surveys: Counter<u64>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let meter = opentelemetry::global::meter("tenure.expectation");
        let signals = meter
            .u64_counter("tenure.expectation.signals")
            .with_unit("{signal}")
            .with_description("Promises found overdue, and those found not to be any more, by which of the two.")
            .build();
        let surveys = meter
            .u64_counter("tenure.expectation.surveys")
            .with_unit("{survey}")
            .with_description("Surveys that somebody wanted to send, by what was decided.")
            .build();
        Self { signals, surveys }
    }

    pub(crate) fn signalled(&self, raised: bool) {
        self.signals.add(1, &[KeyValue::new("signal", if raised { "overdue" } else { "ended" })]);
    }

    pub(crate) fn decided(&self, verdict: &'static str) {
        self.surveys.add(1, &[KeyValue::new("verdict", verdict)]);
    }
}
