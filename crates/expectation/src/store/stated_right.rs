//! What was stated of the rights of records. Projection.

use std::collections::BTreeSet;

use prost::Message;
use tenure_kernel::{RecordId, RightId, Tenant};
use tenure_proto::profile::v1::Right;
use tenure_records::Scope;
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use super::ACTIVE;

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("record_id", Kind::Bytes),
    ("right_id", Kind::Bytes),
    ("payload", Kind::Bytes),
];

/// Puts down what was stated of records; a repeat changes nothing.
pub(crate) async fn save(tx: &Tx, scope: Scope<'_>, stated: &[(Right, Vec<RecordId>)]) -> Result<(), StoreError> {
    let mut insert =
        Insert::new("stated_right", COLUMNS).on_conflict("(tenant, generation, record_id, right_id) DO NOTHING");
    for (right, records) in stated {
        let id: RightId = right.right_id.parse().map_err(|_| StoreError::Row("a right without id".to_owned()))?;
        // The records are those of the rows.
        let payload = Right { record_ids: Vec::new(), ..right.clone() }.encode_to_vec();
        for record in records {
            insert.row([
                scope.tenant.as_str().into(),
                scope.generation.into(),
                record.0.to_vec().into(),
                id.0.to_vec().into(),
                payload.clone().into(),
            ]);
        }
    }
    tx.insert(insert).await.map(|_| ())
}

/// Drops what was stated of erased records.
pub(crate) async fn drop(tx: &Tx, scope: Scope<'_>, records: &[RecordId]) -> Result<(), StoreError> {
    let sql = "DELETE FROM stated_right WHERE tenant = ? AND generation = ? AND record_id {keys}";
    tx.execute_by_keys(sql, scope.values(), super::keys(records)).await.map(|_| ())
}

/// What was stated of records, each in the order of its ids.
pub(crate) async fn of_records(
    query: &impl Query,
    tenant: &Tenant,
    records: &BTreeSet<RecordId>,
) -> Result<Vec<(RecordId, Right)>, StoreError> {
    let sql = format!(
        "SELECT record_id, payload FROM stated_right
         WHERE tenant = ? AND generation = {ACTIVE} AND record_id {{keys}} ORDER BY record_id, right_id"
    );
    let rows = query.by_keys(&sql, vec![tenant.as_str().into()], super::keys(records)).await?;
    rows.iter()
        .map(|row| {
            let payload: Vec<u8> = row.get(1)?;
            let right = Right::decode(payload.as_slice());
            Ok((RecordId(row.id(0)?), right.map_err(|_| StoreError::Row("stated_right.payload".to_owned()))?))
        })
        .collect()
}
