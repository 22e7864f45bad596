//! The summaries of records.

use std::collections::BTreeMap;

use tenure_kernel::{RecordId, Tenant};
use tenure_keyring::{DataKeys, Keyring};
use tenure_records::{Scope, keys};
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx};

pub(crate) use super::wire::Kept;
use super::{ACTIVE, record, wire};
use crate::domain::summary::Summary;

const COLUMNS: &[(&str, Kind)] =
    &[("tenant", Kind::Text), ("generation", Kind::Int), ("record_id", Kind::Bytes), ("summary", Kind::Bytes)];

/// Writes summaries over those that are there.
pub(crate) async fn save(
    tx: &Tx,
    scope: Scope<'_>,
    summaries: &BTreeMap<RecordId, Summary>,
    data_keys: &DataKeys,
) -> Result<(), StoreError> {
    let mut insert = Insert::new("record_summary", COLUMNS)
        .on_conflict("(tenant, generation, record_id) DO UPDATE SET summary = excluded.summary");
    for (record, summary) in summaries {
        let bytes = wire::encode_summary(*record, summary, data_keys);
        insert.row([scope.tenant.as_str().into(), scope.generation.into(), record.0.to_vec().into(), bytes.into()]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// The summaries of some records in a follower's generation, with whether all of each could be opened.
pub(crate) async fn load(
    tx: &Tx,
    scope: Scope<'_>,
    records: impl IntoIterator<Item = &RecordId>,
    data_keys: &DataKeys,
) -> Result<BTreeMap<RecordId, (Summary, bool)>, StoreError> {
    let sql = "SELECT record_id, summary FROM record_summary WHERE tenant = ? AND generation = ? AND record_id {keys}";
    let rows = tx.by_keys(sql, scope.values(), keys(records)).await?;
    rows.iter().map(|row| Ok((record(row, 0)?, kept(row, 1)?.open(data_keys)?))).collect()
}

/// The summaries of some records, as they are read.
pub(crate) async fn read(
    query: &impl Query,
    tenant: &Tenant,
    records: impl IntoIterator<Item = &RecordId>,
) -> Result<BTreeMap<RecordId, Kept>, StoreError> {
    let sql = format!(
        "SELECT record_id, summary FROM record_summary WHERE tenant = ? AND generation = {ACTIVE} AND record_id {{keys}}"
    );
    let rows = query.by_keys(&sql, vec![tenant.as_str().into()], keys(records)).await?;
    rows.iter().map(|row| Ok((record(row, 0)?, kept(row, 1)?))).collect()
}

/// All summaries of a tenant.
pub(crate) async fn all(query: &impl Query, tenant: &Tenant) -> Result<BTreeMap<RecordId, Kept>, StoreError> {
    let sql =
        format!("SELECT record_id, summary FROM record_summary WHERE tenant = ? AND generation = {ACTIVE} /* whole */");
    let rows = query.all(&sql, vec![tenant.as_str().into()]).await?;
    rows.iter().map(|row| Ok((record(row, 0)?, kept(row, 1)?))).collect()
}

pub(super) fn kept(row: &Row, place: usize) -> Result<Kept, StoreError> {
    Kept::decode(&row.get::<Vec<u8>>(place)?)
}

/// Opens summaries with the keys of those that are sealed. What can't be opened is left out: after an erasure the key is gone
/// before the row is.
pub(crate) async fn open(
    keyring: &Keyring,
    tenant: &Tenant,
    kept: BTreeMap<RecordId, Kept>,
) -> Result<BTreeMap<RecordId, Summary>, StoreError> {
    let sealed = kept.iter().filter(|(_, kept)| kept.is_sealed()).map(|(record, _)| record.0);
    let data_keys = keyring.data_keys(tenant, sealed, false).await?;
    kept.into_iter().map(|(record, kept)| Ok((record, kept.open(&data_keys)?.0))).collect()
}
