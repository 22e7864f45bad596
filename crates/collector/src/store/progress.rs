//! How complete sources are.

use tenure_kernel::{Tenant, Timestamp};
use tenure_store::{Query, StoreError, Tx};

/// What a source said last.
pub(crate) async fn find(query: &impl Query, tenant: &Tenant, source: &str) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT complete_until FROM source_progress WHERE tenant = ? AND source = ? LIMIT 1";
    let row = query.first(sql, vec![tenant.as_str().into(), source.into()]).await?;
    row.map(|row| row.get(0).map(Timestamp)).transpose()
}

/// Notes what a source says.
pub(crate) async fn set(tx: &Tx, tenant: &Tenant, source: &str, until: Timestamp) -> Result<(), StoreError> {
    let sql = "INSERT INTO source_progress (tenant, source, complete_until) VALUES (?, ?, ?)
               ON CONFLICT (tenant, source) DO UPDATE SET complete_until = excluded.complete_until";
    tx.execute(sql, vec![tenant.as_str().into(), source.into(), until.0.into()]).await.map(|_| ())
}
