//! Entries that no follower can read stand among the sound ones.

use std::time::Duration;

use futures::FutureExt as _;
use tenure_store::{Query as _, Store};

use crate::faults::{
    stage::{Setup, Stage},
    table::{Case, Kind, Played, Row},
};

/// The row.
pub(super) const ROW: Row = Row {
    id: "F10",
    fault: "entries that can't be decoded, and of a revision to come",
    kinds: &[Kind::Sqlite, Kind::Postgres],
    play: |case| play(case).boxed(),
};

async fn play(case: Case) -> anyhow::Result<Played> {
    let mut stage = Stage::start(&case, Setup::default()).await?;
    let load = stage.load()?;
    let witness = stage.witness().await?;
    let collector = witness.store("collector")?;
    for round in 0..3 * case.rounds {
        load.acknowledges(stage.ledger.acknowledged() + 20, Duration::from_secs(30)).await?;
        let (revision, payload) = if round % 2 == 0 { (1, vec![0xff; 9]) } else { (99, Vec::new()) };
        append(collector, &case, revision, payload).await?;
        stage.parked += 1;
    }
    let verdict = stage.end(load).await?;
    let mut parked = 0;
    for one in witness.checkpoints().await?.iter().filter(|one| one.journal == "collector") {
        anyhow::ensure!(one.parked == stage.parked, "{} of {} are parked: {one:?}", one.parked, stage.parked);
        parked += one.parked;
    }
    Ok(Played::judged(verdict, None, format!("{parked} parked")))
}

/// Appends an entry behind the collector's back, to all partitions.
async fn append(store: &Store, case: &Case, revision: i64, payload: Vec<u8>) -> anyhow::Result<()> {
    let tx = store.begin().await?;
    let row = tx.first("UPDATE journal_head SET next = next + 1 WHERE id = 1 RETURNING next - 1", vec![]).await?;
    let sequence: i64 = row.ok_or_else(|| anyhow::anyhow!("no journal"))?.get(0)?;
    let id = case.choose(&format!("entry {sequence}"), u64::MAX).to_be_bytes().repeat(2);
    let sql = "INSERT INTO journal_entry (sequence, entry_id, tenant, partitions, type_name, revision, payload,
        traceparent, recorded_at) VALUES (?, ?, 'acme', ?, 'tenure.collector.v1.TouchpointRecorded', ?, ?, '', 0)";
    let values = vec![sequence.into(), id.into(), Vec::<u8>::new().into(), revision.into(), payload.into()];
    tx.execute(sql, values).await?;
    Ok(tx.commit().await?)
}
