//! After a swap: what follows from the new generation, and neither generation concluded, is concluded.
//!
//! Nothing is concluded while a generation is built, for its facts are not complete. That is right for every entry from which
//! the generation before concluded, and wrong for those that it had parked or, stopped by an alarm, never reached. So after each
//! swap the projection goes over the new generation once, page by page.
//!
//! Following goes on beside it: a large base takes long, and what comes in meanwhile is concluded from complete facts whichever
//! of the two gets there first. Only a read that must have seen a write waits until the end, and only if the generation before
//! had stopped: such reads have waited since then.

use std::{collections::BTreeMap, panic::AssertUnwindSafe};

use futures::FutureExt;
use tenure_store::{Query, StoreError, Tx, Value};

use super::{
    lease,
    projection::{Projection, Reconciled},
    supervisor::Following,
};

/// The range whose holder does it, and swaps.
pub(super) const RANGE: u16 = 0;

/// What stands in `projection.reconciling` while something may not be concluded yet; 0 when all is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reconciling {
    /// The generation before followed to the end.
    Owed = 1,
    /// It had stopped: until all is concluded, nothing counts as followed.
    Awaited = 2,
}

impl From<Reconciling> for Value {
    fn from(reconciling: Reconciling) -> Self {
        (reconciling as i64).into()
    }
}

impl<P: Projection> Following<P> {
    /// Concludes from the next page of the active generation, if that is for us to do. Answers whether to go on soon.
    pub(super) async fn reconcile(&self, active: i64, leases: &BTreeMap<u16, i64>) -> Result<bool, StoreError> {
        let Some(epoch) = leases.get(&RANGE) else { return Ok(false) };
        let _turn = self.shared.turns.acquire().await;
        let tx = self.store().begin().await?;
        let after = match lease::confirm(&tx, &self.claimant(), i64::from(RANGE), *epoch).await? {
            true => self.reconciled(&tx, active).await?,
            false => None,
        };
        let Some(after) = after else {
            tx.rollback().await?;
            return Ok(false);
        };
        let page = AssertUnwindSafe(self.shared.projection.reconcile(&tx, active, &after)).catch_unwind();
        let Ok(page) = page.await else {
            tracing::error!(projection = self.name(), "reconciling panicked; trying again");
            tx.rollback().await?;
            return Ok(false);
        };
        let Reconciled { drafts, effect, next } = page?;
        if !self.go_on(&tx, active, &after, next.as_deref()).await? {
            tx.rollback().await?;
            return Ok(false);
        }
        let concluded = drafts.len();
        match &self.shared.journal {
            Some(journal) if concluded > 0 => journal.commit(tx, drafts).await.map(|_| ())?,
            _ => tx.commit().await?,
        }
        if concluded > 0 {
            tracing::info!(projection = self.name(), concluded, "concluded what was left out before the rebuild");
        }
        self.shared.committed(effect);
        Ok(next.is_some())
    }

    /// Through where the active generation is reconciled; `None` when there is nothing more to do.
    async fn reconciled(&self, tx: &Tx, active: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT reconciled FROM projection WHERE name = ? AND active = ? AND reconciling <> 0";
        let row = tx.first(sql, vec![self.name().into(), active.into()]).await?;
        row.map(|row| row.get(0)).transpose()
    }

    /// Moves on. Answers whether the generation is still read and nobody else was quicker; if not, roll back.
    async fn go_on(&self, tx: &Tx, active: i64, after: &[u8], next: Option<&[u8]>) -> Result<bool, StoreError> {
        let sql = "UPDATE projection SET reconciled = ?, reconciling = CASE WHEN ? = 1 THEN reconciling ELSE 0 END
            WHERE name = ? AND active = ? AND reconciling <> 0 AND reconciled = ?";
        let values = vec![
            next.unwrap_or_default().to_vec().into(),
            i64::from(next.is_some()).into(),
            self.name().into(),
            active.into(),
            after.to_vec().into(),
        ];
        Ok(tx.execute(sql, values).await? == 1)
    }
}
