//! Follows the collector: takes in what touchpoints say, and concludes who is who.

mod on_records_erased;
mod on_touchpoint_recorded;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tenure_journal::{Applied, Batch, Draft, Entry, Follow, Projection, Reconciled, Timer, discard_rows};
use tenure_kernel::{Clock, RecordId, Tenant, record::MatchingSecret};
use tenure_keyring::Keyring;
use tenure_proto::{
    collector::v1::{RecordsErased, TouchpointRecorded},
    identity::v1::memberships_changed::Cause,
};
use tenure_store::{StoreError, Tx};

use self::on_touchpoint_recorded::{Recorded, Secrets};
use crate::{
    app::{
        announce::{Announcer, Traces},
        desk::Desk,
        lock,
        model::Models,
        observe::Observation,
        reconcile,
        rescore::{RESCORE, go_on, rescore_some},
        resolve::{REDO, redo_some, resolve},
        settle::{Touched, settle},
    },
    config::{NAME, REDONE_TENANTS},
    domain::{change::Change, review::Why},
    metrics::Metrics,
    store::{Place, generation, model},
};

/// The follower of the journal "collector", which publishes the journal "identity".
pub struct Linking {
    pub(crate) keyring: Keyring,
    pub(crate) models: Models,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) metrics: Metrics,
}

/// What a batch holds of one tenant, its identifiers still sealed.
#[derive(Default)]
struct Pending {
    recorded: Vec<Recorded>,
    erased: Vec<RecordId>,
}

/// How many records moved, pairs of them were compared, and what was found too large.
#[derive(Debug, Default)]
pub struct Moved {
    linked: u64,
    erased: u64,
    compared: u64,
    raised: Vec<Why>,
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
        self.metrics.compared(effect.compared);
        effect.raised.into_iter().for_each(|why| self.metrics.raised(why));
    }

    async fn reconcile(&self, tx: &Tx, generation: i64, after: &[u8]) -> Result<Reconciled<Moved>, StoreError> {
        let Some(page) = reconcile::page(tx, generation, after).await? else { return Ok(Reconciled::default()) };
        let mut desk = Desk::new(tx, Place { tenant: &page.tenant, generation }, &self.keyring, &self.models).await?;
        go_on(&desk, self.clock.now()).await?;
        let mut effect = Moved::default();
        let drafts = self.conclude(&mut desk, page.touched, Cause::Linked, &Traces::new(), &mut effect).await?;
        Ok(Reconciled { drafts, effect, next: Some(page.end) })
    }

    /// Does what was put off, and weighs by a model that was promoted.
    async fn fire(&self, tx: &Tx, due: &[Timer]) -> Result<Vec<Draft>, StoreError> {
        let (now, others) = due.split_at(due.len().min(REDONE_TENANTS));
        Timer::set(tx, others.to_vec()).await?;
        let mut tenants: BTreeMap<&Tenant, BTreeSet<&str>> = BTreeMap::new();
        for timer in now {
            tenants.entry(&timer.tenant).or_default().insert(&timer.kind);
        }
        // All locks before the generation is held: whoever decides has them in that order.
        for tenant in tenants.keys() {
            lock(tx, tenant).await?;
        }
        let generation = generation::hold(tx).await?;
        let (mut drafts, mut effect) = (Vec::new(), Moved::default());
        for (tenant, kinds) in tenants {
            let mut desk = Desk::new(tx, Place { tenant, generation }, &self.keyring, &self.models).await?;
            for kind in kinds {
                let (touched, cause) = match kind {
                    REDO => (redo_some(&mut desk, self.clock.now()).await?, Cause::Linked),
                    RESCORE => (rescore_some(&mut desk, self.clock.now()).await?, Cause::Model),
                    _ => continue,
                };
                drafts.extend(self.conclude(&mut desk, touched, cause, &Traces::new(), &mut effect).await?);
            }
        }
        self.committed(effect);
        Ok(drafts)
    }

    async fn discard(&self, tx: &Tx, old: i64, limit: i64) -> Result<bool, StoreError> {
        let more = discard_rows(tx, &generation::TABLES, old, limit).await?;
        if !more {
            self.retire_secrets(tx).await?;
        }
        Ok(more)
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
        let place = Place { tenant, generation: batch.generation };
        // Before the lock: others need not wait while things are opened.
        let (version, matching) = self.models.matching(tx, place).await?;
        let observation = self.open(tenant, pending, &matching, &mut traces, &mut applied.parked).await?;
        lock(tx, tenant).await?;
        let mut desk = Desk::new(tx, place, &self.keyring, &self.models).await?;
        if desk.version != version {
            self.models.forget(place);
            return Err(StoreError::Row("the matching secret was rotated meanwhile".to_owned()));
        }
        let touched = resolve(&mut desk, observation, batch.building, self.clock.now()).await?;
        if batch.building {
            // What follows from these entries was concluded when the generation before took them in, or is reconciled.
            return Ok(());
        }
        applied.drafts.extend(self.conclude(&mut desk, touched, Cause::Linked, &traces, &mut applied.effect).await?);
        Ok(())
    }

    /// Decides who is who; answers what is said of it.
    async fn conclude(
        &self,
        desk: &mut Desk<'_>,
        touched: Touched,
        cause: Cause,
        traces: &Traces,
        effect: &mut Moved,
    ) -> Result<Vec<Draft>, StoreError> {
        let settlement = settle(desk, touched).await?;
        let changes = settlement.changes();
        effect.count(&changes);
        effect.compared += std::mem::take(&mut desk.compared);
        effect.raised.append(&mut desk.raised);
        let at = self.clock.now();
        let announcer = Announcer { tenant: desk.place.tenant, secret: &desk.ids, at, scorer: &desk.scorer };
        let mut drafts = announcer.concluded(changes, cause, traces);
        drafts.extend(announcer.pending(&settlement.pending));
        Ok(drafts)
    }

    /// Deletes matching secrets that no generation is hashed under any more.
    async fn retire_secrets(&self, tx: &Tx) -> Result<(), StoreError> {
        for (tenant, secret) in model::secrets(tx, generation::active(tx).await?).await? {
            let tenant: Tenant = tenant.parse().map_err(|_| StoreError::Row("link_model.tenant".to_owned()))?;
            self.keyring.retire_matching(&tenant, secret).await?;
        }
        Ok(())
    }

    /// Opens what is sealed, with one look-up of keys.
    async fn open(
        &self,
        tenant: &Tenant,
        pending: Pending,
        matching: &MatchingSecret,
        traces: &mut Traces,
        parked: &mut Vec<(i64, String)>,
    ) -> Result<Observation, StoreError> {
        let named: Vec<[u8; 16]> = pending.recorded.iter().flat_map(Recorded::key_ids).collect();
        let keys = self.keyring.data_keys(tenant, named, false).await?;
        let ids = self.keyring.id_secret(tenant).await?;
        let secrets = Secrets { ids: &ids, matching };
        let mut touchpoints = Vec::with_capacity(pending.recorded.len());
        for recorded in pending.recorded {
            let (sequence, trace) = (recorded.sequence, recorded.traceparent.clone());
            match recorded.open(&keys, secrets) {
                Ok(touchpoint) => {
                    if !trace.is_empty() {
                        traces.extend(touchpoint.records.iter().map(|record| (*record, trace.clone())));
                    }
                    touchpoints.push(touchpoint);
                }
                Err(reason) => parked.push((sequence, reason)),
            }
        }
        Ok(Observation { touchpoints, erased: pending.erased.into_iter().collect(), keys })
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
