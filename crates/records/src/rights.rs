//! What profile was told of the rights of records: restrictions, objections, holds and their ends.

use std::collections::BTreeSet;

use prost::Message;
use tenure_journal::{Batch, Entry, Unfit};
use tenure_kernel::{RecordId, RightId, Tenant};
use tenure_proto::profile::v1::{Right, RightStated};
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use crate::{Scope, keys};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("generation", Kind::Int),
    ("record_id", Kind::Bytes),
    ("right_id", Kind::Bytes),
    ("payload", Kind::Bytes),
];

/// What an entry `RightStated` states, and of which records of the range.
///
/// # Errors
/// When the entry can't be read.
pub fn stated(entry: &Entry, batch: &Batch<'_>) -> Result<Option<(Right, Vec<RecordId>)>, Unfit> {
    let event: RightStated = entry.decode(1)?;
    let right = event.right.ok_or(Unfit::Field("nothing is stated"))?;
    let records: Result<Vec<RecordId>, _> = right.record_ids.iter().map(|id| id.parse()).collect();
    let mut records = records.map_err(|_| Unfit::Field("a record id is malformed"))?;
    records.retain(|record| batch.owns(*record));
    Ok((!records.is_empty()).then_some((right, records)))
}

/// Puts down what was stated of records; a repeat changes nothing.
///
/// # Errors
/// When the database can't be reached, or a right has no id.
pub async fn save_rights(tx: &Tx, scope: Scope<'_>, stated: &[(Right, Vec<RecordId>)]) -> Result<(), StoreError> {
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
///
/// # Errors
/// When the database can't be reached.
pub async fn drop_rights(tx: &Tx, scope: Scope<'_>, records: &[RecordId]) -> Result<(), StoreError> {
    let sql = "DELETE FROM stated_right WHERE tenant = ? AND generation = ? AND record_id {keys}";
    tx.execute_by_keys(sql, scope.values(), keys(records)).await.map(|_| ())
}

/// What a service has followed of rights, in the generation that is read.
#[derive(Debug, Clone, Copy)]
pub struct StatedRights {
    projection: &'static str,
}

impl StatedRights {
    /// That of a projection.
    #[must_use]
    pub const fn of(projection: &'static str) -> Self {
        Self { projection }
    }

    /// What was stated of records, each in the order of its ids.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn of_records(
        self,
        query: &impl Query,
        tenant: &Tenant,
        records: impl IntoIterator<Item = &RecordId>,
    ) -> Result<Vec<(RecordId, Right)>, StoreError> {
        let sql = "SELECT record_id, payload FROM stated_right
                   WHERE tenant = ? AND generation = (SELECT active FROM projection WHERE name = ?)
                     AND record_id {keys} ORDER BY record_id, right_id";
        let values = vec![tenant.as_str().into(), self.projection.into()];
        let rows = query.by_keys(sql, values, keys(records)).await?;
        rows.iter()
            .map(|row| {
                let payload: Vec<u8> = row.get(1)?;
                let right = Right::decode(payload.as_slice());
                Ok((RecordId(row.id(0)?), right.map_err(|_| StoreError::Row("stated_right.payload".to_owned()))?))
            })
            .collect()
    }

    /// A line for each right of each record of a tenant, in no order: for canonical exports. Holds them all in memory.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn lines(self, query: &impl Query, tenant: &Tenant) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT DISTINCT record_id FROM stated_right
                   WHERE tenant = ? AND generation = (SELECT active FROM projection WHERE name = ?) /* whole */";
        let rows = query.all(sql, vec![tenant.as_str().into(), self.projection.into()]).await?;
        let records: BTreeSet<RecordId> =
            rows.iter().map(|row| Ok(RecordId(row.id(0)?))).collect::<Result<_, StoreError>>()?;
        let rights = self.of_records(query, tenant, &records).await?;
        let line = |(record, right): (RecordId, Right)| {
            format!("record {record} {} {}", right.kind().as_str_name().to_lowercase(), right.right_id)
        };
        Ok(rights.into_iter().map(line).collect())
    }
}
