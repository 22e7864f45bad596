//! Which promises were said to be overdue, and whether that still holds. Register: changes together with an entry.

use std::collections::BTreeSet;

use prost::Message;
use tenure_kernel::{RecordId, Tenant};
use tenure_proto::expectation::v1::OverdueSignal;
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use crate::event;

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("record_id", Kind::Bytes),
    ("promise_id", Kind::Bytes),
    ("due_at", Kind::Int),
    ("revision", Kind::Int),
    ("raised", Kind::Bool),
    ("payload", Kind::Bytes),
];

/// A signal, and whether it is raised.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Signal {
    pub(crate) raised: bool,
    pub(crate) content: OverdueSignal,
}

/// The signals about promises to records.
pub(crate) async fn of_records(
    query: &impl Query,
    tenant: &Tenant,
    records: &BTreeSet<RecordId>,
) -> Result<Vec<Signal>, StoreError> {
    let sql = "SELECT raised, payload FROM overdue_signal WHERE tenant = ? AND record_id {keys}";
    let rows = query.by_keys(sql, vec![tenant.as_str().into()], super::keys(records)).await?;
    rows.iter()
        .map(|row| {
            let content = OverdueSignal::decode(row.get::<Vec<u8>>(1)?.as_slice());
            let content = content.map_err(|_| StoreError::Row("overdue_signal.payload".to_owned()))?;
            Ok(Signal { raised: row.get(0)?, content })
        })
        .collect()
}

/// Stores signals, each in its next revision.
pub(crate) async fn save(tx: &Tx, tenant: &Tenant, signals: &[Signal]) -> Result<(), StoreError> {
    let mut insert = Insert::new("overdue_signal", COLUMNS).on_conflict(
        "(tenant, record_id, promise_id, due_at) DO UPDATE SET revision = excluded.revision, raised = excluded.raised,
         payload = excluded.payload",
    );
    for Signal { raised, content } in signals {
        insert.row([
            tenant.as_str().into(),
            content.record_id.clone().into(),
            content.promise_id.clone().into(),
            event::due(content).0.into(),
            i64::from(content.revision).into(),
            (*raised).into(),
            content.encode_to_vec().into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Drops what is held of erased records: how many rows.
pub(crate) async fn drop(tx: &Tx, tenant: &Tenant, records: &[RecordId]) -> Result<u64, StoreError> {
    let sql = "DELETE FROM overdue_signal WHERE tenant = ? AND record_id {keys}";
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], super::keys(records)).await
}
