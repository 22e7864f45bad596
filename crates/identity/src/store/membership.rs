//! Memberships: which person a record belongs to.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, RecordId, Tenant};
use tenure_store::{Insert, Kind, Query, StoreError, Tx};

use super::{person_keys, record_keys};
use crate::domain::{neighbourhood::Membership, person::Move};

const MEMBERSHIP: &[(&str, Kind)] =
    &[("tenant", Kind::Text), ("record_id", Kind::Bytes), ("person_id", Kind::Bytes), ("version", Kind::Int)];

/// The records of persons.
pub(crate) async fn members(
    query: &impl Query,
    tenant: &Tenant,
    persons: &BTreeSet<PersonId>,
) -> Result<BTreeMap<RecordId, Membership>, StoreError> {
    let sql = "SELECT record_id, person_id, version FROM membership WHERE tenant = ? AND person_id {keys}";
    let rows = query.by_keys(sql, vec![tenant.as_str().into()], person_keys(persons)).await?;
    rows.iter()
        .map(|row| Ok((RecordId(row.id(0)?), Membership { person: PersonId(row.id(1)?), version: row.get(2)? })))
        .collect()
}

/// The records of the persons that the records belong to, with the decisions about each.
pub(crate) async fn around(
    tx: &Tx,
    tenant: &Tenant,
    records: &BTreeSet<RecordId>,
) -> Result<(BTreeMap<RecordId, Membership>, BTreeSet<[u8; 16]>), StoreError> {
    // In one query with the next, SQLite would read all of a tenant's memberships.
    let homes: BTreeSet<PersonId> = persons(tx, tenant, records).await?.into_values().collect();
    let sql = "SELECT m.record_id, m.person_id, m.version, d.decision_id FROM membership m
               LEFT JOIN decision_member d ON d.tenant = m.tenant AND d.record_id = m.record_id
               WHERE m.tenant = ? AND m.person_id {keys}";
    let (mut members, mut decisions) = (BTreeMap::new(), BTreeSet::new());
    for row in tx.by_keys(sql, vec![tenant.as_str().into()], person_keys(&homes)).await? {
        let membership = Membership { person: PersonId(row.id(1)?), version: row.get(2)? };
        members.insert(RecordId(row.id(0)?), membership);
        if let Some(decision) = row.get::<Option<Vec<u8>>>(3)? {
            decisions.extend(<[u8; 16]>::try_from(decision));
        }
    }
    Ok((members, decisions))
}

/// Every record of a tenant.
pub(crate) async fn all(
    query: &impl Query,
    tenant: &Tenant,
) -> Result<BTreeMap<PersonId, BTreeSet<RecordId>>, StoreError> {
    let sql = "SELECT person_id, record_id FROM membership WHERE tenant = ? /* whole */";
    let mut persons: BTreeMap<PersonId, BTreeSet<RecordId>> = BTreeMap::new();
    for row in query.all(sql, vec![tenant.as_str().into()]).await? {
        persons.entry(PersonId(row.id(0)?)).or_default().insert(RecordId(row.id(1)?));
    }
    Ok(persons)
}

/// The person of each of the records that belong to one.
pub(crate) async fn persons(
    query: &impl Query,
    tenant: &Tenant,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeMap<RecordId, PersonId>, StoreError> {
    let sql = "SELECT record_id, person_id FROM membership WHERE tenant = ? AND record_id {keys}";
    let rows = query.by_keys(sql, vec![tenant.as_str().into()], record_keys(records)).await?;
    rows.iter().map(|row| Ok((RecordId(row.id(0)?), PersonId(row.id(1)?)))).collect()
}

/// Moves records.
pub(crate) async fn write(tx: &Tx, tenant: &Tenant, moves: &[Move]) -> Result<(), StoreError> {
    let mut insert = Insert::new("membership", MEMBERSHIP)
        .on_conflict("(tenant, record_id) DO UPDATE SET person_id = excluded.person_id, version = excluded.version");
    let mut gone = Vec::new();
    for one in moves {
        let Some(to) = one.to else {
            gone.push(one.record);
            continue;
        };
        insert.row([tenant.as_str().into(), one.record.0.to_vec().into(), to.0.to_vec().into(), one.version.into()]);
    }
    tx.insert(insert).await?;
    let sql = "DELETE FROM membership WHERE tenant = ? AND record_id {keys}";
    tx.execute_by_keys(sql, vec![tenant.as_str().into()], record_keys(&gone)).await.map(|_| ())
}
