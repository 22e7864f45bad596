//! Reads that must have seen a write, directly and through a service in between.

use std::time::Duration;

use tenure_journal::{Follow, Following, Journal, JournalApi, ReadToken};
use tenure_kernel::Reason;
use tenure_store::{Store, StoreError, testing::TestPlace};
use tokio::time::Instant;

use crate::{
    stage::{AtWork, Tables, append, append_numbers, config, draft, journal, places, serve, source, source_of},
    tally::{Act, FOLLOW_A, Tally, applied, conclusion},
};

const FOLLOW_BOTH: &[Follow] = &[Follow { journal: "a", inputs: &[] }, Follow { journal: "b", inputs: &["a"] }];

/// a is followed by b, and both by c.
struct Chain {
    a: Journal,
    b: Following<Tally>,
    c: Following<Tally>,
    c_store: Store,
}

impl Chain {
    async fn open(place: &TestPlace, b_tally: Tally) -> Result<Self, StoreError> {
        let (a, b) = (journal(place, "a").await?, journal(place, "b").await?);
        let b = Following::open(config(b.store(), Some(&b), source(&a), 4), b_tally).await?;
        let c_store = place.open::<Tables>("c").await;
        let mut sources = source(&a);
        sources.extend(source_of("b", &serve(JournalApi::default().with_projection(&b))));
        let c = Following::open(config(&c_store, None, sources, 4), Tally::new("c", FOLLOW_BOTH)).await?;
        Ok(Self { a, b, c, c_store })
    }
}

fn soon(millis: u64) -> Option<Instant> {
    Some(Instant::now() + Duration::from_millis(millis))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_has_seen_the_write_and_all_that_was_concluded_from_it() -> Result<(), StoreError> {
    for place in places() {
        let chain = Chain::open(&place, Tally::new("b", FOLLOW_A)).await?;
        let (b, c) = (AtWork::start(&chain.b), AtWork::start(&chain.c));
        let mut number = 0;
        for write in 0..200 {
            let size = rand::random_range(1..4);
            // Now and then many to one record, so that most ranges hear of nothing.
            let drafts = (number..number + size).map(|one| if write % 3 == 0 { draft(one) } else { draft_to_one(one) });
            let last = append(&chain.a, drafts.collect()).await?;
            number += size;
            chain.c.read_after().wait(&chain.a.token(last), soon(20_000)).await.expect("in time");
            let direct = applied(&chain.c_store, "c", "a").await?;
            assert_eq!(direct.len() as i64, number, "{:?}: write {write}", place.dialect());
            let through = applied(&chain.c_store, "c", "b").await?;
            assert_eq!(
                through.len(),
                (0..number).filter_map(conclusion).count(),
                "{:?}: write {write}",
                place.dialect()
            );
        }
        b.stop().await;
        c.stop().await;
    }
    Ok(())
}

fn draft_to_one(number: i64) -> tenure_journal::Draft {
    crate::stage::draft_to(number, tenure_journal::Route::Records(vec![crate::stage::record(1)]))
}

#[tokio::test(flavor = "multi_thread")]
async fn says_how_far_it_is_when_time_runs_out() -> Result<(), StoreError> {
    for place in places() {
        // b waits before it applies, so c hears all of a and nothing that b makes of it.
        let held = Tally::new("b", FOLLOW_A).with_rule(|_, number| if number == 6 { Act::Wait } else { Act::Apply });
        let gate = held.gate.clone();
        let chain = Chain::open(&place, held).await?;
        let last = append_numbers(&chain.a, 0..7).await?;
        let token = chain.a.token(last);
        let refusal = chain.c.read_after().wait(&token, soon(200)).await.expect_err("nobody is at work");
        assert_eq!((refusal.reason, refusal.metadata["entries_behind"].as_str()), (Reason::Deadline, "7"));
        let (b, c) = (AtWork::start(&chain.b), AtWork::start(&chain.c));
        let direct =
            Following::open(config(&chain.c_store, None, source(&chain.a), 4), Tally::new("d", FOLLOW_A)).await?;
        let d = AtWork::start(&direct);
        direct.read_after().wait(&token, soon(20_000)).await.expect("it does not depend on b");
        gate.reached().await;
        let refusal = chain.c.read_after().wait(&token, soon(200)).await.expect_err("b has not come that far");
        assert_eq!(refusal.reason, Reason::Deadline);
        gate.open();
        chain.c.read_after().wait(&token, soon(20_000)).await.expect("in time");
        for at_work in [b, c, d] {
            at_work.stop().await;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_others_are_refused_and_none_or_ones_own_need_no_wait() -> Result<(), StoreError> {
    for place in places() {
        let chain = Chain::open(&place, Tally::new("b", FOLLOW_A)).await?;
        let read = chain.b.read_after();
        read.wait("", None).await.expect("no token");
        read.wait(&chain.b.journal().unwrap().token(1_000), None).await.expect("its own journal");
        let other = ReadToken { journal: "x".to_owned(), epoch: [1; 16], sequence: 1 }.encode();
        for token in [other.as_str(), "00", "no token"] {
            let refusal = read.wait(token, None).await.expect_err("refused");
            assert_eq!(refusal.reason, Reason::ReadTokenInvalid);
        }
        // Of another life of the journal: what it names may never come.
        let past = ReadToken { journal: "a".to_owned(), epoch: [1; 16], sequence: 3 }.encode();
        assert_eq!(read.wait(&past, soon(100)).await.expect_err("unknown epoch").reason, Reason::Deadline);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_holds_nothing_reads_after_as_well() -> Result<(), StoreError> {
    for place in places() {
        let chain = Chain::open(&place, Tally::new("b", FOLLOW_A)).await?;
        let idle_store = place.open::<Tables>("b").await;
        let idle = Following::open(config(&idle_store, None, source(&chain.a), 4), Tally::new("b", FOLLOW_A)).await?;
        let b = AtWork::start(&chain.b);
        for write in 0..6 {
            let last = append(&chain.a, vec![draft_to_one(write)]).await?;
            idle.read_after().wait(&chain.a.token(last), soon(20_000)).await.expect("in time");
            assert_eq!(applied(&idle_store, "b", "a").await?.len() as i64, write + 1);
        }
        b.stop().await;
    }
    Ok(())
}
