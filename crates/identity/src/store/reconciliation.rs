//! Every record that there is or that belongs to someone, tenant by tenant.

use std::collections::BTreeSet;

use tenure_kernel::RecordId;
use tenure_store::{Query, StoreError, Tx, Value};

use super::Place;

/// The next tenant by name that may have records.
pub(crate) async fn tenant_after(tx: &Tx, tenant: &str) -> Result<Option<String>, StoreError> {
    let sql = "SELECT MIN(tenant) FROM (
            SELECT MIN(tenant) AS tenant FROM source_record WHERE tenant > ?
            UNION ALL SELECT MIN(tenant) FROM membership WHERE tenant > ?) AS next";
    let row = tx.first(sql, vec![tenant.into(), tenant.into()]).await?;
    row.map_or(Ok(None), |row| row.get(0))
}

/// The records behind one that are in the generation or have a membership, the first of them by id.
pub(crate) async fn records_after(
    tx: &Tx,
    place: Place<'_>,
    after: &[u8],
    limit: i64,
) -> Result<BTreeSet<RecordId>, StoreError> {
    let sql = "SELECT record_id FROM (SELECT record_id FROM source_record
                 WHERE tenant = ? AND generation = ? AND record_id > ? ORDER BY record_id LIMIT ?) AS known
               UNION SELECT record_id FROM (SELECT record_id FROM membership
                 WHERE tenant = ? AND record_id > ? ORDER BY record_id LIMIT ?) AS belonging
               ORDER BY record_id LIMIT ?";
    let (after, limit): (Value, Value) = (after.to_vec().into(), limit.into());
    let mut values = place.values();
    values.extend([after.clone(), limit.clone(), place.tenant.as_str().into(), after, limit.clone(), limit]);
    tx.all(sql, values).await?.iter().map(|row| row.id(0).map(RecordId)).collect()
}
