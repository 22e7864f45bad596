//! Which records are held for complaints, as was told of them last. Register: changes together with an entry.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Tenant, Timestamp};
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("record_id", Kind::Bytes),
    ("revision", Kind::Int),
    ("held", Kind::Bool),
    ("expires_at", Kind::Int),
];

/// Of a hold without an end.
const NEVER: i64 = i64::MAX;

/// What was told of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) revision: i32,
    pub(crate) held: bool,
    /// None: it has no end yet.
    pub(crate) expires_at: Option<Timestamp>,
}

pub(crate) async fn of_records(
    query: &impl Query,
    tenant: &Tenant,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeMap<RecordId, Told>, StoreError> {
    let sql = "SELECT record_id, revision, held, expires_at FROM record_hold WHERE tenant = ? AND record_id {keys}";
    let rows = query.by_keys(sql, vec![tenant.as_str().into()], super::keys(records)).await?;
    rows.iter()
        .map(|row| {
            let revision = i32::try_from(row.get::<i64>(1)?);
            let expires_at = Some(row.get::<i64>(3)?).filter(|at| *at != NEVER).map(Timestamp);
            let revision = revision.map_err(|_| StoreError::Row("record_hold.revision".to_owned()))?;
            Ok((RecordId(row.id(0)?), Told { revision, held: row.get(2)?, expires_at }))
        })
        .collect()
}

pub(crate) async fn save(tx: &Tx, tenant: &Tenant, told: &BTreeMap<RecordId, Told>) -> Result<(), StoreError> {
    let mut insert = Insert::new("record_hold", COLUMNS).on_conflict(
        "(tenant, record_id) DO UPDATE SET revision = excluded.revision, held = excluded.held,
         expires_at = excluded.expires_at",
    );
    for (record, one) in told {
        insert.row([
            tenant.as_str().into(),
            record.0.to_vec().into(),
            i64::from(one.revision).into(),
            one.held.into(),
            one.expires_at.map_or(NEVER, |at| at.0).into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Drops what is held of erased records.
pub(crate) async fn drop(tx: &Tx, tenant: &Tenant, records: &[RecordId]) -> Result<u64, StoreError> {
    let sql = "DELETE FROM record_hold WHERE tenant = ? AND record_id {keys}";
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], super::keys(records)).await
}
