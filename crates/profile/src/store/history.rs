//! All that was ever said of records: what their slots hold, and beside it what is outranked.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Tenant, TouchpointId};
use tenure_keyring::{DataKeys, Keyring};
use tenure_records::{Scope, keys};
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

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
    let mut insert = Insert::new("fact_history", COLUMNS)
        .on_conflict("(tenant, generation, record_id, fact_id, touchpoint_id) DO NOTHING");
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
    tx.insert(insert).await.map(|_| ())
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
