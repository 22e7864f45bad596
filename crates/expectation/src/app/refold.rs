//! Looking at persons again: when something was stated about them, and when time itself changes something.
//!
//! Everybody who is touched gets a timer that is due at once, and the lease holder of its partition refolds it: merges the
//! members, writes the state that the overview counts, says which promises are overdue or no longer are, and sets the timer for
//! the next moment at which anything changes by itself. So a person is refolded after each commit that touched it, by one.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tenure_journal::{Draft, Timer};
use tenure_kernel::{Clock, IdSource, PersonId, RecordId, Tenant, Timestamp};
use tenure_proto::expectation::v1::Complaint;
use tenure_store::{StoreError, Tx};

use super::{
    causes,
    judge::Rules,
    loyalty,
    person::{self, Person},
    refolded::Refolded,
    service_targets, tally, weights,
};
use crate::{
    domain::{clock::Timetable, complaint::ComplaintId, standing::Feeds, systemic::cause::Causes},
    metrics::Metrics,
    store::{
        MEMBERSHIPS, complaint_state, outlook,
        overdue_signal::{self, Signal},
        person_cause,
        person_state::{self, PersonState},
        record_hold::{self, Told},
        source_progress,
        work_item::{self, Item, ItemId},
    },
};

const KIND: &str = "refold";

/// Now, by any clock: whom something new is known of must not wait because the clock that said so was ahead.
pub(crate) const AT_ONCE: Timestamp = Timestamp(0);

/// The timer of a person, under the person's id: there is one, and setting it anew moves it.
pub(crate) fn timer(tenant: &Tenant, person: PersonId, due_at: Timestamp) -> Timer {
    Timer {
        tenant: tenant.clone(),
        id: person.0,
        kind: KIND.to_owned(),
        partition: person.0[0],
        due_at,
        payload: Vec::new(),
    }
}

/// Of a person who was looked at, when to look again: its payload tells which outlook was kept, so that who decides by that can claim it.
pub(super) fn looks_again(tenant: &Tenant, person: PersonId, due_at: Timestamp, outlook: &[u8]) -> Timer {
    Timer { payload: outlook::mark(outlook), ..timer(tenant, person, due_at) }
}

/// What refolding works with.
pub(crate) struct Refolder {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) rules: Rules,
    pub(crate) metrics: Metrics,
}

/// Persons to be refolded, and what was concluded of them before.
struct Known {
    persons: BTreeMap<PersonId, Person>,
    states: BTreeMap<PersonId, PersonState>,
    /// The generation of facts that all of it is made of.
    generation: i64,
    signals: BTreeMap<RecordId, Vec<Signal>>,
    work: BTreeMap<PersonId, BTreeMap<ItemId, Item>>,
    complaints: BTreeMap<ComplaintId, (RecordId, Complaint)>,
    holds: BTreeMap<RecordId, Told>,
    causes: BTreeMap<PersonId, Causes>,
    timetable: Timetable,
}

impl Refolder {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Refolds the persons whose timers are due; what is concluded goes into the journal.
    pub(crate) async fn refold(&self, tx: &Tx, due: &[Timer]) -> Result<Vec<Draft>, StoreError> {
        let mut tenants: BTreeMap<&Tenant, BTreeSet<PersonId>> = BTreeMap::new();
        let (everybody, due): (Vec<&Timer>, Vec<&Timer>) =
            due.iter().partition(|timer| timer.kind == weights::EVERYBODY);
        for timer in everybody {
            weights::look_again(tx, timer).await?;
        }
        for timer in due {
            tenants.entry(&timer.tenant).or_default().insert(PersonId(timer.id));
        }
        let mut drafts = Vec::new();
        for (tenant, persons) in tenants {
            // One at a time for each tenant: records may be on their way from one of two persons to the other.
            tx.lock(&format!("expectation-refold-{tenant}")).await?;
            let known = Known::load(tx, tenant, &persons).await?;
            let rules = self.rules.with(weights::of(tx, tenant).await?);
            let feeds = Feeds(source_progress::of(tx, tenant).await?);
            let mut refolded = self.conclude(tenant, &known, (&rules, &feeds));
            if refolded.awaits_soon() {
                // Whoever raises progress now must see who awaits it, or we must see what was raised.
                source_progress::hold(tx, tenant).await?;
                let feeds = Feeds(source_progress::of(tx, tenant).await?);
                refolded = self.conclude(tenant, &known, (&rules, &feeds));
            }
            refolded.signalled().for_each(|raised| self.metrics.signalled(raised));
            drafts.extend(refolded.work.drafts(tenant, self.ids.as_ref(), self.now()));
            drafts.extend(refolded.save(tx, tenant, &persons).await?);
        }
        Ok(drafts)
    }

