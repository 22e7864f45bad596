//! How many facts retention runs had forgotten. Projection; each range writes rows of its own, so that ranges never wait for each other.

use std::collections::BTreeMap;

use tenure_kernel::{RetentionRunId, Tenant};
use tenure_records::Scope;
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use super::ACTIVE;

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("run_id", Kind::Bytes),
    ("range_start", Kind::Int),
    ("facts", Kind::Int),
];

/// Adds to the counts of a range, by run.
pub(crate) async fn add(
    tx: &Tx,
    scope: Scope<'_>,
    range: u8,
    runs: &BTreeMap<RetentionRunId, i64>,
) -> Result<(), StoreError> {
    let mut insert = Insert::new("forgotten_fact", COLUMNS).on_conflict(
        "(tenant, generation, run_id, range_start) DO UPDATE SET facts = forgotten_fact.facts + excluded.facts",
    );
    for (run, facts) in runs {
        insert.row([
            scope.tenant.as_str().into(),
            scope.generation.into(),
            run.0.to_vec().into(),
            i64::from(range).into(),
            (*facts).into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// How many a run had forgotten so far.
pub(crate) async fn of_run(query: &impl Query, tenant: &Tenant, run: RetentionRunId) -> Result<i64, StoreError> {
    let sql = format!(
        "SELECT CAST(COALESCE(SUM(facts), 0) AS BIGINT) FROM forgotten_fact
         WHERE tenant = ? AND generation = {ACTIVE} AND run_id = ?"
    );
    let row = query.first(&sql, vec![tenant.as_str().into(), run.0.to_vec().into()]).await?;
    row.map_or(Ok(0), |row| row.get(0))
}
