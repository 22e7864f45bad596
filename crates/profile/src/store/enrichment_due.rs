//! The records whose providers are to be looked after, and when: a hint, for whoever looks decides by what the record holds.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Tenant, Timestamp};
use tenure_records::{Scope, keys};
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use super::{ACTIVE, record};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("record_id", Kind::Bytes),
    ("due_at", Kind::Int),
    ("failures", Kind::Int),
];

fn insert<'a>(scope: Scope<'_>, rows: impl Iterator<Item = (&'a RecordId, Timestamp, u32)>, action: String) -> Insert {
    let mut insert = Insert::new("enrichment_due", COLUMNS);
    for (record, due_at, failures) in rows {
        let (record, failures) = (record.0.to_vec(), i64::from(failures));
        insert.row([
            scope.tenant.as_str().into(),
            scope.generation.into(),
            record.into(),
            due_at.0.into(),
            failures.into(),
        ]);
    }
    insert.on_conflict(format!("(tenant, generation, record_id) {action}"))
}

/// Something changed about records: they are due at once.
pub(crate) async fn touch(
    tx: &Tx,
    scope: Scope<'_>,
    records: &BTreeSet<RecordId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let rows = records.iter().map(|record| (record, now, 0));
    let action = "DO UPDATE SET due_at = excluded.due_at, failures = 0".to_owned();
    tx.insert(insert(scope, rows, action)).await.map(|_| ())
}

/// Records that were taken to be looked after.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) generation: i64,
    /// When others may take them, if nothing is heard of these.
    pub(crate) until: Timestamp,
    /// With how often in a row a provider could not answer.
    pub(crate) records: BTreeMap<Tenant, BTreeMap<RecordId, u32>>,
}

/// Whether any record is due.
pub(crate) async fn any(query: &impl Query, now: Timestamp) -> Result<bool, StoreError> {
    let sql = format!("SELECT 1 FROM enrichment_due WHERE generation = {ACTIVE} AND due_at <= ? LIMIT 1");
    Ok(query.first(&sql, vec![now.0.into()]).await?.is_some())
}

/// Takes records that are due, the oldest first, so that nobody else does for a while.
pub(crate) async fn take(tx: &Tx, (now, until): (Timestamp, Timestamp), limit: i64) -> Result<Taken, StoreError> {
    tx.lock("enrichment_due").await?;
    let sql = format!(
        "SELECT tenant, record_id, failures, generation FROM enrichment_due
         WHERE generation = {ACTIVE} AND due_at <= ? ORDER BY due_at, tenant, record_id LIMIT ?"
    );
    let mut taken = Taken { until, ..Taken::default() };
    for row in tx.all(&sql, vec![now.0.into(), limit.into()]).await? {
        let tenant = row.get::<String>(0)?.parse().map_err(|_| StoreError::Row("enrichment_due.tenant".to_owned()))?;
        taken.generation = row.get(3)?;
        let failures = u32::try_from(row.get::<i64>(2)?).unwrap_or_default();
        taken.records.entry(tenant).or_default().insert(record(&row, 1)?, failures);
    }
    for (tenant, records) in &taken.records {
        let scope = Scope { tenant, generation: taken.generation };
        let sql = "UPDATE enrichment_due SET due_at = ? WHERE tenant = ? AND generation = ? AND record_id {keys}";
        let values = [vec![until.0.into()], scope.values()].concat();
        tx.execute_by_keys(sql, values, keys(records.keys())).await?;
    }
    Ok(taken)
}

/// When records are to be looked after next, and how often it failed; `None`: when something changes. Those that became due
/// since they were taken stay so.
pub(crate) async fn settle(
    tx: &Tx,
    scope: Scope<'_>,
    until: Timestamp,
    next: &BTreeMap<RecordId, Option<(Timestamp, u32)>>,
) -> Result<(), StoreError> {
    let (later, done): (Vec<_>, Vec<_>) = next.iter().partition(|(_, next)| next.is_some());
    let rows = later.into_iter().filter_map(|(record, next)| next.map(|(at, failures)| (record, at, failures)));
    let action = format!(
        "DO UPDATE SET due_at = excluded.due_at, failures = excluded.failures WHERE enrichment_due.due_at = {}",
        until.0
    );
    tx.insert(insert(scope, rows, action)).await?;
    let sql = "DELETE FROM enrichment_due WHERE tenant = ? AND generation = ? AND due_at = ? AND record_id {keys}";
    let values = [scope.values(), vec![until.0.into()]].concat();
    tx.execute_by_keys(sql, values, keys(done.into_iter().map(|(record, _)| record))).await.map(|_| ())
}
