//! Records touchpoints.

use std::sync::Arc;

use tenure_kernel::{Reason, Refusal, Tenant, Timestamp, record::IdSecret};
use tenure_keyring::KeyringError;
use tenure_proto::collector::v1 as pb;
use tenure_server::TenantQuota;
use tenure_store::StoreError;

use super::{
    App, Patience, Recorded,
    batch::Batch,
    committer::kibibytes,
    intake::{self, Context, Item, Prepared, Sealing},
};
use crate::{
    domain::{catalogue, intake::Slot, outcome::Outcome, schema::Schemas},
    store::seen,
};

/// Touchpoints of a call at most.
const MOST_ITEMS: usize = 500;
/// After how many items other tasks get a turn.
const TURN: usize = 64;
/// How many items with documents are checked at once.
const PART: usize = 16;

/// Who sends, and in which trace.
#[derive(Debug, Clone)]
pub(crate) struct Sender {
    pub(crate) tenant: Tenant,
    pub(crate) traceparent: String,
    pub(crate) quota: Option<TenantQuota>,
}

impl App {
    /// Records touchpoints; answers when they are durable.
    ///
    /// # Errors
    /// `FIELDS_INVALID` when there are none or too many, or they are not as urgent as the caller claims; `QUOTA_EXCEEDED`;
    /// `OVERLOADED`; `UNAVAILABLE`.
    pub(crate) async fn record(
        &self,
        sender: Sender,
        touchpoints: Vec<pb::Touchpoint>,
        patience: Patience,
    ) -> Result<Recorded, Refusal> {
        count(&touchpoints)?;
        if patience == Patience::Urgent && !touchpoints.iter().all(|touchpoint| catalogue::is_urgent(touchpoint.r#type))
        {
            return Err(not_urgent());
        }
        match (&sender.quota, patience) {
            (Some(quota), Patience::Wait) => quota.touchpoints_in_time(touchpoints.len()).await,
            (Some(quota), Patience::Urgent | Patience::Refuse) => quota.touchpoints(touchpoints.len())?,
            (None, _) => {}
        }
        let permit = self.queue.enter(kibibytes(&touchpoints), patience).await?;
        let secret = self.id_secret(&sender.tenant).await?;
        let prepared = self.prepare(&sender.tenant, &secret, touchpoints).await?;
        let items = self.seal(&sender, &secret, prepared).await?;
        self.submit(sender.tenant, secret, items, patience, permit).await
    }

    /// Says what would become of touchpoints, and stores nothing.
    ///
    /// # Errors
    /// `FIELDS_INVALID` when there are none or too many; `UNAVAILABLE`.
    pub(crate) async fn preview(
        &self,
        tenant: &Tenant,
        touchpoints: Vec<pb::Touchpoint>,
    ) -> Result<Vec<Outcome>, Refusal> {
        count(&touchpoints)?;
        let secret = self.id_secret(tenant).await?;
        let prepared = self.prepare(tenant, &secret, touchpoints).await?;
        let items = prepared.iter().map(|prepared| &prepared.item).collect();
        Ok(self.judge(&Batch { tenant, secret: &secret, items }).await?)
    }

    pub(super) async fn id_secret(&self, tenant: &Tenant) -> Result<Arc<IdSecret>, KeyringError> {
        self.keyring.id_secret(tenant).await
    }

    /// Looks at every touchpoint.
    pub(super) async fn prepare(
        &self,
        tenant: &Tenant,
        secret: &Arc<IdSecret>,
        touchpoints: Vec<pb::Touchpoint>,
    ) -> Result<Vec<Prepared>, Refusal> {
        let schemas = self.schemas_for(tenant, &touchpoints).await?;
        let now = self.clock.now();
        if !schemas.is_empty() {
            return self.prepare_aside(secret, Arc::new(schemas), now, touchpoints).await;
        }
        let context = Context { secret, schemas: &schemas, now };
        let mut prepared = Vec::with_capacity(touchpoints.len());
        for (place, touchpoint) in touchpoints.into_iter().enumerate() {
            if place % TURN == TURN - 1 {
                tokio::task::yield_now().await;
            }
            prepared.push(intake::prepare(touchpoint, context));
        }
        Ok(prepared)
    }

    /// The same where documents are checked against schemas: that may take a while, and others must not wait for it.
    async fn prepare_aside(
        &self,
        secret: &Arc<IdSecret>,
        schemas: Arc<Schemas>,
        now: Timestamp,
        touchpoints: Vec<pb::Touchpoint>,
    ) -> Result<Vec<Prepared>, Refusal> {
        let mut prepared = Vec::with_capacity(touchpoints.len());
        let mut rest = touchpoints.into_iter().peekable();
        while rest.peek().is_some() {
            let part: Vec<_> = rest.by_ref().take(PART).collect();
            let (secret, schemas) = (secret.clone(), schemas.clone());
            let part = move || {
                let context = Context { secret: &secret, schemas: &schemas, now };
                part.into_iter().map(|touchpoint| intake::prepare(touchpoint, context)).collect::<Vec<_>>()
            };
            prepared.extend(self.checks.run(part).await?);
        }
        Ok(prepared)
    }

    /// Seals what is personal. Keys are made before any transaction of ours begins.
    pub(super) async fn seal(
        &self,
        sender: &Sender,
        secret: &IdSecret,
        prepared: Vec<Prepared>,
    ) -> Result<Vec<Item>, Refusal> {
        let tenant = &sender.tenant;
        let room = match prepared.iter().any(|prepared| prepared.parts.is_none()) {
            true => self.quarantine_room(&self.store, tenant).await?,
            false => 0,
        };
        let here = self.here(tenant, &prepared).await?;
        let mut ids = Vec::with_capacity(prepared.len());
        for (Prepared { item, parts }, here) in prepared.iter().zip(here) {
            match parts {
                Some(parts) => ids.extend(parts.records_to_seal().map(|record| record.0)),
                // A full quarantine would leave a key behind for each item that it refuses, a repeat for itself.
                None if room > 0 && !here => ids.push(item.quarantine_id(secret).0),
                None => {}
            }
        }
        ids.sort_unstable();
        ids.dedup();
        let keys = self.keyring.data_keys(tenant, ids, true).await?;
        let sealing = Sealing { tenant, secret, keys, traceparent: &sender.traceparent };
        let seal = |prepared: Prepared| {
            let rank = self.rank(&prepared.item.source);
            sealing.seal(prepared, rank)
        };
        prepared.into_iter().map(seal).collect()
    }

    /// Which items with something wrong were taken in before: a schema or the clock may have been another then.
    async fn here(&self, tenant: &Tenant, prepared: &[Prepared]) -> Result<Vec<bool>, StoreError> {
        let unsound = prepared.iter().filter(|prepared| prepared.parts.is_none());
        let ids = unsound.filter_map(|prepared| prepared.item.touchpoint).collect();
        let slots = seen::find(&self.store, tenant, ids).await?;
        let here = |Prepared { item, parts }: &Prepared| match item.touchpoint.and_then(|id| slots.get(&id)) {
            Some(Slot::Taken { body, .. }) => parts.is_none() && *body == item.body,
            Some(Slot::Awaited(_)) | None => false,
        };
        Ok(prepared.iter().map(here).collect())
    }
}

/// Whether there are 1 to 500 of them.
fn count(touchpoints: &[pb::Touchpoint]) -> Result<(), Refusal> {
    match touchpoints.len() {
        0 => Err(Refusal::field("touchpoints", Reason::FieldRequired, "1 to 500 are needed")),
        1..=MOST_ITEMS => Ok(()),
        _ => Err(Refusal::field("touchpoints", Reason::FieldTooLong, "at most 500 are allowed")),
    }
}

/// A false claim gains nothing: else all would claim it.
fn not_urgent() -> Refusal {
    let words =
        "complaints, consent, objections and preferences are urgent; send others without metadata \"tenure-priority\"";
    Refusal::field("tenure-priority", Reason::FieldOutOfRange, words)
}
