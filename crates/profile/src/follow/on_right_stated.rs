//! Something was stated of a customer's rights: a fact of each of the records, like those of touchpoints.

use std::collections::BTreeSet;

use tenure_journal::{Batch, Entry, Unfit};
use tenure_kernel::{RecordId, TouchpointId};
use tenure_proto::profile::v1::{FactsEnriched, ForgottenCounted, RightStated};

use super::{REVISION, on_facts_enriched};
use crate::{
    domain::{
        activity::Activity,
        fact::Incoming,
        right::{Ended, Kind, Right},
    },
    event,
};

/// What was stated of a tenant's customers, answered by providers, and counted of what is forgotten, as far as it is ours to write.
#[derive(Default)]
pub(super) struct Stated {
    pub(super) incoming: Incoming,
    /// Records that a hold was ended for.
    pub(super) released: BTreeSet<RecordId>,
    /// What providers answered, with the entry's sequence.
    pub(super) enriched: Vec<(i64, RecordId, FactsEnriched)>,
    /// How much happened of what is forgotten, of whomever; for the first range, so that it counts once.
    pub(super) counted: Activity,
}

impl Stated {
    /// Takes an entry, if it is one of these.
    pub(super) fn read(&mut self, entry: &Entry, batch: &Batch<'_>) -> Result<(), Unfit> {
        if entry.is::<RightStated>() {
            self.take(&read(entry)?, batch);
        } else if entry.is::<FactsEnriched>() {
            let read = on_facts_enriched::read(entry, batch)?;
            self.enriched.extend(read.map(|(record, event)| (entry.sequence, record, event)));
        } else if entry.is::<ForgottenCounted>() && batch.partitions.contains(&0) {
            let event: ForgottenCounted = entry.decode(REVISION)?;
            for one in event.counts {
                *self.counted.0.entry((one.day, one.r#type)).or_default() += one.count;
            }
        }
        Ok(())
    }

    fn take(&mut self, right: &Right, batch: &Batch<'_>) {
        let (fact, slot) = (right.fact(), TouchpointId(right.id.0));
        for record in right.records.iter().filter(|record| batch.owns(**record)) {
            self.incoming.put(*record, slot, fact.clone());
            if matches!(right.kind, Kind::End(_, Ended::Hold)) {
                self.released.insert(*record);
            }
        }
    }
}

/// What an entry states.
fn read(entry: &Entry) -> Result<Right, Unfit> {
    let event: RightStated = entry.decode(REVISION)?;
    event.right.and_then(event::read_right).ok_or(Unfit::Field("the right is not one that can be stated"))
}
