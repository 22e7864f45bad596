//! Which records are newly held for complaints, or are no longer.

use std::collections::{BTreeMap, BTreeSet};

use tenure_journal::Draft;
use tenure_kernel::{RecordId, Tenant, Timestamp};
use tenure_store::{StoreError, Tx};

use crate::{
    domain::complaint::{Complaint, retention::holds},
    event,
    store::record_hold::{self, Told},
};

/// Holds to be written.
#[derive(Default)]
pub(super) struct Holds(BTreeMap<RecordId, Told>);

impl Holds {
    /// Compares the holds on a person's records with what was told of them.
    pub(super) fn compare(
        &mut self,
        tenant: &Tenant,
        records: &BTreeSet<RecordId>,
        (complaints, known): (&[Complaint], &BTreeMap<RecordId, Told>),
        now: Timestamp,
    ) -> Vec<Draft> {
        let holds = holds(complaints);
        let mut drafts = Vec::new();
        for record in records {
            let (hold, before) = (holds.get(record), known.get(record));
            let (held, expires_at) = (hold.is_some(), hold.and_then(|hold| hold.until));
            let said = before.map_or((false, None), |before| (before.held, before.expires_at));
            if (held, expires_at) != said {
                let told = Told { revision: before.map_or(0, |before| before.revision) + 1, held, expires_at };
                drafts.push(event::record_held(tenant, *record, told, now));
                self.0.insert(*record, told);
            }
        }
        drafts
    }

    pub(super) async fn save(&self, tx: &Tx, tenant: &Tenant) -> Result<(), StoreError> {
        record_hold::save(tx, tenant, &self.0).await
    }
}
