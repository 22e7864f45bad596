//! Follows the collector: takes in what touchpoints say, and concludes who is who.

mod on_records_erased;
mod on_touchpoint_recorded;

use std::{collections::BTreeMap, sync::Arc};

use tenure_journal::{Applied, Batch, Entry, Follow, Projection, Reconciled, discard_rows};
use tenure_kernel::{Clock, RecordId, Tenant};
use tenure_keyring::Keyring;
use tenure_proto::collector::v1::{RecordsErased, TouchpointRecorded};
use tenure_store::{StoreError, Tx};

use self::on_touchpoint_recorded::Recorded;
use crate::{
    app::{
        announce::{Announcer, Traces},
        lock,
        observe::{Observation, observe},
        reconcile,
        settle::settle,
    },
    config::NAME,
    domain::change::Change,
    metrics::Metrics,
    store::{Place, generation},
};

/// The follower of the journal "collector", which publishes the journal "identity".
pub struct Linking {
    pub(crate) keyring: Keyring,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Metrics,
}

/// What a batch holds of one tenant, its identifiers still sealed.
#[derive(Default)]
struct Pending {
    recorded: Vec<Recorded>,
    erased: Vec<RecordId>,
}

/// How many records moved.
#[derive(Debug, Default)]
pub struct Moved {
    linked: u64,
    erased: u64,
}

impl Projection for Linking {
    type Effect = Moved;

    fn name(&self) -> &'static str {
        NAME
    }

    fn follows(&self) -> &'static [Follow] {
        &[Follow { journal: "collector", inputs: &[] }]
    }

    async fn apply(&self, tx: &Tx, batch: &Batch<'_>) -> Result<Applied<Moved>, StoreError> {
        let mut applied = Applied::default();
        let mut tenants: BTreeMap<Tenant, Pending> = BTreeMap::new();
        for entry in batch.entries {
            let pending = tenants.entry(entry.tenant.clone()).or_default();
            if let Err(reason) = read(batch, entry, pending) {
                applied.parked.push((entry.sequence, reason));
            }
        }
        // Locks are taken in the order of the tenants' names, by every range alike.
        for (tenant, pending) in tenants {
            self.take(tx, batch, &tenant, pending, &mut applied).await?;
        }
        Ok(applied)
    }

    fn committed(&self, effect: Moved) {
        self.metrics.moved("linked", effect.linked);
        self.metrics.moved("erased", effect.erased);
    }

    async fn reconcile(&self, tx: &Tx, generation: i64, after: &[u8]) -> Result<Reconciled<Moved>, StoreError> {
        let Some(page) = reconcile::page(tx, generation, after).await? else { return Ok(Reconciled::default()) };
        let tenant = &page.tenant;
        let secret = self.keyring.id_secret(tenant).await?;
        let changes = settle(tx, Place { tenant, generation }, &secret, page.touched).await?.changes();
        let mut effect = Moved::default();
        effect.count(&changes);
        let announcer = Announcer { tenant, secret: &secret, at: self.clock.now() };
        Ok(Reconciled { drafts: announcer.linked(changes, &Traces::new()), effect, next: Some(page.end) })
    }

    async fn discard(&self, tx: &Tx, old: i64, limit: i64) -> Result<bool, StoreError> {
        discard_rows(tx, &generation::TABLES, old, limit).await
    }
}

/// Reads an entry, if it is for this range: a touchpoint goes to the range of its primary subject, which keeps the fact.
fn read(batch: &Batch<'_>, entry: &Entry, pending: &mut Pending) -> Result<(), String> {
    if entry.is::<TouchpointRecorded>() {
        let recorded = on_touchpoint_recorded::read(entry)?;
        if batch.owns(recorded.primary()) {
            pending.recorded.push(recorded);
        }
    } else if entry.is::<RecordsErased>() {
        let erased = on_records_erased::read(entry)?;
        pending.erased.extend(erased.into_iter().filter(|record| batch.owns(*record)));
    }
    Ok(())
}

impl Linking {
    async fn take(
        &self,
        tx: &Tx,
        batch: &Batch<'_>,
        tenant: &Tenant,
        pending: Pending,
        applied: &mut Applied<Moved>,
    ) -> Result<(), StoreError> {
        let mut traces = Traces::new();
        let observation = self.open(tenant, pending, &mut traces, &mut applied.parked).await?;
        lock(tx, tenant).await?;
        let place = Place { tenant, generation: batch.generation };
        let touched = observe(tx, place, observation).await?;
        if batch.building {
            // What follows from these entries was concluded when the generation before took them in, or is reconciled.
            return Ok(());
        }
        let secret = self.keyring.id_secret(tenant).await?;
        let changes = settle(tx, place, &secret, touched).await?.changes();
        applied.effect.count(&changes);
        let announcer = Announcer { tenant, secret: &secret, at: self.clock.now() };
        applied.drafts.extend(announcer.linked(changes, &traces));
        Ok(())
    }

    /// Opens what is sealed, with one look-up of keys.
    async fn open(
        &self,
        tenant: &Tenant,
        pending: Pending,
        traces: &mut Traces,
        parked: &mut Vec<(i64, String)>,
    ) -> Result<Observation, StoreError> {
        let ids: Vec<[u8; 16]> = pending.recorded.iter().flat_map(Recorded::key_ids).collect();
        let keys = self.keyring.data_keys(tenant, ids, false).await?;
        let secret = self.keyring.matching_secret(tenant).await?;
        let mut observation = Observation { erased: pending.erased.into_iter().collect(), ..Observation::default() };
        for recorded in pending.recorded {
            let (sequence, trace) = (recorded.sequence, recorded.traceparent.clone());
            match recorded.open(&keys, &secret) {
                Ok(touchpoint) => {
                    if !trace.is_empty() {
                        traces.extend(touchpoint.records.iter().map(|record| (*record, trace.clone())));
                    }
                    observation.touchpoints.push(touchpoint);
                }
                Err(reason) => parked.push((sequence, reason)),
            }
        }
        Ok(observation)
    }
}

impl Moved {
    fn count(&mut self, changes: &[Change]) {
        for one in changes.iter().flat_map(|change| &change.moves) {
            if one.to.is_some() {
                self.linked += 1
            } else {
                self.erased += 1
            };
        }
    }
}
