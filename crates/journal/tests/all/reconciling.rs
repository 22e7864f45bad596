//! After a rebuild: what neither generation concluded is concluded, once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tenure_journal::{Following, Journal, JournalApi, ReadAfter};
use tenure_kernel::{RandomIds, Reason};
use tenure_server::Peer;
use tenure_store::{Query, Store, StoreError, testing::TestPlace};
use tokio::time::Instant;

use crate::{
    rebuilding::{conclusions, generations, rebuild},
    stage::{AtWork, append_numbers, config, journal, places, serve, source, until},
    tally::{Act, FOLLOW_A, Tally, conclusion, standing},
};

fn expected(numbers: std::ops::Range<i64>) -> Vec<i64> {
    numbers.filter_map(conclusion).collect()
}

async fn is_reconciled(store: &Store) -> Result<bool, StoreError> {
    let row = store.first("SELECT reconciling FROM projection WHERE name = 'b'", vec![]).await?.expect("a row");
    Ok(row.get::<i64>(0)? == 0)
}

async fn open(b: &Journal, a: &Journal, tally: &Tally) -> Result<(AtWork, Peer, ReadAfter), StoreError> {
    let following = Following::open(config(b.store(), Some(b), source(a), 2), tally.clone()).await?;
    let peer = serve(JournalApi::default().with_projection(&following));
    Ok((AtWork::start(&following), peer, following.read_after()))
}

/// B has followed 90 numbers when A is restored with 100 of them, and is told to rebuild. It may reconcile some pages.
async fn restored(
    place: &TestPlace,
    b: &Journal,
    pages: i64,
) -> Result<(Journal, Tally, (AtWork, Peer, ReadAfter)), StoreError> {
    let a = journal(place, "a").await?;
    append_numbers(&a, 0..90).await?;
    let tally = Tally::new("b", FOLLOW_A);
    tally.pages.store(pages, Ordering::SeqCst);
    let (at_work, ..) = open(b, &a, &tally).await?;
    until("applied", || async { Ok(standing(b.store(), "b", "a").await?.sequence == 90) }).await?;
    at_work.stop().await;
    append_numbers(&a, 90..100).await?;
    Journal::renew_epoch(a.store(), &RandomIds::default()).await?;
    let a = journal(place, "a").await?;
    let opened = open(b, &a, &tally).await?;
    let sql = "SELECT 1 FROM checkpoint WHERE alarm = '' LIMIT 1";
    until("all ranges stopped", || async { Ok(b.store().first(sql, vec![]).await?.is_none()) }).await?;
    assert_eq!(rebuild(&opened.1).await, Ok(2));
    until("swapped", || async { Ok(generations(b.store()).await?.0 == 2) }).await?;
    Ok((a, tally, opened))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_after_the_alarm_is_concluded() -> Result<(), StoreError> {
    for place in places() {
        let b = journal(&place, "b").await?;
        let (a, _, (at_work, peer, _)) = restored(&place, &b, i64::MAX).await?;
        append_numbers(&a, 100..130).await?;
        until("reconciled", || is_reconciled(b.store())).await?;
        until("applied", || async { Ok(standing(b.store(), "b", "a").await?.sequence == 130) }).await?;
        at_work.stop().await;
        assert_eq!(conclusions(&peer, &b).await?, expected(0..130));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_parked_and_can_be_read_now_is_concluded() -> Result<(), StoreError> {
    for place in places() {
        let (a, b) = (journal(&place, "a").await?, journal(&place, "b").await?);
        append_numbers(&a, 0..100).await?;
        let readable = Arc::new(AtomicBool::new(false));
        let now = readable.clone();
        let tally = Tally::new("b", FOLLOW_A).with_rule(move |_, number| match number {
            12 | 13 | 48 if !now.load(Ordering::SeqCst) => Act::Park,
            _ => Act::Apply,
        });
        let (at_work, peer, _) = open(&b, &a, &tally).await?;
        until("applied", || async { Ok(standing(b.store(), "b", "a").await?.sequence == 100) }).await?;
        readable.store(true, Ordering::SeqCst);
        assert_eq!(rebuild(&peer).await, Ok(2));
        until("swapped", || async { Ok(generations(b.store()).await? == (2, 0, vec![2])) }).await?;
        until("reconciled", || is_reconciled(b.store())).await?;
        assert_eq!(conclusions(&peer, &b).await?, expected(0..100));
        // The next time all is well, and it finds nothing.
        assert_eq!(rebuild(&peer).await, Ok(3));
        until("swapped", || async { Ok(generations(b.store()).await? == (3, 0, vec![3])) }).await?;
        until("reconciled", || is_reconciled(b.store())).await?;
        at_work.stop().await;
        assert_eq!(conclusions(&peer, &b).await?, expected(0..100));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn goes_on_where_it_was_and_reads_after_a_write_wait_for_it() -> Result<(), StoreError> {
    for place in places() {
        let b = journal(&place, "b").await?;
        let (a, tally, (at_work, _, reads)) = restored(&place, &b, 4).await?;
        until("it is held up", || async { Ok(tally.pages.load(Ordering::SeqCst) < 0) }).await?;
        until("all is followed", || async { Ok(standing(b.store(), "b", "a").await?.sequence == 100) }).await?;
        let soon = Instant::now() + Duration::from_millis(300);
        let refused = reads.wait(&a.token(100), Some(soon)).await.expect_err("not concluded yet");
        assert_eq!(refused.reason, Reason::Deadline);
        assert!(!is_reconciled(b.store()).await?);
        at_work.stop().await;

        tally.pages.store(20, Ordering::SeqCst);
        let (at_work, peer, reads) = open(&b, &a, &tally).await?;
        reads.wait(&a.token(100), None).await.expect("it waits as long as it takes");
        assert_eq!(conclusions(&peer, &b).await?, expected(0..100));
        assert!(is_reconciled(b.store()).await?);
        at_work.stop().await;
        // Ten full pages and an empty one, four of them before.
        assert_eq!(tally.pages.load(Ordering::SeqCst), 20 - 7);
    }
    Ok(())
}
