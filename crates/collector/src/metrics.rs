//! The collector's counters. None holds a value of a person.

use std::collections::HashMap;

use opentelemetry::{KeyValue, metrics::Counter};
use tenure_kernel::Violation;

use crate::{
    domain::{
        catalogue,
        outcome::{Outcome, Status},
    },
    store::tally,
};

/// Counters of what came in.
#[derive(Debug)]
pub(crate) struct Metrics {
    touchpoints: Counter<u64>,
    quarantined: Counter<u64>,
}

impl Metrics {
    /// Counters of the process's meter.
    pub(crate) fn new() -> Self {
        let meter = opentelemetry::global::meter("tenure.collector");
        Self {
            touchpoints: meter
                .u64_counter("tenure.collector.touchpoints")
                .with_description("Touchpoints that came in, by type and outcome.")
                .build(),
            quarantined: meter
                .u64_counter("tenure.collector.quarantined")
                .with_description("Items set aside, by reason; an item may have several.")
                .build(),
        }
    }

    /// Counts what became of a call's items; each with the number of its type.
    pub(crate) fn recorded<'a>(&self, items: impl Iterator<Item = (i32, &'a Outcome)>) {
        let mut counts: HashMap<(i32, Status), u64> = HashMap::new();
        for (kind, outcome) in items {
            *counts.entry((kind, outcome.status)).or_default() += 1;
            if outcome.status == Status::Quarantined {
                self.set_aside(&outcome.violations);
            }
        }
        for ((kind, status), count) in counts {
            // What callers make up must not become names of metrics.
            let name = catalogue::find(kind).map_or("_OTHER", |rule| rule.name);
            let labels = [KeyValue::new("type", name), KeyValue::new("outcome", status.as_str())];
            self.touchpoints.add(count, &labels);
        }
    }

    fn set_aside(&self, violations: &[Violation]) {
        for reason in tally::distinct(violations) {
            self.quarantined.add(1, &[KeyValue::new("reason", reason.as_str())]);
        }
    }
}
