//! Notes who reads what is sensitive, before it is shown, and lists it.

use std::sync::Arc;

use tenure_journal::{Draft, Journal, Route};
use tenure_kernel::{Clock, EntryId, IdSource, PersonId, ReadId, RecordId, Refusal};
use tenure_proto::profile::v1 as pb;
use tenure_server::{Call, Identity, PageTokens, wire};
use tenure_store::Store;

use super::rights::traced;
use crate::store::sensitive_read::{self, Place};

/// What noting works with.
pub(crate) struct Audit {
    pub(crate) store: Store,
    pub(crate) journal: Journal,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) tokens: PageTokens,
}

/// What was read.
#[derive(Default)]
pub(crate) struct Shown {
    pub(crate) rpc: &'static str,
    pub(crate) persons: Vec<PersonId>,
    pub(crate) records: Vec<RecordId>,
}

/// A page of what was noted.
pub(crate) struct Page {
    pub(crate) reads: Vec<pb::SensitiveRead>,
    pub(crate) next_page_token: String,
}

const LIST: &str = "tenure.profile.v1.ProfileService/ListSensitiveReads";

impl Audit {
    /// Notes a read if its purpose sees what others don't. Durable when it answers; what is not noted must not be shown.
    ///
    /// # Errors
    /// `UNAVAILABLE` when the database can't be reached.
    pub(crate) async fn note_if_sensitive(&self, call: &Call, shown: Shown) -> Result<(), Refusal> {
        match call.said_purpose().and_then(tenure_kernel::Purpose::scope) {
            Some(_) => self.note(call, shown).await,
            None => Ok(()),
        }
    }

    /// Notes a read, or an export. Nothing that was found is nothing to note.
    ///
    /// # Errors
    /// `UNAVAILABLE` when the database can't be reached.
    pub(crate) async fn note(&self, call: &Call, shown: Shown) -> Result<(), Refusal> {
        let subjects: Vec<[u8; 16]> =
            shown.persons.iter().map(|one| one.0).chain(shown.records.iter().map(|one| one.0)).collect();
        let Some(first) = subjects.first().copied() else { return Ok(()) };
        let (tenant, id, now) = (call.tenant()?, ReadId(self.ids.next()), self.clock.now());
        let principal = match call.identity() {
            Identity::Tenant(caller) => caller.principal.clone(),
            Identity::Service(name) => format!("service {name}"),
        };
        let read = pb::SensitiveRead {
            read_id: id.to_string(),
            read_time: Some(wire::to_wire(now)),
            principal,
            rpc: shown.rpc.to_owned(),
            purpose_code: call.said_purpose().map(|purpose| purpose.as_str().to_owned()).unwrap_or_default(),
            person_ids: shown.persons.iter().map(ToString::to_string).collect(),
            record_ids: shown.records.iter().map(ToString::to_string).collect(),
        };
        // A person goes to the partition that a record of that id would go to.
        let route = Route::Records(vec![RecordId(first)]);
        let payload = pb::SensitiveReadNoted { read: Some(read.clone()) };
        let draft = Draft::new(EntryId(id.0), tenant.clone(), route, &payload, now);
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        sensitive_read::add(&tx, tenant, (now, id), &subjects, &read).await?;
        self.journal.commit(tx, vec![traced(draft, call)]).await?;
        Ok(())
    }

    /// What was noted of a person or a record, or of all; the newest first.
    ///
    /// # Errors
    /// `PAGE_TOKEN_INVALID`.
    pub(crate) async fn list(
        &self,
        call: &Call,
        of: Option<[u8; 16]>,
        (size, token): (usize, &str),
    ) -> Result<Page, Refusal> {
        let tenant = call.tenant()?;
        let question = of.unwrap_or_default();
        let before = match token {
            "" => None,
            token => Place::read(&self.tokens.decode(tenant, LIST, &question, token)?),
        };
        let mut found = sensitive_read::list(&self.store, tenant, of, before, size + 1).await?;
        let more = found.len() > size;
        found.truncate(size);
        let last = found.last().filter(|_| more);
        let next = last.map(|(place, _)| self.tokens.encode(tenant, LIST, &question, &place.write()));
        let reads = found.into_iter().map(|(_, read)| read).collect();
        Ok(Page { reads, next_page_token: next.unwrap_or_default() })
    }
}
