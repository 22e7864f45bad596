//! Follows what changes of complaints, by what was said of them in the journal.

use std::collections::BTreeSet;

use futures::{Stream, StreamExt as _, stream};
use tenure_journal::Told;
use tenure_kernel::Refusal;
use tenure_proto::expectation::v1::{ComplaintChanged, WatchComplaintsResponse};
use tenure_server::Call;

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
    /// What [`tenure_journal::Journal::position`] says of the token.
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
        let wanted = move |changed: ComplaintChanged| {
            let state = changed.complaint.as_ref()?.state;
            (ask.states.is_empty() || ask.states.contains(&state)).then_some(changed)
        };
        let told = tenure_journal::told(self.journal.clone(), call.tenant()?.clone(), begin, wanted);
        let answer = |told: Told<ComplaintChanged>| WatchComplaintsResponse {
            complaint: told.message.and_then(|(changed, _)| changed.complaint),
            read_token: told.read_token,
        };
        let answers = told.map(move |told| told.map(answer).map_err(Refusal::from));
        Ok(stream::once(async move { Ok(first) }).chain(answers))
    }
}
