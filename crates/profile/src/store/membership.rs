//! Which records belong to whom, and which ids of persons lead to others, as `tenure_records` writes it.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, RecordId, Tenant};
use tenure_records::{Scope, keys};
use tenure_store::{Query, StoreError, Tx};

use super::{ACTIVE, record, summary::Kept};

/// A membership of a record that was not erased.
const LIVING: &str = "NOT EXISTS (SELECT 1 FROM erased_record e
    WHERE e.tenant = m.tenant AND e.generation = m.generation AND e.record_id = m.record_id)";

/// Whose a record is.
pub(crate) async fn person_of(
    query: &impl Query,
    tenant: &Tenant,
    record: RecordId,
) -> Result<Option<PersonId>, StoreError> {
    let sql = format!(
        "SELECT m.person_id FROM membership m
         WHERE m.tenant = ? AND m.generation = {ACTIVE} AND {LIVING} AND m.record_id {{keys}}"
    );
    person(query.by_keys(&sql, vec![tenant.as_str().into()], vec![record.0.to_vec()]).await?.pop())
}

/// Whose each of some records is, of those that are anybody's.
pub(crate) async fn persons_of(
    query: &impl Query,
    tenant: &Tenant,
    records: impl IntoIterator<Item = &RecordId>,
) -> Result<BTreeMap<RecordId, PersonId>, StoreError> {
    let sql = format!(
        "SELECT m.record_id, m.person_id FROM membership m
         WHERE m.tenant = ? AND m.generation = {ACTIVE} AND {LIVING} AND m.record_id {{keys}}"
    );
    let mut found = BTreeMap::new();
    for row in query.by_keys(&sql, vec![tenant.as_str().into()], keys(records)).await? {
        if let Ok(person) = PersonId::from_slice(&row.get::<Vec<u8>>(1)?) {
            found.insert(record(&row, 0)?, person);
        }
    }
    Ok(found)
}

/// The records of persons in a follower's generation.
pub(crate) async fn records_of(
    tx: &Tx,
    scope: Scope<'_>,
    persons: &BTreeSet<PersonId>,
) -> Result<BTreeSet<RecordId>, StoreError> {
    let sql = "SELECT record_id FROM membership WHERE tenant = ? AND generation = ? AND person_id {keys}";
    let keys = persons.iter().map(|person| person.0.to_vec()).collect();
    tx.by_keys(sql, scope.values(), keys).await?.iter().map(|row| record(row, 0)).collect()
}

/// Whose records are, or were until they were erased.
pub(crate) async fn owners(
    query: &impl Query,
    tenant: &Tenant,
    records: impl IntoIterator<Item = &RecordId>,
) -> Result<BTreeSet<PersonId>, StoreError> {
    let sql =
        format!("SELECT person_id FROM membership WHERE tenant = ? AND generation = {ACTIVE} AND record_id {{keys}}");
    let rows = query.by_keys(&sql, vec![tenant.as_str().into()], keys(records)).await?;
    let mut owners = BTreeSet::new();
    for row in rows {
        owners.extend(person(Some(row))?);
    }
    Ok(owners)
}

/// Where ids of persons lead, of those that lead elsewhere.
pub(crate) async fn redirects(
    query: &impl Query,
    tenant: &Tenant,
    persons: &BTreeSet<PersonId>,
) -> Result<BTreeMap<PersonId, PersonId>, StoreError> {
    let sql = format!(
        "SELECT from_person_id, to_person_id FROM redirect WHERE tenant = ? AND generation = {ACTIVE} AND from_person_id {{keys}}"
    );
    let keys = persons.iter().map(|person| person.0.to_vec()).collect();
    let mut found = BTreeMap::new();
    for row in query.by_keys(&sql, vec![tenant.as_str().into()], keys).await? {
        // One that leads nowhere any more has no person.
        if let Ok(to) = PersonId::from_slice(&row.get::<Vec<u8>>(1)?) {
            found.insert(PersonId(row.id(0)?), to);
        }
    }
    Ok(found)
}

