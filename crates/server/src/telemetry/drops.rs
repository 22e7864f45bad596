//! What is thrown away rather than waited for: counted, and said in the log at most once a minute.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use opentelemetry::{
    KeyValue,
    metrics::{Counter, Meter},
};

/// How many spans or log records may wait to be sent.
pub(super) const ROOM: usize = 4096;
const SAID_EVERY: Duration = Duration::from_secs(60);

/// Counts what is dropped. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Drops {
    counter: Counter<u64>,
    unsaid: Arc<AtomicU64>,
    said: Arc<Mutex<Option<Instant>>>,
}

impl Drops {
    pub(super) fn new(meter: &Meter) -> Self {
        let counter = meter
            .u64_counter("tenure.telemetry.dropped")
            .with_unit("{item}")
            .with_description("Spans and log records that were not sent, by why.")
            .build();
        Self { counter, unsaid: Arc::default(), said: Arc::default() }
    }

    fn count(&self, signal: &'static str, why: &'static str, items: usize) {
        self.unsaid.fetch_add(items as u64, Ordering::Relaxed);
        self.counter.add(items as u64, &[KeyValue::new("signal", signal), KeyValue::new("error.type", why)]);
    }

    /// Says how much was dropped since it was said last. Only threads that send may do so: whoever ends a span or logs is
    /// inside the log already.
    fn say(&self) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.is_none_or(|last| last.elapsed() >= SAID_EVERY) {
            let dropped = self.unsaid.swap(0, Ordering::Relaxed);
            if dropped > 0 {
                *said = Some(Instant::now());
                tracing::warn!(dropped, "telemetry was dropped: its receiver is absent or slow");
            }
        }
    }
}

/// The way of one signal to its receiver: so many may wait, and whatever finds no room is dropped.
#[derive(Debug, Clone)]
pub(super) struct Way {
    signal: &'static str,
    waiting: Arc<AtomicUsize>,
    drops: Drops,
}

impl Way {
    pub(super) fn new(signal: &'static str, drops: &Drops) -> Self {
        Self { signal, waiting: Arc::default(), drops: drops.clone() }
    }

    /// Whether there is room for one more, which then waits.
    pub(super) fn enter(&self) -> bool {
        if self.waiting.fetch_add(1, Ordering::Relaxed) < ROOM {
            return true;
        }
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        self.drops.count(self.signal, "queue_full", 1);
        false
    }

    /// Some of those that waited are about to be sent.
    pub(super) fn leave(&self, items: usize) {
        self.waiting.fetch_sub(items, Ordering::Relaxed);
    }

    /// They were sent, or not.
    pub(super) fn sent(&self, items: usize, arrived: bool) {
        if !arrived {
            self.drops.count(self.signal, "export_failed", items);
        }
        self.drops.say();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_finds_no_room_is_counted() {
        let way = Way::new("traces", &Drops::new(&opentelemetry::global::meter("test")));
        assert_eq!((0..ROOM + 5).filter(|_| way.enter()).count(), ROOM);
        assert_eq!(way.drops.unsaid.load(Ordering::Relaxed), 5);
        way.leave(2);
        assert_eq!((0..3).filter(|_| way.enter()).count(), 2);
        way.sent(10, true);
        way.sent(4, false);
        assert_eq!(way.drops.unsaid.load(Ordering::Relaxed), 4, "the six before were said");
        way.sent(4, false);
        assert_eq!(way.drops.unsaid.load(Ordering::Relaxed), 8, "and these are said a minute later");
    }
}
