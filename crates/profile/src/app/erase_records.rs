//! Erases records.

use std::collections::BTreeSet;

use tenure_kernel::RecordId;
use tenure_records::Scope;
use tenure_store::{StoreError, Tx};

use crate::store::erased;

/// Drops what is known of records, and sees to it that nothing of them is taken in again.
pub(crate) async fn erase_records(tx: &Tx, scope: Scope<'_>, records: &BTreeSet<RecordId>) -> Result<(), StoreError> {
    erased::erase(tx, scope, records).await
}
