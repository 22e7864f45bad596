//! A page of a retention run: whose data had its time, and what becomes of it.
//!
//! A page is one transaction with how far the run is and the timer of the next one, so that a run that is broken off goes on where it was.

use std::collections::{BTreeMap, BTreeSet};

use tenure_journal::{Draft, Route, Timer};
use tenure_kernel::{EntryId, ErasureId, IdSource, PersonId, RecordId, RetentionRunId, Tenant, Timestamp};
use tenure_keyring::Keyring;
use tenure_proto::profile::v1 as pb;
use tenure_store::{StoreError, Tx};

use super::{
    erase_person::begun,
    retention_run::{TIMER, changed, timer},
};
use crate::{
    domain::{
        activity::Cell,
        erasure::{Erasure, Judged},
        fact::Told,
        fact_period::{self, Outlived, may_be_due},
        retention::{Kind, Policy, Run, is_restricted, judge_due},
        summary::Summary,
    },
    store::{erasure, forgotten_fact, history, membership, retention, retention_tally, summary},
};

/// Facts that an entry has forgotten.
const FACTS: usize = 500;
/// Counts that an entry tells.
const COUNTS: usize = 1_000;
/// Persons of a page.
const PAGE: i64 = 200;
/// How many facts a run is ahead of those who forget them, at most: then it waits, so that what they write at once stays small and nobody else
/// waits for it.
const AHEAD: i64 = 2_000;
/// How long, in microseconds.
const PAUSE: i64 = 100_000;

/// Goes on with the runs whose timers fired, a page each.
pub(crate) async fn go_on(
    tx: &Tx,
    keyring: &Keyring,
    fired: &[Timer],
    ids: &dyn IdSource,
    now: Timestamp,
) -> Result<Vec<Draft>, StoreError> {
    let mut drafts = Vec::new();
    for due in fired.iter().filter(|timer| timer.kind == TIMER) {
        let (tenant, Ok(id)) = (&due.tenant, RetentionRunId::from_slice(&due.payload)) else { continue };
        let Some(run) = retention::run(tx, tenant, id).await?.filter(|run| run.done_at.is_none()) else { continue };
        let Some(policy) = retention::policy(tx, tenant, Some(run.version)).await? else { continue };
        if !run.dry && run.decided() - forgotten(tx, tenant, run.id).await? > AHEAD {
            Timer::set(tx, vec![timer(tenant, &run, Timestamp(now.0.saturating_add(PAUSE)))]).await?;
            continue;
        }
        drafts.extend(page(tx, keyring, tenant, (run, &policy), (ids, now)).await?);
    }
    Ok(drafts)
}

/// How many facts a run had forgotten so far.
async fn forgotten(tx: &Tx, tenant: &Tenant, run: RetentionRunId) -> Result<i64, StoreError> {
    Ok(forgotten_fact::of_runs(tx, tenant, std::iter::once(run)).await?.into_values().sum())
}

/// The next page of a run.
async fn page(
    tx: &Tx,
    keyring: &Keyring,
    tenant: &Tenant,
    (mut run, policy): (Run, &Policy),
    (ids, now): (&dyn IdSource, Timestamp),
) -> Result<Vec<Draft>, StoreError> {
    let persons = membership::persons_behind(tx, tenant, run.after, PAGE).await?;
    run.persons += i64::try_from(persons.len()).unwrap_or(i64::MAX);
    let (mut erasures, mut forgets) = (Vec::new(), Vec::new());
    for due in due(tx, keyring, tenant, &persons, (policy, run.began_at, now)).await? {
        if !due.whole {
            forgets.extend(run.take_facts(due.kind, (&due.judged, due.restricted), due.facts));
            continue;
        }
        let records = run.take(due.kind, due.judged);
        if !run.dry && !records.is_empty() {
            let (id, person) = (ErasureId(ids.next()), due.person);
            erasures.push(Erasure { id, person, run: Some(run.id), records, asked_at: now });
        }
    }
    erasure::add_all(tx, tenant, &erasures).await?;
    let begun = erasures.iter().flat_map(|erasure| begun(tenant, erasure, ids, now));
    let mut drafts: Vec<Draft> = begun.collect();
    if !run.dry {
        drafts.extend(forget(tx, tenant, run.id, &forgets, (ids, now)).await?);
    }
    match persons.last() {
        Some(last) => {
            run.after = Some(*last);
            Timer::set(tx, vec![timer(tenant, &run, run.began_at)]).await?;
        }
        None => {
            run.done_at = Some(now);
            drafts.extend(counted(tenant, retention_tally::take(tx, tenant, run.id).await?, ids, now));
        }
    }
    retention::update_run(tx, tenant, &run).await?;
    drafts.push(changed(tenant, &run, ids, now));
    Ok(drafts)
}

