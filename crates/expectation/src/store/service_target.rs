//! Targets of a firm's own, in all versions. Register: changes together with an entry.

use prost::Message;
use tenure_kernel::Tenant;
use tenure_proto::expectation::v1::ServiceTarget;
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

const COLUMNS: &[(&str, Kind)] =
    &[("tenant", Kind::Text), ("service_target_code", Kind::Text), ("version", Kind::Int), ("payload", Kind::Bytes)];

pub(crate) async fn insert(tx: &Tx, tenant: &Tenant, target: &ServiceTarget) -> Result<(), StoreError> {
    let mut insert = Insert::new("service_target", COLUMNS);
    insert.row([
        tenant.as_str().into(),
        target.service_target_code.as_str().into(),
        i64::from(target.version).into(),
        target.encode_to_vec().into(),
    ]);
    tx.insert(insert).await.map(|_| ())
}

/// What a tenant defined, by code, of each the newest version first.
pub(crate) async fn of(query: &impl Query, tenant: &Tenant) -> Result<Vec<ServiceTarget>, StoreError> {
    let sql =
        "SELECT payload FROM service_target WHERE tenant = ? ORDER BY service_target_code, version DESC /* few */";
    let rows = query.all(sql, vec![tenant.as_str().into()]).await?;
    let read = |payload: Vec<u8>| ServiceTarget::decode(payload.as_slice());
    rows.iter().map(|row| read(row.get(0)?).map_err(|_| StoreError::Row("service_target.payload".to_owned()))).collect()
}
