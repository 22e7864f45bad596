//! Exports what expectation holds of source records.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Refusal, TouchpointId};
use tenure_proto::expectation::v1::SurveyDecision;
use tenure_server::Call;

use super::{App, feeds, person::Person};
use crate::{
    domain::standing::Standing,
    store::{fact, reservation},
};

/// What is held of a record.
#[derive(Debug, Default)]
pub(crate) struct RecordExport {
    pub(crate) touchpoints: BTreeSet<TouchpointId>,
    pub(crate) standings: Vec<Standing>,
    pub(crate) decisions: Vec<SurveyDecision>,
}

impl App {
    /// Each record that something is held of, by itself.
    pub(crate) async fn export_records(
        &self,
        call: &Call,
        records: Vec<RecordId>,
    ) -> Result<BTreeMap<RecordId, RecordExport>, Refusal> {
        let tenant = call.tenant()?;
        let records: BTreeSet<RecordId> = records.into_iter().collect();
        let mut exported: BTreeMap<RecordId, RecordExport> = BTreeMap::new();
        let mut alone: BTreeMap<RecordId, Person> = BTreeMap::new();
        for fact in fact::of_records(&self.store, tenant, &records).await? {
            exported.entry(fact.record).or_default().touchpoints.insert(fact.touchpoint);
            alone.entry(fact.record).or_default().take(&fact);
        }
        let feeds = feeds(&self.store, tenant).await?;
        for (record, person) in &alone {
            let judged = self.refolder.rules.judge(person, &feeds, self.refolder.now());
            exported.entry(*record).or_default().standings = judged.standings;
        }
        let mut reservations = reservation::of_records(&self.store, tenant, &records).await?;
        reservations.sort_by_key(|one| (one.reserved_at, one.permit));
        for one in reservations {
            exported.entry(one.record).or_default().decisions.extend(one.entry.decision);
        }
        Ok(exported)
    }
}
