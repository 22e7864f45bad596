//! What is counted.

use std::time::Duration;

use opentelemetry::{
    KeyValue,
    metrics::{Counter, Histogram},
};

/// Seconds: a fit takes moments on a small base and tens of seconds on millions.
const BOUNDARIES: [f64; 10] = [0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0];

/// The instruments of value. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    fit_duration: Histogram<f64>,
    facts: Counter<u64>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let meter = opentelemetry::global::meter("tenure.value");
        let fit_duration = meter
            .f64_histogram("tenure.value.fit.duration")
            .with_unit("s")
            .with_description("How long fits took, by whether the base identified the model.")
            .with_boundaries(BOUNDARIES.to_vec())
            .build();
        let facts = meter
            .u64_counter("tenure.value.facts")
            .with_unit("{fact}")
            .with_description("Facts that got a new winner: purchases, their corrections and retractions.")
            .build();
        Self { fit_duration, facts }
    }

    /// A fit ended.
    pub(crate) fn fitted(&self, took: Duration, identified: bool) {
        self.fit_duration.record(took.as_secs_f64(), &[KeyValue::new("tenure.identified", identified)]);
    }

    /// A batch was committed.
    pub(crate) fn applied(&self, facts: u64) {
        self.facts.add(facts, &[]);
    }
}
