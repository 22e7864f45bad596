//! What is told of a follower: a span for every batch, in a trace of its own that is linked to those of its entries, and
//! metrics. None names a tenant or holds anything of an entry.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Histogram},
};
use tenure_kernel::{Clock, Timestamp};
use tenure_server::telemetry::{self, SECONDS};
use tokio::time::Instant;
use tracing::{Span, field::Empty};

use super::{checkpoint::Place, frame::Frame};
use crate::Draft;

struct Instruments {
    applied: Counter<u64>,
    parked: Counter<u64>,
    fired: Counter<u64>,
    duration: Histogram<f64>,
}

static INSTRUMENTS: LazyLock<Instruments> = LazyLock::new(|| {
    let meter = global::meter("tenure.journal");
    let counter = |name, unit, what| meter.u64_counter(name).with_unit(unit).with_description(what).build();
    Instruments {
        applied: counter("tenure.follower.applied", "{entry}", "Entries that took effect."),
        parked: counter("tenure.follower.parked", "{entry}", "Entries that could not be applied and were set aside."),
        fired: counter("tenure.timer.fired", "{timer}", "Timers that fell due and were concluded from."),
        duration: meter
            .f64_histogram("tenure.follower.batch.duration")
            .with_unit("s")
            .with_description("How long batches took, from their first statement to the commit.")
            .with_boundaries(SECONDS.to_vec())
            .build(),
    }
});

/// The span of a batch; none for a checkpoint alone. A generation that is built joins no trace: its entries were followed once.
pub(super) fn span(place: &Place, frame: &Frame, building: bool) -> Span {
    if frame.is_empty() {
        return Span::none();
    }
    let span = tracing::debug_span!(
        parent: None,
        "process",
        otel.name = format!("process {}", place.journal),
        otel.kind = "consumer",
        otel.status_code = Empty,
        messaging.system = "tenure",
        messaging.operation.name = "process",
        messaging.operation.r#type = "process",
        messaging.destination.name = place.journal,
        messaging.consumer.group.name = place.projection,
        messaging.batch.message_count = frame.entries.len() + frame.broken.len(),
        tenure.follower.building = building,
        tenure.follower.links_left_out = Empty,
        error.r#type = Empty,
    );
    if !building && !span.is_disabled() {
        let left_out = telemetry::link_all(&span, frame.entries.iter().map(|entry| entry.traceparent.as_str()));
        if left_out > 0 {
            span.record("tenure.follower.links_left_out", left_out);
        }
    }
    span
}

/// What is concluded goes on in the trace of the current span, which is linked to those of the entries behind it.
pub(super) fn traced(mut drafts: Vec<Draft>) -> Vec<Draft> {
    if let Some(trace) = telemetry::traceparent().filter(|_| !drafts.is_empty()) {
        for draft in &mut drafts {
            draft.traceparent.clone_from(&trace);
        }
    }
    drafts
}

/// The span of timers that fall due: a trace begins.
pub(super) fn firing(projection: &'static str, timers: usize) -> Span {
    tracing::debug_span!(parent: None, "fire", otel.name = "fire timers", tenure.projection = projection, tenure.timers = timers)
}

/// A batch took effect.
pub(super) fn applied(place: &Place, building: bool, (applied, parked): (usize, usize), since: Instant) {
    let labels = labels(place, building);
    INSTRUMENTS.applied.add(applied as u64, &labels);
    if parked > 0 {
        INSTRUMENTS.parked.add(parked as u64, &labels);
    }
    INSTRUMENTS.duration.record(since.elapsed().as_secs_f64(), &labels);
}

/// Timers of a projection were concluded from.
pub(super) fn fired(projection: &'static str, timers: usize) {
    INSTRUMENTS.fired.add(timers as u64, &[KeyValue::new("tenure.projection", projection)]);
}

fn labels(place: &Place, building: bool) -> [KeyValue; 3] {
    [
        KeyValue::new("tenure.projection", place.projection),
        KeyValue::new("tenure.journal", place.journal),
        KeyValue::new("tenure.building", building),
    ]
}

/// How far a range has come.
#[derive(Debug, Clone, Copy)]
struct Standing {
    position: i64,
    /// When the oldest entry was recorded that is known and not applied.
    waits_since: Option<Timestamp>,
}

