//! Erases source records: their data keys are destroyed.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tenure_journal::{Draft, Route};
use tenure_kernel::{Clock, EntryId, QuarantineId, RecordId, Refusal, Tenant, Timestamp, record::IdSecret};
use tenure_keyring::Keyring;
use tenure_proto::collector::v1 as pb;
use tenure_store::{StoreError, Tx};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    App, Sender,
    forget::{Decided, forget},
};
use crate::{
    domain::outcome::Status,
    follow::ToDestroy,
    store::{
        erased, quarantine,
        tally::{self, Tally},
    },
};

/// How long after an erasure it is gone over again: transactions that did not see it yet have ended by then, and other
/// processes have forgotten the keys.
const AFTERWARDS: Duration = Duration::from_secs(60);
const SWEEP: Duration = Duration::from_secs(15);
/// Items that one transaction takes out of quarantine.
const AT_ONCE: usize = 500;

impl App {
    /// Erases records for good; answers a position in the journal behind it. Safe to repeat: what a call that was cut off
    /// left over, a repeat or the sweep finishes.
    ///
    /// # Errors
    /// `UNAVAILABLE`.
    pub(crate) async fn erase(&self, sender: Sender, mut records: Vec<RecordId>) -> Result<i64, Refusal> {
        records.sort_unstable();
        records.dedup();
        let sequence = self.conclude_erasure(&sender, &records).await?;
        let keys: Vec<[u8; 16]> = records.iter().map(|record| record.0).collect();
        self.destroy(&sender.tenant, &keys).await?;
        Ok(sequence)
    }

    /// Notes what is erased and tells every follower, in one transaction.
    async fn conclude_erasure(&self, sender: &Sender, records: &[RecordId]) -> Result<i64, Refusal> {
        // Before the turn: a secret may have to be made.
        self.id_secret(&sender.tenant).await?;
        let _turn = self.journal.turn().await?;
        let tx = self.store.begin().await?;
        let drafts = self.conclusion().erase(&tx, &sender.tenant, records).await?;
        let drafts: Vec<Draft> =
            drafts.into_iter().map(|one| Draft { traceparent: sender.traceparent.clone(), ..one }).collect();
        let silent = drafts.is_empty();
        let last = self.journal.commit(tx, drafts).await?;
        Ok(if silent { self.journal.head().await? } else { last })
    }

    /// What concludes what profile decides.
    pub(crate) fn conclusion(&self) -> Conclusion {
        Conclusion { keyring: self.keyring.clone(), clock: self.clock.clone() }
    }

    /// Destroys what was decided elsewhere, as it is told, until it is told to stop.
    pub(crate) async fn destroy_told(&self, told: &mut mpsc::UnboundedReceiver<ToDestroy>, stop: CancellationToken) {
        loop {
            let told = tokio::select! {
                () = stop.cancelled() => return,
                told = told.recv() => told,
            };
            let Some((tenant, records)) = told else { return };
            let keys: Vec<[u8; 16]> = records.iter().map(|record| record.0).collect();
            if let Err(refusal) = self.destroy(&tenant, &keys).await {
                tracing::warn!(refusal = %refusal, "keys are destroyed by the next sweep");
            }
        }
    }

    /// Takes items about erased records out of quarantine, and destroys all keys.
    async fn destroy(&self, tenant: &Tenant, keys: &[[u8; 16]]) -> Result<(), Refusal> {
        let records: Vec<RecordId> = keys.iter().map(|key| RecordId(*key)).collect();
        loop {
            let ids = quarantine::some_about(&self.store, tenant, &records, AT_ONCE).await?;
            if ids.is_empty() {
                break;
            }
            let tx = self.store.begin().await?;
            drop_items(&tx, tenant, &ids, self.clock.now()).await?;
            tx.commit().await?;
            self.keyring.destroy(tenant, ids.iter().map(|id| id.0)).await?;
        }
        Ok(self.keyring.destroy(tenant, keys.iter().copied()).await?)
    }

    /// Destroys the key of an item that left the quarantine. If that fails the sweep does it.
    pub(super) async fn destroy_settled(&self, tenant: &Tenant, id: QuarantineId) {
        if let Err(error) = self.keyring.destroy(tenant, [id.0]).await {
            tracing::warn!(error = %error, "a key is destroyed later");
        }
    }

    /// Goes over erasures again until it is told to stop: at the start, and then every few seconds.
    pub(crate) async fn sweep(&self, stop: CancellationToken) {
        loop {
            if let Err(refusal) = self.sweep_once().await {
                tracing::warn!(refusal = %refusal, "erasures are gone over again later");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(SWEEP) => {}
            }
        }
    }

    /// Destroys what was erased a while ago, once more and for the last time.
    pub(crate) async fn sweep_once(&self) -> Result<(), Refusal> {
        let until = Timestamp(self.clock.now().0 - i64::try_from(AFTERWARDS.as_micros()).unwrap_or_default());
        while let Some((tenant, keys)) = erased::doomed(&self.store, until).await? {
            self.destroy(&tenant, &keys).await?;
            let tx = self.store.begin().await?;
            erased::forget(&tx, &tenant, &keys).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Concludes in a transaction of the collector's what profile decided.
pub(crate) struct Conclusion {
    keyring: Keyring,
    clock: Arc<dyn Clock>,
}

impl Conclusion {
    /// Notes records as erased, and their keys as to be destroyed; answers the entry that tells every follower, if any are new.
    pub(crate) async fn erase(&self, tx: &Tx, tenant: &Tenant, records: &[RecordId]) -> Result<Vec<Draft>, StoreError> {
        let now = self.clock.now();
        let secret = self.keyring.id_secret(tenant).await?;
        let new = erased::add(tx, tenant, records, now).await?;
        erased::doom(tx, tenant, new.iter().map(|record| record.0), now).await?;
        Ok(entry(tenant, &secret, new, now))
    }
}

impl Conclusion {
    /// Concludes that facts are forgotten.
    pub(crate) async fn forget(&self, tx: &Tx, tenant: &Tenant, decided: Decided) -> Result<Draft, StoreError> {
        forget(tx, &self.keyring, tenant, decided, self.clock.now()).await
    }
}

/// The entry of an erasure; none when there is nothing new.
fn entry(tenant: &Tenant, secret: &IdSecret, new: Vec<RecordId>, now: Timestamp) -> Vec<Draft> {
    if new.is_empty() {
        return Vec::new();
    }
    let payload = pb::RecordsErased { record_ids: new.iter().map(|record| record.0.to_vec()).collect() };
    let parts: Vec<&[u8]> = new.iter().map(|record| record.0.as_slice()).collect();
    let id = EntryId(secret.derive("erased", &parts));
    vec![Draft::new(id, tenant.clone(), Route::Records(new), &payload, now)]
}

/// Takes items out of quarantine because a subject of theirs is erased: those that are there count as suppressed from then on.
async fn drop_items(tx: &Tx, tenant: &Tenant, ids: &[QuarantineId], now: Timestamp) -> Result<(), StoreError> {
    let mut tally = Tally::default();
    for (_, source, violations) in quarantine::hold_all(tx, tenant, ids).await? {
        tally.count(&source, Status::Quarantined, &violations, -1);
        tally.count(&source, Status::Suppressed, &[], 1);
    }
    quarantine::settle(tx, tenant, ids).await?;
    erased::doom(tx, tenant, ids.iter().map(|id| id.0), now).await?;
    tally::add(tx, tally::MOVES, &BTreeMap::from([(tenant.clone(), tally)])).await
}
