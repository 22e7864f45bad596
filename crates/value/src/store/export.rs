//! The domain state of a tenant in a form that no order of entries changes.

use std::collections::BTreeMap;

use tenure_kernel::{RecordId, Tenant};
use tenure_store::{Query, Store, StoreError};

use super::{ACTIVE, RIGHTS, consent_fact, deal_fact, record_day, record_service};
use crate::domain::{
    book::Book,
    purchase::{DayKey, Total},
    service::{Served, ServiceKey},
    statement::Sum as _,
};

/// Sorted lines: each person's members, days by currency and what serving took under its smallest record, the days of records
/// that belong to nobody yet, what was said of rights, and the erased records. Holds the whole tenant in memory: for tests and repairs.
pub(crate) async fn lines(store: &Store, tenant: &Tenant) -> Result<Vec<String>, StoreError> {
    let (members, smallest) = members(store, tenant).await?;
    let mut lines = members;
    let owner = |record: RecordId| {
        smallest.get(&record).map_or_else(|| format!("nobody {record}"), |key| format!("person {key}"))
    };
    lines.extend(purchases(store, tenant, owner).await?);
    lines.extend(services(store, tenant, owner).await?);
    lines.extend(deals(store, tenant, owner).await?);
    let words = consent_fact::whole(store, tenant).await?;
    lines.extend(words.into_iter().map(|(record, word)| format!("{} {word:?}", owner(record))));
    lines.extend(RIGHTS.lines(store, tenant).await?);
    let sql = format!("SELECT record_id FROM erased_record WHERE tenant = ? AND generation = {ACTIVE} /* whole */");
    for row in store.all(&sql, vec![tenant.as_str().into()]).await? {
        lines.push(format!("erased {}", RecordId(row.id(0)?)));
    }
    lines.sort_unstable();
    Ok(lines)
}

async fn purchases(
    store: &Store,
    tenant: &Tenant,
    owner: impl Fn(RecordId) -> String,
) -> Result<Vec<String>, StoreError> {
    let sql = format!(
        "SELECT record_id, currency, line, day, purchases, minor_units, known_minor, margin_minor FROM record_day
         WHERE tenant = ? AND generation = {ACTIVE} /* whole */"
    );
    let mut days: BTreeMap<(String, Book, i32), Total> = BTreeMap::new();
    for row in store.all(&sql, vec![tenant.as_str().into()]).await? {
        let (DayKey { record, book, day }, total) = record_day::day(&row)?;
        days.entry((owner(record), book, day)).or_default().add(&total, 1);
    }
    let line = |((owner, book, day), total): ((String, Book, i32), Total)| {
        let Total { purchases, minor_units, known_minor, margin_minor } = total;
        format!(
            "{owner} {book:?} day {day}: {purchases} purchases, {minor_units} minor units; \
             margin {margin_minor} of {known_minor}"
        )
    };
    Ok(days.into_iter().map(line).collect())
}

async fn services(
    store: &Store,
    tenant: &Tenant,
    owner: impl Fn(RecordId) -> String,
) -> Result<Vec<String>, StoreError> {
    let sql = format!(
        "SELECT record_id, day, kind, channel, line, currency, services, seconds, minor_units FROM record_service
         WHERE tenant = ? AND generation = {ACTIVE} /* whole */"
    );
    let mut days: BTreeMap<(String, String), Served> = BTreeMap::new();
    for row in store.all(&sql, vec![tenant.as_str().into()]).await? {
        let (ServiceKey { record, day, kind, channel, line, currency }, served) = record_service::row(&row)?;
        let line = if line.is_all() { String::new() } else { format!(" {line:?}") };
        let what = format!("{currency:?}{line} day {day}: {} in channel {}", kind.name(), channel.0);
        days.entry((owner(record), what)).or_default().add(&served, 1);
    }
    let line = |((owner, what), served): ((String, String), Served)| {
        let Served { count, seconds, minor_units } = served;
        format!("{owner} {what}: {count} services, {seconds} s, {minor_units} minor units")
    };
    Ok(days.into_iter().map(line).collect())
}

async fn deals(store: &Store, tenant: &Tenant, owner: impl Fn(RecordId) -> String) -> Result<Vec<String>, StoreError> {
    let told = deal_fact::whole(store, tenant).await?;
    // Without the facts' ids, which differ between tenants.
    Ok(told.into_iter().map(|(record, (_, deal))| format!("{} {deal:?}", owner(record))).collect())
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
