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

/// How many each of some runs had forgotten so far; those without any are left out.
pub(crate) async fn of_runs(
    query: &impl Query,
    tenant: &Tenant,
    runs: impl Iterator<Item = RetentionRunId>,
) -> Result<BTreeMap<RetentionRunId, i64>, StoreError> {
    let sql = format!(
        "SELECT run_id, CAST(SUM(facts) AS BIGINT) FROM forgotten_fact
         WHERE tenant = ? AND generation = {ACTIVE} AND run_id {{keys}} GROUP BY run_id"
    );
    let runs = runs.map(|run| run.0.to_vec()).collect();
    let rows = query.by_keys(&sql, vec![tenant.as_str().into()], runs).await?;
    rows.iter().map(|row| Ok((RetentionRunId(row.id(0)?), row.get(1)?))).collect()
}
