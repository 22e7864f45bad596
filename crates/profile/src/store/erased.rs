//! Records whose data was erased: nothing of them is taken in again.

use std::collections::BTreeSet;

use tenure_kernel::{RecordId, Tenant};
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use super::{ACTIVE, Place, keys, record};

const COLUMNS: &[(&str, Kind)] = &[("tenant", Kind::Text), ("generation", Kind::Int), ("record_id", Kind::Bytes)];

/// Drops what is known of records, and remembers them.
pub(crate) async fn erase(tx: &Tx, place: Place<'_>, records: &BTreeSet<RecordId>) -> Result<(), StoreError> {
    let mut insert = Insert::new("erased_record", COLUMNS).on_conflict("(tenant, generation, record_id) DO NOTHING");
    for one in records {
        insert.row([place.tenant.as_str().into(), place.generation.into(), one.0.to_vec().into()]);
    }
    tx.insert(insert).await?;
    for table in ["fact_slot", "record_summary"] {
        let sql = format!("DELETE FROM {table} WHERE tenant = ? AND generation = ? AND record_id {{keys}}");
        tx.execute_by_keys(&sql, place.values(), keys(records)).await?;
    }
    Ok(())
}

/// Those of some records that were erased.
pub(crate) async fn among(
    tx: &Tx,
    place: Place<'_>,
    records: impl IntoIterator<Item = &RecordId>,
) -> Result<BTreeSet<RecordId>, StoreError> {
    let sql = "SELECT record_id FROM erased_record WHERE tenant = ? AND generation = ? AND record_id {keys}";
    tx.by_keys(sql, place.values(), keys(records)).await?.iter().map(|row| record(row, 0)).collect()
}

/// All of a tenant.
pub(crate) async fn all(query: &impl Query, tenant: &Tenant) -> Result<BTreeSet<RecordId>, StoreError> {
    let sql = format!("SELECT record_id FROM erased_record WHERE tenant = ? AND generation = {ACTIVE}");
    query.all(&sql, vec![tenant.as_str().into()]).await?.iter().map(|row| record(row, 0)).collect()
}
