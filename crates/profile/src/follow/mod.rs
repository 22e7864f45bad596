//! What is done with the entries of the journals that are followed.

mod on_memberships_changed;
mod on_records_erased;
mod on_touchpoint_recorded;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicI64, Ordering::SeqCst},
};

use tenure_journal::{Applied, Batch, Entry, Follow, Projection, discard_rows};
use tenure_kernel::{RecordId, Tenant};
use tenure_keyring::Keyring;
use tenure_proto::{
    collector::v1::{RecordsErased, TouchpointRecorded},
    identity::v1::MembershipsChanged,
};
use tenure_store::{StoreError, Tx};

use crate::{
    app::{
        erase_records::erase_records,
        move_records::{Moves, move_records},
        take_facts::take_facts,
    },
    domain::fact::Incoming,
    hot::{Freshness, Writing},
    metrics::Metrics,
    store::{self, Place},
};

/// The newest revision of payloads that this program reads.
const REVISION: i32 = 1;

const FOLLOWS: &[Follow] =
    &[Follow { journal: "collector", inputs: &[] }, Follow { journal: "identity", inputs: &["collector"] }];

/// Follows touchpoints, erasures and memberships.
pub struct ProfileProjection {
    pub(crate) keyring: Keyring,
    pub(crate) freshness: Freshness,
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

type Parked = Vec<(i64, String)>;

impl ProfileProjection {
    async fn collector(&self, tx: &Tx, batch: &Batch<'_>) -> Result<Applied<Writing>, StoreError> {
        let mut parked = Parked::new();
        let mut touched = BTreeSet::new();
        for (tenant, told) in heard(batch, &mut parked) {
            let place = Place { tenant: &tenant, generation: batch.generation };
            erase_records(tx, place, &told.erased).await?;
            let mut incoming = Incoming::default();
            let records = told.touchpoints.iter().flat_map(|(_, one)| on_touchpoint_recorded::owned(one, batch));
            let keys = self.keyring.data_keys(&tenant, records.map(|record| record.0), false).await?;
            for (sequence, touchpoint) in &told.touchpoints {
                match on_touchpoint_recorded::facts(touchpoint, batch, &keys) {
                    Ok((slot, facts)) => facts.into_iter().for_each(|(record, fact)| incoming.put(record, slot, fact)),
                    Err(reason) => parked.push((*sequence, reason)),
                }
            }
            touched.extend(told.erased.iter().chain(incoming.0.keys()).map(|record| record.0));
            take_facts(tx, place, incoming, &keys, &self.metrics).await?;
        }
        Ok(Applied { parked, drafts: Vec::new(), effect: self.freshness.writing(touched) })
    }

    async fn identity(&self, tx: &Tx, batch: &Batch<'_>) -> Result<Applied<Writing>, StoreError> {
        let mut parked = Parked::new();
        let mut touched = BTreeSet::new();
        let mut by_tenant: BTreeMap<&Tenant, Moves> = BTreeMap::new();
        for entry in batch.entries.iter().filter(|entry| entry.is::<MembershipsChanged>()) {
            match on_memberships_changed::decode(entry) {
                Ok(changed) => {
                    let moves = by_tenant.entry(&entry.tenant).or_default();
                    touched.extend(on_memberships_changed::collect(&changed, batch, moves));
                }
                Err(reason) => parked.push((entry.sequence, reason)),
            }
        }
        for (tenant, moves) in by_tenant {
            move_records(tx, Place { tenant, generation: batch.generation }, &moves).await?;
        }
        Ok(Applied { parked, drafts: Vec::new(), effect: self.freshness.writing(touched) })
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
            match on_records_erased::records(entry, batch) {
                Ok(records) => heard.entry(entry.tenant.clone()).or_default().erased.extend(records),
                Err(reason) => park(entry, reason),
            }
        }
    }
    heard
}

impl Projection for ProfileProjection {
    type Effect = Writing;

    fn name(&self) -> &'static str {
        "profile"
    }

    fn follows(&self) -> &'static [Follow] {
        FOLLOWS
    }

    async fn apply(&self, tx: &Tx, batch: &Batch<'_>) -> Result<Applied<Writing>, StoreError> {
        match batch.journal {
            "identity" => self.identity(tx, batch).await,
            _ => self.collector(tx, batch).await,
        }
    }

    fn committed(&self, effect: Writing) {
        // Its end marks what was written once more, now that it can be read.
        drop(effect);
    }

    async fn discard(&self, tx: &Tx, generation: i64, limit: i64) -> Result<bool, StoreError> {
        // Once: answers read since its first rows went are the next generation's.
        if self.discarded.swap(generation, SeqCst) != generation {
            self.freshness.forget_all();
        }
        discard_rows(tx, &store::TABLES, generation, limit).await
    }
}
