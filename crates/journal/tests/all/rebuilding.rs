//! A new generation is built while the old one serves.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

use tenure_journal::{Following, Journal, JournalApi};
use tenure_kernel::Reason;
use tenure_proto::journal::v1 as pb;
use tenure_server::Peer;
use tenure_store::{Query, Store, StoreError};

use crate::{
    stage::{
        AtWork, append_numbers, client, config, journal, number, places, read_through, serve, source, tail, until,
    },
    tailing::reason,
    tally::{Act, FOLLOW_A, Standing, Tally, applied, conclusion, once, standing},
};

pub(crate) async fn rebuild(peer: &Peer) -> Result<i32, String> {
    let request = pb::RebuildProjectionRequest { projection: "b".to_owned() };
    let answer = client(peer).rebuild_projection(request).await;
    answer.map(|answer| answer.into_inner().generation).map_err(|status| reason(&status))
}

/// The generations that are read and built, and those that left rows.
pub(crate) async fn generations(store: &Store) -> Result<(i64, i64, Vec<i64>), StoreError> {
    let row = store.first("SELECT active, building FROM projection WHERE name = 'b'", vec![]).await?.expect("a row");
    let sql = "SELECT generation FROM tally UNION SELECT generation FROM checkpoint UNION
               SELECT generation FROM parked ORDER BY 1";
    let rows = store.all(sql, vec![]).await?;
    let left = rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
    Ok((row.get(0)?, row.get(1)?, left))
}

pub(crate) async fn conclusions(peer: &Peer, b: &Journal) -> Result<Vec<i64>, StoreError> {
    let mut frames = tail(peer, b, Vec::new(), 0).await;
    let mut concluded: Vec<i64> = read_through(&mut frames, b.head().await?).await.iter().map(number).collect();
    concluded.sort_unstable();
    Ok(concluded)
}

/// What holds a new generation up at a number: not in a transaction, for SQLite has one writer.
#[derive(Clone)]
struct Barrier {
    number: i64,
    reached: Arc<AtomicBool>,
    open: Arc<AtomicBool>,
}

impl Barrier {
    fn at(number: i64) -> Self {
        Self { number, reached: Arc::default(), open: Arc::default() }
    }

    /// A projection that it stands before. It refuses 77.
    fn tally(&self) -> Tally {
        let barrier = self.clone();
        Tally::new("b", FOLLOW_A).with_rule(move |batch, number| {
            if batch.building && number == barrier.number && !barrier.open.load(Ordering::SeqCst) {
                barrier.reached.store(true, Ordering::SeqCst);
                return Act::Fail;
            }
            if number == 77 { Act::Park } else { Act::Apply }
        })
    }

    async fn reached(&self) -> Result<(), StoreError> {
        until("the new generation is held up", || async { Ok(self.reached.load(Ordering::SeqCst)) }).await
    }

