//! Everybody of whom something is kept.

use tenure_kernel::PersonId;
use tenure_store::{Query, StoreError, Tx};

/// The next persons of a generation behind a place, with a record or with a state that is kept, by tenant and id.
pub(crate) async fn persons_after(
    tx: &Tx,
    generation: i64,
    (tenant, person): (&str, &[u8]),
    limit: i64,
) -> Result<Vec<(String, PersonId)>, StoreError> {
    let sql = "SELECT tenant, person_id FROM (
                 SELECT tenant, person_id FROM membership
                 WHERE generation = ? AND length(person_id) > 0 AND (tenant, person_id) > (?, ?)
                 UNION
                 SELECT tenant, person_id FROM person_state WHERE (tenant, person_id) > (?, ?)) AS known
               ORDER BY tenant, person_id LIMIT ?";
    let place = || [tenant.into(), person.to_vec().into()];
    let values = [vec![generation.into()], place().to_vec(), place().to_vec(), vec![limit.into()]].concat();
    tx.all(sql, values).await?.iter().map(|row| Ok((row.get(0)?, PersonId(row.id(1)?)))).collect()
}
