//! What is counted of providers. Nothing of it is about anybody.

use std::{sync::LazyLock, time::Duration};

use opentelemetry::{
    KeyValue,
    metrics::{Counter, Gauge, Histogram, Meter},
};

use crate::domain::{check::Refused, outcome::Outcome};

static METER: LazyLock<Meter> = LazyLock::new(|| opentelemetry::global::meter("tenure.enrichment"));
static ITEMS: LazyLock<Counter<u64>> = LazyLock::new(|| {
    let about = "What came of items, by provider; how: asked, kept, stale, joined.";
    METER.u64_counter("tenure.enrichment.items").with_description(about).build()
});
static REFUSED: LazyLock<Counter<u64>> = LazyLock::new(|| {
    let about = "What providers said that was not believed, by reason.";
    METER.u64_counter("tenure.enrichment.refused").with_description(about).build()
});
static CALLS: LazyLock<Histogram<f64>> = LazyLock::new(|| {
    let about = "How long calls of providers took, by how they ended.";
    METER.f64_histogram("tenure.enrichment.call.duration").with_unit("s").with_description(about).build()
});
static BREAKER: LazyLock<Gauge<u64>> = LazyLock::new(|| {
    let about = "Whether a provider is called: 0, tried: 1, or left alone: 2.";
    METER.u64_gauge("tenure.enrichment.breaker").with_description(about).build()
});

fn provider(id: &str) -> KeyValue {
    KeyValue::new("tenure.provider", id.to_owned())
}

/// Counts what came of an item.
pub(crate) fn item(id: &str, outcome: &Outcome, how: &'static str) {
    let code = match outcome {
        Outcome::Unavailable(reason) => reason.as_str(),
        other => other.as_str(),
    };
    ITEMS.add(1, &[provider(id), KeyValue::new("outcome", code), KeyValue::new("how", how)]);
}

/// Counts what was not believed.
pub(crate) fn refused(id: &str, reasons: &[Refused]) {
    for reason in reasons {
        REFUSED.add(1, &[provider(id), KeyValue::new("reason", reason.as_str())]);
    }
}

/// Notes a call.
pub(crate) fn call(id: &str, took: Duration, ended: &'static str) {
    CALLS.record(took.as_secs_f64(), &[provider(id), KeyValue::new("ended", ended)]);
}

/// Notes whether a provider is called.
pub(crate) fn breaker(id: &str, level: u64) {
    BREAKER.record(level, &[provider(id)]);
}
