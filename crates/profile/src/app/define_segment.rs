//! Defines a segment.

use tenure_journal::{Draft, Route};
use tenure_kernel::{EntryId, Reason, Refusal};
use tenure_server::Call;

use super::{define_trait::refused, register::Register};
use crate::{
    defined,
    domain::{
        expression::Expression,
        segment::{MOST_SEGMENTS, Segment},
    },
    store::{segment_definition, trait_definition},
};

/// Which segment.
#[derive(Debug)]
pub(crate) struct DefineSegment {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) condition: Expression,
    /// The version that is changed; 0: there must be none; `None`: whichever there is.
    pub(crate) expected: Option<i32>,
}

impl Register {
    /// Defines a segment, or defines it anew; an equal one stays as it is. Answers it, and a read token.
    ///
    /// # Errors
    /// `FIELDS_INVALID` with all that is in the way; `ETAG_MISMATCH`.
    pub(crate) async fn define_segment(&self, call: &Call, ask: DefineSegment) -> Result<(Segment, String), Refusal> {
        let tenant = call.tenant()?;
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        trait_definition::lock(&tx, tenant).await?;
        let catalogue = trait_definition::all(&tx, tenant).await?;
        let there = catalogue.segment(&ask.name);
        if let Some(equal) = there.filter(|there| there.text == ask.text) {
            let head = self.journal.head_by(&tx).await?;
            tx.rollback().await?;
            return Ok((equal.clone(), self.journal.token(head)));
        }
        let version = there.map_or(0, |there| there.version);
        if ask.expected.is_some_and(|expected| expected != version) {
            let other = Refusal::new(Reason::EtagMismatch, "the segment has another version than expected_version");
            return Err(other.with("version", version.to_string()));
        }
        let checked = catalogue.check_segment(&ask.name, &ask.condition);
        checked.map_err(|wrong| refused(wrong, "definition.condition", MOST_SEGMENTS))?;
        let before = segment_definition::get(&tx, tenant, &ask.name).await?.map_or(0, |(before, _)| before.version);
        let (version, defined_at) = (before.saturating_add(1), self.clock.now());
        let segment = Segment { name: ask.name, version, defined_at, text: ask.text, condition: ask.condition };
        segment_definition::put(&tx, tenant, &segment, (catalogue.change + 1, false)).await?;
        let (entry, event) = (EntryId(self.ids.next()), defined::segment_defined(&segment));
        let draft = Draft::new(entry, tenant.clone(), Route::All, &event, defined_at);
        let sequence = self.journal.commit(tx, vec![draft.traced(call.traceparent().map(str::to_owned))]).await?;
        self.definitions.changed(tenant);
        Ok((segment, self.journal.token(sequence)))
    }
}
