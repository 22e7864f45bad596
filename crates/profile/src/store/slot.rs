//! The slots of facts.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, TouchpointId};
use tenure_keyring::DataKeys;
use tenure_records::{Scope, keys};
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use super::{record, wire};
use crate::domain::fact::{Fact, Incoming, Placed, Slots};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("record_id", Kind::Bytes),
    ("fact_id", Kind::Bytes),
    ("slot", Kind::Bytes),
];

fn insert<'a>(
    scope: Scope<'_>,
    facts: impl Iterator<Item = (RecordId, TouchpointId, &'a Fact)>,
    action: &str,
    data_keys: &DataKeys,
) -> Insert {
    let mut insert = Insert::new("fact_slot", COLUMNS);
    for (record, slot, fact) in facts {
        let bytes = wire::encode_fact(record, slot, fact, data_keys);
        let (record, slot) = (record.0.to_vec(), slot.0.to_vec());
        insert.row([scope.tenant.as_str().into(), scope.generation.into(), record.into(), slot.into(), bytes.into()]);
    }
    insert.on_conflict(format!("(tenant, generation, record_id, fact_id) {action}"))
}

/// Fills slots that are empty; answers which they were.
pub(crate) async fn fill(
    tx: &Tx,
    scope: Scope<'_>,
    incoming: &Incoming,
    data_keys: &DataKeys,
) -> Result<BTreeSet<(RecordId, TouchpointId)>, StoreError> {
    let insert = insert(scope, incoming.facts(), "DO NOTHING", data_keys);
    let rows = tx.insert_returning(insert, "record_id, fact_id").await?;
    rows.iter().map(|row| Ok((record(row, 0)?, TouchpointId(row.id(1)?)))).collect()
}

/// Writes slots over what they hold.
pub(crate) async fn replace(
    tx: &Tx,
    scope: Scope<'_>,
    facts: &[Placed],
    data_keys: &DataKeys,
) -> Result<(), StoreError> {
    let facts = facts.iter().map(|(record, slot, fact)| (*record, *slot, fact));
    tx.insert(insert(scope, facts, "DO UPDATE SET slot = excluded.slot", data_keys)).await.map(|_| ())
}

/// All slots of some records.
pub(crate) async fn load(
    tx: &Tx,
    scope: Scope<'_>,
    records: &BTreeSet<RecordId>,
    data_keys: &DataKeys,
) -> Result<BTreeMap<RecordId, Slots>, StoreError> {
    let sql = "SELECT record_id, fact_id, slot FROM fact_slot WHERE tenant = ? AND generation = ? AND record_id {keys}";
    let mut found: BTreeMap<RecordId, Slots> = BTreeMap::new();
    for row in tx.by_keys(sql, scope.values(), keys(records)).await? {
        let slot = TouchpointId(row.id(1)?);
        let fact = wire::decode_fact(slot, &row.get::<Vec<u8>>(2)?, data_keys)?;
        found.entry(record(&row, 0)?).or_default().insert(slot, fact);
    }
    Ok(found)
}
