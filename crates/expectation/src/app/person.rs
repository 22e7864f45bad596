//! A person: all that its records state, and what was reserved for it.

use std::collections::{BTreeMap, BTreeSet};

use tenure_journal::Claim;
use tenure_kernel::{PersonId, RecordId, Refusal, Tenant, Timestamp, TouchpointId};
use tenure_server::wire;
use tenure_store::{Query, StoreError};

use super::{complaints::steps, judge::Rules, weights};
use crate::{
    api::convert::{
        right, survey,
        touchpoint::{Told, history},
    },
    domain::{
        guard::Decision,
        history::History,
        invite::Reserved,
        outlook::{Known, Outlook, Survey},
        standing::Feeds,
    },
    store::{
        MEMBERSHIPS, RIGHTS, complaint_step,
        fact::{self, Fact},
        majority,
        outlook::{self, KeptOutlook},
        pending_identity, person_state, reservation, source_progress,
    },
};

/// By which of its ids a person is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Person(PersonId),
    Record(RecordId),
}

/// A person as a moment finds it.
#[derive(Debug, Default)]
pub(crate) struct Person {
    pub(crate) records: BTreeSet<RecordId>,
    pub(crate) history: History,
    pub(crate) reserved: Vec<Reserved>,
    /// Whose each touchpoint is, and so to whom a promise was made.
    pub(crate) owners: BTreeMap<TouchpointId, RecordId>,
}

/// The person of a name, and its records.
pub(crate) async fn find(
    query: &impl Query,
    tenant: &Tenant,
    who: Who,
) -> Result<(PersonId, BTreeSet<RecordId>), Refusal> {
    let person = match who {
        Who::Record(record) => {
            return MEMBERSHIPS.together_with(query, tenant, record).await?.ok_or_else(Refusal::not_found);
        }
        Who::Person(person) => MEMBERSHIPS.resolve(query, tenant, person).await?,
    };
    let members = MEMBERSHIPS.members(query, tenant, &BTreeSet::from([person])).await?.remove(&person);
    Ok((person, members.ok_or_else(Refusal::not_found)?))
}

/// Loads one person by its records.
pub(crate) async fn load(
    query: &impl Query,
    tenant: &Tenant,
    records: BTreeSet<RecordId>,
) -> Result<Person, StoreError> {
    let one = BTreeMap::from([(PersonId::default(), records)]);
    Ok(load_all(query, tenant, one).await?.into_values().next().unwrap_or_default())
}

/// Loads many persons by their records.
pub(crate) async fn load_all(
    query: &impl Query,
    tenant: &Tenant,
    members: BTreeMap<PersonId, BTreeSet<RecordId>>,
) -> Result<BTreeMap<PersonId, Person>, StoreError> {
    let owners: BTreeMap<RecordId, PersonId> =
        members.iter().flat_map(|(person, records)| records.iter().map(|record| (*record, *person))).collect();
    let records: BTreeSet<RecordId> = owners.keys().copied().collect();
    let mut persons: BTreeMap<PersonId, Person> =
        members.into_iter().map(|(person, records)| (person, Person { records, ..Person::default() })).collect();
    for fact in fact::of_records(query, tenant, &records).await? {
        if let Some(person) = owners.get(&fact.record).and_then(|person| persons.get_mut(person)) {
            person.take(&fact);
        }
    }
    for (record, right) in RIGHTS.of_records(query, tenant, &records).await? {
        if let Some(person) = owners.get(&record).and_then(|person| persons.get_mut(person)) {
            person.history.append(right::history(&right));
        }
    }
    for (record, stated) in majority::of_records(query, tenant, &records).await? {
        if let Some(person) = owners.get(&record).and_then(|person| persons.get_mut(person)) {
            person.history.majorities.push(stated);
        }
    }
    for record in pending_identity::among(query, tenant, &records).await? {
        if let Some(person) = owners.get(&record).and_then(|person| persons.get_mut(person)) {
            person.history.identity_pending = true;
        }
    }
    for step in steps(&complaint_step::of_records(query, tenant, &records).await?) {
        if let Some(person) = owners.get(&step.record).and_then(|person| persons.get_mut(person)) {
            person.history.complaints.push(step);
        }
    }
    for one in reservation::of_records(query, tenant, &records).await?.into_iter().filter(|one| one.allowed) {
        if let Some(person) = owners.get(&one.record).and_then(|person| persons.get_mut(person)) {
            person.reserved.push(Reserved {
                kind: survey::reserved_kind(&one.entry),
                at: one.reserved_at,
                expires_at: one.expires_at,
                redeemed_at: one.redeemed_at,
            });
        }
    }
    Ok(persons)
}

/// What the guard needs to know of a person, at a moment.
pub(crate) struct Guarded {
    pub(crate) person: PersonId,
    pub(crate) records: BTreeSet<RecordId>,
    pub(crate) outlook: Outlook,
    pub(crate) reserved: Vec<Reserved>,
    pub(crate) feeds: Feeds,
    pub(crate) now: Timestamp,
    /// The outlook as it was kept, if it was.
    kept: Option<Vec<u8>>,
}

impl Guarded {
    /// Whether a survey may go out, over a channel that is used up for the day or is not.
    pub(crate) fn decide(&self, rules: &Rules, survey: &Survey, channel_used_up: bool) -> Decision {
        let known = Known { reserved: &self.reserved, feeds: &self.feeds, channel_used_up };
        rules.decide(&self.outlook, survey, known, self.now)
    }

    /// What must still hold for who acts on it. Nothing, if it was worked out.
    pub(crate) fn claim(&self, tenant: &Tenant) -> Option<Claim> {
        let payload = outlook::mark(self.kept.as_ref()?);
        Some(Claim { tenant: tenant.clone(), id: self.person.0, payload, at: self.now })
    }
}

/// What the guard needs to know of a person at a moment: as it was kept if that is still good, else worked out now.
pub(crate) async fn guarded(
    query: &impl Query,
    tenant: &Tenant,
    who: Who,
    (rules, now): (&Rules, Timestamp),
) -> Result<Guarded, Refusal> {
    let whose = match who {
        Who::Person(person) => Ok(MEMBERSHIPS.resolve(query, tenant, person).await?),
        Who::Record(record) => Err(record),
    };
    if let Some((person, bytes)) = person_state::outlook(query, tenant, whose, now).await?
        && let Some(kept) = outlook::read(&bytes, rules.mark, now)
    {
        let KeptOutlook { outlook, records, reserved } = kept;
        let feeds = match outlook.waits_for.is_empty() {
            true => Feeds::default(),
            false => Feeds(source_progress::of(query, tenant).await?),
        };
        return Ok(Guarded { person, records, outlook, reserved, feeds, now, kept: Some(bytes) });
    }
    let (person, records) = find(query, tenant, who).await?;
    let known = load(query, tenant, records.clone()).await?;
    let feeds = Feeds(source_progress::of(query, tenant).await?);
    let outlook = rules.with(weights::of(query, tenant).await?).judge(&known, &feeds, now).outlook;
    Ok(Guarded { person, records, outlook, reserved: known.reserved, feeds, now, kept: None })
}

impl Person {
    /// Takes in what a fact states.
    pub(crate) fn take(&mut self, fact: &Fact) {
        let (record, touchpoint, source_rank) = (fact.record, fact.touchpoint, fact.source_rank);
        let at = fact.body.occur_time.as_ref().and_then(wire::timestamp).unwrap_or(Timestamp::MIN);
        self.owners.insert(touchpoint, record);
        self.history.append(history(&Told { record, touchpoint, source_rank, at, body: &fact.body }));
    }
}
