//! Deletes a trait.

use tenure_journal::{Draft, Route};
use tenure_kernel::{EntryId, Reason, Refusal};
use tenure_server::Call;

use super::register::Register;
use crate::{defined, store::trait_definition};

impl Register {
    /// Deletes a trait; answers a read token. One that was deleted before stays so.
    ///
    /// # Errors
    /// `NOT_FOUND`; `FIELDS_INVALID` where others are worked out from it.
    pub(crate) async fn delete_trait(&self, call: &Call, name: &str) -> Result<String, Refusal> {
        let tenant = call.tenant()?;
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        trait_definition::lock(&tx, tenant).await?;
        let (definition, deleted) = trait_definition::get(&tx, tenant, name).await?.ok_or_else(Refusal::not_found)?;
        if deleted {
            let head = self.journal.head_by(&tx).await?;
            tx.rollback().await?;
            return Ok(self.journal.token(head));
        }
        let catalogue = trait_definition::all(&tx, tenant).await?;
        let segments = catalogue.segments_on(name).into_iter().map(|segment| format!("the segment {segment}"));
        let users: Vec<String> = catalogue.users(name).into_iter().map(str::to_owned).chain(segments).collect();
        if !users.is_empty() {
            let used = format!("others are worked out from it: {}", users.join(", "));
            return Err(Refusal::field("name", Reason::FieldNotAllowed, used));
        }
        trait_definition::put(&tx, tenant, &definition, (catalogue.change + 1, true)).await?;
        let (at, entry) = (self.clock.now(), EntryId(self.ids.next()));
        let draft = Draft::new(entry, tenant.clone(), Route::All, &defined::deleted(&definition, at), at);
        let sequence = self.journal.commit(tx, vec![draft.traced(call.traceparent().map(str::to_owned))]).await?;
        self.definitions.changed(tenant);
        Ok(self.journal.token(sequence))
    }
}
