//! What the service counts beside the calls and followers, which are counted for all services alike.

use std::time::Duration;

use opentelemetry::{
    KeyValue,
    metrics::{Counter, Gauge, Histogram},
};

/// The service's counters.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    reads: Counter<u64>,
    ages: Histogram<f64>,
    refreshes: Counter<u64>,
    loads: Counter<u64>,
    refused: Counter<u64>,
    asked: Histogram<f64>,
    linked: Gauge<u64>,
    facts: Counter<u64>,
    refolds: Counter<u64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let meter = opentelemetry::global::meter("tenure.profile");
        let counter = |name: &'static str, what: &'static str| meter.u64_counter(name).with_description(what).build();
        Self {
            reads: counter(
                "tenure.profile.hot.reads",
                "Hot profiles looked for, by whether there was one, and why not.",
            ),
            ages: meter
                .f64_histogram("tenure.profile.hot.age")
                .with_unit("s")
                .with_description("How long ago the hot profiles that were found had been read from the database.")
                .with_boundaries(vec![0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0])
                .build(),
            refreshes: counter("tenure.profile.hot.refreshes", "Hot profiles read anew before anybody missed them."),
            loads: counter("tenure.profile.hot.loads", "Profiles read from the database for a reader."),
            refused: counter(
                "tenure.profile.hot.refused",
                "Reads refused, because too many read the database already.",
            ),
            asked: meter
                .f64_histogram("db.client.operation.duration")
                .with_unit("s")
                .with_description("How long Redis took, by operation.")
                .build(),
            linked: meter
                .u64_gauge("tenure.profile.hot.linked")
                .with_description("1 while Redis is used, 0 while it is not, because it fails or is slow.")
                .build(),
            facts: counter("tenure.profile.facts", "Facts put into records."),
            refolds: counter(
                "tenure.profile.refolds",
                "Records folded again from all of their facts, after an amendment.",
            ),
        }
    }
}

impl Metrics {
    /// A hot profile was found, which had been read so many microseconds ago.
    pub(crate) fn hit(&self, age: i64) {
        self.reads.add(1, &[KeyValue::new("hit", true)]);
        self.ages.record(Duration::from_micros(u64::try_from(age).unwrap_or_default()).as_secs_f64(), &[]);
    }

    /// None was found that will do.
    pub(crate) fn missed(&self, reason: &'static str) {
        self.reads.add(1, &[KeyValue::new("hit", false), KeyValue::new("reason", reason)]);
    }

    /// A hot profile was read anew before anybody missed it.
    pub(crate) fn refreshed(&self, why: &'static str) {
        self.refreshes.add(1, &[KeyValue::new("why", why)]);
    }

    /// A profile is read from the database.
    pub(crate) fn loaded(&self) {
        self.loads.add(1, &[]);
    }

    /// A reader was refused.
    pub(crate) fn refused(&self) {
        self.refused.add(1, &[]);
    }

    /// Redis was asked.
    pub(crate) fn asked(&self, operation: &'static str, took: Duration, error: Option<&str>) {
        let mut labels = vec![KeyValue::new("db.system.name", "redis"), KeyValue::new("db.operation.name", operation)];
        labels.extend(error.map(|error| KeyValue::new("error.type", error.to_owned())));
        self.asked.record(took.as_secs_f64(), &labels);
    }

    /// Redis is used from now on, or not.
    pub(crate) fn linked(&self, linked: bool) {
        self.linked.record(u64::from(linked), &[]);
    }

    pub(crate) fn took(&self, facts: usize, refolds: usize) {
        self.facts.add(facts as u64, &[]);
        self.refolds.add(refolds as u64, &[]);
    }
}