/// Where a person's id leads.
pub(crate) async fn redirect_of(
    query: &impl Query,
    tenant: &Tenant,
    from: PersonId,
) -> Result<Option<PersonId>, StoreError> {
    let sql =
        format!("SELECT to_person_id FROM redirect WHERE tenant = ? AND generation = {ACTIVE} AND from_person_id = ?");
    person(query.first(&sql, vec![tenant.as_str().into(), from.0.to_vec().into()]).await?)
}

fn person(row: Option<tenure_store::Row>) -> Result<Option<PersonId>, StoreError> {
    let bytes = row.map(|row| row.get::<Vec<u8>>(0)).transpose()?;
    // No row, or no person in it.
    Ok(bytes.and_then(|bytes| PersonId::from_slice(&bytes).ok()))
}

/// The records of persons, each with its summary, which is empty where nothing was recorded yet. Who has none is left out.
pub(crate) async fn members(
    query: &impl Query,
    tenant: &Tenant,
    persons: &BTreeSet<PersonId>,
) -> Result<BTreeMap<PersonId, BTreeMap<RecordId, Kept>>, StoreError> {
    let sql = format!(
        "SELECT m.record_id, s.summary, m.person_id FROM membership m LEFT JOIN record_summary s
             ON s.tenant = m.tenant AND s.generation = m.generation AND s.record_id = m.record_id
         WHERE m.tenant = ? AND m.generation = {ACTIVE} AND {LIVING} AND m.person_id {{keys}}"
    );
    let keys = persons.iter().map(|person| person.0.to_vec()).collect();
    let mut found: BTreeMap<PersonId, BTreeMap<RecordId, Kept>> = BTreeMap::new();
    for row in query.by_keys(&sql, vec![tenant.as_str().into()], keys).await? {
        let summary = row.get::<Option<Vec<u8>>>(1)?;
        let kept = summary.as_deref().map(Kept::decode).transpose()?.unwrap_or_default();
        found.entry(PersonId(row.id(2)?)).or_default().insert(record(&row, 0)?, kept);
    }
    Ok(found)
}

/// The next persons behind one, of those who have a record that was not erased.
pub(crate) async fn persons_behind(
    tx: &Tx,
    tenant: &Tenant,
    after: Option<PersonId>,
    limit: i64,
) -> Result<BTreeSet<PersonId>, StoreError> {
    let sql = format!(
        "SELECT DISTINCT m.person_id FROM membership m
         WHERE m.tenant = ? AND m.generation = {ACTIVE} AND {LIVING} AND m.person_id > ? ORDER BY m.person_id LIMIT ?"
    );
    let after = after.map_or_else(Vec::new, |person| person.0.to_vec());
    let rows = tx.all(&sql, vec![tenant.as_str().into(), after.into(), limit.into()]).await?;
    rows.iter().map(|row| Ok(PersonId(row.id(0)?))).collect()
}

/// The records of a person.
pub(crate) async fn records(
    query: &impl Query,
    tenant: &Tenant,
    person: PersonId,
) -> Result<BTreeSet<RecordId>, StoreError> {
    let sql = format!(
        "SELECT m.record_id FROM membership m WHERE m.tenant = ? AND m.generation = {ACTIVE} AND {LIVING} AND m.person_id {{keys}}"
    );
    let rows = query.by_keys(&sql, vec![tenant.as_str().into()], vec![person.0.to_vec()]).await?;
    rows.iter().map(|row| record(row, 0)).collect()
}

/// All memberships of a tenant.
pub(crate) async fn all(query: &impl Query, tenant: &Tenant) -> Result<BTreeMap<RecordId, PersonId>, StoreError> {
    let sql = format!(
        "SELECT m.record_id, m.person_id FROM membership m WHERE m.tenant = ? AND m.generation = {ACTIVE} AND {LIVING} /* whole */"
    );
    let mut found = BTreeMap::new();
    for row in query.all(&sql, vec![tenant.as_str().into()]).await? {
        if let Ok(person) = PersonId::from_slice(&row.get::<Vec<u8>>(1)?) {
            found.insert(record(&row, 0)?, person);
        }
    }
    Ok(found)
}
