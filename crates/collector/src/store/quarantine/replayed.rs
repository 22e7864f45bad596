//! By which replay an item left the quarantine, so that a repeat of the call gets its answer.

use tenure_kernel::{QuarantineId, RecordId, Tenant, TouchpointId};
use tenure_store::{Query, StoreError, Tx};

use super::{nothing, settle};
use crate::{domain::outcome::Status, store::tally};

/// The replay that an item left the quarantine by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Replayed {
    /// The digest of the touchpoint that was sent in again.
    pub(crate) body: [u8; 16],
    /// What became of it.
    pub(crate) status: Status,
    pub(crate) touchpoint: Option<TouchpointId>,
    pub(crate) record: Option<RecordId>,
}

/// Takes an item out of quarantine, as [`settle`], and notes the replay that it left by.
pub(crate) async fn settle_replayed(
    tx: &Tx,
    tenant: &Tenant,
    id: QuarantineId,
    replayed: &Replayed,
) -> Result<(), StoreError> {
    settle(tx, tenant, &[id]).await?;
    let sql = "UPDATE quarantine SET outcome = ?, replayed_body = ?, touchpoint_id = ?, record_id = ?
               WHERE tenant = ? AND quarantine_id = ?";
    let values = vec![
        tally::number(replayed.status).into(),
        replayed.body.to_vec().into(),
        replayed.touchpoint.map_or_else(nothing, |id| id.0.to_vec().into()),
        replayed.record.map_or_else(nothing, |id| id.0.to_vec().into()),
        tenant.as_str().into(),
        id.0.to_vec().into(),
    ];
    tx.execute(sql, values).await.map(|_| ())
}

/// The replay that an item left the quarantine by; none when it is there, or left by an erasure.
pub(crate) async fn replayed(
    query: &impl Query,
    tenant: &Tenant,
    id: QuarantineId,
) -> Result<Option<Replayed>, StoreError> {
    let sql = "SELECT outcome, replayed_body, touchpoint_id, record_id FROM quarantine
               WHERE tenant = ? AND quarantine_id = ? AND outcome <> 0";
    let Some(row) = query.first(sql, vec![tenant.as_str().into(), id.0.to_vec().into()]).await? else {
        return Ok(None);
    };
    let outcome: i64 = row.get(0)?;
    let status = Status::ALL.into_iter().find(|status| tally::number(*status) == outcome);
    let named = |place| row.get::<Vec<u8>>(place).map(|id| <[u8; 16]>::try_from(id).ok());
    Ok(Some(Replayed {
        body: row.id(1)?,
        status: status.ok_or_else(|| StoreError::Row("quarantine.outcome".to_owned()))?,
        touchpoint: named(2)?.map(TouchpointId),
        record: named(3)?.map(RecordId),
    }))
}
