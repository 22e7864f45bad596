//! The projection: what matters of collector's touchpoints, who identity says they belong to, what profile was told of their rights, and
//! how far sources have come.
//! Whoever is touched is looked at again by a timer that is due at once.

mod on_pending_identities_changed;
mod on_source_progress_reported;
mod on_touchpoint_recorded;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tenure_journal::{Applied, Batch, Draft, Entry, Follow, Projection, Reconciled, Timer, Unfit, discard_rows};
use tenure_kernel::{PersonId, RecordId, Tenant, Timestamp};
use tenure_proto::{
    collector::v1::{FactsForgotten, RecordsErased, SourceProgressReported, TouchpointRecorded},
    identity::v1::{MembershipsChanged, PendingIdentitiesChanged},
    profile::v1::{Right, RightStated},
};
use tenure_records::{
    Changed, Forgotten, Memberships, Scope, drop_rights, erased, erased_among, forgotten, persons_after, remember,
    save_rights, stated,
};
use tenure_store::{StoreError, Tx};

use crate::{
    app::refold::{AT_ONCE, Refolder, timer},
    event,
    store::{
        TABLES, awaited_source, complaint_name, complaint_state, complaint_step,
        fact::{self, Statement},
        majority::{self, OfAge},
        overdue_signal,
        pending_identity::{self, PendingIdentities},
        record_hold, recovery, reservation, source_progress,
    },
};

/// Persons that a page of [`Projection::reconcile`] has looked at again.
const PAGE: i64 = 1_000;

/// What expectation makes of the journals that it follows.
pub struct ExpectationProjection {
    pub(crate) refolder: Arc<Refolder>,
}

/// What the entries of a batch say about a tenant, for one range.
#[derive(Debug, Default)]
struct News {
    statements: Vec<Statement>,
    forgotten: Vec<Forgotten>,
    rights: Vec<(Right, Vec<RecordId>)>,
    erased: BTreeSet<RecordId>,
    changed: Changed,
    progress: BTreeMap<String, Timestamp>,
    of_age: Vec<OfAge>,
    pending: PendingIdentities,
}

impl Projection for ExpectationProjection {
    type Effect = ();

    fn name(&self) -> &'static str {
        "expectation"
    }

    fn follows(&self) -> &'static [Follow] {
        &[
            Follow { journal: "collector", inputs: &[] },
            Follow { journal: "identity", inputs: &["collector"] },
            Follow { journal: "profile", inputs: &[] },
        ]
    }

    async fn apply(&self, tx: &Tx, batch: &Batch<'_>) -> Result<Applied<()>, StoreError> {
        let mut applied = Applied::default();
        let mut news: BTreeMap<&Tenant, News> = BTreeMap::new();
        for entry in batch.entries {
            if let Err(unfit) = news.entry(&entry.tenant).or_default().take(entry, batch) {
                applied.parked.push((entry.sequence, unfit.to_string()));
            }
        }
        // Facts and memberships of a range are written by turns, so that one of the two sees the other and knows whom to look at.
        tx.lock(&format!("expectation-range-{}-{}", batch.generation, batch.partitions.start())).await?;
        for (tenant, news) in news {
            applied.drafts.extend(self.write(tx, tenant, batch, news).await?);
        }
        Ok(applied)
    }

    async fn discard(&self, tx: &Tx, generation: i64, limit: i64) -> Result<bool, StoreError> {
        discard_rows(tx, &TABLES, generation, limit).await
    }

    async fn reconcile(&self, tx: &Tx, generation: i64, after: &[u8]) -> Result<Reconciled<()>, StoreError> {
        let (person, tenant) = after.split_at(after.len().min(16));
        let tenant = String::from_utf8_lossy(tenant);
        let page = persons_after(tx, generation, (&tenant, person), PAGE).await?;
        let last = page.last().map(|(tenant, person)| [&person.0, tenant.as_bytes()].concat());
        let at_once = |(tenant, person): (String, PersonId)| Some(timer(&tenant.parse().ok()?, person, AT_ONCE));
        let timers = page.into_iter().filter_map(at_once);
        Timer::set(tx, timers.collect()).await?;
        Ok(Reconciled { next: last, ..Reconciled::default() })
    }

    async fn fire(&self, tx: &Tx, due: &[Timer]) -> Result<Vec<Draft>, StoreError> {
        self.refolder.refold(tx, due).await
    }
}

impl ExpectationProjection {
    async fn write(
        &self,
        tx: &Tx,
        tenant: &Tenant,
        batch: &Batch<'_>,
        news: News,
    ) -> Result<Option<Draft>, StoreError> {
        let scope = Scope { tenant, generation: batch.generation };
        let mut persons: BTreeSet<PersonId> =
            news.changed.moves.iter().flat_map(|one| [one.from, one.to]).flatten().collect();
        let erased: Vec<RecordId> = news.erased.iter().copied().collect();
        let progress = news.progress.clone();
        let mut touched = save(tx, scope, news).await?;
        let start = *batch.partitions.start();
        if batch.building {
            source_progress::raise(tx, scope, start, &progress).await?;
            return Ok(None);
        }
        touched.extend(&erased);
        persons.extend(Memberships::persons_of(tx, scope, &touched).await?);
        let at_once = |persons: BTreeSet<PersonId>| {
            Timer::set(tx, persons.into_iter().map(|person| timer(tenant, person, AT_ONCE)).collect())
        };
        // Timers first, as who looks at persons takes them, and then how far sources have told; who began to wait for that meanwhile is seen
        // thereafter.
        let waited = reached(tx, tenant, &progress).await?;
        persons.extend(waited.values().flatten());
        at_once(persons).await?;
        source_progress::raise(tx, scope, start, &progress).await?;
        for (source, all) in reached(tx, tenant, &progress).await? {
            let known = waited.get(source);
            at_once(all.iter().filter(|person| known.is_none_or(|known| !known.contains(*person))).copied().collect())
                .await?;
            awaited_source::served(tx, tenant, (source, progress[source]), &all).await?;
        }
        forget(tx, tenant, erased, self.refolder.now()).await
    }
}

