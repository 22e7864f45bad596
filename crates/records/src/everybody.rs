//! Everybody of whom something is kept: the services that list persons keep a row of each in `person_state`, a table of their own.

use tenure_kernel::PersonId;
use tenure_store::{Query, StoreError, Tx};

/// The next persons of a generation behind a place, with a record or with a state that is kept, by tenant and id: some of one
/// tenant, and none only behind the last.
///
/// # Errors
/// When the database can't be reached, or has no table `person_state`.
pub async fn persons_after(
    tx: &Tx,
    generation: i64,
    (tenant, person): (&str, &[u8]),
    limit: i64,
) -> Result<Vec<(String, PersonId)>, StoreError> {
    let (mut tenant, mut after) = (tenant.to_owned(), person);
    loop {
        let persons = of_tenant(tx, generation, (&tenant, after), limit).await?;
        if !persons.is_empty() {
            return Ok(persons.into_iter().map(|person| (tenant.clone(), person)).collect());
        }
        let Some(next) = tenant_after(tx, &tenant).await? else { return Ok(Vec::new()) };
        (tenant, after) = (next, &[]);
    }
}

async fn of_tenant(
    tx: &Tx,
    generation: i64,
    (tenant, person): (&str, &[u8]),
    limit: i64,
) -> Result<Vec<PersonId>, StoreError> {
    let sql = "SELECT person_id FROM (
                 SELECT DISTINCT person_id FROM membership
                 WHERE tenant = ? AND generation = ? AND person_id > ? ORDER BY person_id LIMIT ?) AS belonging
               UNION
               SELECT person_id FROM (
                 SELECT person_id FROM person_state WHERE tenant = ? AND person_id > ? ORDER BY person_id LIMIT ?) AS kept
               ORDER BY person_id LIMIT ?";
    let person = || person.to_vec().into();
    let belonging = [tenant.into(), generation.into(), person(), limit.into()];
    let kept = [tenant.into(), person(), limit.into(), limit.into()];
    tx.all(sql, [belonging, kept].concat()).await?.iter().map(|row| Ok(PersonId(row.id(0)?))).collect()
}

async fn tenant_after(tx: &Tx, tenant: &str) -> Result<Option<String>, StoreError> {
    let mut next: Vec<String> = Vec::new();
    for table in ["membership", "person_state"] {
        let sql = format!("SELECT tenant FROM {table} WHERE tenant > ? ORDER BY tenant LIMIT 1");
        next.extend(tx.first(&sql, vec![tenant.into()]).await?.map(|row| row.get(0)).transpose()?);
    }
    Ok(next.into_iter().min())
}
