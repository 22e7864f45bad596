//! Each entry takes effect once, whatever stops its follower.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use tenure_journal::{FollowConfig, Following, Journal, JournalApi};
use tenure_kernel::{Timestamp, clock::SetClock};
use tenure_proto::journal::v1 as pb;
use tenure_store::{Query as _, StoreError};

use crate::{
    stage::{
        AtWork, NOON, append_numbers, config, journal, number, places, read_through, serve, source, still_clock, tail,
        until,
    },
    tally::{Act, FOLLOW_A, Standing, Tally, applied, conclusion, once, standing},
};

/// The same as before, after every lease has run out.
async fn reopen(
    b: &Journal,
    a: &Journal,
    clock: &Arc<SetClock>,
    restart: i64,
    tally: Tally,
) -> Result<Following<Tally>, StoreError> {
    clock.set(Timestamp(NOON.0 + restart * 7_000_000));
    let config = FollowConfig { clock: clock.clone(), ..config(b.store(), Some(b), source(a), 2) };
    Following::open(config, tally).await
}

#[tokio::test(flavor = "multi_thread")]
async fn takes_effect_once_across_restarts_at_any_moment() -> Result<(), StoreError> {
    for place in places() {
        let (a, b) = (journal(&place, "a").await?, journal(&place, "b").await?);
        let clock = still_clock();
        let mut appended = 0;
        for restart in 0..12 {
            let hangs_at = Arc::new(AtomicI64::new(-1));
            let (hangs, hung) = (hangs_at.clone(), tokio::sync::watch::Sender::new(false));
            let signal = hung.clone();
            let tally = Tally::new("b", FOLLOW_A).with_rule(move |_, number| {
                if number != hangs.load(Ordering::SeqCst) {
                    return Act::Apply;
                }
                signal.send_replace(true);
                Act::Hang
            });
            let at_work = AtWork::start(&reopen(&b, &a, &clock, restart, tally.clone()).await?);
            append_numbers(&a, appended..appended + 40).await?;
            appended += 40;
            match restart % 3 {
                // In the middle of a transaction, with everything written.
                0 => {
                    hangs_at.store(appended + 20, Ordering::SeqCst);
                    append_numbers(&a, appended..appended + 40).await?;
                    appended += 40;
                    until("it hangs", || async { Ok(*hung.borrow()) }).await?;
                    at_work.kill().await;
                }
                // As soon as something was committed, or at any other moment.
                1 => {
                    let told = || async { Ok(tally.told.load(Ordering::SeqCst) > 0 || rand::random_ratio(1, 20)) };
                    until("something is committed", told).await?;
                    at_work.kill().await;
                }
                _ => at_work.stop().await,
            }
        }
        let following = reopen(&b, &a, &clock, 12, Tally::new("b", FOLLOW_A)).await?;
        let at_work = AtWork::start(&following);
        until("all is applied", || async { Ok(standing(b.store(), "b", "a").await?.sequence == appended) }).await?;
        at_work.stop().await;
        assert_eq!(applied(b.store(), "b", "a").await?, once(0..appended), "{:?}", place.dialect());
        let expected = Standing { sequence: appended, applied: appended, parked: 0 };
        assert_eq!(standing(b.store(), "b", "a").await?, expected);
        // What was concluded came with the effect, and so once too.
        let head = b.head().await?;
        let mut frames = tail(&serve(JournalApi::default().with_journal(b.clone())), &b, Vec::new(), 0).await;
        let mut concluded: Vec<i64> = read_through(&mut frames, head).await.iter().map(number).collect();
        concluded.sort_unstable();
        assert_eq!(concluded, (0..appended).filter_map(conclusion).collect::<Vec<_>>());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_database_is_tried_again_and_nothing_parks() -> Result<(), StoreError> {
    for place in places() {
        let (a, b) = (journal(&place, "a").await?, journal(&place, "b").await?);
        append_numbers(&a, 0..50).await?;
        let left = Arc::new(AtomicI64::new(3));
        let failures = left.clone();
        let tally = Tally::new("b", FOLLOW_A).with_rule(move |_, number| {
            let fails = number == 30 && failures.fetch_sub(1, Ordering::SeqCst) > 0;
            if fails { Act::Fail } else { Act::Apply }
        });
        let at_work = AtWork::start(&Following::open(config(b.store(), Some(&b), source(&a), 1), tally).await?);
        let expected = Standing { sequence: 50, applied: 50, parked: 0 };
        until("all is applied", || async { Ok(standing(b.store(), "b", "a").await? == expected) }).await?;
        at_work.stop().await;
        assert!(left.load(Ordering::SeqCst) < 0, "it failed three times");
        assert_eq!(applied(b.store(), "b", "a").await?, once(0..50));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_ranges_come_along_and_a_range_gets_only_its_own() -> Result<(), StoreError> {
    for place in places() {
        let (a, b) = (journal(&place, "a").await?, journal(&place, "b").await?);
        let foreign = Arc::new(AtomicI64::new(0));
        let count = foreign.clone();
        let tally = Tally::new("b", FOLLOW_A).with_rule(move |batch, number| {
            count.fetch_add(i64::from(!batch.owns(crate::stage::record(number))), Ordering::SeqCst);
            Act::Apply
        });
        let at_work = AtWork::start(&Following::open(config(b.store(), Some(&b), source(&a), 16), tally).await?);
        for number in 0..5 {
            append_numbers(&a, number..number + 1).await?;
        }
        // Stored as well, though for most ranges nothing happened.
        until("all ranges came along", || async { Ok(standing(b.store(), "b", "a").await?.sequence == 5) }).await?;
        at_work.stop().await;
        assert_eq!(applied(b.store(), "b", "a").await?, once(0..5));
        assert_eq!(foreign.load(Ordering::SeqCst), 0);
    }
    Ok(())
}

/// However it was restored: nobody was stopped for it, and nobody starts anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_is_restored_under_its_process_stops_the_follower_too() -> Result<(), StoreError> {
    for place in places() {
        let (a, b) = (journal(&place, "a").await?, journal(&place, "b").await?);
        append_numbers(&a, 0..5).await?;
        let following = Following::open(config(b.store(), None, source(&a), 2), Tally::new("b", FOLLOW_A)).await?;
        let peer = serve(JournalApi::default().with_projection(&following));
        let at_work = AtWork::start(&following);
        until("all is applied", || async { Ok(standing(b.store(), "b", "a").await?.sequence == 5) }).await?;
        let before = a.epoch();
        // Three entries are gone.
        let tx = a.store().begin().await?;
        tx.execute("DELETE FROM journal_entry WHERE sequence > 2", vec![]).await?;
        tx.execute("UPDATE journal_head SET next = 3", vec![]).await?;
        tx.commit().await?;
        Journal::renew_epoch(a.store(), &tenure_kernel::RandomIds::default()).await?;
        append_numbers(&a, 5..9).await?;
        assert_ne!(a.epoch(), before, "who appends notices at once, so that tokens name the right epoch");
        until("both ranges raise an alarm", || async {
            let followers = crate::stage::client(&peer).list_followers(pb::ListFollowersRequest::default()).await;
            let followers = followers.unwrap().into_inner().followers;
            Ok(followers.iter().all(|follower| follower.alarm == "JOURNAL_EPOCH_CHANGED"))
        })
        .await?;
        let request = pb::RebuildProjectionRequest { projection: "b".to_owned() };
        crate::stage::client(&peer).rebuild_projection(request).await.unwrap();
        let left = || once((0..2).chain(5..9));
        until("all is applied", || async { Ok(applied(b.store(), "b", "a").await? == left()) }).await?;
        at_work.stop().await;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_journal_stops_the_follower_with_an_alarm() -> Result<(), StoreError> {
    for place in places() {
        let (a, b) = (journal(&place, "a").await?, journal(&place, "b").await?);
        append_numbers(&a, 0..5).await?;
        let following = Following::open(config(b.store(), None, source(&a), 2), Tally::new("b", FOLLOW_A)).await?;
        let at_work = AtWork::start(&following);
        until("all is applied", || async { Ok(standing(b.store(), "b", "a").await?.sequence == 5) }).await?;
        at_work.stop().await;
        Journal::renew_epoch(a.store(), &tenure_kernel::RandomIds::default()).await?;
        let a = journal(&place, "a").await?;
        append_numbers(&a, 5..9).await?;
        let following = Following::open(config(b.store(), None, source(&a), 2), Tally::new("b", FOLLOW_A)).await?;
        let peer = serve(JournalApi::default().with_projection(&following));
        let at_work = AtWork::start(&following);
        until("both ranges raise an alarm", || async {
            let followers = crate::stage::client(&peer).list_followers(pb::ListFollowersRequest::default()).await;
            let followers = followers.unwrap().into_inner().followers;
            Ok(followers.iter().all(|follower| follower.alarm == "JOURNAL_EPOCH_CHANGED"))
        })
        .await?;
        assert_eq!(applied(b.store(), "b", "a").await?, once(0..5));
        // Only a rebuild mends it.
        crate::stage::client(&peer)
            .rebuild_projection(pb::RebuildProjectionRequest { projection: "b".to_owned() })
            .await
            .unwrap();
        until("all is applied", || async { Ok(applied(b.store(), "b", "a").await? == once(0..9)) }).await?;
        append_numbers(&a, 9..10).await?;
        until("it follows on", || async { Ok(applied(b.store(), "b", "a").await? == once(0..10)) }).await?;
        at_work.stop().await;
    }
    Ok(())
}
