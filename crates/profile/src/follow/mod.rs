//! What is done with the entries of the journals that are followed.

mod on_right_stated;
mod on_touchpoint_recorded;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
};

use tenure_journal::{Applied, Batch, Draft, Entry, Follow, Projection, Timer, discard_rows};
use tenure_kernel::{Clock, IdSource, RecordId, Tenant};
use tenure_keyring::Keyring;
use tenure_proto::{
    collector::v1::{RecordsErased, TouchpointRecorded},
    identity::v1::MembershipsChanged,
    profile::v1::RightStated,
};
use tenure_records::{Changed, Scope, erased};
use tenure_store::{StoreError, Tx};

use crate::{
    app::{
        erase_person::{look_again, note_erased, wake},
        erase_records::erase_records,
        take_facts::take_facts,
    },
    domain::fact::Incoming,
    hot::{Concerned, HotStore, Writing},
    metrics::Metrics,
    store,
};

/// The newest revision of payloads that this program reads.
const REVISION: i32 = 1;

/// Its own journal too: what is stated of rights there are facts like any other.
const FOLLOWS: &[Follow] = &[
    Follow { journal: "collector", inputs: &[] },
    Follow { journal: "identity", inputs: &["collector"] },
    Follow { journal: "profile", inputs: &[] },
];

/// Follows touchpoints, erasures and memberships.
pub struct ProfileProjection {
    pub(crate) keyring: Keyring,
    pub(crate) hot: Option<Arc<dyn HotStore>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) metrics: Metrics,
    /// The generation that was last deleted from.
    pub(crate) discarded: AtomicI64,
}

/// What the collector's entries of a batch say, by tenant.
#[derive(Default)]
struct Told {
    touchpoints: Vec<(i64, TouchpointRecorded)>,
    erased: BTreeSet<RecordId>,
}

use on_right_stated::Stated;

type Parked = Vec<(i64, String)>;

impl ProfileProjection {
    async fn collector(&self, tx: &Tx, batch: &Batch<'_>) -> Result<Applied<Vec<Writing>>, StoreError> {
        let (mut parked, mut writings, mut drafts) = (Parked::new(), Vec::new(), Vec::new());
        for (tenant, told) in heard(batch, &mut parked) {
            let place = Scope { tenant: &tenant, generation: batch.generation };
            let mut incoming = Incoming::default();
            let records = told.touchpoints.iter().flat_map(|(_, one)| on_touchpoint_recorded::owned(one, batch));
            let keys = self.keyring.data_keys(&tenant, records.map(|record| record.0), false).await?;
            for (sequence, touchpoint) in &told.touchpoints {
                match on_touchpoint_recorded::facts(touchpoint, batch, &keys) {
                    Ok((slot, facts)) => facts.into_iter().for_each(|(record, fact)| incoming.put(record, slot, fact)),
                    Err(reason) => parked.push((*sequence, reason)),
                }
            }
            let records = told.erased.iter().chain(incoming.slots.keys()).copied().collect();
            let concerned = Concerned { records, ..Concerned::default() };
            writings.extend(self.begin(tx, batch, &tenant, concerned).await?);
            erase_records(tx, place, &told.erased).await?;
            if !batch.building && !told.erased.is_empty() {
                drafts.extend(note_erased(tx, &tenant, &told.erased, self.ids.as_ref(), self.clock.now()).await?);
            }
            take_facts(tx, place, incoming, &keys, &self.metrics).await?;
        }
        self.settle(tx, &writings).await?;
        Ok(Applied { parked, drafts, effect: writings })
    }

    async fn identity(&self, tx: &Tx, batch: &Batch<'_>) -> Result<Applied<Vec<Writing>>, StoreError> {
        let (mut parked, mut writings) = (Parked::new(), Vec::new());
        let mut by_tenant: BTreeMap<&Tenant, (Changed, Concerned)> = BTreeMap::new();
        for entry in batch.entries.iter().filter(|entry| entry.is::<MembershipsChanged>()) {
            match Changed::read(entry, batch) {
                Ok(changed) => {
                    let (all, concerned) = by_tenant.entry(&entry.tenant).or_default();
                    concerned.add(&changed);
                    all.append(changed);
                }
                Err(unfit) => parked.push((entry.sequence, unfit.to_string())),
            }
        }
        for (tenant, (changed, concerned)) in by_tenant {
            writings.extend(self.begin(tx, batch, tenant, concerned).await?);
            changed.save(tx, Scope { tenant, generation: batch.generation }).await?;
        }
        self.settle(tx, &writings).await?;
        Ok(Applied { parked, drafts: Vec::new(), effect: writings })
    }

