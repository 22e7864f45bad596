//! Items in quarantine about records, for an export or an erasure.

use std::collections::HashSet;

use tenure_kernel::{QuarantineId, RecordId, Tenant, Timestamp, Violation};
use tenure_store::{Query, Row, StoreError, Tx};

use super::{OPEN, Place, bytes, decode};

/// The items in quarantine about records, oldest first, behind a place: where each is, and how large.
pub(crate) async fn about(
    query: &impl Query,
    tenant: &Tenant,
    records: &[RecordId],
    after: Place,
    limit: usize,
) -> Result<Vec<(Place, usize)>, StoreError> {
    let sql = format!(
        "SELECT DISTINCT q.received_at, q.quarantine_id, CAST(length(q.sealed) AS BIGINT) FROM quarantine_subject s
         JOIN quarantine q ON q.tenant = s.tenant AND q.quarantine_id = s.quarantine_id
         WHERE s.tenant = ? AND q.state = ? AND (q.received_at, q.quarantine_id) > (?, ?) AND s.record_id {{keys}}
         ORDER BY 1, 2 LIMIT {limit}"
    );
    let values = vec![tenant.as_str().into(), OPEN.into(), after.0.0.into(), after.1.0.to_vec().into()];
    let keys = records.iter().map(|record| record.0.to_vec()).collect();
    let rows = query.by_keys(&sql, values, keys).await?;
    let place = |row: &Row| Ok(((Timestamp(row.get(0)?), QuarantineId(row.id(1)?)), bytes(row, 2)?));
    let places: Result<Vec<_>, StoreError> = rows.iter().map(place).collect();
    // A long list of keys is asked for in parts.
    let mut places = places?;
    places.sort_unstable();
    places.dedup();
    places.truncate(limit);
    Ok(places)
}

/// Some of the items in quarantine about records, up to `limit`; empty when there are none.
pub(crate) async fn some_about(
    query: &impl Query,
    tenant: &Tenant,
    records: &[RecordId],
    limit: usize,
) -> Result<Vec<QuarantineId>, StoreError> {
    let sql = format!(
        "SELECT DISTINCT quarantine_id FROM quarantine_subject WHERE tenant = ? AND record_id {{keys}} LIMIT {limit}"
    );
    let keys = records.iter().map(|record| record.0.to_vec()).collect();
    let rows = query.by_keys(&sql, vec![tenant.as_str().into()], keys).await?;
    let ids: Result<HashSet<_>, _> = rows.iter().map(|row| row.id(0).map(QuarantineId)).collect();
    Ok(ids?.into_iter().take(limit).collect())
}

/// Holds those of some items that are in quarantine until the end of the transaction: the source and the violations of each.
pub(crate) async fn hold_all(
    tx: &Tx,
    tenant: &Tenant,
    ids: &[QuarantineId],
) -> Result<Vec<(QuarantineId, String, Vec<Violation>)>, StoreError> {
    let sql = "UPDATE quarantine SET state = state WHERE tenant = ? AND state = ? AND quarantine_id {keys}
               RETURNING quarantine_id, source, violations";
    let keys = ids.iter().map(|id| id.0.to_vec()).collect();
    let rows = tx.by_keys(sql, vec![tenant.as_str().into(), OPEN.into()], keys).await?;
    let unreadable = |_| StoreError::Row("quarantine".to_owned());
    let held = |row: &Row| {
        let violations = decode(&row.get::<Vec<u8>>(2)?).map_err(unreadable)?;
        Ok((QuarantineId(row.id(0)?), row.get(1)?, violations))
    };
    rows.iter().map(held).collect()
}