    fn conclude(&self, tenant: &Tenant, known: &Known, (rules, feeds): (&Rules, &Feeds)) -> Refolded {
        let now = self.now();
        let mut refolded = Refolded::default();
        for (id, person) in &known.persons {
            let judged = rules.judge(person, feeds, now);
            let said = person.records.iter().filter_map(|record| known.signals.get(record)).flatten();
            refolded.conclude(tenant, person, &judged, said.collect(), now);
            refolded.complaints(tenant, (*id, person), (&judged, &known.timetable), &known.complaints);
            refolded.holds(tenant, person, &judged, &known.holds);
            let member = loyalty::of(person, &judged);
            let again = loyalty::again(person, &member, now);
            let (until, looks) = refolded.wait(*id, (&judged, again), feeds, now);
            refolded.work.compare(*id, Some(&judged), known.work.get(id));
            refolded.causes.compare(*id, causes::of(&judged), known.causes.get(id));
            let outlook = outlook::write(&judged.outlook, (&person.records, &person.reserved), rules.mark, until);
            refolded.look_again(tenant, *id, looks, &outlook, now);
            let counts = tally::of(person, &judged);
            let state = PersonState { revision: 0, counts, generation: known.generation, outlook, loyalty: member };
            refolded.state(*id, Some(state), known.states.get(id));
        }
        for (id, before) in known.work.iter().filter(|(id, _)| !known.persons.contains_key(id)) {
            refolded.work.compare(*id, None, Some(before));
        }
        for (id, before) in known.states.iter().filter(|(id, _)| !known.persons.contains_key(id)) {
            refolded.state(*id, None, Some(before));
        }
        for (id, before) in known.causes.iter().filter(|(id, _)| !known.persons.contains_key(id)) {
            refolded.causes.compare(*id, Causes::new(), Some(before));
        }
        refolded
    }
}

impl Known {
    async fn load(tx: &Tx, tenant: &Tenant, asked: &BTreeSet<PersonId>) -> Result<Self, StoreError> {
        // First: what is read of a later one is made anew when its turn comes.
        let generation = person_state::generation(tx).await?;
        let members = MEMBERSHIPS.members(tx, tenant, asked).await?;
        let records: BTreeSet<RecordId> = members.values().flatten().copied().collect();
        let mut signals: BTreeMap<RecordId, Vec<Signal>> = BTreeMap::new();
        for signal in overdue_signal::of_records(tx, tenant, &records).await? {
            let record = RecordId::from_slice(&signal.content.record_id).unwrap_or_default();
            signals.entry(record).or_default().push(signal);
        }
        let complaints = complaint_state::of_records(tx, tenant, &records).await?;
        let persons = person::load_all(tx, tenant, members).await?;
        let states = person_state::load(tx, tenant, asked).await?;
        let causes = person_cause::load(tx, tenant, asked).await?;
        let work = work_item::of_persons(tx, tenant, asked).await?;
        let complained = persons.values().any(|person: &Person| !person.history.complaints.is_empty());
        // What is held now was a complaint's before.
        let held = if complained || !complaints.is_empty() { records } else { BTreeSet::new() };
        let holds = record_hold::of_records(tx, tenant, &held).await?;
        let timetable = if complained { service_targets::timetable(tx, tenant).await? } else { Timetable::default() };
        Ok(Self { persons, states, generation, signals, complaints, holds, causes, work, timetable })
    }
}
