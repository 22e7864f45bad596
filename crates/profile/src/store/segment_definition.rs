//! The segments of tenants. Register: changes only together with a `SegmentDefined` or `SegmentDeleted` entry in our journal.

use prost::Message;
use tenure_kernel::Tenant;
use tenure_proto::profile::v1 as pb;
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use crate::{defined, domain::segment::Segment};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("name", Kind::Text),
    ("change", Kind::Int),
    ("deleted", Kind::Bool),
    ("payload", Kind::Bytes),
];

/// Keeps a segment, or that it was deleted, as the tenant's next change.
pub(crate) async fn put(
    tx: &Tx,
    tenant: &Tenant,
    segment: &Segment,
    (change, deleted): (i64, bool),
) -> Result<(), StoreError> {
    let mut insert = Insert::new("segment_definition", COLUMNS).on_conflict(
        "(tenant, name) DO UPDATE SET change = excluded.change, deleted = excluded.deleted, payload = excluded.payload",
    );
    insert.row([
        tenant.as_str().into(),
        segment.name.as_str().into(),
        change.into(),
        deleted.into(),
        defined::segment_message(segment).encode_to_vec().into(),
    ]);
    tx.insert(insert).await.map(|_| ())
}

/// All segments that are defined now, and the number of the last change. Those that were deleted stay, few as they are.
pub(crate) async fn all(query: &impl Query, tenant: &Tenant) -> Result<(Vec<Segment>, i64), StoreError> {
    let sql = "SELECT payload, change, deleted FROM segment_definition WHERE tenant = ? /* few */";
    let (mut segments, mut change) = (Vec::new(), 0);
    for row in query.all(sql, vec![tenant.as_str().into()]).await? {
        change = change.max(row.get(1)?);
        if !row.get::<bool>(2)? {
            segments.push(segment(&row.get::<Vec<u8>>(0)?)?);
        }
    }
    Ok((segments, change))
}

/// A segment by its name, and whether it was deleted.
pub(crate) async fn get(
    query: &impl Query,
    tenant: &Tenant,
    name: &str,
) -> Result<Option<(Segment, bool)>, StoreError> {
    let sql = "SELECT payload, deleted FROM segment_definition WHERE tenant = ? AND name = ?";
    let row = query.first(sql, vec![tenant.as_str().into(), name.into()]).await?;
    row.map(|row| Ok((segment(&row.get::<Vec<u8>>(0)?)?, row.get(1)?))).transpose()
}

fn segment(bytes: &[u8]) -> Result<Segment, StoreError> {
    let message = pb::SegmentDefinition::decode(bytes).ok();
    message.and_then(defined::read_segment).ok_or_else(|| StoreError::Row("segment_definition.payload".to_owned()))
}
