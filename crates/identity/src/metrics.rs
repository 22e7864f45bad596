//! What the service counts.

use opentelemetry::{KeyValue, global, metrics::Counter};

use crate::domain::review::Why;

/// Counters. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Metrics {
    moved: Counter<u64>,
    decided: Counter<u64>,
    compared: Counter<u64>,
    tangled: Counter<u64>,
    large: Counter<u64>,
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
            tangled: meter
                .u64_counter("tenure.identity.components.oversize")
                .with_unit("{component}")
                .with_description("Times that more records were found to hang together than can be weighed as a whole.")
                .build(),
            large: meter
                .u64_counter("tenure.identity.persons.oversize")
                .with_unit("{person}")
                .with_description("Times that a person was found to have more records than somebody has as a rule.")
                .build(),
        }
    }

    pub(crate) fn compared(&self, pairs: u64) {
        if pairs > 0 {
            self.compared.add(pairs, &[]);
        }
    }

    /// Something was found too large that was not before.
    pub(crate) fn raised(&self, why: Why) {
        match why {
            Why::Large => self.large.add(1, &[]),
            Why::Tangle => self.tangled.add(1, &[]),
            Why::Pair | Why::Bridge => return,
        }
        tracing::warn!(?why, "records that are too many; see the review tasks");
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
