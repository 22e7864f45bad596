//! How much of what a run has forgotten happened by day and type, until it has ended and tells. Register: changes with the run.

use std::collections::BTreeMap;

use tenure_kernel::{RetentionRunId, Tenant};
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use crate::domain::activity::Cell;

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("run_id", Kind::Bytes),
    ("day", Kind::Int),
    ("kind", Kind::Int),
    ("happened", Kind::Int),
];

/// Adds what happened.
pub(crate) async fn add(
    tx: &Tx,
    tenant: &Tenant,
    run: RetentionRunId,
    cells: &BTreeMap<Cell, i64>,
) -> Result<(), StoreError> {
    let mut insert = Insert::new("retention_tally", COLUMNS).on_conflict(
        "(tenant, run_id, day, kind) DO UPDATE SET happened = retention_tally.happened + excluded.happened",
    );
    for ((day, kind), happened) in cells {
        insert.row([
            tenant.as_str().into(),
            run.0.to_vec().into(),
            (*day).into(),
            i64::from(*kind).into(),
            (*happened).into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Takes all of a run.
pub(crate) async fn take(tx: &Tx, tenant: &Tenant, run: RetentionRunId) -> Result<Vec<(Cell, i64)>, StoreError> {
    let values = || vec![tenant.as_str().into(), run.0.to_vec().into()];
    let sql = "SELECT day, kind, happened FROM retention_tally WHERE tenant = ? AND run_id = ? ORDER BY day, kind";
    let rows = tx.all(sql, values()).await?;
    tx.execute("DELETE FROM retention_tally WHERE tenant = ? AND run_id = ?", values()).await?;
    let kind = |kind: i64| i32::try_from(kind).map_err(|_| StoreError::Row("retention_tally.kind".to_owned()));
    rows.iter().map(|row| Ok(((row.get(0)?, kind(row.get(1)?)?), row.get(2)?))).collect()
}
