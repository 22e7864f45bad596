//! The baseline: the same rows, written by nothing but multi-row inserts, with the same indexes, connections and durability.

use futures::{StreamExt, stream};
use tenure_store::{Insert, Kind, Query as _, Store};
use tokio::time::Instant;

use crate::load::{BATCH, IN_FLIGHT, REQUESTS};

const ENTRY: &[(&str, Kind)] = &[
    ("sequence", Kind::Int),
    ("entry_id", Kind::Bytes),
    ("tenant", Kind::Text),
    ("partitions", Kind::Bytes),
    ("type_name", Kind::Text),
    ("revision", Kind::Int),
    ("payload", Kind::Bytes),
    ("traceparent", Kind::Text),
    ("recorded_at", Kind::Int),
];
const SEEN: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("touchpoint_id", Kind::Bytes),
    ("body", Kind::Bytes),
    ("subjects", Kind::Bytes),
    ("amends", Kind::Int),
];

/// As long as the collector's, and of no interest to a follower.
const TYPE: &str = "tenure.benchmark.v1.TouchpointRawInsert";

/// The length of a payload and of a traceparent, as the collector writes them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) payload: usize,
    pub(crate) traceparent: usize,
}

fn id() -> [u8; 16] {
    rand::random()
}

async fn batch(store: &Store, first: i64, shape: Shape, rows: usize) {
    let mut entries = Insert::new("journal_entry", ENTRY);
    let mut seen = Insert::new("touchpoint_seen", SEEN).on_conflict("(tenant, touchpoint_id) DO NOTHING");
    // Sorted, as the collector sorts them.
    let mut ids: Vec<[u8; 16]> = (0..rows).map(|_| id()).collect();
    ids.sort_unstable();
    for (sequence, id) in (first..).zip(ids) {
        let mut payload = vec![0_u8; shape.payload];
        rand::fill(&mut payload[..]);
        entries.row([
            sequence.into(),
            id.to_vec().into(),
            "bench".into(),
            vec![id[0]].into(),
            TYPE.into(),
            1_i64.into(),
            payload.into(),
            "0".repeat(shape.traceparent).into(),
            sequence.into(),
        ]);
        let [body, subjects] = [self::id(), self::id()];
        seen.row(["bench".into(), id.to_vec().into(), body.to_vec().into(), subjects.to_vec().into(), 0_i64.into()]);
    }
    let tx = store.begin().await.expect("a transaction");
    tx.insert(seen).await.expect("inserted");
    tx.insert(entries).await.expect("inserted");
    tx.commit().await.expect("committed");
}

/// Writes as many rows as a measurement sends; rows per second.
pub(crate) async fn write(store: &Store, first: i64, shape: Shape) -> f64 {
    let begun = Instant::now();
    stream::iter(0..REQUESTS)
        .map(|request| batch(store, first + (request * BATCH) as i64, shape, BATCH))
        .buffer_unordered(IN_FLIGHT)
        .for_each(|()| async {})
        .await;
    (REQUESTS * BATCH) as f64 / begun.elapsed().as_secs_f64()
}

/// Fills a database with rows, and moves the journal's head behind them.
pub(crate) async fn fill(store: &Store, rows: usize, shape: Shape) {
    const LARGE: usize = 5_000;
    for first in (0..rows).step_by(LARGE) {
        batch(store, first as i64 + 1, shape, LARGE).await;
    }
    let tx = store.begin().await.expect("a transaction");
    tx.execute("UPDATE journal_head SET next = ? WHERE id = 1", vec![(rows as i64 + 1).into()]).await.expect("moved");
    tx.commit().await.expect("committed");
}