/// How far the ranges of a projection have come that are followed here, and how many leases are held. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standings(Arc<Mutex<Known>>);

#[derive(Debug, Default)]
struct Known {
    ranges: BTreeMap<(&'static str, i64), Standing>,
    leases: usize,
}

impl Standings {
    /// Has them told, as often as metrics are: of a journal's ranges the one that is furthest behind.
    pub(super) fn observe(&self, projection: &'static str, clock: Arc<dyn Clock>) {
        let meter = global::meter("tenure.journal");
        let label = move |journal: &'static str| {
            [KeyValue::new("tenure.projection", projection), KeyValue::new("tenure.journal", journal)]
        };
        let known = self.clone();
        let _position = meter
            .i64_observable_gauge("tenure.follower.position")
            .with_unit("{entry}")
            .with_description("The sequence up to which a journal was applied.")
            .with_callback(move |gauge| {
                for (journal, standing) in known.furthest_behind() {
                    gauge.observe(standing.position, &label(journal));
                }
            })
            .build();
        let known = self.clone();
        let _lag = meter
            .f64_observable_gauge("tenure.follower.lag_seconds")
            .with_unit("s")
            .with_description("How long the oldest entry waits that is known and not applied; 0 when there is none.")
            .with_callback(move |gauge| {
                let now = clock.now();
                for (journal, standing) in known.furthest_behind() {
                    let micros = standing.waits_since.map_or(0, |since| (now.0 - since.0).max(0));
                    gauge.observe(seconds(micros), &label(journal));
                }
            })
            .build();
        let known = self.clone();
        let _leases = meter
            .u64_observable_gauge("tenure.lease.held")
            .with_unit("{lease}")
            .with_description("Ranges of partitions that this process works on.")
            .with_callback(move |gauge| {
                let leases = known.lock().leases;
                gauge.observe(leases as u64, &[KeyValue::new("tenure.projection", projection)]);
            })
            .build();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn furthest_behind(&self) -> BTreeMap<&'static str, Standing> {
        let mut worst: BTreeMap<&'static str, Standing> = BTreeMap::new();
        for ((journal, _), standing) in &self.lock().ranges {
            let one = worst.entry(journal).or_insert(*standing);
            one.position = one.position.min(standing.position);
            // Of two that wait, since the earlier.
            one.waits_since = one.waits_since.into_iter().chain(standing.waits_since).min();
        }
        worst
    }

    pub(super) fn holds(&self, leases: usize) {
        self.lock().leases = leases;
    }

    /// Entries came that wait to be applied.
    pub(super) fn came(&self, place: &Place, position: i64, first: Option<Timestamp>) {
        let mut known = self.lock();
        let standing = known.ranges.entry((place.journal, place.range));
        let standing = standing.or_insert(Standing { position, waits_since: None });
        standing.waits_since = standing.waits_since.or(first);
    }

    /// A range has come so far, and nothing that came waits any more.
    pub(super) fn reached(&self, place: &Place, position: i64) {
        self.lock().ranges.insert((place.journal, place.range), Standing { position, waits_since: None });
    }

    /// A range is followed here no longer.
    pub(super) fn left(&self, place: &Place) {
        self.lock().ranges.remove(&(place.journal, place.range));
    }
}

#[expect(clippy::cast_precision_loss, reason = "a lag that long needs no microseconds")]
fn seconds(micros: i64) -> f64 {
    micros as f64 / 1_000_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(range: i64) -> Place {
        Place { projection: "p", generation: 1, journal: "j", range }
    }

    #[test]
    fn the_range_that_is_furthest_behind_is_told() {
        let standings = Standings::default();
        standings.came(&place(0), 5, Some(Timestamp(70)));
        standings.came(&place(0), 5, Some(Timestamp(90)));
        standings.reached(&place(1), 9);
        let told = standings.furthest_behind()["j"];
        assert_eq!(
            (told.position, told.waits_since),
            (5, Some(Timestamp(70))),
            "a retry waits as long as the first try"
        );
        standings.reached(&place(0), 12);
        let told = standings.furthest_behind()["j"];
        assert_eq!((told.position, told.waits_since), (9, None));
        standings.left(&place(0));
        standings.left(&place(1));
        assert!(standings.furthest_behind().is_empty());
    }
}
