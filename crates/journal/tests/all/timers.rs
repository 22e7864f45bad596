//! Timers fire when they are due, once, in one transaction with what is concluded.

use std::{sync::Arc, time::Duration};

use tenure_journal::{FollowConfig, Following, Journal, JournalApi, Timer};
use tenure_kernel::{Timestamp, clock::SetClock};
use tenure_store::{Query, StoreError};

use crate::{
    leases::{holders, replica},
    stage::{
        AtWork, NOON, config, entry_id, journal, number, places, postgres, read_through, record, serve, source,
        still_clock, tail, tenant, until,
    },
    tally::{FOLLOW_A, Tally},
};

fn after(seconds: i64) -> Timestamp {
    Timestamp(NOON.0 + seconds * 1_000_000)
}

/// A timer that concludes a number when it is due.
fn timer(number: i64, due_at: Timestamp) -> Timer {
    Timer {
        tenant: tenant(),
        id: entry_id(number).0,
        kind: "test".to_owned(),
        partition: tenure_kernel::partition::of(record(number)),
        due_at,
        payload: number.to_be_bytes().to_vec(),
    }
}

pub(crate) async fn set(b: &Journal, timers: Vec<Timer>) -> Result<(), StoreError> {
    let tx = b.store().begin().await?;
    Timer::set(&tx, timers).await?;
    tx.commit().await
}

async fn open(b: &Journal, a: &Journal, clock: &Arc<SetClock>, ranges: u16) -> Result<AtWork, StoreError> {
    let config = FollowConfig { clock: clock.clone(), ..config(b.store(), Some(b), source(a), ranges) };
    Ok(AtWork::start(&Following::open(config, Tally::new("b", FOLLOW_A)).await?))
}

/// What was fired so far, in the order of the journal.
async fn fired(b: &Journal) -> Result<Vec<i64>, StoreError> {
    let head = b.head().await?;
    let peer = serve(JournalApi::default().with_journal(b.clone()));
    let mut frames = tail(&peer, b, Vec::new(), 0).await;
    Ok(read_through(&mut frames, head).await.iter().map(number).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn fire_once_in_order_and_not_before_they_are_due() -> Result<(), StoreError> {
    for place in places() {
        let (a, b) = (journal(&place, "a").await?, journal(&place, "b").await?);
        let clock = still_clock();
        // Set in an order that is not theirs: 7 * n goes through all of 0..20.
        set(&b, (0..20).map(|n| timer(7 * n % 20, after(7 * n % 20 + 1))).collect()).await?;
        // Moved: twice in one call, the last counts. Taken back: one of another tenant is not.
        set(&b, vec![timer(3, after(1)), timer(3, Timestamp(after(9).0 + 1))]).await?;
        let foreign = Timer { tenant: "other".parse().unwrap(), ..timer(5, after(6)) };
        set(&b, vec![foreign]).await?;
        let tx = b.store().begin().await?;
        // Later than it is due already: that stands.
        let sooner = vec![timer(4, after(25)), timer(13, Timestamp(after(8).0 - 1))];
        Timer::set_if_sooner(&tx, sooner).await?;
        Timer::cancel(&tx, &tenant(), vec![entry_id(5).0, entry_id(12).0, entry_id(999).0]).await?;
        tx.commit().await?;

        let at_work = open(&b, &a, &clock, 1).await?;
        clock.set(after(5));
        until("the first are fired", || async { Ok(fired(&b).await?.contains(&4)) }).await?;
        assert_eq!(fired(&b).await?, [0, 1, 2, 4]);
        clock.set(after(8));
        until("the next are fired", || async { Ok(fired(&b).await?.contains(&7)) }).await?;
        assert_eq!(fired(&b).await?, [0, 1, 2, 4, 5, 6, 13, 7]);
        at_work.kill().await;
        clock.set(after(30));
        let at_work = open(&b, &a, &clock, 1).await?;
        until("the rest is fired", || async { Ok(fired(&b).await?.contains(&19)) }).await?;
        at_work.stop().await;
        assert_eq!(fired(&b).await?, [0, 1, 2, 4, 5, 6, 13, 7, 8, 3, 9, 10, 11, 14, 15, 16, 17, 18, 19]);
        assert!(b.store().first("SELECT 1 FROM timer", vec![]).await?.is_none());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_panics_holds_up_no_other() -> Result<(), StoreError> {
    for place in places() {
        let (a, b) = (journal(&place, "a").await?, journal(&place, "b").await?);
        let clock = still_clock();
        set(&b, (0..10).map(|number| timer(number, after(number))).collect()).await?;
        set(&b, vec![Timer { kind: "panic".to_owned(), ..timer(4, after(4)) }]).await?;
        clock.set(after(60));
        let at_work = open(&b, &a, &clock, 1).await?;
        until("the others are fired", || async { Ok(fired(&b).await?.len() == 9) }).await?;
        at_work.stop().await;
        assert_eq!(fired(&b).await?, [0, 1, 2, 3, 5, 6, 7, 8, 9]);
        let left = b.store().all("SELECT timer_id FROM timer", vec![]).await?;
        assert_eq!(left.len(), 1, "it stays");
        assert_eq!(left[0].id(0)?, entry_id(4).0);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_being_touched_holds_up_no_other_and_fires_thereafter() -> Result<(), StoreError> {
    let Some(place) = postgres() else { return Ok(()) };
    let (a, b) = (journal(&place, "a").await?, journal(&place, "b").await?);
    let clock = still_clock();
    set(&b, (0..10).map(|number| timer(number, after(number))).collect()).await?;
    let touching = b.store().begin().await?;
    Timer::set(&touching, vec![timer(4, after(0)), timer(7, after(90))]).await?;
    clock.set(after(60));
    let at_work = open(&b, &a, &clock, 4).await?;
    until("the others are fired", || async { Ok(fired(&b).await?.len() == 8) }).await?;
    touching.commit().await?;
    until("the one that is still due is fired", || async { Ok(fired(&b).await?.len() == 9) }).await?;
    at_work.stop().await;
    assert_eq!(fired(&b).await?.last(), Some(&4));
    assert_eq!(b.store().all("SELECT timer_id FROM timer", vec![]).await?[0].id(0)?, entry_id(7).0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn many_fire_once_although_their_replica_dies() -> Result<(), StoreError> {
    let Some(place) = postgres() else { return Ok(()) };
    let (a, b) = (journal(&place, "a").await?, journal(&place, "b").await?);
    let clock = still_clock();
    let first = AtWork::start(&replica(&place, &a, &clock, Tally::new("b", FOLLOW_A)).await?);
    let second = AtWork::start(&replica(&place, &a, &clock, Tally::new("b", FOLLOW_A)).await?);
    until("both are at work", || async { Ok(holders(b.store(), NOON).await?.len() == 2) }).await?;
    set(&b, (0..3_000).map(|number| timer(number, after(1))).collect()).await?;
    clock.set(after(1));
    until("some are fired", || async { Ok(b.head().await? > 0) }).await?;
    first.kill().await;
    clock.set(NOON.plus(Duration::from_secs(8)));
    until("all are fired", || async { Ok(b.head().await? == 3_000) }).await?;
    second.stop().await;
    let mut fired = fired(&b).await?;
    fired.sort_unstable();
    assert_eq!(fired, (0..3_000).collect::<Vec<_>>());
    Ok(())
}
