//! The sums of what is counted of persons, kept by differences, so that an overview costs the same for any base. Derived.

use std::collections::BTreeMap;

use tenure_kernel::Tenant;
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

const COLUMNS: &[(&str, Kind)] =
    &[("tenant", Kind::Text), ("kind", Kind::Text), ("number", Kind::Int), ("count", Kind::Int)];

/// What is counted: a kind, and a number of its enum.
pub(crate) type Counted = (&'static str, i32);

/// Adds to counts, or takes from them.
pub(crate) async fn add(tx: &Tx, tenant: &Tenant, differences: &BTreeMap<Counted, i64>) -> Result<(), StoreError> {
    let mut insert = Insert::new("base_count", COLUMNS)
        .on_conflict("(tenant, kind, number) DO UPDATE SET count = base_count.count + excluded.count");
    for ((kind, number), count) in differences.iter().filter(|(_, count)| **count != 0) {
        insert.row([tenant.as_str().into(), (*kind).into(), i64::from(*number).into(), (*count).into()]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// The counts of a tenant by kind and number; those of nothing are left out.
pub(crate) async fn of(query: &impl Query, tenant: &Tenant) -> Result<BTreeMap<(String, i32), i64>, StoreError> {
    let sql = "SELECT kind, number, count FROM base_count WHERE tenant = ? AND count <> 0 /* few */";
    let rows = query.all(sql, vec![tenant.as_str().into()]).await?;
    rows.iter()
        .map(|row| {
            let number = i32::try_from(row.get::<i64>(1)?).map_err(|_| StoreError::Row("base_count".to_owned()))?;
            Ok(((row.get(0)?, number), row.get(2)?))
        })
        .collect()
}