/// Has facts forgotten, and counts what happened: it is told when the run has ended, of all persons together.
async fn forget(
    tx: &Tx,
    tenant: &Tenant,
    run: RetentionRunId,
    facts: &[Outlived],
    (ids, now): (&dyn IdSource, Timestamp),
) -> Result<Vec<Draft>, StoreError> {
    let mut cells: BTreeMap<Cell, i64> = BTreeMap::new();
    facts.iter().filter_map(|one| one.cell).for_each(|cell| *cells.entry(cell).or_default() += 1);
    retention_tally::add(tx, tenant, run, &cells).await?;
    Ok(forgetting(tenant, &run.0, facts.iter().map(|one| &one.told), (ids, now)))
}

/// The entries that have facts forgotten; without a run, because an amendment came for what was forgotten before.
pub(crate) fn forgetting<'a>(
    tenant: &Tenant,
    run: &[u8],
    facts: impl Iterator<Item = &'a Told>,
    (ids, now): (&dyn IdSource, Timestamp),
) -> Vec<Draft> {
    let facts: Vec<&Told> = facts.collect();
    let entries = facts.chunks(FACTS).map(|some| {
        let records: BTreeSet<RecordId> = some.iter().map(|one| one.record).collect();
        let fact = |one: &&Told| pb::forgetting_decided::Fact {
            record_id: one.record.0.to_vec(),
            fact_id: one.fact.0.to_vec(),
            sequences: one.sequences.clone(),
        };
        let payload = pb::ForgettingDecided { run_id: run.to_vec(), facts: some.iter().map(fact).collect() };
        let route = Route::Records(records.into_iter().collect());
        Draft::new(EntryId(ids.next()), tenant.clone(), route, &payload, now)
    });
    entries.collect()
}

/// The entries of how much of what is forgotten happened.
fn counted(tenant: &Tenant, cells: Vec<(Cell, i64)>, ids: &dyn IdSource, now: Timestamp) -> Vec<Draft> {
    let entries = cells.chunks(COUNTS).map(|some| {
        let counts = some.iter().map(|((day, kind), happened)| pb::forgotten_counted::Count {
            day: *day,
            r#type: *kind,
            count: *happened,
        });
        let payload = pb::ForgottenCounted { counts: counts.collect() };
        Draft::new(EntryId(ids.next()), tenant.clone(), Route::All, &payload, now)
    });
    entries.collect()
}

/// A person whose data had its time, or some of it.
struct Due {
    person: PersonId,
    kind: Kind,
    /// Whether all of it had.
    whole: bool,
    restricted: bool,
    /// What is done with each record.
    judged: BTreeMap<RecordId, Judged>,
    /// What had its time, if not all had.
    facts: Vec<Outlived>,
}

/// Those of some persons whose data had its time when the run began, or some of it, and what is done with it as matters stand now.
async fn due(
    tx: &Tx,
    keyring: &Keyring,
    tenant: &Tenant,
    persons: &BTreeSet<PersonId>,
    (policy, began_at, now): (&Policy, Timestamp, Timestamp),
) -> Result<Vec<Due>, StoreError> {
    let members = membership::members(tx, tenant, persons).await?;
    let records: Vec<(PersonId, BTreeSet<RecordId>)> =
        members.iter().map(|(person, records)| (*person, records.keys().copied().collect())).collect();
    let summaries = summary::open(keyring, tenant, members.into_values().flatten().collect()).await?;
    let due = |(person, records): (PersonId, BTreeSet<RecordId>)| {
        let own: Vec<&Summary> = records.iter().filter_map(|record| summaries.get(record)).collect();
        let whole = policy.due(&own, began_at);
        let some = || own.iter().any(|summary| may_be_due(&policy.facts, summary, began_at)).then(|| Kind::of(&own));
        let (kind, restricted) = (whole.or_else(some)?, is_restricted(&own, now));
        let (judged, facts) = (BTreeMap::new(), Vec::new());
        Some((Due { person, kind, whole: whole.is_some(), restricted, judged, facts }, records))
    };
    let found: Vec<(Due, BTreeSet<RecordId>)> = records.into_iter().filter_map(due).collect();
    let all: BTreeSet<RecordId> = found.iter().flat_map(|(_, records)| records).copied().collect();
    let waiting: BTreeSet<RecordId> = erasure::waiting_ids(tx, tenant, &all).await?.into_values().flatten().collect();
    let mut said = history::read(tx, keyring, tenant, &all).await?;
    let judged = |(mut due, records): (Due, BTreeSet<RecordId>)| {
        let own = records.iter().filter_map(|record| Some((*record, said.remove(record)?))).collect();
        due.judged = judge_due(&own, due.restricted, now);
        if !due.whole {
            due.facts = fact_period::due(&policy.facts, &own, began_at);
        }
        // What is being erased already is not erased twice, and of what nothing is known here something may just be coming in.
        due.judged.retain(|record, one| one.facts > 0 && !waiting.contains(record));
        due.facts.retain(|one| !waiting.contains(&one.told.record));
        due
    };
    Ok(found.into_iter().map(judged).filter(|due| due.is_any()).collect())
}

impl Due {
    /// Whether there is anything to be done, or kept.
    fn is_any(&self) -> bool {
        if self.whole { !self.judged.is_empty() } else { !self.facts.is_empty() }
    }
}
