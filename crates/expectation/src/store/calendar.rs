//! Working days that a tenant defined. Register: changes together with an entry.

use prost::Message;
use tenure_kernel::Tenant;
use tenure_proto::expectation::v1::CalendarDefinition;
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

const COLUMNS: &[(&str, Kind)] = &[("tenant", Kind::Text), ("calendar_code", Kind::Text), ("payload", Kind::Bytes)];

pub(crate) async fn save(tx: &Tx, tenant: &Tenant, definition: &CalendarDefinition) -> Result<(), StoreError> {
    let mut insert = Insert::new("calendar", COLUMNS)
        .on_conflict("(tenant, calendar_code) DO UPDATE SET payload = excluded.payload");
    let code = definition.calendar_code.as_str();
    insert.row([tenant.as_str().into(), code.into(), definition.encode_to_vec().into()]);
    tx.insert(insert).await.map(|_| ())
}

/// What a tenant defined.
pub(crate) async fn of(query: &impl Query, tenant: &Tenant) -> Result<Vec<CalendarDefinition>, StoreError> {
    let sql = "SELECT payload FROM calendar WHERE tenant = ? ORDER BY calendar_code /* few */";
    let rows = query.all(sql, vec![tenant.as_str().into()]).await?;
    let read = |payload: Vec<u8>| CalendarDefinition::decode(payload.as_slice());
    rows.iter().map(|row| read(row.get(0)?).map_err(|_| StoreError::Row("calendar.payload".to_owned()))).collect()
}
