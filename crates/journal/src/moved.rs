//! Filling a database from another: until all is there the journal's head says so, and no process opens it.

use tenure_store::{Query, Store, StoreError, Tx};

use crate::Journal;

/// What stands in `journal_head.next` meanwhile; sequences begin at 1.
const BARRED: i64 = 0;

impl Journal {
    /// Bars a database in which nothing happened yet, before it is filled. It knows no positions any more.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn bar(store: &Store) -> Result<(), StoreError> {
        let tx = store.begin().await?;
        set_head(&tx, [0; 16], BARRED).await?;
        for sql in ["DELETE FROM projection", "DELETE FROM checkpoint"] {
            tx.execute(sql, vec![]).await?;
        }
        tx.commit().await
    }

    /// Whether a database is barred.
    ///
    /// # Errors
    /// When it can't be reached.
    pub async fn is_barred(store: &Store) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM journal_head WHERE id = 1 AND next = ?";
        Ok(store.first(sql, vec![BARRED.into()]).await?.is_some())
    }

    /// Opens a database that is filled: its journal goes on in the epoch and at the sequence that it had; without them, it begins.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn admit(store: &Store, head: Option<([u8; 16], i64)>) -> Result<(), StoreError> {
        let tx = store.begin().await?;
        match head {
            Some((epoch, next)) => set_head(&tx, epoch, next).await?,
            None => tx.execute("DELETE FROM journal_head", vec![]).await.map(|_| ())?,
        }
        tx.commit().await
    }
}

async fn set_head(tx: &Tx, epoch: [u8; 16], next: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO journal_head (id, epoch, next) VALUES (1, ?, ?)
               ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, next = excluded.next";
    tx.execute(sql, vec![epoch.to_vec().into(), next.into()]).await.map(|_| ())
}

/// Why a barred database is not opened.
pub(crate) fn cut_off(name: &str) -> StoreError {
    StoreError::Place(format!(
        "{name}: an import into this database was cut off; make the databases anew, and import again"
    ))
}
