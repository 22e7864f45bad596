//! Runs over everybody by the periods of a tenant: begins them, and says how far they are.

use std::collections::BTreeMap;

use tenure_journal::{Draft, Route, Timer};
use tenure_kernel::{EntryId, IdSource, Refusal, RetentionRunId, Tenant, Timestamp};
use tenure_proto::profile::v1 as pb;
use tenure_server::Call;

use super::rights::{Rights, reused, traced};
use crate::{
    domain::retention::Run,
    retention_event,
    store::{forgotten_fact, retention, right::Asked},
};

const LIST: &str = "tenure.profile.v1.ProfileService/ListRetentionRuns";
/// What the timer of a run is for.
pub(super) const TIMER: &str = "retention";

/// How to run.
#[derive(Debug, Clone)]
pub(crate) struct ApplyRetention {
    pub(crate) request_id: String,
    pub(crate) dry: bool,
    pub(crate) read_after: String,
}

impl Rights {
    /// Begins a run by the newest policy, or answers with the one that the request began before, as far as it is.
    ///
    /// # Errors
    /// `NOT_FOUND`: there is no policy; `REQUEST_ID_REUSED`; what waiting for the token says.
    pub(crate) async fn apply_retention(&self, call: &Call, ask: ApplyRetention) -> Result<Run, Refusal> {
        let tenant = call.tenant()?;
        let asked = Asked { request_id: ask.request_id, body: format!("dry {}", ask.dry) };
        if let Some((body, run)) = retention::of_request(&self.store, tenant, &asked.request_id).await? {
            return if body == asked.body { self.so_far(tenant, run).await } else { Err(reused()) };
        }
        self.read_after.wait(&ask.read_after, call.deadline()).await?;
        let policy = retention::policy(&self.store, tenant, None).await?.ok_or_else(Refusal::not_found)?;
        let run = Run {
            id: RetentionRunId(self.ids.next()),
            version: policy.version,
            dry: ask.dry,
            began_at: self.clock.now(),
            done_at: None,
            persons: 0,
            due: 0,
            lines: BTreeMap::new(),
            forgotten: 0,
            after: None,
        };
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        if !retention::add_run(&tx, tenant, &run, asked.clone()).await? {
            tx.rollback().await?;
            let found = retention::of_request(&self.store, tenant, &asked.request_id).await?;
            return found.filter(|(body, _)| *body == asked.body).map(|(_, run)| run).ok_or_else(reused);
        }
        Timer::set(&tx, vec![timer(tenant, &run, run.began_at)]).await?;
        let draft = changed(tenant, &run, self.ids.as_ref(), run.began_at);
        self.journal.commit(tx, vec![traced(draft, call)]).await?;
        Ok(run)
    }

    /// A run, as far as it is.
    ///
    /// # Errors
    /// `NOT_FOUND`.
    pub(crate) async fn get_retention_run(&self, call: &Call, id: RetentionRunId) -> Result<Run, Refusal> {
        let tenant = call.tenant()?;
        let run = retention::run(&self.store, tenant, id).await?.ok_or_else(Refusal::not_found)?;
        self.so_far(tenant, run).await
    }

    /// Runs, the newest first, and the token of the next page.
    ///
    /// # Errors
    /// `PAGE_TOKEN_INVALID`.
    pub(crate) async fn list_retention_runs(
        &self,
        call: &Call,
        size: usize,
        token: &str,
    ) -> Result<(Vec<Run>, String), Refusal> {
        let tenant = call.tenant()?;
        let before = match token {
            "" => None,
            token => place(&self.tokens.decode(tenant, LIST, &[], token)?),
        };
        let mut runs = retention::runs(&self.store, tenant, before, size + 1).await?;
        let more = runs.len() > size;
        runs.truncate(size);
        let last = runs.last().filter(|_| more);
        let cursor = |last: &Run| [last.began_at.0.to_be_bytes().as_slice(), &last.id.0].concat();
        let next = last.map(|last| self.tokens.encode(tenant, LIST, &[], &cursor(last)));
        let mut forgotten = forgotten_fact::of_runs(&self.store, tenant, runs.iter().map(|run| run.id)).await?;
        runs.iter_mut().for_each(|run| run.forgotten = forgotten.remove(&run.id).unwrap_or_default());
        Ok((runs, next.unwrap_or_default()))
    }

    /// A run, with what is forgotten of it by now.
    async fn so_far(&self, tenant: &Tenant, run: Run) -> Result<Run, Refusal> {
        let forgotten = forgotten_fact::of_runs(&self.store, tenant, std::iter::once(run.id)).await?;
        Ok(Run { forgotten: forgotten.into_values().sum(), ..run })
    }
}

/// A cursor of ours; its tag was checked.
fn place(cursor: &[u8]) -> Option<(Timestamp, RetentionRunId)> {
    let (at, id) = cursor.split_first_chunk::<8>()?;
    Some((Timestamp(i64::from_be_bytes(*at)), RetentionRunId::from_slice(id).ok()?))
}

/// The timer of a run's next page. All are of one partition, so that runs go on one after the other.
pub(super) fn timer(tenant: &Tenant, run: &Run, due_at: Timestamp) -> Timer {
    let (kind, payload) = (TIMER.to_owned(), run.id.0.to_vec());
    Timer { tenant: tenant.clone(), id: run.id.0, kind, partition: 0, due_at, payload }
}

/// The entry of how far a run is.
pub(super) fn changed(tenant: &Tenant, run: &Run, ids: &dyn IdSource, now: Timestamp) -> Draft {
    let payload = pb::RetentionRunChanged { run: Some(retention_event::run(run)) };
    Draft::new(EntryId(ids.next()), tenant.clone(), Route::All, &payload, now)
}
