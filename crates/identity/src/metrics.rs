//! What the service counts.

use opentelemetry::{KeyValue, global, metrics::Counter};

/// Counters. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Metrics {
    moved: Counter<u64>,
    decided: Counter<u64>,
    compared: Counter<u64>,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let meter = global::meter("tenure.identity");
        Self {
            moved: meter
                .u64_counter("tenure.identity.records.moved")
                .with_unit("{record}")
                .with_description("Source records that were given a person, by what did it.")
                .build(),
            decided: meter
                .u64_counter("tenure.identity.decisions")
                .with_unit("{decision}")
                .with_description("Merges and splits that stewards asked for, repeats included.")
                .build(),
            compared: meter
                .u64_counter("tenure.identity.pairs.compared")
                .with_unit("{pair}")
                .with_description("Pairs of source records that were compared.")
                .build(),
        }
    }

    pub(crate) fn compared(&self, pairs: u64) {
        if pairs > 0 {
            self.compared.add(pairs, &[]);
        }
    }

    pub(crate) fn moved(&self, by: &'static str, records: u64) {
        if records > 0 {
            self.moved.add(records, &[KeyValue::new("tenure.cause", by)]);
        }
    }

    pub(crate) fn decided(&self, kind: &'static str) {
        self.decided.add(1, &[KeyValue::new("tenure.decision", kind)]);
    }
}