    fn open(&self) {
        self.open.store(true, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn swaps_in_while_writes_go_on_and_reads_never_see_less() -> Result<(), StoreError> {
    for place in places() {
        let (a, b) = (journal(&place, "a").await?, journal(&place, "b").await?);
        append_numbers(&a, 0..1_300).await?;
        let gate = Barrier::at(50);
        let following = Following::open(config(b.store(), Some(&b), source(&a), 2), gate.tally()).await?;
        let peer = serve(JournalApi::default().with_projection(&following));
        let at_work = AtWork::start(&following);
        until("the first is applied", || async { Ok(standing(b.store(), "b", "a").await?.sequence == 1_300) }).await?;

        let (done, end) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicI64::new(0)));
        let writer = tokio::spawn({
            let (a, done, end) = (a.clone(), done.clone(), end.clone());
            async move {
                let mut number = 1_300;
                while !done.load(Ordering::SeqCst) {
                    append_numbers(&a, number..number + 3).await?;
                    number += 3;
                }
                end.store(number, Ordering::SeqCst);
                Ok::<_, StoreError>(())
            }
        });
        let reader = tokio::spawn({
            let (store, done) = (b.store().clone(), done.clone());
            async move {
                let mut most = 0;
                while !done.load(Ordering::SeqCst) {
                    let now = applied(&store, "b", "a").await?.len();
                    assert!(now >= most, "{now} after {most}");
                    most = now;
                }
                Ok::<_, StoreError>(())
            }
        });
        assert_eq!(rebuild(&peer).await, Ok(2));
        gate.reached().await?;
        assert_eq!(rebuild(&peer).await, Err(Reason::RebuildRunning.as_str().to_owned()));
        assert_eq!(generations(b.store()).await?.0, 1);
        gate.open();
        until("swapped", || async { Ok(generations(b.store()).await? == (2, 0, vec![2])) }).await?;
        done.store(true, Ordering::SeqCst);
        writer.await.unwrap()?;
        reader.await.unwrap()?;
        let end = end.load(Ordering::SeqCst);
        let expected = Standing { sequence: end, applied: end - 1, parked: 1 };
        until("all is applied", || async { Ok(standing(b.store(), "b", "a").await? == expected) }).await?;
        at_work.stop().await;
        let fine = || (0..end).filter(|number| *number != 77);
        assert_eq!(applied(b.store(), "b", "a").await?, once(fine()), "{:?}", place.dialect());
        // Neither generation concluded what the other did, and none was left out at the swap.
        assert_eq!(conclusions(&peer, &b).await?, fine().filter_map(conclusion).collect::<Vec<_>>());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn goes_on_after_a_restart_and_is_given_up_when_it_stopped() -> Result<(), StoreError> {
    for place in places() {
        let (a, b) = (journal(&place, "a").await?, journal(&place, "b").await?);
        append_numbers(&a, 0..100).await?;
        let open = async |a: &Journal, tally: Tally| {
            let following = Following::open(config(b.store(), Some(&b), source(a), 1), tally).await?;
            let peer = serve(JournalApi::default().with_projection(&following));
            Ok::<_, StoreError>((AtWork::start(&following), peer))
        };
        let gate = Barrier::at(50);
        let (at_work, peer) = open(&a, gate.tally()).await?;
        until("applied", || async { Ok(standing(b.store(), "b", "a").await?.sequence == 100) }).await?;
        assert_eq!(rebuild(&peer).await, Ok(2));
        gate.reached().await?;
        at_work.stop().await;

        let gate = Barrier::at(50);
        let (at_work, peer) = open(&a, gate.tally()).await?;
        gate.reached().await?;
        assert_eq!(rebuild(&peer).await, Err(Reason::RebuildRunning.as_str().to_owned()), "it goes on by itself");
        gate.open();
        until("swapped", || async { Ok(generations(b.store()).await? == (2, 0, vec![2])) }).await?;

        // The fourth generation has begun when the journal is restored: it can only be given up.
        assert_eq!(rebuild(&peer).await, Ok(3));
        until("swapped", || async { Ok(generations(b.store()).await? == (3, 0, vec![3])) }).await?;
        at_work.stop().await;
        let gate = Barrier::at(50);
        let (at_work, peer) = open(&a, gate.tally()).await?;
        assert_eq!(rebuild(&peer).await, Ok(4));
        gate.reached().await?;
        append_numbers(&a, 100..200).await?;
        at_work.stop().await;
        Journal::renew_epoch(a.store(), &tenure_kernel::RandomIds::default()).await?;
        let a = journal(&place, "a").await?;
        let (at_work, peer) = open(&a, Tally::new("b", FOLLOW_A)).await?;
        until("the new generation is given up", || async { Ok(rebuild(&peer).await == Ok(5)) }).await?;
        until("swapped", || async { Ok(generations(b.store()).await? == (5, 0, vec![5])) }).await?;
        at_work.stop().await;
        assert_eq!(applied(b.store(), "b", "a").await?, once(0..200));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_a_generation_go_a_slice_at_a_time() -> Result<(), StoreError> {
    for place in places() {
        let store = journal(&place, "a").await?.store().clone();
        let sql = "CREATE TABLE line (tenant TEXT NOT NULL, generation BIGINT NOT NULL, one BIGINT NOT NULL,
            other BIGINT NOT NULL, PRIMARY KEY (tenant, generation, one, other))";
        let tx = store.begin().await?;
        tx.execute(sql, vec![]).await?;
        for (tenant, generation, rows) in [("a", 1_i64, 25_i64), ("a", 2, 40), ("b", 2, 3), ("c", 1, 9), ("d", 1, 1)] {
            for row in 0..rows {
                let values = vec![tenant.into(), generation.into(), (row / 7).into(), (row % 7).into()];
                tx.execute("INSERT INTO line VALUES (?, ?, ?, ?)", values).await?;
            }
        }
        let left = async || {
            let sql = "SELECT COUNT(*), CAST(SUM(CASE generation WHEN 1 THEN 1 ELSE 0 END) AS BIGINT) FROM line";
            let row = tx.first(sql, vec![]).await?.expect("a row");
            Ok::<(i64, i64), StoreError>((row.get(0)?, row.get(1)?))
        };
        let mut counts = vec![left().await?];
        while tenure_journal::discard_rows(&tx, &["line"], 1, 10).await? {
            counts.push(left().await?);
        }
        assert_eq!(counts, [(78, 35), (68, 25), (58, 15), (48, 5)], "{:?}", place.dialect());
        assert_eq!(left().await?, (43, 0));
        tx.commit().await?;
    }
    Ok(())
}
