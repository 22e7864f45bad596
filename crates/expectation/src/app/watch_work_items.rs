//! Follows what comes to wait for somebody and what no longer does, by what was said of it in the journal.

use std::collections::BTreeSet;

use futures::{Stream, StreamExt as _, stream};
use tenure_journal::Told;
use tenure_kernel::Refusal;
use tenure_proto::expectation::v1::{WatchWorkItemsResponse, WorkItemsChanged};
use tenure_server::Call;

use super::App;

/// From where, and which.
#[derive(Debug, Clone)]
pub(crate) struct WatchWorkItems {
    pub(crate) after: String,
    /// Numbers of `WorkKind`; none: any.
    pub(crate) kinds: BTreeSet<i32>,
}

impl App {
    /// All changes behind a token, then as they come; first of all the position that it begins at. Where a page of the journal ends with
    /// other entries, the position alone is told.
    ///
    /// # Errors
    /// What [`tenure_journal::Journal::position`] says of the token.
    pub(crate) async fn watch_work_items(
        &self,
        call: &Call,
        ask: WatchWorkItems,
    ) -> Result<impl Stream<Item = Result<WatchWorkItemsResponse, Refusal>> + Send + use<>, Refusal> {
        let begin = match ask.after.as_str() {
            "" => self.journal.head().await?,
            token => self.journal.position(token).await?,
        };
        let first = WatchWorkItemsResponse { changes: Vec::new(), read_token: self.journal.token(begin) };
        let wanted = move |mut changed: WorkItemsChanged| {
            changed.changes.retain(|change| ask.kinds.is_empty() || ask.kinds.contains(&change.kind));
            (!changed.changes.is_empty()).then_some(changed)
        };
        let told = tenure_journal::told(self.journal.clone(), call.tenant()?.clone(), begin, wanted);
        let answer = |told: Told<WorkItemsChanged>| WatchWorkItemsResponse {
            changes: told.message.map(|(changed, _)| changed.changes).unwrap_or_default(),
            read_token: told.read_token,
        };
        let answers = told.map(move |told| told.map(answer).map_err(Refusal::from));
        Ok(stream::once(async move { Ok(first) }).chain(answers))
    }
}
