//! Exports what expectation holds of source records.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{PersonId, RecordId, Refusal, Timestamp, TouchpointId};
use tenure_proto::expectation::v1::{Complaint, ComplaintStep, SurveyDecision};
use tenure_server::Call;

use super::{App, complaints::steps, feeds, person::Person, service_targets::timetable};
use crate::{
    api::convert::complaint::{standing::message, step},
    domain::{
        majority::{Majority, minor_until},
        recovery::Decided,
        standing::Standing,
    },
    store::{complaint_step, fact, majority, pending_identity, recovery, reservation},
};

/// What is held of a record.
#[derive(Debug, Default)]
pub(crate) struct RecordExport {
    pub(crate) touchpoints: BTreeSet<TouchpointId>,
    pub(crate) standings: Vec<Standing>,
    pub(crate) decisions: Vec<SurveyDecision>,
    pub(crate) complaints: Vec<Complaint>,
    pub(crate) complaint_steps: Vec<ComplaintStep>,
    /// What recovery campaigns decided, with their codes.
    pub(crate) recoveries: Vec<(String, Decided)>,
    pub(crate) of_age_at: Option<Timestamp>,
    pub(crate) identity_pending: bool,
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
        let entries = complaint_step::of_records(&self.store, tenant, &records).await?;
        for step in steps(&entries) {
            alone.entry(step.record).or_default().history.complaints.push(step);
        }
        let keys = self.keyring.data_keys(tenant, records.iter().map(|record| record.0), false).await?;
        let (feeds, timetable) = (feeds(&self.store, tenant).await?, timetable(&self.store, tenant).await?);
        for (record, person) in &alone {
            let judged = self.refolder.rules.judge(person, &feeds, self.refolder.now());
            let own = exported.entry(*record).or_default();
            for complaint in &judged.complaints {
                let clocks = judged.rules.clocks(complaint, &timetable, judged.now);
                own.complaints.push(message(PersonId::default(), complaint, &clocks, judged.now));
                own.complaint_steps.extend(step::messages(complaint, &entries, &keys));
            }
            own.standings = judged.standings;
        }
        let mut reservations = reservation::of_records(&self.store, tenant, &records).await?;
        reservations.sort_by_key(|one| (one.reserved_at, one.permit));
        for one in reservations {
            exported.entry(one.record).or_default().decisions.extend(one.entry.decision);
        }
        for (record, code, decided) in recovery::of_all(&self.store, tenant, &records).await? {
            exported.entry(record).or_default().recoveries.push((code, decided));
        }
        let mut stated: BTreeMap<RecordId, Vec<Majority>> = BTreeMap::new();
        for (record, one) in majority::of_records(&self.store, tenant, &records).await? {
            stated.entry(record).or_default().push(one);
        }
        for (record, of_age_at) in stated.iter().filter_map(|(record, all)| Some((*record, minor_until(all)?))) {
            exported.entry(record).or_default().of_age_at = Some(of_age_at);
        }
        for record in pending_identity::among(&self.store, tenant, &records).await? {
            exported.entry(record).or_default().identity_pending = true;
        }
        Ok(exported)
    }
}
