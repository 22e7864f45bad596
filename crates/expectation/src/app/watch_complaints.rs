//! Follows what changes of complaints, by what was said of them in the journal.

use std::collections::BTreeSet;

use futures::{Stream, StreamExt as _, stream};
use prost::{Message as _, Name as _};
use tenure_journal::{Journal, Page, pages};
use tenure_kernel::{Refusal, Tenant};
use tenure_proto::expectation::v1::{ComplaintChanged, WatchComplaintsResponse};
use tenure_server::Call;
use tenure_store::StoreError;

use super::App;

/// From where, and which.
#[derive(Debug, Clone)]
pub(crate) struct WatchComplaints {
    pub(crate) after: String,
    /// Numbers of `ComplaintState`; none: any.
    pub(crate) states: BTreeSet<i32>,
}

impl App {
    /// All changes behind a token, then as they come; first of all the position that it begins at. Where a page of the journal ends with
    /// other entries, the position alone is told.
    ///
    /// # Errors
    /// What [`Journal::position`] says of the token.
    pub(crate) async fn watch_complaints(
        &self,
        call: &Call,
        ask: WatchComplaints,
    ) -> Result<impl Stream<Item = Result<WatchComplaintsResponse, Refusal>> + Send + use<>, Refusal> {
        let begin = match ask.after.as_str() {
            "" => self.journal.head().await?,
            token => self.journal.position(token).await?,
        };
        let first = WatchComplaintsResponse { complaint: None, read_token: self.journal.token(begin) };
        let (journal, tenant) = (self.journal.clone(), call.tenant()?.clone());
        let told = pages(journal.clone(), begin)
            .flat_map(move |page| stream::iter(told(&journal, &tenant, &ask.states, page)));
        Ok(stream::once(async move { Ok(first) }).chain(told))
    }
}

fn told(
    journal: &Journal,
    tenant: &Tenant,
    states: &BTreeSet<i32>,
    page: Result<Page, StoreError>,
) -> Vec<Result<WatchComplaintsResponse, Refusal>> {
    let page = match page {
        Ok(page) => page,
        Err(error) => return vec![Err(error.into())],
    };
    let (mut all, mut through) = (Vec::new(), 0);
    let changes = page.entries.iter().filter(|entry| entry.type_name == ComplaintChanged::full_name());
    for entry in changes.filter(|entry| entry.tenant == tenant.as_str()) {
        let Ok(changed) = ComplaintChanged::decode(entry.payload.clone()) else {
            all.push(Err(StoreError::Row("journal_entry.payload".to_owned()).into()));
            return all;
        };
        let wanted = |state: i32| states.is_empty() || states.contains(&state);
        if let Some(complaint) = changed.complaint.filter(|complaint| wanted(complaint.state)) {
            through = entry.sequence;
            let read_token = journal.token(entry.sequence);
            all.push(Ok(WatchComplaintsResponse { complaint: Some(complaint), read_token }));
        }
    }
    if through < page.high_water {
        let read_token = journal.token(page.high_water);
        all.push(Ok(WatchComplaintsResponse { complaint: None, read_token }));
    }
    all
}