    /// What was stated of rights: a fact of each record.
    async fn profile(&self, tx: &Tx, batch: &Batch<'_>) -> Result<Applied<Vec<Writing>>, StoreError> {
        let (mut parked, mut writings) = (Parked::new(), Vec::new());
        let mut by_tenant: BTreeMap<&Tenant, Stated> = BTreeMap::new();
        for entry in batch.entries.iter().filter(|entry| entry.is::<RightStated>()) {
            match on_right_stated::read(entry) {
                Ok(right) => by_tenant.entry(&entry.tenant).or_default().take(&right, batch),
                Err(unfit) => parked.push((entry.sequence, unfit.to_string())),
            }
        }
        for (tenant, stated) in by_tenant {
            let place = Scope { tenant, generation: batch.generation };
            let records: BTreeSet<RecordId> = stated.incoming.slots.keys().copied().collect();
            let keys = self.keyring.data_keys(tenant, records.iter().map(|record| record.0), false).await?;
            writings.extend(self.begin(tx, batch, tenant, Concerned { records, ..Concerned::default() }).await?);
            take_facts(tx, place, stated.incoming, &keys, &self.metrics).await?;
            if !batch.building && !stated.released.is_empty() {
                wake(tx, tenant, &stated.released, self.clock.now()).await?;
            }
        }
        self.settle(tx, &writings).await?;
        Ok(Applied { parked, drafts: Vec::new(), effect: writings })
    }

    /// Announces what is about to be written. Nobody reads a generation that is built.
    async fn begin(
        &self,
        tx: &Tx,
        batch: &Batch<'_>,
        tenant: &Tenant,
        concerned: Concerned,
    ) -> Result<Option<Writing>, StoreError> {
        match &self.hot {
            Some(hot) if !batch.building => Ok(Some(hot.begin(tx, tenant, concerned).await?)),
            _ => Ok(None),
        }
    }

    async fn settle(&self, tx: &Tx, writings: &[Writing]) -> Result<(), StoreError> {
        match &self.hot {
            Some(hot) => hot.settle(tx, writings).await,
            None => Ok(()),
        }
    }
}

/// The entries that matter here; others are passed over.
fn heard(batch: &Batch<'_>, parked: &mut Parked) -> BTreeMap<Tenant, Told> {
    let mut heard: BTreeMap<Tenant, Told> = BTreeMap::new();
    let mut park = |entry: &Entry, reason| parked.push((entry.sequence, reason));
    for entry in batch.entries {
        if entry.is::<TouchpointRecorded>() {
            match entry.decode(REVISION) {
                Ok(one) => heard.entry(entry.tenant.clone()).or_default().touchpoints.push((entry.sequence, one)),
                Err(unreadable) => park(entry, unreadable.to_string()),
            }
        } else if entry.is::<RecordsErased>() {
            match erased(entry, batch) {
                Ok(records) => heard.entry(entry.tenant.clone()).or_default().erased.extend(records),
                Err(unfit) => park(entry, unfit.to_string()),
            }
        }
    }
    heard
}

impl Projection for ProfileProjection {
    type Effect = Vec<Writing>;

    fn name(&self) -> &'static str {
        "profile"
    }

    fn follows(&self) -> &'static [Follow] {
        FOLLOWS
    }

    async fn apply(&self, tx: &Tx, batch: &Batch<'_>) -> Result<Applied<Vec<Writing>>, StoreError> {
        match batch.journal {
            "identity" => self.identity(tx, batch).await,
            "profile" => self.profile(tx, batch).await,
            _ => self.collector(tx, batch).await,
        }
    }

    fn committed(&self, effect: Vec<Writing>) {
        effect.into_iter().for_each(Writing::done);
    }

    /// Looks again at erasures that retained records until now.
    async fn fire(&self, tx: &Tx, due: &[Timer]) -> Result<Vec<Draft>, StoreError> {
        look_again(tx, &self.keyring, due, self.ids.as_ref(), self.clock.now()).await
    }

    async fn discard(&self, tx: &Tx, generation: i64, limit: i64) -> Result<bool, StoreError> {
        // Once: answers read since its first rows went are the next generation's.
        if self.discarded.swap(generation, SeqCst) != generation
            && let Some(hot) = &self.hot
        {
            hot.forget_all();
        }
        discard_rows(tx, &store::TABLES, generation, limit).await
    }
}
