//! Follows what identity decided: whose records are, and where ids of persons lead.

use tenure_kernel::{PersonId, RecordId};
use tenure_store::{StoreError, Tx};

use crate::{
    domain::latest::Latest,
    store::{Place, membership},
};

/// Moves and redirects, each with its version.
#[derive(Debug, Default)]
pub(crate) struct Moves {
    /// Nobody: the record was erased.
    pub(crate) records: Latest<RecordId, Option<PersonId>>,
    /// Nowhere: the id is a person of its own.
    pub(crate) redirects: Latest<PersonId, Option<PersonId>>,
}

/// Moves records and redirects ids; of each the last version wins.
pub(crate) async fn move_records(tx: &Tx, place: Place<'_>, moves: &Moves) -> Result<(), StoreError> {
    membership::move_records(tx, place, &moves.records).await?;
    membership::redirect(tx, place, &moves.redirects).await
}
