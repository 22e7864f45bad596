//! Incidents that a tenant defined. Register: changes together with an entry.

use prost::Message;
use tenure_kernel::Tenant;
use tenure_proto::expectation::v1::Incident;
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

const COLUMNS: &[(&str, Kind)] = &[("tenant", Kind::Text), ("incident_code", Kind::Text), ("payload", Kind::Bytes)];

pub(crate) async fn save(tx: &Tx, tenant: &Tenant, incident: &Incident) -> Result<(), StoreError> {
    let mut insert = Insert::new("incident", COLUMNS)
        .on_conflict("(tenant, incident_code) DO UPDATE SET payload = excluded.payload");
    let code = incident.incident_code.as_str();
    insert.row([tenant.as_str().into(), code.into(), incident.encode_to_vec().into()]);
    tx.insert(insert).await.map(|_| ())
}

/// What a tenant defined, by code.
pub(crate) async fn of(query: &impl Query, tenant: &Tenant) -> Result<Vec<Incident>, StoreError> {
    let sql = "SELECT payload FROM incident WHERE tenant = ? ORDER BY incident_code /* few */";
    let rows = query.all(sql, vec![tenant.as_str().into()]).await?;
    let read = |payload: Vec<u8>| Incident::decode(payload.as_slice());
    rows.iter().map(|row| read(row.get(0)?).map_err(|_| StoreError::Row("incident.payload".to_owned()))).collect()
}