/// Writes what a tenant's entries say; answers which records are touched by it.
async fn save(tx: &Tx, scope: Scope<'_>, mut news: News) -> Result<BTreeSet<RecordId>, StoreError> {
    std::mem::take(&mut news.changed).save(tx, scope).await?;
    let erased: Vec<RecordId> = news.erased.iter().copied().collect();
    remember(tx, scope, &erased).await?;
    fact::drop(tx, scope, &erased).await?;
    majority::drop(tx, scope, &erased).await?;
    pending_identity::drop(tx, scope, &erased).await?;
    drop_rights(tx, scope, &erased).await?;
    let mut touched = news.touches();
    let gone = erased_among(tx, scope, &touched).await?;
    news.leave_out(&gone);
    fact::save(tx, scope, news.statements).await?;
    touched.extend(fact::forget(tx, scope, news.forgotten.iter().map(|one| one.fact)).await?);
    majority::save(tx, scope, news.of_age).await?;
    pending_identity::save(tx, scope, &news.pending).await?;
    save_rights(tx, scope, &news.rights).await?;
    Ok(touched)
}

/// Who waits for each source to come as far as it has.
async fn reached<'a>(
    tx: &Tx,
    tenant: &Tenant,
    progress: &'a BTreeMap<String, Timestamp>,
) -> Result<BTreeMap<&'a str, BTreeSet<PersonId>>, StoreError> {
    let mut waiting = BTreeMap::new();
    for (source, until) in progress {
        let persons = awaited_source::reached(tx, tenant, source, *until).await?;
        if !persons.is_empty() {
            waiting.insert(source.as_str(), persons);
        }
    }
    Ok(waiting)
}

/// Drops the registers of erased records, and says so where there were any.
async fn forget(tx: &Tx, tenant: &Tenant, erased: Vec<RecordId>, now: Timestamp) -> Result<Option<Draft>, StoreError> {
    let signals = overdue_signal::drop(tx, tenant, &erased).await?;
    let reservations = reservation::drop(tx, tenant, &erased).await?;
    let steps = complaint_step::drop(tx, tenant, &erased).await?;
    let holds = record_hold::drop(tx, tenant, &erased).await?;
    let decisions = recovery::drop(tx, tenant, &erased).await?;
    complaint_state::drop(tx, tenant, &erased).await?;
    complaint_name::drop(tx, tenant, &erased).await?;
    Ok((signals + reservations + steps + holds + decisions > 0).then(|| event::records_erased(tenant, erased, now)))
}

impl News {
    /// The records that something is said of.
    fn touches(&self) -> BTreeSet<RecordId> {
        let mut touched: BTreeSet<RecordId> = self.statements.iter().map(|statement| statement.record).collect();
        touched.extend(self.rights.iter().flat_map(|(_, records)| records));
        touched.extend(self.of_age.iter().map(|one| one.record));
        touched.extend(self.pending.keys());
        touched
    }

    /// Leaves out what is said of records that are gone.
    fn leave_out(&mut self, gone: &BTreeSet<RecordId>) {
        self.statements.retain(|statement| !gone.contains(&statement.record));
        self.of_age.retain(|one| !gone.contains(&one.record));
        self.pending.retain(|record, _| !gone.contains(record));
        self.rights.iter_mut().for_each(|(_, records)| records.retain(|record| !gone.contains(record)));
    }

    /// Takes all of an entry that belongs to the range, or nothing.
    fn take(&mut self, entry: &Entry, batch: &Batch<'_>) -> Result<(), Unfit> {
        if entry.is::<TouchpointRecorded>() {
            let recorded = on_touchpoint_recorded::read(entry, batch)?;
            self.statements.extend(recorded.statement);
            self.of_age.extend(recorded.of_age);
            if let Some((source, until)) = recorded.progress {
                self.progressed(source, until);
            }
        } else if entry.is::<SourceProgressReported>() {
            let (source, until) = on_source_progress_reported::read(entry)?;
            self.progressed(source, until);
        } else if entry.is::<FactsForgotten>() {
            self.forgotten.extend(forgotten(entry, batch)?);
        } else if entry.is::<RecordsErased>() {
            self.erased.extend(erased(entry, batch)?);
        } else if entry.is::<RightStated>() {
            self.rights.extend(stated(entry, batch)?);
        } else if entry.is::<MembershipsChanged>() {
            self.changed.append(Changed::read(entry, batch)?);
        } else if entry.is::<PendingIdentitiesChanged>() {
            for (record, said) in on_pending_identities_changed::read(entry, batch)? {
                let known = self.pending.entry(record).or_insert(said);
                *known = said.max(*known);
            }
        }
        Ok(())
    }

    fn progressed(&mut self, source: String, until: Timestamp) {
        let known = self.progress.entry(source).or_insert(until);
        *known = (*known).max(until);
    }
}
