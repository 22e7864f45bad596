//! Deletes a segment.

use tenure_journal::{Draft, Route};
use tenure_kernel::{EntryId, Refusal};
use tenure_server::Call;

use super::register::Register;
use crate::{
    defined,
    store::{segment_definition, trait_definition},
};

impl Register {
    /// Deletes a segment; answers a read token. One that was deleted before stays so.
    ///
    /// # Errors
    /// `NOT_FOUND`.
    pub(crate) async fn delete_segment(&self, call: &Call, name: &str) -> Result<String, Refusal> {
        let tenant = call.tenant()?;
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        trait_definition::lock(&tx, tenant).await?;
        let (segment, deleted) = segment_definition::get(&tx, tenant, name).await?.ok_or_else(Refusal::not_found)?;
        if deleted {
            let head = self.journal.head_by(&tx).await?;
            tx.rollback().await?;
            return Ok(self.journal.token(head));
        }
        let catalogue = trait_definition::all(&tx, tenant).await?;
        segment_definition::put(&tx, tenant, &segment, (catalogue.change + 1, true)).await?;
        let (at, entry) = (self.clock.now(), EntryId(self.ids.next()));
        let draft = Draft::new(entry, tenant.clone(), Route::All, &defined::segment_deleted(&segment, at), at);
        let sequence = self.journal.commit(tx, vec![draft.traced(call.traceparent().map(str::to_owned))]).await?;
        self.definitions.changed(tenant);
        Ok(self.journal.token(sequence))
    }
}
