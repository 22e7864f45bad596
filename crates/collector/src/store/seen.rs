//! Touchpoint ids that were taken in, for ever. A row with an empty body holds the place of an original that an amendment
//! named before it came.

use tenure_kernel::{Tenant, TouchpointId};
use tenure_store::{Insert, Kind, Query, Row, StoreError};

use crate::domain::intake::{Slot, Slots};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("touchpoint_id", Kind::Bytes),
    ("body", Kind::Bytes),
    ("subjects", Kind::Bytes),
    ("amends", Kind::Int),
];
const DELETE: &str = "DELETE FROM touchpoint_seen WHERE tenant = ? AND touchpoint_id {keys}";

/// What is known of ids.
pub(crate) async fn find(query: &impl Query, tenant: &Tenant, ids: Vec<TouchpointId>) -> Result<Slots, StoreError> {
    let sql =
        "SELECT touchpoint_id, body, subjects, amends FROM touchpoint_seen WHERE tenant = ? AND touchpoint_id {keys}";
    let keys = ids.into_iter().map(|id| id.0.to_vec()).collect();
    let rows = query.by_keys(sql, vec![tenant.as_str().into()], keys).await?;
    rows.iter().map(|row| Ok((TouchpointId(row.id(0)?), slot(row)?))).collect()
}

fn slot(row: &Row) -> Result<Slot, StoreError> {
    let subjects = row.id(2)?;
    let body: Vec<u8> = row.get(1)?;
    if body.is_empty() {
        return Ok(Slot::Awaited(subjects));
    }
    let body = body.try_into().map_err(|_| StoreError::Row("touchpoint_seen.body".to_owned()))?;
    Ok(Slot::Taken { body, subjects, amends: row.get::<i64>(3)? != 0 })
}

/// Takes the ids that are free, and answers what is known of the others. From here to its end the transaction holds what it
/// took: who claims the same waits.
pub(crate) async fn claim(query: &impl Query, tenant: &Tenant, claims: &Slots) -> Result<Slots, StoreError> {
    let insert = rows(tenant, claims.iter()).on_conflict("(tenant, touchpoint_id) DO NOTHING");
    let others = query.insert_new(insert, "touchpoint_id").await?;
    let others: Result<Vec<_>, _> = others.iter().map(|id| TouchpointId::from_slice(id)).collect();
    let others = others.map_err(|_| StoreError::Row("touchpoint_seen.touchpoint_id".to_owned()))?;
    find(query, tenant, others).await
}

/// Brings the table from what was claimed to what was decided. False when another transaction took an awaited id meanwhile:
/// then all must be decided again.
pub(crate) async fn settle(
    query: &impl Query,
    tenant: &Tenant,
    claimed: &Slots,
    prior: &Slots,
    decided: &Slots,
) -> Result<bool, StoreError> {
    let ours = claimed.iter().filter(|(id, _)| !prior.contains_key(id));
    let changed: Vec<_> = ours.filter(|(id, slot)| decided.get(id) != Some(slot)).map(|(id, _)| *id).collect();
    let arrived: Vec<_> = prior.iter().filter(|(id, slot)| decided.get(id) != Some(slot)).map(|(id, _)| *id).collect();
    if changed.is_empty() && arrived.is_empty() {
        return Ok(true);
    }
    let keys = |ids: &[TouchpointId]| ids.iter().map(|id| id.0.to_vec()).collect();
    query.execute_by_keys(DELETE, vec![tenant.as_str().into()], keys(&changed)).await?;
    let awaited = "DELETE FROM touchpoint_seen WHERE tenant = ? AND body = ? AND touchpoint_id {keys}";
    let values = vec![tenant.as_str().into(), Vec::<u8>::new().into()];
    if query.execute_by_keys(awaited, values, keys(&arrived)).await? != arrived.len() as u64 {
        return Ok(false);
    }
    let again = changed.iter().chain(&arrived).filter_map(|id| decided.get_key_value(id));
    query.insert(rows(tenant, again)).await?;
    Ok(true)
}

/// Sorted, so that transactions which take the same ids wait for each other in one order.
fn rows<'a>(tenant: &Tenant, slots: impl Iterator<Item = (&'a TouchpointId, &'a Slot)>) -> Insert {
    let mut sorted: Vec<_> = slots.collect();
    sorted.sort_unstable_by_key(|(id, _)| **id);
    let mut insert = Insert::new("touchpoint_seen", COLUMNS);
    for (id, slot) in sorted {
        let (body, subjects, amends) = match *slot {
            Slot::Awaited(subjects) => (Vec::new(), subjects, false),
            Slot::Taken { body, subjects, amends } => (body.to_vec(), subjects, amends),
        };
        insert.row([
            tenant.as_str().into(),
            id.0.to_vec().into(),
            body.into(),
            subjects.to_vec().into(),
            i64::from(amends).into(),
        ]);
    }
    insert
}
