//! What waits for somebody, in the order in which it is due. Derived by refolding.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use tenure_kernel::{PersonId, Tenant, Timestamp};
use tenure_proto::expectation::v1::{WorkItem, WorkKind};
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("item_id", Kind::Bytes),
    ("person_id", Kind::Bytes),
    ("kind", Kind::Int),
    ("due_at", Kind::Int),
    ("payload", Kind::Bytes),
];

/// What tells an item from all others.
pub(crate) type ItemId = [u8; 16];

/// Where an item stands in its queue.
pub(crate) type Place = (Timestamp, ItemId);

/// An item of a person's.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    pub(crate) person: PersonId,
    pub(crate) due: Timestamp,
    pub(crate) message: WorkItem,
}

/// The items of persons.
pub(crate) async fn of_persons(
    tx: &Tx,
    tenant: &Tenant,
    persons: &BTreeSet<PersonId>,
) -> Result<BTreeMap<PersonId, BTreeMap<ItemId, Item>>, StoreError> {
    let sql = "SELECT item_id, person_id, due_at, payload FROM work_item WHERE tenant = ? AND person_id {keys}";
    let rows = tx.by_keys(sql, vec![tenant.as_str().into()], super::persons(persons)).await?;
    let mut items: BTreeMap<PersonId, BTreeMap<ItemId, Item>> = BTreeMap::new();
    for row in &rows {
        let item = Item { person: PersonId(row.id(1)?), due: Timestamp(row.get(2)?), message: read(row, 3)? };
        items.entry(item.person).or_default().insert(row.id(0)?, item);
    }
    Ok(items)
}

/// Writes items, and drops others.
pub(crate) async fn save(
    tx: &Tx,
    tenant: &Tenant,
    (items, gone): (&BTreeMap<ItemId, Item>, &BTreeMap<ItemId, Item>),
) -> Result<(), StoreError> {
    let mut insert = Insert::new("work_item", COLUMNS)
        .on_conflict("(tenant, item_id) DO UPDATE SET due_at = excluded.due_at, payload = excluded.payload");
    for (id, item) in items {
        insert.row([
            tenant.as_str().into(),
            id.to_vec().into(),
            item.person.0.to_vec().into(),
            i64::from(item.message.kind).into(),
            item.due.0.into(),
            item.message.encode_to_vec().into(),
        ]);
    }
    tx.insert(insert).await?;
    let sql = "DELETE FROM work_item WHERE tenant = ? AND item_id {keys}";
    let keys = gone.keys().map(|id| id.to_vec()).collect();
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], keys).await.map(|_| ())
}

/// Items of a kind behind a place, as many as asked.
pub(crate) async fn after(
    query: &impl Query,
    tenant: &Tenant,
    kind: WorkKind,
    ((due, id), most): (Place, i64),
) -> Result<Vec<(Place, WorkItem)>, StoreError> {
    let sql = "SELECT due_at, item_id, payload FROM work_item
               WHERE tenant = ? AND kind = ? AND due_at >= ? AND (due_at > ? OR item_id > ?)
               ORDER BY due_at, item_id LIMIT ?";
    let values = vec![
        tenant.as_str().into(),
        i64::from(i32::from(kind)).into(),
        due.0.into(),
        due.0.into(),
        id.to_vec().into(),
        most.into(),
    ];
    let rows = query.all(sql, values).await?;
    rows.iter().map(|row| Ok(((Timestamp(row.get(0)?), row.id(1)?), read(row, 2)?))).collect()
}

fn read(row: &Row, column: usize) -> Result<WorkItem, StoreError> {
    let payload: Vec<u8> = row.get(column)?;
    WorkItem::decode(payload.as_slice()).map_err(|_| StoreError::Row("work_item.payload".to_owned()))
}
