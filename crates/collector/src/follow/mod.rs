//! What profile decides on erasures is carried out here, where records come in: their keys are destroyed, and every service is told.

use std::collections::BTreeMap;

use tenure_journal::{Applied, Batch, Draft, Entry, Follow, Projection, Unfit};
use tenure_kernel::{RecordId, Tenant};
use tenure_proto::profile::v1::ErasureDecided;
use tenure_store::{StoreError, Tx};
use tokio::sync::mpsc;

use crate::app::erase::Conclusion;

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
        for entry in batch.entries.iter().filter(|entry| entry.is::<ErasureDecided>()) {
            match records(entry, batch) {
                Ok(records) => {
                    let (all, trace) = decided.entry(&entry.tenant).or_default();
                    all.extend(records);
                    *trace = &entry.traceparent;
                }
                Err(unfit) => applied.parked.push((entry.sequence, unfit.to_string())),
            }
        }
        // Nothing is read from a generation, so what is built concludes nothing: it was concluded before.
        let decided = decided.into_iter().filter(|(_, (records, _))| !batch.building && !records.is_empty());
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
