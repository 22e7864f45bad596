//! Which generation of the projection is read.

use tenure_store::{Query, StoreError, Tx};

/// Stands for the active generation in a query.
pub(crate) const ACTIVE: &str = "(SELECT active FROM projection WHERE name = 'identity')";

/// The tables of the projection, with the generation in every row.
pub(crate) const TABLES: [&str; 13] = [
    "source_record",
    "erased_record",
    "record_fact",
    "record_key",
    "record_content",
    "record_visit",
    "record_portrait",
    "link_key",
    "record_link",
    "link_edge",
    "oversize",
    "redo",
    "link_model",
];

/// The active generation, which may be discarded once another is swapped in.
pub(crate) async fn active(query: &impl Query) -> Result<i64, StoreError> {
    let row = query.first("SELECT active FROM projection WHERE name = 'identity'", vec![]).await?;
    row.ok_or_else(|| super::unreadable("projection is empty"))?.get(0)
}

/// The active generation, which stays so until the transaction ends. Take the tenant's lock before.
pub(crate) async fn hold(tx: &Tx) -> Result<i64, StoreError> {
    let sql = "UPDATE projection SET active = active WHERE name = 'identity' RETURNING active";
    let row = tx.first(sql, vec![]).await?;
    row.ok_or_else(|| super::unreadable("projection is empty"))?.get(0)
}
