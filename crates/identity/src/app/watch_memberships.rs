//! Follows which record belongs to whom.

use futures::{Stream, StreamExt as _, stream};
use prost::{Message as _, Name as _};
use tenure_journal::{Journal, Page, pages};
use tenure_kernel::{Refusal, Tenant};
use tenure_proto::{identity::v1::MembershipsChanged, journal::v1::JournalEntry};
use tenure_store::StoreError;

use super::Context;

/// An entry of the journal, or none where only the position moved on.
#[derive(Debug)]
pub(crate) struct Told {
    /// What changed, and when it was concluded.
    pub(crate) change: Option<(MembershipsChanged, Option<prost_types::Timestamp>)>,
    /// The position.
    pub(crate) read_token: String,
}

/// All changes behind a token, then as they come. Where a page of the journal ends with somebody else's entries, the position
/// alone is told.
pub(crate) async fn watch_memberships(
    context: &Context,
    tenant: &Tenant,
    after: &str,
) -> Result<impl Stream<Item = Result<Told, Refusal>> + Send + use<>, Refusal> {
    let journal = context.journal.clone();
    let pages = pages(journal.clone(), journal.position(after).await?);
    let tenant = tenant.clone();
    Ok(pages.flat_map(move |page| stream::iter(told(&journal, &tenant, page))))
}

fn told(journal: &Journal, tenant: &Tenant, page: Result<Page, StoreError>) -> Vec<Result<Told, Refusal>> {
    let page = match page {
        Ok(page) => page,
        Err(error) => return vec![Err(error.into())],
    };
    let own =
        |entry: &&JournalEntry| entry.tenant == tenant.as_str() && entry.type_name == MembershipsChanged::full_name();
    let (mut told, mut through) = (Vec::new(), 0);
    for entry in page.entries.iter().filter(own) {
        let Ok(change) = MembershipsChanged::decode(entry.payload.clone()) else {
            told.push(Err(StoreError::Row("journal_entry.payload".to_owned()).into()));
            return told;
        };
        through = entry.sequence;
        let read_token = journal.token(entry.sequence);
        told.push(Ok(Told { change: Some((change, entry.record_time)), read_token }));
    }
    if through < page.high_water {
        told.push(Ok(Told { change: None, read_token: journal.token(page.high_water) }));
    }
    told
}
