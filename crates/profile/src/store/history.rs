//! All that was ever said of records: what their slots hold, and beside it what is outranked.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Tenant, TouchpointId};
use tenure_keyring::{DataKeys, Keyring};
use tenure_records::{Scope, keys};
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx};

use super::{ACTIVE, record, wire};
use crate::domain::{fact::Placed, history::Versions};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("record_id", Kind::Bytes),
    ("fact_id", Kind::Bytes),
    ("touchpoint_id", Kind::Bytes),
    ("slot", Kind::Bytes),
];

/// Keeps what is outranked.
pub(crate) async fn keep(
    tx: &Tx,
    scope: Scope<'_>,
    outranked: &[Placed],
    data_keys: &DataKeys,
) -> Result<(), StoreError> {
    tx.insert(insert(scope, outranked, "DO NOTHING", data_keys)).await.map(|_| ())
}

/// Writes what is kept anew.
pub(crate) async fn replace(
    tx: &Tx,
    scope: Scope<'_>,
    outranked: &[Placed],
    data_keys: &DataKeys,
) -> Result<(), StoreError> {
    tx.insert(insert(scope, outranked, "DO UPDATE SET slot = excluded.slot", data_keys)).await.map(|_| ())
}

fn insert(scope: Scope<'_>, outranked: &[Placed], action: &str, data_keys: &DataKeys) -> Insert {
    let mut insert = Insert::new("fact_history", COLUMNS)
        .on_conflict(format!("(tenant, generation, record_id, fact_id, touchpoint_id) {action}"));
    for (record, slot, fact) in outranked {
        let bytes = wire::encode_fact(*record, *slot, fact, data_keys);
        insert.row([
            scope.tenant.as_str().into(),
            scope.generation.into(),
            record.0.to_vec().into(),
            slot.0.to_vec().into(),
            fact.touchpoint.0.to_vec().into(),
            bytes.into(),
        ]);
    }
    insert
}

/// What is kept of records in a follower's generation.
pub(crate) async fn load(
    tx: &Tx,
    scope: Scope<'_>,
    records: &BTreeSet<RecordId>,
    data_keys: &DataKeys,
) -> Result<Vec<Placed>, StoreError> {
    let sql =
        "SELECT record_id, fact_id, slot FROM fact_history WHERE tenant = ? AND generation = ? AND record_id {keys}";
    let rows = tx.by_keys(sql, scope.values(), keys(records)).await?;
    let placed = |row: &Row| {
        let slot = TouchpointId(row.id(1)?);
        Ok((record(row, 0)?, slot, wire::decode_fact(slot, &row.get::<Vec<u8>>(2)?, data_keys)?))
    };
    rows.iter().map(placed).collect()
}

/// All versions of all facts of records. What can't be opened any more is left out of them.
pub(crate) async fn read(
    query: &impl Query,
    keyring: &Keyring,
    tenant: &Tenant,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeMap<RecordId, Versions>, StoreError> {
    let data_keys = keyring.data_keys(tenant, records.iter().map(|record| record.0), false).await?;
    let mut found: BTreeMap<RecordId, Versions> = records.iter().map(|record| (*record, Versions::default())).collect();
    for table in ["fact_slot", "fact_history"] {
        let sql = format!(
            "SELECT record_id, fact_id, slot FROM {table} WHERE tenant = ? AND generation = {ACTIVE} AND record_id {{keys}}"
        );
        for row in query.by_keys(&sql, vec![tenant.as_str().into()], keys(records)).await? {
            let slot = TouchpointId(row.id(1)?);
            let fact = wire::decode_fact(slot, &row.get::<Vec<u8>>(2)?, &data_keys)?;
            found.entry(record(&row, 0)?).or_default().entry(slot).or_default().push(fact);
        }
    }
    Ok(found)
}
