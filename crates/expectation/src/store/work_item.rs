//! What waits for somebody, in the order in which it is due. Derived by refolding.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use tenure_kernel::{PersonId, Tenant, Timestamp};
use tenure_proto::expectation::v1::WorkItem;
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("person_id", Kind::Bytes),
    ("kind", Kind::Int),
    ("item_id", Kind::Bytes),
    ("due_at", Kind::Int),
    ("payload", Kind::Bytes),
];

/// What tells an item of a person's from others.
pub(crate) type Key = (PersonId, i32, [u8; 16]);

/// Where an item stands in its queue.
pub(crate) type Place = (Timestamp, PersonId, [u8; 16]);

/// The items of persons.
pub(crate) async fn of_persons(
    tx: &Tx,
    tenant: &Tenant,
    persons: &BTreeSet<PersonId>,
) -> Result<BTreeMap<Key, (Timestamp, WorkItem)>, StoreError> {
    let sql = "SELECT person_id, kind, item_id, due_at, payload FROM work_item WHERE tenant = ? AND person_id {keys}";
    let rows = tx.by_keys(sql, vec![tenant.as_str().into()], super::persons(persons)).await?;
    let number = |number: i64| i32::try_from(number).map_err(|_| StoreError::Row("work_item.kind".to_owned()));
    rows.iter()
        .map(|row| {
            let key = (PersonId(row.id(0)?), number(row.get(1)?)?, row.id(2)?);
            Ok((key, (Timestamp(row.get(3)?), read(row, 4)?)))
        })
        .collect()
}

/// Writes items, and drops others.
pub(crate) async fn save(
    tx: &Tx,
    tenant: &Tenant,
    (items, gone): (&BTreeMap<Key, (Timestamp, WorkItem)>, &BTreeSet<Key>),
) -> Result<(), StoreError> {
    let mut insert = Insert::new("work_item", COLUMNS).on_conflict(
        "(tenant, person_id, kind, item_id) DO UPDATE SET due_at = excluded.due_at, payload = excluded.payload",
    );
    for ((person, kind, id), (due, item)) in items {
        insert.row([
            tenant.as_str().into(),
            person.0.to_vec().into(),
            i64::from(*kind).into(),
            id.to_vec().into(),
            due.0.into(),
            item.encode_to_vec().into(),
        ]);
    }
    tx.insert(insert).await?;
    // Items go one by one, as each has a key of three parts; there are few.
    for (person, kind, id) in gone {
        let sql = "DELETE FROM work_item WHERE tenant = ? AND person_id = ? AND kind = ? AND item_id = ?";
        let values =
            vec![tenant.as_str().into(), person.0.to_vec().into(), i64::from(*kind).into(), id.to_vec().into()];
        tx.execute(sql, values).await?;
    }
    Ok(())
}

/// Items of a kind behind a place, as many as asked.
pub(crate) async fn after(
    query: &impl Query,
    tenant: &Tenant,
    kind: i32,
    ((due, person, id), most): (Place, i64),
) -> Result<Vec<(Place, WorkItem)>, StoreError> {
    let sql = "SELECT due_at, person_id, item_id, payload FROM work_item
               WHERE tenant = ? AND kind = ? AND due_at >= ?
                 AND (due_at > ? OR person_id > ? OR (person_id = ? AND item_id > ?))
               ORDER BY due_at, person_id, item_id LIMIT ?";
    let values = vec![
        tenant.as_str().into(),
        i64::from(kind).into(),
        due.0.into(),
        due.0.into(),
        person.0.to_vec().into(),
        person.0.to_vec().into(),
        id.to_vec().into(),
        most.into(),
    ];
    let rows = query.all(sql, values).await?;
    rows.iter().map(|row| Ok(((Timestamp(row.get(0)?), PersonId(row.id(1)?), row.id(2)?), read(row, 3)?))).collect()
}

fn read(row: &Row, column: usize) -> Result<WorkItem, StoreError> {
    let payload: Vec<u8> = row.get(column)?;
    WorkItem::decode(payload.as_slice()).map_err(|_| StoreError::Row("work_item.payload".to_owned()))
}
