//! The domain state of a tenant in a form that no order of entries changes.

use std::collections::BTreeMap;

use tenure_kernel::{RecordId, Tenant};
use tenure_store::{Query, Store, StoreError};

use super::{ACTIVE, record_day};
use crate::domain::{currency::Currency, fold::Total};

/// Sorted lines: each person's members and days by currency under its smallest record, the days of records that belong to
/// nobody yet, and the erased records. Holds the whole tenant in memory: for tests and repairs.
pub(crate) async fn lines(store: &Store, tenant: &Tenant) -> Result<Vec<String>, StoreError> {
    let (members, smallest) = members(store, tenant).await?;
    let mut lines = members;
    let sql = format!(
        "SELECT record_id, currency, day, purchases, minor_units FROM record_day
         WHERE tenant = ? AND generation = {ACTIVE} /* whole */"
    );
    let mut days: BTreeMap<(String, Currency, i32), Total> = BTreeMap::new();
    for row in store.all(&sql, vec![tenant.as_str().into()]).await? {
        let (key, total) = record_day::day(&row)?;
        let owner =
            smallest.get(&key.record).map_or_else(|| format!("nobody {}", key.record), |key| format!("person {key}"));
        let sum = days.entry((owner, key.currency, key.day)).or_default();
        sum.purchases += total.purchases;
        sum.minor_units += total.minor_units;
    }
    lines.extend(days.into_iter().map(|((owner, currency, day), total)| {
        format!("{owner} {currency:?} day {day}: {} purchases, {} minor units", total.purchases, total.minor_units)
    }));
    let sql = format!("SELECT record_id FROM erased_record WHERE tenant = ? AND generation = {ACTIVE} /* whole */");
    for row in store.all(&sql, vec![tenant.as_str().into()]).await? {
        lines.push(format!("erased {}", RecordId(row.id(0)?)));
    }
    lines.sort_unstable();
    Ok(lines)
}

/// A line for each member, and the smallest record of each member's person.
async fn members(store: &Store, tenant: &Tenant) -> Result<(Vec<String>, BTreeMap<RecordId, RecordId>), StoreError> {
    let sql = format!(
        "SELECT person_id, record_id FROM membership
         WHERE tenant = ? AND generation = {ACTIVE} AND length(person_id) > 0 ORDER BY person_id, record_id /* whole */"
    );
    let mut persons: BTreeMap<[u8; 16], Vec<RecordId>> = BTreeMap::new();
    for row in store.all(&sql, vec![tenant.as_str().into()]).await? {
        persons.entry(row.id(0)?).or_default().push(RecordId(row.id(1)?));
    }
    let pairs = persons.values().flat_map(|records| records.iter().map(|record| (*record, records[0])));
    let smallest: BTreeMap<RecordId, RecordId> = pairs.collect();
    let lines = smallest.iter().map(|(record, smallest)| format!("person {smallest} member {record}"));
    Ok((lines.collect(), smallest))
}
