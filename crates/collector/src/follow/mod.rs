//! What profile decides on erasures and on what had its time is carried out here, where records come in: keys are destroyed, entries are rewritten,
//! and every service is told.

use std::collections::BTreeMap;

use tenure_journal::{Applied, Batch, Draft, Entry, Follow, Projection, Unfit};
use tenure_kernel::{EntryId, RecordId, Tenant, TouchpointId};
use tenure_proto::profile::v1::{ErasureDecided, ForgettingDecided};
use tenure_store::{StoreError, Tx};
use tokio::sync::mpsc;

use crate::app::{
    erase::Conclusion,
    forget::{Decided, ToForget},
};

/// The newest revision of payloads that this program reads.
const REVISION: i32 = 1;

/// Records whose keys are to be destroyed now.
pub(crate) type ToDestroy = (Tenant, Vec<RecordId>);

/// Follows what profile decides. It has no tables of its own: what it writes is the collector's register of erased records.
pub struct CollectorProjection {
    conclusion: Conclusion,
    destroy: mpsc::UnboundedSender<ToDestroy>,
}

impl CollectorProjection {
    pub(crate) fn new(conclusion: Conclusion, destroy: mpsc::UnboundedSender<ToDestroy>) -> Self {
        Self { conclusion, destroy }
    }
}

impl Projection for CollectorProjection {
    type Effect = Vec<ToDestroy>;

    fn name(&self) -> &'static str {
        "collector"
    }

    fn follows(&self) -> &'static [Follow] {
        &[Follow { journal: "profile", inputs: &[] }]
    }

    async fn apply(&self, tx: &Tx, batch: &Batch<'_>) -> Result<Applied<Vec<ToDestroy>>, StoreError> {
        let mut applied: Applied<Vec<ToDestroy>> = Applied::default();
        let mut decided: BTreeMap<&Tenant, (Vec<RecordId>, &str)> = BTreeMap::new();
        let mut forgets: Vec<(&Tenant, Decided)> = Vec::new();
        for entry in batch.entries {
            let read = if entry.is::<ErasureDecided>() {
                records(entry, batch).map(|records| {
                    let (all, trace) = decided.entry(&entry.tenant).or_default();
                    all.extend(records);
                    *trace = &entry.traceparent;
                })
            } else if entry.is::<ForgettingDecided>() {
                forgetting(entry, batch).map(|one| forgets.push((&entry.tenant, one)))
            } else {
                continue;
            };
            if let Err(unfit) = read {
                applied.parked.push((entry.sequence, unfit.to_string()));
            }
        }
        // Nothing is read from a generation, so what is built concludes nothing: it was concluded before.
        if batch.building {
            return Ok(applied);
        }
        for (tenant, decided) in forgets.into_iter().filter(|(_, decided)| !decided.facts.is_empty()) {
            applied.drafts.push(self.conclusion.forget(tx, tenant, decided).await?);
        }
        let decided = decided.into_iter().filter(|(_, (records, _))| !records.is_empty());
        for (tenant, (mut records, trace)) in decided {
            records.sort_unstable();
            records.dedup();
            let drafts = self.conclusion.erase(tx, tenant, &records).await?;
            let trace = (!trace.is_empty()).then(|| trace.to_owned());
            applied.drafts.extend(drafts.into_iter().map(|draft: Draft| draft.traced(trace.clone())));
            applied.effect.push((tenant.clone(), records));
        }
        Ok(applied)
    }

    fn committed(&self, effect: Vec<ToDestroy>) {
        for records in effect {
            // Should nobody listen any more, the sweep of the next process destroys them.
            let _ = self.destroy.send(records);
        }
    }

    async fn discard(&self, _tx: &Tx, _generation: i64, _limit: i64) -> Result<bool, StoreError> {
        Ok(false)
    }
}

/// The records of an entry that belong to the range.
fn records(entry: &Entry, batch: &Batch<'_>) -> Result<Vec<RecordId>, Unfit> {
    let event: ErasureDecided = entry.decode(REVISION)?;
    let records: Result<Vec<RecordId>, _> = event.record_ids.iter().map(|id| RecordId::from_slice(id)).collect();
    let mut records = records.map_err(|_| Unfit::Field("a record id is not 16 bytes"))?;
    records.retain(|record| batch.owns(*record));
    Ok(records)
}

/// The facts of a decision that belong to the range.
fn forgetting(entry: &Entry, batch: &Batch<'_>) -> Result<Decided, Unfit> {
    let event: ForgettingDecided = entry.decode(REVISION)?;
    let mut facts = Vec::with_capacity(event.facts.len());
    for one in event.facts {
        let record = RecordId::from_slice(&one.record_id).map_err(|_| Unfit::Field("a record id is not 16 bytes"))?;
        let fact = TouchpointId::from_slice(&one.fact_id).map_err(|_| Unfit::Field("a fact id is not 16 bytes"))?;
        if batch.owns(record) {
            facts.push(ToForget { record, fact, sequences: one.sequences });
        }
    }
    // Each range concludes its own part.
    let mut id: EntryId = entry.id;
    id.0[15] ^= batch.partitions.start();
    Ok(Decided { id, run: event.run_id, facts })
}
