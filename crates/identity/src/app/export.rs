//! What identity holds: of some records for those whom they are about, and of all as a text that can be compared.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Refusal, Tenant};
use tenure_store::{Store, StoreError};

use super::Context;
use crate::store::{
    membership,
    record::{self, SourceRecord},
};

/// Those of the records that are known, by id.
pub(crate) async fn export_records(
    context: &Context,
    tenant: &Tenant,
    records: &BTreeSet<RecordId>,
) -> Result<BTreeMap<RecordId, SourceRecord>, Refusal> {
    Ok(record::get(&context.store, tenant, records).await?)
}

/// A line for each person, by its smallest record: that record, then all.
pub(crate) async fn canonical_export(store: &Store, tenant: &Tenant) -> Result<Vec<String>, StoreError> {
    let persons = membership::all(store, tenant).await?;
    let line = |records: BTreeSet<RecordId>| {
        let names: Vec<String> = records.iter().map(ToString::to_string).collect();
        names.first().map(|first| format!("{first}: {}", names.join(" ")))
    };
    let mut lines: Vec<String> = persons.into_values().filter_map(line).collect();
    lines.sort_unstable();
    Ok(lines)
}
