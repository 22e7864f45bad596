//! Erases records.

use std::collections::BTreeSet;

use tenure_kernel::RecordId;
use tenure_store::{StoreError, Tx};

use crate::store::{Place, erased};

/// Drops what is known of records, and sees to it that nothing of them is taken in again.
pub(crate) async fn erase_records(tx: &Tx, place: Place<'_>, records: &BTreeSet<RecordId>) -> Result<(), StoreError> {
    erased::erase(tx, place, records).await
}
