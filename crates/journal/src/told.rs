//! What is told to one tenant: the messages of a type, for readers in the journal's own service.

use futures::{Stream, StreamExt as _, stream};
use prost::{Message, Name};
use tenure_kernel::Tenant;
use tenure_store::StoreError;

use crate::{
    Journal,
    tail::{Page, pages},
};

/// A message, or none where only the position moved on.
#[derive(Debug)]
pub struct Told<M> {
    /// The message, and when it was recorded.
    pub message: Option<(M, Option<prost_types::Timestamp>)>,
    /// The position, as a read token.
    pub read_token: String,
}

/// The messages of a type in a tenant's entries behind a position, then as they come; of each what `wanted` leaves of it. Where a page of the
/// journal ends with other entries, the position alone is told. Ends when the journal is restored, or with an error.
pub fn told<M, F>(
    journal: Journal,
    tenant: Tenant,
    after: i64,
    wanted: F,
) -> impl Stream<Item = Result<Told<M>, StoreError>> + Send
where
    M: Message + Name + Default + 'static,
    F: Fn(M) -> Option<M> + Send + 'static,
{
    pages(journal.clone(), after).flat_map(move |page| stream::iter(of_page(&journal, &tenant, &wanted, page)))
}

fn of_page<M: Message + Name + Default>(
    journal: &Journal,
    tenant: &Tenant,
    wanted: &impl Fn(M) -> Option<M>,
    page: Result<Page, StoreError>,
) -> Vec<Result<Told<M>, StoreError>> {
    let page = match page {
        Ok(page) => page,
        Err(error) => return vec![Err(error)],
    };
    let (mut told, mut through) = (Vec::new(), 0);
    let name = M::full_name();
    let own = page.entries.into_iter().filter(|entry| entry.tenant == tenant.as_str() && entry.type_name == name);
    for entry in own {
        let Ok(message) = M::decode(entry.payload) else {
            told.push(Err(StoreError::Row("journal_entry.payload".to_owned())));
            return told;
        };
        if let Some(message) = wanted(message) {
            through = entry.sequence;
            let read_token = journal.token(entry.sequence);
            told.push(Ok(Told { message: Some((message, entry.record_time)), read_token }));
        }
    }
    if through < page.high_water {
        told.push(Ok(Told { message: None, read_token: journal.token(page.high_water) }));
    }
    told
}
