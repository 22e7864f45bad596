//! The domain state of a tenant in a form that no order of entries changes.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Tenant};
use tenure_store::{Query, Store, StoreError};

use super::{ACTIVE, RIGHTS, fact, majority, pending_identity, source_progress};

/// Sorted lines: each person's members and facts under its smallest record, the facts of records that belong to nobody yet, what is stated
/// of when customers come of age, the records of which it is open whose they are, the erased records, and how far sources have come. Holds the whole tenant in memory: for tests and repairs.
pub(crate) async fn lines(store: &Store, tenant: &Tenant) -> Result<Vec<String>, StoreError> {
    let smallest = smallest(store, tenant).await?;
    let mut lines: Vec<String> =
        smallest.iter().map(|(record, smallest)| format!("person {smallest} member {record}")).collect();
    let records = ids(store, tenant, "SELECT DISTINCT record_id FROM fact").await?;
    for fact in fact::of_records(store, tenant, &records).await? {
        let owner = smallest
            .get(&fact.record)
            .map_or_else(|| format!("nobody {}", fact.record), |smallest| format!("person {smallest}"));
        let kind = fact.body.r#type().as_str_name().trim_start_matches("TOUCHPOINT_TYPE_").to_lowercase();
        lines.push(format!("{owner} fact {} {kind} of {}", fact.touchpoint, fact.body.source));
    }
    let records = ids(store, tenant, "SELECT DISTINCT record_id FROM majority").await?;
    for (record, stated) in majority::of_records(store, tenant, &records).await? {
        let of_age_at = stated.of_age_at.map_or_else(|| "by then".to_owned(), |at| at.0.to_string());
        lines.push(format!("of age {record} {of_age_at} by {} of {}", stated.touchpoint, stated.at.0));
    }
    let records = ids(store, tenant, "SELECT record_id FROM pending_identity").await?;
    let open = pending_identity::among(store, tenant, &records).await?;
    lines.extend(open.iter().map(|record| format!("open {record}")));
    lines.extend(RIGHTS.lines(store, tenant).await?);
    let erased = ids(store, tenant, "SELECT record_id FROM erased_record").await?;
    lines.extend(erased.iter().map(|record| format!("erased {record}")));
    let progress = source_progress::of(store, tenant).await?;
    lines.extend(progress.iter().map(|(source, until)| format!("source {source} through {}", until.0)));
    lines.sort_unstable();
    Ok(lines)
}

async fn ids(store: &Store, tenant: &Tenant, select: &str) -> Result<BTreeSet<RecordId>, StoreError> {
    let sql = format!("{select} WHERE tenant = ? AND generation = {ACTIVE} /* whole */");
    let rows = store.all(&sql, vec![tenant.as_str().into()]).await?;
    rows.iter().map(|row| Ok(RecordId(row.id(0)?))).collect()
}

/// The smallest record of each member's person.
async fn smallest(store: &Store, tenant: &Tenant) -> Result<BTreeMap<RecordId, RecordId>, StoreError> {
    let sql = format!(
        "SELECT person_id, record_id FROM membership
         WHERE tenant = ? AND generation = {ACTIVE} AND length(person_id) > 0 ORDER BY person_id, record_id /* whole */"
    );
    let mut persons: BTreeMap<[u8; 16], Vec<RecordId>> = BTreeMap::new();
    for row in store.all(&sql, vec![tenant.as_str().into()]).await? {
        persons.entry(row.id(0)?).or_default().push(RecordId(row.id(1)?));
    }
    Ok(persons.values().flat_map(|records| records.iter().map(|record| (*record, records[0]))).collect())
}
