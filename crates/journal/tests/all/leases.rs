//! Replicas that share a projection, on PostgreSQL: SQLite has one process.

use std::{collections::BTreeMap, sync::Arc};

use tenure_journal::{FollowConfig, Following, Journal, JournalApi};
use tenure_kernel::{RandomIds, Timestamp, clock::SetClock};
use tenure_store::{Query, Store, StoreError, testing::TestPlace};

use crate::{
    stage::{
        AtWork, NOON, Tables, append_numbers, config, journal, number, postgres, read_through, serve, source,
        still_clock, tail, until,
    },
    tally::{Act, FOLLOW_A, Standing, Tally, applied, conclusion, once, standing},
};

/// A replica with connections of its own.
pub(crate) async fn replica(
    place: &TestPlace,
    a: &Journal,
    clock: &Arc<SetClock>,
    tally: Tally,
) -> Result<Following<Tally>, StoreError> {
    let store = place.open::<Tables>("b").await;
    let b = Journal::open("b", store.clone(), &RandomIds::default()).await?;
    let config = FollowConfig { clock: clock.clone(), ..config(&store, Some(&b), source(a), 4) };
    Following::open(config, tally).await
}

/// How many ranges each holds whose lease has not run out.
pub(crate) async fn holders(store: &Store, now: Timestamp) -> Result<BTreeMap<Vec<u8>, usize>, StoreError> {
    let mut holders = BTreeMap::new();
    let sql = "SELECT holder FROM lease WHERE projection = 'b' AND expires_at >= ?";
    for row in store.all(sql, vec![now.0.into()]).await? {
        *holders.entry(row.get(0)?).or_default() += 1;
    }
    Ok(holders)
}

async fn held(store: &Store, now: Timestamp) -> Result<Vec<usize>, StoreError> {
    let mut held: Vec<usize> = holders(store, now).await?.into_values().collect();
    held.sort_unstable();
    Ok(held)
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_share_the_ranges_and_take_over_from_the_dead() -> Result<(), StoreError> {
    let Some(place) = postgres() else { return Ok(()) };
    let (a, b) = (journal(&place, "a").await?, journal(&place, "b").await?);
    let clock = still_clock();
    let dies = Tally::new("b", FOLLOW_A).with_rule(|_, number| if number == 150 { Act::Hang } else { Act::Apply });
    let first = AtWork::start(&replica(&place, &a, &clock, dies.clone()).await?);
    until("one holds all", || async { Ok(held(b.store(), NOON).await? == [4]) }).await?;
    let second = AtWork::start(&replica(&place, &a, &clock, dies.clone()).await?);
    until("each holds half", || async { Ok(held(b.store(), NOON).await? == [2, 2]) }).await?;
    for begin in (0..100).step_by(10) {
        append_numbers(&a, begin..begin + 10).await?;
    }
    until("both apply", || async { Ok(standing(b.store(), "b", "a").await?.applied == 100) }).await?;
    // One of them hangs at 150 in the middle of its transaction; both die, so it is among them.
    append_numbers(&a, 100..200).await?;
    until("most is applied", || async { Ok(applied(b.store(), "b", "a").await?.len() >= 130) }).await?;
    first.kill().await;
    let third = AtWork::start(&replica(&place, &a, &clock, Tally::new("b", FOLLOW_A)).await?);
    second.kill().await;
    assert!(standing(b.store(), "b", "a").await?.applied < 200, "150 is missing");
    let later = NOON.plus(std::time::Duration::from_secs(7));
    clock.set(later);
    until("the third holds all", || async { Ok(held(b.store(), later).await? == [4]) }).await?;
    append_numbers(&a, 200..210).await?;
    let expected = Standing { sequence: 210, applied: 210, parked: 0 };
    until("it applies all", || async { Ok(standing(b.store(), "b", "a").await? == expected) }).await?;
    third.stop().await;
    assert!(held(b.store(), later).await?.is_empty(), "it gave its leases up");
    assert_eq!(applied(b.store(), "b", "a").await?, once(0..210));
    let peer = serve(JournalApi::default().with_journal(b.clone()));
    let mut frames = tail(&peer, &b, Vec::new(), 0).await;
    let mut concluded: Vec<i64> = read_through(&mut frames, b.head().await?).await.iter().map(number).collect();
    concluded.sort_unstable();
    assert_eq!(concluded, (0..210).filter_map(conclusion).collect::<Vec<_>>());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_that_did_not_notice_its_loss_writes_nothing() -> Result<(), StoreError> {
    let Some(place) = postgres() else { return Ok(()) };
    let (a, b) = (journal(&place, "a").await?, journal(&place, "b").await?);
    let clock = still_clock();
    let tally = Tally::new("b", FOLLOW_A).with_rule(|_, number| if number == 5 { Act::Wait } else { Act::Apply });
    let gate = tally.gate.clone();
    append_numbers(&a, 0..40).await?;
    let at_work = AtWork::start(&replica(&place, &a, &clock, tally).await?);
    gate.reached().await;
    // Another takes over, as far as the table says, and gives up again.
    let tx = b.store().begin().await?;
    tx.execute("UPDATE lease SET holder = ?, epoch = epoch + 1, expires_at = 0", vec![vec![9_u8; 16].into()]).await?;
    tx.execute("UPDATE checkpoint SET lease_epoch = lease_epoch + 1", vec![]).await?;
    tx.commit().await?;
    gate.open();
    // So the same batch is applied again under the lease after that.
    gate.reached().await;
    let expected = Standing { sequence: 40, applied: 40, parked: 0 };
    until("it applies all", || async { Ok(standing(b.store(), "b", "a").await? == expected) }).await?;
    at_work.stop().await;
    assert_eq!(applied(b.store(), "b", "a").await?, once(0..40));
    assert_eq!(b.head().await?, (0..40).filter_map(conclusion).count() as i64);
    Ok(())
}
