//! How often each cause struck on each day, and among how many: sums over the base, kept by differences. Derived.

use std::collections::BTreeMap;

use tenure_kernel::Tenant;
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use crate::domain::systemic::{
    cause::{Cause, CauseKind},
    finding::{WEEKS, Week, Weeks},
};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("day", Kind::Int),
    ("kind", Kind::Int),
    ("code", Kind::Text),
    ("product", Kind::Text),
    ("count", Kind::Int),
    ("exposure", Kind::Int),
];

/// What is to be added to a cause on a day: how often it struck, among how many.
pub(crate) type Differences = BTreeMap<(i32, Cause), (i64, i64)>;

/// Adds to sums, or takes from them.
pub(crate) async fn add(tx: &Tx, tenant: &Tenant, differences: &Differences) -> Result<(), StoreError> {
    let mut insert = Insert::new("cause_count", COLUMNS).on_conflict(
        "(tenant, day, kind, code, product) DO UPDATE
         SET count = cause_count.count + excluded.count, exposure = cause_count.exposure + excluded.exposure",
    );
    for ((day, cause), (count, exposure)) in differences.iter().filter(|(_, difference)| **difference != (0, 0)) {
        insert.row([
            tenant.as_str().into(),
            i64::from(*day).into(),
            i64::from(cause.kind as u8).into(),
            cause.code.as_str().into(),
            cause.product.as_str().into(),
            (*count).into(),
            (*exposure).into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// The weeks of every cause that end with a day.
pub(crate) async fn weeks(
    query: &impl Query,
    tenant: &Tenant,
    last_day: i32,
) -> Result<BTreeMap<Cause, Weeks>, StoreError> {
    let first = i64::from(last_day) - 7 * i64::try_from(WEEKS).unwrap_or_default();
    let sql = "SELECT kind, code, product, (? - day) / 7, CAST(SUM(count) AS BIGINT), CAST(SUM(exposure) AS BIGINT)
               FROM cause_count WHERE tenant = ? AND day > ? AND day <= ? GROUP BY 1, 2, 3, 4";
    let values = vec![i64::from(last_day).into(), tenant.as_str().into(), first.into(), i64::from(last_day).into()];
    let mut causes: BTreeMap<Cause, Weeks> = BTreeMap::new();
    for row in &query.all(sql, values).await? {
        let cause = Cause { kind: kind(row.get(0)?)?, code: row.get(1)?, product: row.get(2)? };
        let number =
            |column| u64::try_from(row.get::<i64>(column)?).map_err(|_| StoreError::Row("cause_count".to_owned()));
        let (week, sums) = (number(3)?, Week { count: number(4)?, exposure: number(5)? });
        let weeks = causes.entry(cause).or_default();
        if let Some(place) = usize::try_from(week).ok().and_then(|week| weeks.get_mut(week)) {
            *place = sums;
        }
    }
    causes.retain(|_, weeks| weeks.iter().any(|week| week.exposure > 0));
    Ok(causes)
}

/// A kind that we wrote.
pub(super) fn kind(number: i64) -> Result<CauseKind, StoreError> {
    match number {
        1 => Ok(CauseKind::Promise),
        2 => Ok(CauseKind::Complaint),
        _ => Err(StoreError::Row("cause.kind".to_owned())),
    }
}
