//! After a rebuild: goes over all records, for the person of some follows from the new generation and was never concluded.

use tenure_kernel::{RecordId, Tenant};
use tenure_store::{StoreError, Tx};

use super::{lock, settle::Touched};
use crate::store::{Place, reconciliation, record};

/// Records a page: about as many as a follower's batch touches.
const PAGE: i64 = 500;

/// Some of a tenant's records, by id.
pub(crate) struct Page {
    /// The tenant, whose lock is held.
    pub(crate) tenant: Tenant,
    /// What to settle. A record without facts that was not erased stays, as one that nothing links any more: its membership's
    /// versions go on when it is seen again.
    pub(crate) touched: Touched,
    /// Where the next page goes on.
    pub(crate) end: Vec<u8>,
}

/// The page behind the end of another, or the first; none when there are no more records.
pub(crate) async fn page(tx: &Tx, generation: i64, after: &[u8]) -> Result<Option<Page>, StoreError> {
    let (tenant, mut record) = after.split_at(after.iter().position(|byte| *byte == 0).unwrap_or(after.len()));
    let mut tenant = String::from_utf8_lossy(tenant).into_owned();
    loop {
        if !tenant.is_empty()
            && let Some(page) = page_of(tx, &tenant, generation, record.get(1..).unwrap_or_default()).await?
        {
            return Ok(Some(page));
        }
        // In the order of their names, as everyone locks them.
        let Some(next) = reconciliation::tenant_after(tx, &tenant).await? else { return Ok(None) };
        (tenant, record) = (next, &[]);
    }
}

async fn page_of(tx: &Tx, tenant: &str, generation: i64, after: &[u8]) -> Result<Option<Page>, StoreError> {
    let tenant: Tenant = tenant.parse().map_err(|_| StoreError::Row("projection.reconciled".to_owned()))?;
    // First, so that no record is erased between the look at it and its settling.
    lock(tx, &tenant).await?;
    let place = Place { tenant: &tenant, generation };
    let records = reconciliation::records_after(tx, place, after, PAGE).await?;
    let Some(RecordId(last)) = records.last().copied() else { return Ok(None) };
    let gone = record::erased(tx, place, &records).await?;
    let end = [tenant.as_str().as_bytes(), &[0], &last].concat();
    Ok(Some(Page { tenant, touched: Touched { records, gone }, end }))
}
