//! What has changed of complaints since they were last seen.

use std::collections::{BTreeMap, BTreeSet};

use tenure_journal::Draft;
use tenure_kernel::{PersonId, RecordId, Tenant, Timestamp};
use tenure_proto::expectation::v1::{Complaint as Message, ComplaintClock, ServiceClock as ServiceClockMessage};
use tenure_store::{StoreError, Tx};

use super::{judge::Judged, person::Person};
use crate::{
    api::convert::complaint::standing::message,
    domain::{
        clock::{Clock, Clocks, Timetable, service::ServiceClock},
        complaint::{Complaint, ComplaintId},
    },
    event,
    store::{complaint_name, complaint_state},
};

/// Complaints to be written.
#[derive(Default)]
pub(super) struct Changed {
    names: BTreeMap<ComplaintId, RecordId>,
    states: BTreeMap<ComplaintId, (RecordId, PersonId, Message)>,
    gone: BTreeSet<ComplaintId>,
    /// When a clock of a person's changes next.
    next: BTreeMap<PersonId, Timestamp>,
}

impl Changed {
    /// Compares the complaints of a person with what was known of those of its records.
    pub(super) fn compare(
        &mut self,
        tenant: &Tenant,
        (id, person): (PersonId, &Person),
        (judged, timetable): (&Judged<'_>, &Timetable),
        known: &BTreeMap<ComplaintId, (RecordId, Message)>,
    ) -> Vec<Draft> {
        let mut drafts = Vec::new();
        for complaint in &judged.complaints {
            let clocks = judged.rules.clocks(complaint, timetable, judged.now);
            let changes = change_at(&clocks, judged.now);
            if let Some(at) = changes {
                let next = self.next.entry(id).or_insert(at);
                *next = (*next).min(at);
            }
            self.names.extend(names(complaint));
            let before = known.get(&complaint.id).map(|(_, before)| before);
            let Some(now) = after(message(id, complaint, &clocks, judged.now), before) else { continue };
            drafts.push(event::complaint_changed(tenant, complaint.id, complaint.record, &now, judged.now));
            self.states.insert(complaint.id, (complaint.record, id, now));
        }
        let own = known.iter().filter(|(_, (record, _))| person.records.contains(record)).map(|(id, _)| *id);
        self.gone.extend(own.filter(|known| !judged.complaints.iter().any(|complaint| complaint.id == *known)));
        drafts
    }

    pub(super) fn next(&self, person: PersonId, now: Timestamp) -> Option<Timestamp> {
        self.next.get(&person).copied().filter(|at| *at > now)
    }

    pub(super) async fn save(&self, tx: &Tx, tenant: &Tenant) -> Result<(), StoreError> {
        complaint_name::add(tx, tenant, &self.names).await?;
        complaint_state::remove(tx, tenant, &self.gone).await?;
        complaint_state::save(tx, tenant, &self.states).await
    }
}

/// When a clock of any kind changes by itself.
fn change_at(clocks: &Clocks, now: Timestamp) -> Option<Timestamp> {
    let statutory = clocks.statutory.iter().filter_map(|clock| changes_at(clock, now));
    statutory.chain(clocks.service.iter().filter_map(|clock| served_at(clock, now))).min()
}

/// When a target of the firm's own warns, or is missed.
fn served_at(clock: &ServiceClock, now: Timestamp) -> Option<Timestamp> {
    let runs = !clock.done && clock.stopped_at.is_none() && clock.stands_since.is_none();
    let missed = Timestamp(clock.due.0.saturating_add(1));
    let moments = clock.warn_at.iter().map(|(_, at)| *at).chain([missed]);
    moments.filter(|at| runs && *at > now).min()
}

/// When a clock changes by itself: it warns, opens, or is over.
fn changes_at(clock: &Clock, now: Timestamp) -> Option<Timestamp> {
    let runs = clock.satisfied_at.is_none() && clock.stopped_at.is_none();
    let warnings = clock.warn_at.iter().map(|(_, at)| *at);
    let moments = warnings.chain([clock.due_target, clock.due_legal_latest]).chain(clock.opens_at);
    moments.filter(|at| runs && *at > now).min()
}

/// Each id of a complaint, with the record that gives it.
fn names(complaint: &Complaint) -> impl Iterator<Item = (ComplaintId, RecordId)> + '_ {
    complaint
        .steps
        .iter()
        .filter(|(step, _)| step.matter == complaint.matter)
        .map(|(step, _)| (ComplaintId::of(step.record, &complaint.matter), step.record))
}

/// The complaint in its next revision, if anything changed since the one before.
fn after(mut now: Message, before: Option<&Message>) -> Option<Message> {
    let Some(before) = before else { return Some(Message { revision: 1, ..now }) };
    now.superseded_clocks.clone_from(&before.superseded_clocks);
    now.superseded_clocks.extend(superseded(&now, before));
    now.superseded_service_clocks.clone_from(&before.superseded_service_clocks);
    now.superseded_service_clocks.extend(superseded_service(&now, before));
    now.revision = before.revision;
    (now != *before).then(|| Message { revision: before.revision + 1, ..now })
}

/// The clocks that ran under calendars or rules that were replaced since.
fn superseded(now: &Message, before: &Message) -> Vec<ComplaintClock> {
    let rules = |clock: &ComplaintClock| (clock.rule_id.clone(), clock.origin_time);
    let replaced = |old: &&ComplaintClock| {
        now.clocks.iter().any(|new| {
            let other = new.calendar_version != old.calendar_version || new.rule_version != old.rule_version;
            rules(new) == rules(old) && other
        })
    };
    before.clocks.iter().filter(replaced).cloned().collect()
}

/// What stood under versions of the firm's own targets, or calendars, that were replaced since, or retired.
fn superseded_service(now: &Message, before: &Message) -> Vec<ServiceClockMessage> {
    let replaced = |old: &&ServiceClockMessage| {
        let new = now.service_clocks.iter().find(|new| new.service_target_code == old.service_target_code);
        new.is_none_or(|new| {
            let other = (new.version, &new.calendar_version) != (old.version, &old.calendar_version);
            new.origin_time == old.origin_time && other
        })
    };
    before.service_clocks.iter().filter(replaced).cloned().collect()
}
