//! A database that is filled with one tenant's rows of another.

use tenure_journal::{Journal, JournalApi};
use tenure_kernel::RandomIds;
use tenure_store::{Query, StoreError, Value};

use crate::stage::{Tables, append_numbers, journal, number, places, read_through, serve, tail};

#[tokio::test(flavor = "multi_thread")]
async fn a_database_is_barred_until_it_is_filled_and_goes_on_where_the_journal_was() -> Result<(), StoreError> {
    for place in places() {
        let store = place.open::<Tables>("a").await;
        let none = || Value::from(Vec::<u8>::new());
        let tx = store.begin().await?;
        let sql = "INSERT INTO projection (name, ranges, active, building, reconciling, reconciled) VALUES ('a', 1, 1, 0, 0, ?)";
        tx.execute(sql, vec![none()]).await?;
        let sql =
            "INSERT INTO checkpoint (projection, generation, journal, range_index, epoch, sequence, inputs, applied,
                parked, caught_up, lease_epoch, alarm) VALUES ('a', 1, 'b', 0, ?, 0, ?, 0, 0, 0, 0, '')";
        tx.execute(sql, vec![none(), none()]).await?;
        tx.commit().await?;
        Journal::bar(&store).await?;
        assert!(Journal::is_barred(&store).await?);
        for table in ["projection", "checkpoint"] {
            assert!(store.first(&format!("SELECT 1 FROM {table}"), vec![]).await?.is_none(), "{table}");
        }
        let refused = journal(&place, "a").await.expect_err("barred").to_string();
        assert!(refused.contains("a: an import into this database was cut off"), "{refused}");
        Journal::admit(&store, Some(([9; 16], 8))).await?;
        let moved = journal(&place, "a").await?;
        assert_eq!((moved.epoch(), moved.head().await?), ([9; 16], 7));
        assert_eq!(append_numbers(&moved, 0..1).await?, 8);

        Journal::bar(&store).await?;
        Journal::admit(&store, None).await?;
        assert!(!Journal::is_barred(&store).await?);
        assert_eq!(Journal::open("a", store, &RandomIds::default()).await?.head().await?, 0, "as new");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_without_the_entries_of_others_is_read_through_its_head() -> Result<(), StoreError> {
    for place in places() {
        let journal = journal(&place, "a").await?;
        append_numbers(&journal, 0..1_010).await?;
        let tx = journal.store().begin().await?;
        tx.execute("DELETE FROM journal_entry WHERE sequence IN (1, 4, 5, 1007, 1009, 1010)", vec![]).await?;
        tx.commit().await?;
        let peer = serve(JournalApi::default().with_journal(journal.clone()));
        let mut frames = tail(&peer, &journal, Vec::new(), 0).await;
        let numbers: Vec<i64> = read_through(&mut frames, 1_010).await.iter().map(number).collect();
        assert_eq!((&numbers[..3], numbers.last(), numbers.len()), (&[1, 2, 5][..], Some(&1_007), 1_004));
        let mut behind = tail(&peer, &journal, vec![0], 1_008).await;
        assert!(read_through(&mut behind, 1_010).await.is_empty());
        append_numbers(&journal, 1_010..1_011).await?;
        assert_eq!(read_through(&mut frames, 1_011).await.iter().map(number).collect::<Vec<_>>(), [1_010]);
    }
    Ok(())
}
