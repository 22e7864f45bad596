//! Records whose data was erased: nothing of them is taken in again.

use std::collections::BTreeSet;

use tenure_kernel::{RecordId, Tenant};
use tenure_records::{Scope, keys, remember};
use tenure_store::{Query, StoreError, Tx};

use super::{ACTIVE, record};

/// Drops what is known of records, and remembers them.
pub(crate) async fn erase(tx: &Tx, scope: Scope<'_>, records: &BTreeSet<RecordId>) -> Result<(), StoreError> {
    remember(tx, scope, records).await?;
    for table in ["fact_slot", "fact_history", "record_summary", "record_bucket", "enrichment_due"] {
        let sql = format!("DELETE FROM {table} WHERE tenant = ? AND generation = ? AND record_id {{keys}}");
        tx.execute_by_keys(&sql, scope.values(), keys(records)).await?;
    }
    Ok(())
}

/// All of a tenant.
pub(crate) async fn all(query: &impl Query, tenant: &Tenant) -> Result<BTreeSet<RecordId>, StoreError> {
    let sql = format!("SELECT record_id FROM erased_record WHERE tenant = ? AND generation = {ACTIVE} /* whole */");
    query.all(&sql, vec![tenant.as_str().into()]).await?.iter().map(|row| record(row, 0)).collect()
}
