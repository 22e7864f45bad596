//! Which person a record belongs to, and where a person's id leads.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, RecordId, Tenant};
use tenure_store::{Query, StoreError};

use crate::{Scope, keys};

/// Redirects followed at most: persons are merged a few times, not hundreds.
const MAX_HOPS: i64 = 256;

/// The memberships that a service has followed, in the generation that is read.
#[derive(Debug, Clone, Copy)]
pub struct Memberships {
    projection: &'static str,
}

impl Memberships {
    /// Those of a projection.
    #[must_use]
    pub const fn of(projection: &'static str) -> Self {
        Self { projection }
    }

    /// The tenant and the projection, behind which a statement's other values go.
    fn values(self, tenant: &Tenant) -> Vec<tenure_store::Value> {
        vec![tenant.as_str().into(), self.projection.into()]
    }

    /// Where a person's id leads; itself when it leads nowhere.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn resolve(self, query: &impl Query, tenant: &Tenant, person: PersonId) -> Result<PersonId, StoreError> {
        let sql = format!(
            "WITH RECURSIVE way (person_id, hop) AS (
               SELECT to_person_id, 1 FROM redirect
               WHERE tenant = ? AND generation = {ACTIVE} AND from_person_id = ? AND length(to_person_id) > 0
               UNION ALL
               SELECT r.to_person_id, way.hop + 1 FROM way JOIN redirect r ON r.from_person_id = way.person_id
               WHERE r.tenant = ? AND r.generation = {ACTIVE} AND length(r.to_person_id) > 0 AND way.hop < {MAX_HOPS})
             SELECT person_id FROM way ORDER BY hop DESC LIMIT 1"
        );
        let mut values = self.values(tenant);
        values.push(person.0.to_vec().into());
        values.extend(self.values(tenant));
        match query.first(&sql, values).await? {
            Some(row) => Ok(PersonId(row.id(0)?)),
            None => Ok(person),
        }
    }

    /// Where each of some ids leads; most lead to themselves.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn resolve_all(
        self,
        query: &impl Query,
        tenant: &Tenant,
        persons: &[PersonId],
    ) -> Result<BTreeMap<PersonId, PersonId>, StoreError> {
        let sql = format!(
            "SELECT from_person_id, to_person_id FROM redirect
             WHERE tenant = ? AND generation = {ACTIVE} AND length(to_person_id) > 0 AND from_person_id {{keys}}"
        );
        let mut homes: BTreeMap<PersonId, PersonId> = persons.iter().map(|person| (*person, *person)).collect();
        for _ in 0..MAX_HOPS {
            let at: BTreeSet<PersonId> = homes.values().copied().collect();
            let keys = at.iter().map(|person| person.0.to_vec()).collect();
            let rows = query.by_keys(&sql, self.values(tenant), keys).await?;
            let ways: BTreeMap<PersonId, PersonId> = rows
                .iter()
                .map(|row| Ok((PersonId(row.id(0)?), PersonId(row.id(1)?))))
                .collect::<Result<_, StoreError>>()?;
            if ways.is_empty() {
                break;
            }
            homes.values_mut().for_each(|home| *home = ways.get(home).copied().unwrap_or(*home));
        }
        Ok(homes)
    }

    /// The person that a record belongs to.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn person_of(
        self,
        query: &impl Query,
        tenant: &Tenant,
        record: RecordId,
    ) -> Result<Option<PersonId>, StoreError> {
        Ok(self.owners(query, tenant, &BTreeSet::from([record])).await?.pop_first())
    }

    /// The persons that records belong to.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn owners(
        self,
        query: &impl Query,
        tenant: &Tenant,
        records: &BTreeSet<RecordId>,
    ) -> Result<BTreeSet<PersonId>, StoreError> {
        let sql = format!(
            "SELECT person_id FROM membership
             WHERE tenant = ? AND generation = {ACTIVE} AND length(person_id) > 0 AND record_id {{keys}}"
        );
        let rows = query.by_keys(&sql, self.values(tenant), keys(records)).await?;
        rows.iter().map(|row| Ok(PersonId(row.id(0)?))).collect()
    }

    /// The person that a record belongs to, and all records of that person.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn together_with(
        self,
        query: &impl Query,
        tenant: &Tenant,
        record: RecordId,
    ) -> Result<Option<(PersonId, BTreeSet<RecordId>)>, StoreError> {
        let sql = format!(
            "SELECT person_id, record_id FROM membership
             WHERE tenant = ? AND generation = {ACTIVE} AND length(person_id) > 0 AND person_id =
               (SELECT person_id FROM membership WHERE tenant = ? AND generation = {ACTIVE} AND record_id = ?)"
        );
        let mut values = self.values(tenant);
        values.extend(self.values(tenant));
        values.push(record.0.to_vec().into());
        let rows = query.all(&sql, values).await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let records = rows.iter().map(|row| Ok(RecordId(row.id(1)?))).collect::<Result<_, StoreError>>()?;
        Ok(Some((PersonId(first.id(0)?), records)))
    }

    /// The records of each of these persons; those who have none are left out.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn members(
        self,
        query: &impl Query,
        tenant: &Tenant,
        persons: &BTreeSet<PersonId>,
    ) -> Result<BTreeMap<PersonId, BTreeSet<RecordId>>, StoreError> {
        let sql = format!(
            "SELECT person_id, record_id FROM membership
             WHERE tenant = ? AND generation = {ACTIVE} AND person_id {{keys}}"
        );
        let persons = persons.iter().map(|person| person.0.to_vec()).collect();
        let mut members: BTreeMap<PersonId, BTreeSet<RecordId>> = BTreeMap::new();
        for row in &query.by_keys(&sql, self.values(tenant), persons).await? {
            members.entry(PersonId(row.id(0)?)).or_default().insert(RecordId(row.id(1)?));
        }
        Ok(members)
    }

    /// The persons that records belong to, in the generation that is written.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn persons_of(
        query: &impl Query,
        scope: Scope<'_>,
        records: &BTreeSet<RecordId>,
    ) -> Result<BTreeSet<PersonId>, StoreError> {
        let sql = "SELECT person_id FROM membership
                   WHERE tenant = ? AND generation = ? AND length(person_id) > 0 AND record_id {keys}";
        let rows = query.by_keys(sql, scope.values(), keys(records)).await?;
        rows.iter().map(|row| Ok(PersonId(row.id(0)?))).collect()
    }
}

/// The generation that is read; a rebuilt one takes its place at once.
const ACTIVE: &str = "(SELECT active FROM projection WHERE name = ?)";
