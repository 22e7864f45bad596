//! Persons: their ids, and where those lead.

use std::collections::BTreeSet;

use tenure_kernel::{PersonId, RecordId, Tenant};
use tenure_store::{Insert, Kind, Query, Row, StoreError, Tx};

use super::{optional, person_keys, record_keys};
use crate::domain::person::{Person, Persons};

const PERSON: &[(&str, Kind)] = &[
    ("tenant", Kind::Text),
    ("person_id", Kind::Bytes),
    ("founder", Kind::Bytes),
    ("ordinal", Kind::Int),
    ("holder", Kind::Bytes),
    ("records", Kind::Int),
    ("revision", Kind::Int),
    ("leads_to", Kind::Bytes),
    ("redirect_version", Kind::Int),
];

const SELECT: &str =
    "SELECT person_id, founder, ordinal, holder, records, revision, leads_to, redirect_version FROM person
    WHERE tenant = ? AND";

fn read(row: &Row) -> Result<Person, StoreError> {
    Ok(Person {
        id: PersonId(row.id(0)?),
        founder: optional(row, 1)?.map(RecordId),
        ordinal: u32::try_from(row.get::<i64>(2)?).unwrap_or(u32::MAX),
        holder: optional(row, 3)?.map(RecordId),
        records: row.get(4)?,
        revision: row.get(5)?,
        leads_to: optional(row, 6)?.map(PersonId),
        redirect_version: row.get(7)?,
    })
}

async fn add(
    query: &impl Query,
    tenant: &Tenant,
    persons: &mut Persons,
    column: &str,
    keys: Vec<Vec<u8>>,
) -> Result<(), StoreError> {
    let sql = format!("{SELECT} {column} {{keys}}");
    for row in query.by_keys(&sql, vec![tenant.as_str().into()], keys).await? {
        let person = read(&row)?;
        persons.insert(person.id, person);
    }
    Ok(())
}

/// Those of the persons that there are, and those that they lead to.
pub(crate) async fn load(
    query: &impl Query,
    tenant: &Tenant,
    ids: impl IntoIterator<Item = PersonId>,
) -> Result<Persons, StoreError> {
    let mut persons = Persons::new();
    add(query, tenant, &mut persons, "person_id", person_keys(&ids.into_iter().collect::<BTreeSet<_>>())).await?;
    follow(query, tenant, &mut persons).await?;
    Ok(persons)
}

/// Those of the persons that there are, those that the records founded or hold, and those that any of them lead to. Who never
/// belonged to anybody founded nobody.
pub(crate) async fn load_around(
    tx: &Tx,
    tenant: &Tenant,
    ids: impl IntoIterator<Item = PersonId>,
    records: &BTreeSet<RecordId>,
) -> Result<Persons, StoreError> {
    let mut persons = Persons::new();
    let mut ids: BTreeSet<PersonId> = ids.into_iter().collect();
    // The ids alone: for whole rows SQLite would rather read all of a tenant's than look them up by an index without them.
    for column in ["founder", "holder"] {
        let sql = format!("SELECT person_id FROM person WHERE tenant = ? AND {column} {{keys}}");
        for row in tx.by_keys(&sql, vec![tenant.as_str().into()], record_keys(records)).await? {
            ids.insert(PersonId(row.id(0)?));
        }
    }
    add(tx, tenant, &mut persons, "person_id", person_keys(&ids)).await?;
    follow(tx, tenant, &mut persons).await?;
    Ok(persons)
}

/// Adds what the persons lead to, link by link.
async fn follow(query: &impl Query, tenant: &Tenant, persons: &mut Persons) -> Result<(), StoreError> {
    let mut asked = BTreeSet::new();
    loop {
        let next: BTreeSet<PersonId> = persons
            .values()
            .filter_map(|person| person.leads_to)
            .filter(|id| !persons.contains_key(id) && !asked.contains(id))
            .collect();
        if next.is_empty() {
            return Ok(());
        }
        add(query, tenant, persons, "person_id", person_keys(&next)).await?;
        asked.extend(next);
    }
}

/// Writes persons as they are now.
pub(crate) async fn write<'a>(
    tx: &Tx,
    tenant: &Tenant,
    persons: impl IntoIterator<Item = &'a Person>,
) -> Result<(), StoreError> {
    let mut insert = Insert::new("person", PERSON).on_conflict(
        "(tenant, person_id) DO UPDATE SET holder = excluded.holder, records = excluded.records,
         revision = excluded.revision, leads_to = excluded.leads_to, redirect_version = excluded.redirect_version",
    );
    let bytes = |id: Option<[u8; 16]>| id.map(|id| id.to_vec()).unwrap_or_default();
    for person in persons {
        insert.row([
            tenant.as_str().into(),
            person.id.0.to_vec().into(),
            bytes(person.founder.map(|founder| founder.0)).into(),
            i64::from(person.ordinal).into(),
            bytes(person.holder.map(|holder| holder.0)).into(),
            person.records.into(),
            person.revision.into(),
            bytes(person.leads_to.map(|to| to.0)).into(),
            person.redirect_version.into(),
        ]);
    }
    tx.insert(insert).await.map(|_| ())
}

/// Forgets which persons erased records founded and hold.
pub(crate) async fn forget(tx: &Tx, tenant: &Tenant, records: &BTreeSet<RecordId>) -> Result<(), StoreError> {
    for column in ["founder", "holder"] {
        let sql = format!("UPDATE person SET {column} = ? WHERE tenant = ? AND {column} {{keys}}");
        let values = vec![Vec::<u8>::new().into(), tenant.as_str().into()];
        tx.execute_by_keys(&sql, values, record_keys(records)).await?;
    }
    Ok(())
}
