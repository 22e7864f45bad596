//! What was stated of rights. Register: changes only together with a `RightStated` entry in our journal.

use prost::Message;
use tenure_kernel::{RightId, Tenant};
use tenure_proto::profile::v1 as pb;
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx};

use crate::{domain::right::Right, event};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("right_id", Kind::Bytes),
    ("request_id", Kind::Text),
    ("body", Kind::Text),
    ("payload", Kind::Bytes),
];

/// A request and what was asked for under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) request_id: String,
    pub(crate) body: String,
}

/// Keeps what was stated. Answers whether it did: not where the request was answered before.
pub(crate) async fn add(tx: &Tx, tenant: &Tenant, right: &Right, asked: Asked) -> Result<bool, StoreError> {
    let mut insert = Insert::new("person_right", COLUMNS).on_conflict("(tenant, request_id) DO NOTHING");
    insert.row([
        tenant.as_str().into(),
        right.id.0.to_vec().into(),
        asked.request_id.into(),
        asked.body.into(),
        event::right(right).encode_to_vec().into(),
    ]);
    Ok(tx.insert(insert).await? == 1)
}

/// What was stated under an id.
pub(crate) async fn get(query: &impl Query, tenant: &Tenant, id: RightId) -> Result<Option<Right>, StoreError> {
    let sql = "SELECT payload FROM person_right WHERE tenant = ? AND right_id = ?";
    let row = query.first(sql, vec![tenant.as_str().into(), id.0.to_vec().into()]).await?;
    row.as_ref().map(right).transpose()
}

/// What answered a request, and what was asked for.
pub(crate) async fn of_request(
    query: &impl Query,
    tenant: &Tenant,
    request_id: &str,
) -> Result<Option<(String, Right)>, StoreError> {
    let sql = "SELECT payload, body FROM person_right WHERE tenant = ? AND request_id = ?";
    let row = query.first(sql, vec![tenant.as_str().into(), request_id.into()]).await?;
    row.map(|row| Ok((row.get(1)?, right(&row)?))).transpose()
}

fn right(row: &Row) -> Result<Right, StoreError> {
    let payload: Vec<u8> = row.get(0)?;
    let message = pb::Right::decode(payload.as_slice()).ok();
    message.and_then(event::read_right).ok_or_else(|| StoreError::Row("person_right.payload".to_owned()))
}
