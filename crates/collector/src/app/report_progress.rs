//! Notes how complete a source's feed is.

use tenure_journal::{Draft, Route};
use tenure_kernel::{EntryId, Refusal, Timestamp};
use tenure_proto::collector::v1 as pb;
use tenure_server::wire;

use super::{App, Sender};
use crate::store::progress;

impl App {
    /// Notes that all that occurred in a source up to a moment was sent, and tells every follower. An earlier moment than
    /// before changes nothing. Answers what holds now, and the read token of it.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub(crate) async fn report_progress(
        &self,
        sender: Sender,
        source: String,
        until: Timestamp,
    ) -> Result<(Timestamp, String), Refusal> {
        let tenant = &sender.tenant;
        let secret = self.id_secret(tenant).await?;
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        tx.lock(&format!("progress {tenant} {source}")).await?;
        if let Some(before) = progress::find(&tx, tenant, &source).await?
            && before >= until
        {
            let head = self.journal.head_by(&tx).await?;
            return Ok((before, self.journal.token(head)));
        }
        progress::set(&tx, tenant, &source, until).await?;
        let id = EntryId(secret.derive("source_progress", &[source.as_bytes(), &until.0.to_be_bytes()]));
        let payload = pb::SourceProgressReported { source, complete_until: Some(wire::to_wire(until)) };
        let draft = Draft::new(id, tenant.clone(), Route::All, &payload, self.clock.now());
        let sequence = self.journal.commit(tx, vec![Draft { traceparent: sender.traceparent, ..draft }]).await?;
        Ok((until, self.journal.token(sequence)))
    }

    /// The latest moment that a source may report.
    pub(crate) fn latest_progress(&self) -> Timestamp {
        self.clock.now().plus(std::time::Duration::from_secs(300))
    }
}
