//! Persons' purchases: memberships joined with days, many persons in one query.

use tenure_kernel::{PersonId, RecordId, Tenant};
use tenure_store::{Query, Row, Store, StoreError, Value};

use super::{ACTIVE, narrow};
use crate::domain::{
    currency::Currency,
    fold::Total,
    summary::{PersonSummary, RecordDay, persons},
};

/// Whose purchases: those of a tenant in a currency through a day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purchases<'a> {
    pub(crate) tenant: &'a Tenant,
    pub(crate) currency: Currency,
    /// Days since 1970-01-01, in UTC.
    pub(crate) through: i32,
}

impl Purchases<'_> {
    /// The persons with a purchase behind a person id (`None`: from the first on), `limit` at most, by person id.
    pub(crate) async fn page(
        &self,
        store: &Store,
        after: Option<PersonId>,
        limit: usize,
    ) -> Result<Vec<PersonSummary>, StoreError> {
        // An erased record belongs to nobody, which is stored as no bytes; every id sorts behind that.
        let after = after.map_or_else(Vec::new, |person| person.0.to_vec());
        let sql = format!(
            "WITH page AS (
               SELECT m.person_id FROM membership m
               WHERE m.tenant = ? AND m.generation = {ACTIVE} AND m.person_id > ? AND EXISTS (
                 SELECT 1 FROM record_day d WHERE d.tenant = m.tenant AND d.generation = m.generation
                 AND d.record_id = m.record_id AND d.currency = ? AND d.day <= ?)
               GROUP BY m.person_id ORDER BY m.person_id LIMIT ?)
             SELECT m.person_id, d.record_id, d.day, d.purchases, d.minor_units
             FROM page JOIN membership m ON m.person_id = page.person_id
             JOIN record_day d ON d.tenant = m.tenant AND d.generation = m.generation AND d.record_id = m.record_id
             WHERE m.tenant = ? AND m.generation = {ACTIVE} AND d.currency = ? AND d.day <= ?
             ORDER BY m.person_id, d.record_id, d.day"
        );
        let mut values: Vec<Value> = vec![self.tenant.as_str().into(), after.into()];
        values.extend(self.bounds());
        values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
        values.push(self.tenant.as_str().into());
        values.extend(self.bounds());
        self.read(store.all(&sql, values).await?)
    }

    /// One person's purchases, if there are any.
    pub(crate) async fn of(&self, store: &Store, person: PersonId) -> Result<Option<PersonSummary>, StoreError> {
        let sql = format!(
            "SELECT m.person_id, d.record_id, d.day, d.purchases, d.minor_units
             FROM membership m
             JOIN record_day d ON d.tenant = m.tenant AND d.generation = m.generation AND d.record_id = m.record_id
             WHERE m.tenant = ? AND m.generation = {ACTIVE} AND m.person_id = ? AND d.currency = ? AND d.day <= ?
             ORDER BY d.record_id, d.day"
        );
        let mut values: Vec<Value> = vec![self.tenant.as_str().into(), person.0.to_vec().into()];
        values.extend(self.bounds());
        Ok(self.read(store.all(&sql, values).await?)?.pop())
    }

    fn bounds(&self) -> [Value; 2] {
        [self.currency.code().into(), i64::from(self.through).into()]
    }

    fn read(&self, rows: Vec<Row>) -> Result<Vec<PersonSummary>, StoreError> {
        let days: Result<Vec<RecordDay>, StoreError> = rows.iter().map(day).collect();
        Ok(persons(&days?, self.through))
    }
}

fn day(row: &Row) -> Result<RecordDay, StoreError> {
    Ok(RecordDay {
        person: PersonId(row.id(0)?),
        record: RecordId(row.id(1)?),
        day: narrow(row.get(2)?, "record_day.day")?,
        total: Total { purchases: row.get(3)?, minor_units: row.get(4)? },
    })
}
