//! Through when each source has told all: what it reported, or the latest that it sent. Projection.

use std::collections::BTreeMap;

use tenure_kernel::{Tenant, Timestamp};
use tenure_store::{Insert, Kind, Query, StoreError, Tx, Value};

use tenure_records::Scope;

use super::ACTIVE;

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("source", Kind::Text),
    ("range_start", Kind::Int),
    ("complete_until", Kind::Int),
];

/// Raises progress, as a range knows it.
pub(crate) async fn raise(
    tx: &Tx,
    scope: Scope<'_>,
    range_start: u8,
    progress: &BTreeMap<String, Timestamp>,
) -> Result<(), StoreError> {
    let mut insert = Insert::new("source_progress", COLUMNS).on_conflict(
        "(tenant, generation, source, range_start) DO UPDATE SET complete_until = excluded.complete_until
         WHERE source_progress.complete_until < excluded.complete_until",
    );
    for (source, until) in progress {
        insert.row([
            scope.tenant.as_str().into(),
            scope.generation.into(),
            source.as_str().into(),
            i64::from(range_start).into(),
            until.0.into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// How far each source has come.
pub(crate) async fn of(query: &impl Query, tenant: &Tenant) -> Result<BTreeMap<String, Timestamp>, StoreError> {
    let sql = format!(
        "SELECT source, MAX(complete_until) FROM source_progress
         WHERE tenant = ? AND generation = {ACTIVE} GROUP BY source /* few */"
    );
    let rows = query.all(&sql, vec![tenant.as_str().into()]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, Timestamp(row.get(1)?)))).collect()
}

/// Holds up those who would raise progress until the transaction ends, so that none of them misses who will await it.
pub(crate) async fn hold(tx: &Tx, tenant: &Tenant) -> Result<(), StoreError> {
    let sql = format!(
        "UPDATE source_progress SET complete_until = complete_until WHERE tenant = ? AND generation = {ACTIVE} /* few */"
    );
    let values: Vec<Value> = vec![tenant.as_str().into()];
    tx.execute(&sql, values).await.map(|_| ())
}
