//! A person's complaints, found by any of their ids.

use std::collections::BTreeSet;

use tenure_kernel::{PersonId, RecordId, Refusal, Tenant, Timestamp};
use tenure_proto::{
    expectation::v1::{Complaint as Message, ComplaintStepRecorded},
    keyring::v1::Sealed,
};
use tenure_store::{Query, StoreError, Tx};

use super::{
    App,
    judge::Rules,
    person::{self, Person, Who},
    redeem_survey_permit::reused,
    service_targets::timetable,
};
use crate::{
    api::convert::complaint::{standing::message, step},
    domain::{
        clock::{Clocks, Timetable, clocks},
        complaint::{Complaint, ComplaintId, complaints, step::Step},
    },
    store::{
        complaint_name,
        complaint_step::{self, Request},
    },
};

impl Rules {
    /// The complaints of a person as of a moment.
    pub(crate) fn complaints(&self, person: &Person, now: Timestamp) -> Vec<Complaint> {
        complaints(&person.history.complaints, &self.complaints, now)
    }

    /// The clocks of a complaint. What was answered in time and reopened later is not breached before it was reopened.
    pub(crate) fn clocks(&self, complaint: &Complaint, timetable: &Timetable, now: Timestamp) -> Clocks {
        let (now, calendars) = (now.max(complaint.last_at()), &timetable.calendars);
        let mut statutory = clocks(&complaint.regimes, &complaint.moments(), calendars, &self.zone, now);
        for clock in &mut statutory {
            clock.breached_at = clock.breached_at.map(|at| complaint.reopened_at.map_or(at, |again| at.max(again)));
        }
        let targets = timetable.in_force(complaint.ended_at);
        let service = targets.map(|target| target.clock(&complaint.work(target.goal), calendars, now)).collect();
        Clocks { statutory, service }
    }
}

/// A person whose complaints nobody else changes until the transaction ends.
pub(super) struct Held {
    pub(super) id: PersonId,
    pub(super) person: Person,
    pub(super) complaints: Vec<Complaint>,
    pub(super) timetable: Timetable,
}

impl Held {
    /// The complaint of an id, or what it goes on under.
    pub(super) fn find(&self, id: ComplaintId) -> Option<&Complaint> {
        let named = self.named(id)?;
        named.merged_into.map_or(Some(named), |survivor| self.named(survivor))
    }

    /// The complaint of an id itself.
    pub(super) fn named(&self, id: ComplaintId) -> Option<&Complaint> {
        self.complaints.iter().find(|complaint| complaint.names.contains(&id))
    }
}

impl App {
    /// The person of a record, whose complaints nobody else changes until the transaction ends. By its records, so that it holds
    /// through a merge.
    pub(super) async fn hold(&self, tx: &Tx, tenant: &Tenant, record: RecordId) -> Result<Held, Refusal> {
        let (_, records) = person::find(tx, tenant, Who::Record(record)).await?;
        for record in &records {
            tx.lock(&format!("expectation-complaints-{tenant}-{record}")).await?;
        }
        let (id, now) = person::find(tx, tenant, Who::Record(record)).await?;
        // Merged or split while we waited: others may hold what we don't.
        if now != records {
            return Err(Refusal::unavailable("person"));
        }
        let person = person::load(tx, tenant, records).await?;
        let complaints = self.refolder.rules.complaints(&person, self.refolder.now());
        let timetable = timetable(tx, tenant).await?;
        Ok(Held { id, person, complaints, timetable })
    }

    /// The complaint as a step leaves it, for the answer.
    pub(super) fn after(&self, held: &mut Held, step: Step) -> Option<Message> {
        let (matter, now) = (step.matter.clone(), self.refolder.now().max(step.at));
        held.person.history.complaints.push(step);
        let rules = &self.refolder.rules;
        let complaint = rules.complaints(&held.person, now).into_iter().find(|one| one.matter == matter)?;
        Some(message(held.id, &complaint, &rules.clocks(&complaint, &held.timetable, now), now))
    }

    /// What is written about a step, under the record's key; nothing for no text.
    pub(super) async fn seal(&self, tenant: &Tenant, record: RecordId, text: &str) -> Result<Option<Sealed>, Refusal> {
        if text.is_empty() {
            return Ok(None);
        }
        let keys = self.keyring.data_keys(tenant, [record.0], true).await?;
        // A record whose key is destroyed is erased, and nothing is known of it.
        keys.seal(record.0, text.as_bytes()).map(Some).ok_or_else(Refusal::not_found)
    }

    /// What the request was answered before, if it is the same request.
    pub(super) async fn answered_complaint(
        &self,
        query: &impl Query,
        tenant: &Tenant,
        (request, text): (&Request, &str),
    ) -> Result<Option<Message>, Refusal> {
        let Some(taken) = complaint_step::of_request(query, tenant, &request.id).await? else { return Ok(None) };
        if taken.request_body != request.body || self.text(tenant, &taken.entry).await? != text {
            return Err(reused());
        }
        Ok(Some(taken.answer))
    }

    /// What was written about a step; nothing once its key is destroyed.
    async fn text(&self, tenant: &Tenant, entry: &ComplaintStepRecorded) -> Result<String, Refusal> {
        let Some(sealed) = &entry.text else { return Ok(String::new()) };
        let id = sealed.key_id.as_slice().try_into().map_err(|_| Refusal::not_found())?;
        let keys = self.keyring.data_keys(tenant, [id], false).await?;
        Ok(keys.open(sealed).and_then(|text| String::from_utf8(text).ok()).unwrap_or_default())
    }

    /// The record under which a complaint is to be looked for.
    pub(super) async fn record_of(
        query: &impl Query,
        tenant: &Tenant,
        complaint: ComplaintId,
    ) -> Result<RecordId, Refusal> {
        let found: Result<_, StoreError> = complaint_name::find(query, tenant, complaint).await;
        found?.ok_or_else(Refusal::not_found)
    }
}

/// The steps of entries that we wrote.
pub(crate) fn steps(entries: &[ComplaintStepRecorded]) -> impl Iterator<Item = Step> + '_ {
    entries.iter().filter_map(step::read)
}

/// The records that steps were taken under.
pub(super) fn records_of(complaint: &Complaint) -> BTreeSet<RecordId> {
    complaint.steps.iter().map(|(step, _)| step.record).collect()
}
