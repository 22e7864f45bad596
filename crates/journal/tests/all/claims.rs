//! A claim is good once: of those who decided by the same, one gets through, and of the others nothing is written.

use futures::future::join_all;
use tenure_journal::{Claim, Draft, Journal, Timer};
use tenure_kernel::Timestamp;
use tenure_store::{Insert, Kind, Query, StoreError};

use crate::{
    stage::{NOON, draft, entry_id, journal, places, tenant},
    timers::set,
};

const LATER: Timestamp = Timestamp(NOON.0 + 60_000_000);

/// The timer of a matter that is as it is told by a number.
fn timer(matter: u8) -> Timer {
    let kind = "test".to_owned();
    Timer { tenant: tenant(), id: entry_id(1).0, kind, partition: 0, due_at: LATER, payload: vec![matter] }
}

fn claim(matter: u8) -> Claim {
    Claim { tenant: tenant(), id: entry_id(1).0, payload: vec![matter], at: NOON }
}

fn row(id: i64) -> Insert {
    let mut insert = Insert::new("kept", &[("id", Kind::Int)]).on_conflict("(id) DO NOTHING");
    insert.row([id.into()]);
    insert
}

async fn commit(b: &Journal, claim: Claim, id: i64) -> Result<Option<i64>, StoreError> {
    let _turn = b.turn().await?;
    b.commit_claimed(&claim, row(id), vec![draft(id)]).await
}

/// What is there of rows and entries.
async fn written(b: &Journal) -> Result<(Vec<i64>, i64), StoreError> {
    let rows = b.store().all("SELECT id FROM kept ORDER BY id", vec![]).await?;
    Ok((rows.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?, b.head().await?))
}

async fn opened(place: &tenure_store::testing::TestPlace) -> Result<Journal, StoreError> {
    let b = journal(place, "b").await?;
    let tx = b.store().begin().await?;
    tx.execute("CREATE TABLE kept (id BIGINT PRIMARY KEY)", vec![]).await?;
    tx.commit().await?;
    Ok(b)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_with_the_same_claim_one_gets_through() -> Result<(), StoreError> {
    for place in places() {
        let b = opened(&place).await?;
        for round in 0..5 {
            set(&b, vec![timer(7)]).await?;
            let answers = join_all((0..8).map(|task| commit(&b, claim(7), round * 8 + task))).await;
            let through = answers.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect::<Vec<_>>();
            assert_eq!(through, [round + 1]);
            let (rows, head) = written(&b).await?;
            assert_eq!((rows.len() as i64, head), (round + 1, round + 1));
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_good_only_while_its_timer_stands_as_it_was_read() -> Result<(), StoreError> {
    for place in places() {
        let b = opened(&place).await?;
        assert_eq!(commit(&b, claim(7), 1).await?, None, "there is no timer");
        set(&b, vec![timer(8)]).await?;
        assert_eq!(commit(&b, claim(7), 2).await?, None, "of another matter");
        set(&b, vec![timer(7)]).await?;
        assert_eq!(commit(&b, Claim { at: LATER, ..claim(7) }, 3).await?, None, "due by now");
        assert_eq!(commit(&b, Claim { tenant: "other".parse().unwrap(), ..claim(7) }, 4).await?, None);
        assert_eq!(written(&b).await?, (vec![], 0));
        assert_eq!(commit(&b, claim(7), 5).await?, Some(1));
        assert_eq!(commit(&b, claim(7), 6).await?, None, "taken");
        // In a transaction it is taken when that commits.
        set(&b, vec![timer(7)]).await?;
        let tx = b.store().begin().await?;
        assert!(claim(7).take(&tx).await? && !claim(7).take(&tx).await?);
        tx.rollback().await?;
        assert_eq!(commit(&b, claim(7), 5).await?, None, "the row is there");
        set(&b, vec![timer(7)]).await?;
        assert_eq!(commit(&b, claim(7), 7).await?, Some(2));
        assert_eq!(written(&b).await?, (vec![5, 7], 2));
        let due = b.store().first("SELECT due_at FROM timer", vec![]).await?.expect("it stays");
        assert_eq!(due.get::<i64>(0)?, 0, "and is due at once");
    }
    Ok(())
}

/// What is given out in a statement that waits for another is as the other left it.
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_waits_for_who_changes_its_matter() -> Result<(), StoreError> {
    for place in places() {
        let b = opened(&place).await?;
        for (id, after) in [(1, timer(8)), (2, Timer { due_at: Timestamp(0), ..timer(7) })] {
            set(&b, vec![timer(7)]).await?;
            let tx = b.store().begin().await?;
            Timer::set(&tx, vec![after]).await?;
            let waits = tokio::spawn({
                let b = b.clone();
                async move { commit(&b, claim(7), id).await }
            });
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            assert!(!waits.is_finished());
            tx.commit().await?;
            assert_eq!(waits.await.expect("ended")?, None);
        }
        assert_eq!(written(&b).await?, (vec![], 0));
    }
    Ok(())
}

/// The entries of a claim carry what those of a transaction do.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_appended_by_a_claim_is_an_entry_like_others() -> Result<(), StoreError> {
    for place in places() {
        let b = opened(&place).await?;
        set(&b, vec![timer(7)]).await?;
        let drafts: Vec<Draft> =
            (1..=4).map(|number| Draft { traceparent: format!("00-{number}"), ..draft(number) }).collect();
        assert_eq!(b.commit_claimed(&claim(7), row(1), drafts[..2].to_vec()).await?, Some(2));
        let tx = b.store().begin().await?;
        assert_eq!(b.commit(tx, drafts[2..].to_vec()).await?, 4);
        let sql = "SELECT entry_id, tenant, partitions, type_name, revision, payload, traceparent, recorded_at
                   FROM journal_entry ORDER BY sequence /* whole */";
        let rows = b.store().all(sql, vec![]).await?;
        assert_eq!(rows.len(), drafts.len());
        for (row, draft) in rows.iter().zip(drafts) {
            let found = (row.id(0)?, row.get::<String>(1)?, row.get::<String>(3)?, row.get::<i64>(4)?);
            assert_eq!(found, (draft.id.0, draft.tenant.to_string(), draft.type_name, draft.revision.into()));
            let found = (row.get::<Vec<u8>>(5)?, row.get::<String>(6)?, row.get::<i64>(7)?);
            assert_eq!(found, (draft.payload, draft.traceparent, draft.recorded_at.0));
        }
        let partitions: Vec<Vec<u8>> = rows.iter().map(|row| row.get(2)).collect::<Result<_, _>>()?;
        assert!(partitions.iter().all(|one| one.len() == 1), "{partitions:?}");
    }
    Ok(())
}
