//! Which of several processes swaps a generation in, on PostgreSQL: SQLite has one process.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tenure_journal::JournalApi;
use tenure_store::{Query, Store, StoreError};

use crate::{
    leases::{holders, replica},
    rebuilding::{generations, rebuild},
    stage::{AtWork, NOON, PATIENCE, append_numbers, journal, postgres, serve, still_clock, until},
    tally::{Act, FOLLOW_A, Tally, applied, once, standing},
};

/// Who has range 0, and whether the active generation is frozen for a swap: in one look.
async fn looked(store: &Store) -> Result<(Vec<u8>, bool), StoreError> {
    let sql = "SELECT l.holder, EXISTS (SELECT 1 FROM checkpoint c JOIN projection p ON p.name = c.projection
            AND p.active = c.generation WHERE c.projection = 'b' AND c.lease_epoch = 0)
        FROM lease l WHERE l.projection = 'b' AND l.range_index = 0";
    let row = store.first(sql, vec![]).await?.expect("a lease");
    Ok((row.get(0)?, row.get(1)?))
}

/// How far the new generation is at most.
async fn built(store: &Store) -> Result<i64, StoreError> {
    let sql = "SELECT COALESCE(MAX(sequence), 0) FROM checkpoint WHERE projection = 'b' AND generation = 2";
    store.first(sql, vec![]).await?.expect("a row").get(0)
}

/// Who holds range 0 freezes the active generation, and lets it go on when that takes too long. Another that froze it in the
/// meantime would let nothing be followed any more, so it must not, not even when the holder is dead.
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_does_not_hold_range_0_freezes_nothing() -> Result<(), StoreError> {
    let Some(place) = postgres() else { return Ok(()) };
    let (a, b) = (journal(&place, "a").await?, journal(&place, "b").await?);
    let clock = still_clock();
    let open = Arc::new(AtomicBool::new(false));
    // The new generation comes near, by a first page of a thousand entries, and stands still there.
    let gate = open.clone();
    let tally = Tally::new("b", FOLLOW_A).with_rule(move |batch, number| {
        if batch.building && number >= 1_000 && !gate.load(Ordering::SeqCst) { Act::Fail } else { Act::Apply }
    });
    append_numbers(&a, 0..1_000).await?;
    let one = replica(&place, &a, &clock, tally.clone()).await?;
    let peer = serve(JournalApi::default().with_projection(&one));
    let dies = AtWork::start(&one);
    append_numbers(&a, 1_000..1_100).await?;
    until("all is applied", || async { Ok(standing(b.store(), "b", "a").await?.applied == 1_100) }).await?;
    assert_eq!(rebuild(&peer).await, Ok(2));
    until("the holder has frozen it", || async { Ok(looked(b.store()).await?.1) }).await?;
    until("the holder lets it go on", || async { Ok(!looked(b.store()).await?.1) }).await?;
    let (holder, _) = looked(b.store()).await?;

    // Another comes, which has tried nothing yet, and takes some ranges over, but not range 0.
    let lives = AtWork::start(&replica(&place, &a, &clock, tally).await?);
    until("each holds half", || async { Ok(holders(b.store(), NOON).await?.values().eq(&[2, 2])) }).await?;
    dies.kill().await;
    open.store(true, Ordering::SeqCst);
    // The new generation moves on, near the other: what the holder would freeze it for.
    let (mut end, mut moved) = (1_100, 0);
    let begun = Instant::now();
    while moved < 50 {
        append_numbers(&a, end..end + 2).await?;
        end += 2;
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(looked(b.store()).await?, (holder.clone(), false), "frozen by one that does not hold range 0");
        moved += i32::from(built(b.store()).await? > 1_100);
        assert!(begun.elapsed() < PATIENCE, "the new generation does not move");
    }

    clock.set(NOON.plus(Duration::from_secs(7)));
    until("swapped by the new holder", || async { Ok(generations(b.store()).await? == (2, 0, vec![2])) }).await?;
    until("all is applied", || async { Ok(applied(b.store(), "b", "a").await? == once(0..end)) }).await?;
    lives.stop().await;
    Ok(())
}
