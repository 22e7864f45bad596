//! How often the kept state of each person changed, and which fields it has. Derived from facts by refolding, which also brings it up to date after a rebuild.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use tenure_kernel::{PersonId, Tenant};
use tenure_proto::profile::v1 as pb;
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx};

use crate::domain::kept::KeptFields;

const COLUMNS: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("person_id", Kind::Bytes),
    ("revision", Kind::Int),
    ("change", Kind::Int),
    ("fields", Kind::Bytes),
];

/// The revision of a state, the change of traits and segments under which it was last looked at, and the fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) revision: i64,
    pub(crate) change: i64,
    pub(crate) fields: KeptFields,
}

/// The stamps of persons.
pub(crate) async fn load(
    tx: &Tx,
    tenant: &Tenant,
    persons: &BTreeSet<PersonId>,
) -> Result<BTreeMap<PersonId, Stamp>, StoreError> {
    let sql = "SELECT person_id, revision, change, fields FROM person_state WHERE tenant = ? AND person_id {keys}";
    let rows = tx.by_keys(sql, vec![tenant.as_str().into()], super::persons(persons)).await?;
    let stamp = |row: &Row| {
        let fields = read_fields(&row.get::<Vec<u8>>(3)?)?;
        Ok((PersonId(row.id(0)?), Stamp { revision: row.get(1)?, change: row.get(2)?, fields }))
    };
    rows.iter().map(stamp).collect()
}

/// Writes stamps over those that are there.
pub(crate) async fn save(tx: &Tx, tenant: &Tenant, stamps: &BTreeMap<PersonId, Stamp>) -> Result<(), StoreError> {
    let mut insert = Insert::new("person_state", COLUMNS)
        .on_conflict("(tenant, person_id) DO UPDATE SET revision = excluded.revision, change = excluded.change, fields = excluded.fields");
    for (person, stamp) in stamps {
        let (tenant, person) = (tenant.as_str().into(), person.0.to_vec().into());
        insert.row([tenant, person, stamp.revision.into(), stamp.change.into(), fields(&stamp.fields).into()]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Drops the stamps of persons that are there no more.
pub(crate) async fn drop(tx: &Tx, tenant: &Tenant, persons: &BTreeSet<PersonId>) -> Result<(), StoreError> {
    let sql = "DELETE FROM person_state WHERE tenant = ? AND person_id {keys}";
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], super::persons(persons)).await.map(|_| ())
}

/// The next persons behind one, up to another, with the change under which each was last looked at.
pub(crate) async fn after(
    tx: &Tx,
    tenant: &Tenant,
    (after, last): (&[u8], &[u8]),
    limit: i64,
) -> Result<Vec<(PersonId, i64)>, StoreError> {
    let sql = "SELECT person_id, change FROM person_state
               WHERE tenant = ? AND person_id > ? AND person_id <= ? ORDER BY person_id LIMIT ?";
    let values = vec![tenant.as_str().into(), after.to_vec().into(), last.to_vec().into(), limit.into()];
    tx.all(sql, values).await?.iter().map(|row| Ok((PersonId(row.id(0)?), row.get(1)?))).collect()
}

/// Whether somebody was not looked at since a change.
pub(crate) async fn any_before(query: &impl Query, tenant: &Tenant, change: i64) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM person_state WHERE tenant = ? AND change < ? LIMIT 1";
    Ok(query.first(sql, vec![tenant.as_str().into(), change.into()]).await?.is_some())
}

fn fields(kept: &KeptFields) -> Vec<u8> {
    let fields = kept.0.iter().map(|(path, origin)| pb::KeptField { path: path.clone(), origin: *origin });
    pb::KeptFields { fields: fields.collect() }.encode_to_vec()
}

fn read_fields(bytes: &[u8]) -> Result<KeptFields, StoreError> {
    let kept = pb::KeptFields::decode(bytes).map_err(|_| StoreError::Row("person_state.fields".to_owned()))?;
    Ok(KeptFields(kept.fields.into_iter().map(|field| (field.path, field.origin)).collect()))
}
