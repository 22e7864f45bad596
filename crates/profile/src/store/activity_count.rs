//! How much happened by day and type, of whomever. Projection, whose rows say of nobody who it was; each range writes rows of its own, so that
//! ranges never wait for each other.

use tenure_kernel::Tenant;
use tenure_records::Scope;
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use super::ACTIVE;
use crate::domain::activity::{Activity, Cell, LEAST};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("day", Kind::Int),
    ("kind", Kind::Int),
    ("range_start", Kind::Int),
    ("happened", Kind::Int),
];

/// Adds to the counts of a range.
pub(crate) async fn add(tx: &Tx, scope: Scope<'_>, range: u8, activity: &Activity) -> Result<(), StoreError> {
    let mut insert = Insert::new("activity_count", COLUMNS).on_conflict(
        "(tenant, generation, day, kind, range_start) DO UPDATE SET happened = activity_count.happened + excluded.happened",
    );
    for ((day, kind), by) in activity.0.iter().filter(|(_, by)| **by != 0) {
        insert.row([
            scope.tenant.as_str().into(),
            scope.generation.into(),
            (*day).into(),
            i64::from(*kind).into(),
            i64::from(range).into(),
            (*by).into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// The counts behind a cell through a day, in order; small ones are left out.
pub(crate) async fn list(
    query: &impl Query,
    tenant: &Tenant,
    (after, last_day): (Cell, i64),
    limit: usize,
) -> Result<Vec<(Cell, i64)>, StoreError> {
    let sql = format!(
        "SELECT day, kind, CAST(SUM(happened) AS BIGINT) FROM activity_count
         WHERE tenant = ? AND generation = {ACTIVE} AND day >= ? AND day <= ? AND (day > ? OR kind > ?)
         GROUP BY day, kind HAVING SUM(happened) >= ? ORDER BY day, kind LIMIT ?"
    );
    let (day, kind) = after;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values = vec![
        tenant.as_str().into(),
        day.into(),
        last_day.into(),
        day.into(),
        i64::from(kind).into(),
        LEAST.into(),
        limit.into(),
    ];
    let rows = query.all(&sql, values).await?;
    let kind = |kind: i64| i32::try_from(kind).map_err(|_| StoreError::Row("activity_count.kind".to_owned()));
    rows.iter().map(|row| Ok(((row.get(0)?, kind(row.get(1)?)?), row.get(2)?))).collect()
}
