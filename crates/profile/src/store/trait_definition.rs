//! The traits of tenants. Register: changes only together with a `TraitDefined` or `TraitDeleted` entry in our journal.

use prost::Message;
use tenure_kernel::Tenant;
use tenure_proto::profile::v1 as pb;
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use super::segment_definition;
use crate::{
    defined,
    domain::catalogue::{Catalogue, Definition},
};

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("name", Kind::Text),
    ("change", Kind::Int),
    ("deleted", Kind::Bool),
    ("payload", Kind::Bytes),
];

/// Holds everybody else who would change traits or segments of the tenant, until the transaction ends.
pub(crate) async fn lock(tx: &Tx, tenant: &Tenant) -> Result<(), StoreError> {
    tx.lock(&format!("profile-traits-{tenant}")).await
}

/// Keeps a definition, or that it was deleted, as the tenant's next change.
pub(crate) async fn put(
    tx: &Tx,
    tenant: &Tenant,
    definition: &Definition,
    (change, deleted): (i64, bool),
) -> Result<(), StoreError> {
    let mut insert = Insert::new("trait_definition", COLUMNS).on_conflict(
        "(tenant, name) DO UPDATE SET change = excluded.change, deleted = excluded.deleted, payload = excluded.payload",
    );
    insert.row([
        tenant.as_str().into(),
        definition.name.as_str().into(),
        change.into(),
        deleted.into(),
        defined::definition_message(definition).encode_to_vec().into(),
    ]);
    tx.insert(insert).await.map(|_| ())
}

/// All traits and segments that are defined now. Those that were deleted stay, few as they are, so that versions go on.
pub(crate) async fn all(query: &impl Query, tenant: &Tenant) -> Result<Catalogue, StoreError> {
    let sql = "SELECT payload, change, deleted FROM trait_definition WHERE tenant = ? /* few */";
    let (mut definitions, mut change) = (Vec::new(), 0);
    for row in query.all(sql, vec![tenant.as_str().into()]).await? {
        change = change.max(row.get(1)?);
        if !row.get::<bool>(2)? {
            definitions.push(definition(&row.get::<Vec<u8>>(0)?)?);
        }
    }
    let (segments, last) = segment_definition::all(query, tenant).await?;
    Ok(Catalogue::of(definitions, change.max(last)).with_segments(segments))
}

/// A trait by its name, and whether it was deleted.
pub(crate) async fn get(
    query: &impl Query,
    tenant: &Tenant,
    name: &str,
) -> Result<Option<(Definition, bool)>, StoreError> {
    let sql = "SELECT payload, deleted FROM trait_definition WHERE tenant = ? AND name = ?";
    let row = query.first(sql, vec![tenant.as_str().into(), name.into()]).await?;
    row.map(|row| Ok((definition(&row.get::<Vec<u8>>(0)?)?, row.get(1)?))).transpose()
}

fn definition(bytes: &[u8]) -> Result<Definition, StoreError> {
    let message = pb::TraitDefinition::decode(bytes).ok();
    message.and_then(defined::read_definition).ok_or_else(|| StoreError::Row("trait_definition.payload".to_owned()))
}
