//! What is done with the entries of the journals that are followed.

mod on_complaint_record_held;
mod on_definition_changed;
mod on_facts_enriched;
mod on_facts_forgotten;
mod on_right_stated;
mod on_touchpoint_recorded;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
};

use tenure_journal::{Applied, Batch, Draft, Entry, Follow, Projection, Reconciled, Timer, discard_rows};
use tenure_kernel::{Clock, IdSource, PersonId, RecordId, RetentionRunId, Tenant};
use tenure_keyring::Keyring;
use tenure_proto::{
    collector::v1::{FactsForgotten, RecordsErased, TouchpointRecorded},
    expectation::v1::ComplaintRecordHeld,
    identity::v1::MembershipsChanged,
};
use tenure_records::{Changed, Forgotten, Memberships, Scope, erased, persons_after};
use tenure_store::{StoreError, Tx};

use crate::{
    app::{
        erase_person::{look_again, note_erased, wake},
        erase_records::erase_records,
        forget_facts::forget_facts,
        refold::{Refolder, sweep, touch},
        retention_page::{forgetting, go_on},
        take_facts::take_facts,
    },
    domain::{change::Cause, fact::Incoming},
    hot::{Concerned, HotStore, Writing},
    metrics::Metrics,
    store::{self, activity_count, enrichment_due, membership},
};

/// The newest revision of payloads that this program reads.
const REVISION: i32 = 1;

/// Persons that a page of [`Projection::reconcile`] has looked at again.
const PAGE: i64 = 1_000;

/// Its own journal too: what is stated of rights there are facts like any other. Of expectation's, which records are kept for complaints.
const FOLLOWS: &[Follow] = &[
    Follow { journal: "collector", inputs: &[] },
    Follow { journal: "identity", inputs: &["collector"] },
    Follow { journal: "profile", inputs: &[] },
    Follow { journal: "expectation", inputs: &[] },
];

/// Follows touchpoints, erasures and memberships.
pub struct ProfileProjection {
    pub(crate) keyring: Keyring,
    pub(crate) hot: Option<Arc<dyn HotStore>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) metrics: Metrics,
    pub(crate) refolder: Refolder,
    /// Whether providers are enabled.
    pub(crate) enriches: bool,
    /// The generation that was last deleted from.
    pub(crate) discarded: AtomicI64,
}

/// What the collector's entries of a batch say, by tenant.
#[derive(Default)]
struct Told {
    touchpoints: Vec<(i64, TouchpointRecorded)>,
    /// And at which position.
    erased: BTreeMap<RecordId, i64>,
    /// And by which retention run.
    forgotten: Vec<(Option<RetentionRunId>, Forgotten)>,
}

use on_right_stated::Stated;

type Parked = Vec<(i64, String)>;

impl ProfileProjection {
    async fn collector(&self, tx: &Tx, batch: &Batch<'_>) -> Result<Applied<Vec<Writing>>, StoreError> {
        let (mut parked, mut writings, mut drafts) = (Parked::new(), Vec::new(), Vec::new());
        for (tenant, told) in heard(batch, &mut parked) {
            let place = Scope { tenant: &tenant, generation: batch.generation };
            let mut incoming = Incoming::default();
            let records = told.touchpoints.iter().flat_map(|(_, one)| on_touchpoint_recorded::owned(one, batch));
            let records = records.chain(told.forgotten.iter().map(|(_, one)| one.record));
            let keys = self.keyring.data_keys(&tenant, records.map(|record| record.0), false).await?;
            for (sequence, touchpoint) in &told.touchpoints {
                match on_touchpoint_recorded::facts((*sequence, touchpoint), batch, &keys) {
                    Ok((slot, facts)) => {
                        // Nothing is taken in behind the erasure of its record; what comes before it is counted, whatever the batches are.
                        let early = |record: &RecordId| told.erased.get(record).is_none_or(|erased| sequence < erased);
                        let taken = facts.into_iter().filter(|(record, _)| early(record));
                        taken.for_each(|(record, fact)| incoming.put(record, slot, fact));
                    }
                    Err(reason) => parked.push((*sequence, reason)),
                }
            }
            let erased: BTreeSet<RecordId> = told.erased.into_keys().collect();
            let outlived = told.forgotten.iter().map(|(_, one)| &one.record);
            let records: BTreeSet<RecordId> =
                erased.iter().chain(incoming.slots.keys()).chain(outlived).copied().collect();
            // One cause for all, in one statement: locks are taken in one order.
            let cause = if erased.is_empty() { Cause::Touchpoint } else { Cause::Erasure };
            self.touch(tx, batch, place, &records, cause).await?;
            let concerned = Concerned { records, ..Concerned::default() };
            writings.extend(self.begin(tx, batch, &tenant, concerned).await?);
            let range = *batch.partitions.start();
            let taken = take_facts(tx, place, range, incoming, &keys, &self.metrics).await?;
            self.look_after(tx, place, &taken.changed).await?;
            let still = forget_facts(tx, place, range, &told.forgotten, &keys).await?;
            erase_records(tx, place, &erased).await?;
            if batch.building {
                continue;
            }
            let source = (self.ids.as_ref(), self.clock.now());
            drafts.extend(forgetting(&tenant, &[], taken.late.iter().chain(&still), source));
            if !erased.is_empty() {
                drafts.extend(note_erased(tx, &tenant, &erased, source.0, source.1).await?);
            }
        }
        self.settle(tx, &writings).await?;
        Ok(Applied { parked, drafts, effect: writings })
    }

    async fn identity(&self, tx: &Tx, batch: &Batch<'_>) -> Result<Applied<Vec<Writing>>, StoreError> {
        let (mut parked, mut writings) = (Parked::new(), Vec::new());
        let mut by_tenant: BTreeMap<&Tenant, (Changed, Concerned)> = BTreeMap::new();
        for entry in batch.entries.iter().filter(|entry| entry.is::<MembershipsChanged>()) {
            match Changed::read(entry, batch) {
                Ok(changed) => {
                    let (all, concerned) = by_tenant.entry(&entry.tenant).or_default();
                    concerned.add(&changed);
                    all.append(changed);
                }
                Err(unfit) => parked.push((entry.sequence, unfit.to_string())),
            }
        }
        for (tenant, (changed, concerned)) in by_tenant {
            let place = Scope { tenant, generation: batch.generation };
            if !batch.building {
                let moved = changed.moves.iter().map(|one| one.record).collect();
                let mut persons = Memberships::persons_of(tx, place, &moved).await?;
                persons.extend(changed.moves.iter().flat_map(|one| [one.from, one.to]).flatten());
                touch(tx, tenant, persons, Cause::Membership).await?;
            }
            writings.extend(self.begin(tx, batch, tenant, concerned).await?);
            // With whom a record belongs decides whether providers may be asked, and since when somebody is a customer.
            let persons = changed.moves.iter().flat_map(|one| [one.from, one.to]).flatten().collect();
            changed.save(tx, place).await?;
            if self.enriches {
                self.look_after(tx, place, &membership::records_of(tx, place, &persons).await?).await?;
            }
        }
        self.settle(tx, &writings).await?;
        Ok(Applied { parked, drafts: Vec::new(), effect: writings })
    }

    /// What was stated of rights, and what providers answered: facts of each record.
    async fn profile(&self, tx: &Tx, batch: &Batch<'_>) -> Result<Applied<Vec<Writing>>, StoreError> {
        let (mut parked, mut writings) = (Parked::new(), Vec::new());
        let mut by_tenant: BTreeMap<&Tenant, Stated> = BTreeMap::new();
        for entry in batch.entries {
            let stated = by_tenant.entry(&entry.tenant).or_default();
            if let Err(unfit) = stated.read(entry, batch) {
                parked.push((entry.sequence, unfit.to_string()));
            }
        }
        if !batch.building {
            for tenant in on_definition_changed::tenants(batch) {
                sweep(tx, tenant, &batch.partitions).await?;
            }
        }
        for (tenant, mut stated) in by_tenant {
            let place = Scope { tenant, generation: batch.generation };
            let enriched = stated.enriched.iter().map(|(_, record, _)| record);
            let records: BTreeSet<RecordId> = stated.incoming.slots.keys().chain(enriched).copied().collect();
            activity_count::add(tx, place, *batch.partitions.start(), &stated.counted).await?;
            if records.is_empty() {
                continue;
            }
            let keys = self.keyring.data_keys(tenant, records.iter().map(|record| record.0), false).await?;
            let cause = if stated.incoming.slots.is_empty() { Cause::Enrichment } else { Cause::Right };
            self.touch(tx, batch, place, &records, cause).await?;
            for (sequence, _, event) in &stated.enriched {
                if let Err(unfit) = on_facts_enriched::take(event, &keys, &mut stated.incoming) {
                    parked.push((*sequence, unfit.to_string()));
                }
            }
            writings.extend(self.begin(tx, batch, tenant, Concerned { records, ..Concerned::default() }).await?);
            let range = *batch.partitions.start();
            let taken = take_facts(tx, place, range, stated.incoming, &keys, &self.metrics).await?;
            self.look_after(tx, place, &taken.changed).await?;
            if !batch.building && !stated.released.is_empty() {
                wake(tx, tenant, &stated.released, self.clock.now()).await?;
            }
        }
        self.settle(tx, &writings).await?;
        Ok(Applied { parked, drafts: Vec::new(), effect: writings })
    }

    /// Which records are kept for complaints: a fact of each. Erasures that wait for them are looked at again.
    async fn expectation(&self, tx: &Tx, batch: &Batch<'_>) -> Result<Applied<Vec<Writing>>, StoreError> {
        let (mut parked, mut writings) = (Parked::new(), Vec::new());
        let mut by_tenant: BTreeMap<&Tenant, Incoming> = BTreeMap::new();
        for entry in batch.entries.iter().filter(|entry| entry.is::<ComplaintRecordHeld>()) {
            match on_complaint_record_held::read(entry, batch) {
                Ok(Some((record, slot, fact))) => by_tenant.entry(&entry.tenant).or_default().put(record, slot, fact),
                Ok(None) => {}
                Err(unfit) => parked.push((entry.sequence, unfit.to_string())),
            }
        }
        for (tenant, incoming) in by_tenant {
            let place = Scope { tenant, generation: batch.generation };
            let records: BTreeSet<RecordId> = incoming.slots.keys().copied().collect();
            let keys = self.keyring.data_keys(tenant, records.iter().map(|record| record.0), false).await?;
            self.touch(tx, batch, place, &records, Cause::Right).await?;
            let concerned = Concerned { records: records.clone(), ..Concerned::default() };
            writings.extend(self.begin(tx, batch, tenant, concerned).await?);
            take_facts(tx, place, *batch.partitions.start(), incoming, &keys, &self.metrics).await?;
            if !batch.building {
                wake(tx, tenant, &records, self.clock.now()).await?;
            }
        }
        self.settle(tx, &writings).await?;
        Ok(Applied { parked, drafts: Vec::new(), effect: writings })
    }

    /// Has the persons of records looked at again. Nothing is kept of a generation that is built.
    async fn touch(
        &self,
        tx: &Tx,
        batch: &Batch<'_>,
        place: Scope<'_>,
        records: &BTreeSet<RecordId>,
        cause: Cause,
    ) -> Result<(), StoreError> {
        if batch.building {
            return Ok(());
        }
        touch(tx, place.tenant, Memberships::persons_of(tx, place, records).await?, cause).await
    }

    /// Has providers looked after for records about which something changed.
    async fn look_after(&self, tx: &Tx, scope: Scope<'_>, records: &BTreeSet<RecordId>) -> Result<(), StoreError> {
        if !self.enriches || records.is_empty() {
            return Ok(());
        }
        enrichment_due::touch(tx, scope, records, self.clock.now()).await
    }

    /// Announces what is about to be written. Nobody reads a generation that is built.
    async fn begin(
        &self,
        tx: &Tx,
        batch: &Batch<'_>,
        tenant: &Tenant,
        concerned: Concerned,
    ) -> Result<Option<Writing>, StoreError> {
        match &self.hot {
            Some(hot) if !batch.building => Ok(Some(hot.begin(tx, tenant, concerned).await?)),
            _ => Ok(None),
        }
    }

    async fn settle(&self, tx: &Tx, writings: &[Writing]) -> Result<(), StoreError> {
        match &self.hot {
            Some(hot) => hot.settle(tx, writings).await,
            None => Ok(()),
        }
    }
}

/// The entries that matter here; others are passed over.
fn heard(batch: &Batch<'_>, parked: &mut Parked) -> BTreeMap<Tenant, Told> {
    let mut heard: BTreeMap<Tenant, Told> = BTreeMap::new();
    let mut park = |entry: &Entry, reason| parked.push((entry.sequence, reason));
    for entry in batch.entries {
        if entry.is::<TouchpointRecorded>() {
            match entry.decode(REVISION) {
                Ok(one) => heard.entry(entry.tenant.clone()).or_default().touchpoints.push((entry.sequence, one)),
                Err(unreadable) => park(entry, unreadable.to_string()),
            }
        } else if entry.is::<FactsForgotten>() {
            match on_facts_forgotten::read(entry, batch) {
                Ok(facts) => heard.entry(entry.tenant.clone()).or_default().forgotten.extend(facts),
                Err(unfit) => park(entry, unfit.to_string()),
            }
        } else if entry.is::<RecordsErased>() {
            match erased(entry, batch) {
                Ok(records) => {
                    let erased = &mut heard.entry(entry.tenant.clone()).or_default().erased;
                    for record in records {
                        erased.entry(record).or_insert(entry.sequence);
                    }
                }
                Err(unfit) => park(entry, unfit.to_string()),
            }
        }
    }
    heard
}

impl Projection for ProfileProjection {
    type Effect = Vec<Writing>;

    fn name(&self) -> &'static str {
        "profile"
    }

    fn follows(&self) -> &'static [Follow] {
        FOLLOWS
    }

    async fn apply(&self, tx: &Tx, batch: &Batch<'_>) -> Result<Applied<Vec<Writing>>, StoreError> {
        // The journals of a range are applied by turns: of facts and memberships the later sees the other and knows whom to look at, and
        // what one adds to a summary is not lost to the other.
        tx.lock(&format!("profile-range-{}-{}", batch.generation, batch.partitions.start())).await?;
        match batch.journal {
            "identity" => self.identity(tx, batch).await,
            "profile" => self.profile(tx, batch).await,
            "expectation" => self.expectation(tx, batch).await,
            _ => self.collector(tx, batch).await,
        }
    }

    fn committed(&self, effect: Vec<Writing>) {
        effect.into_iter().for_each(Writing::done);
    }

    async fn reconcile(&self, tx: &Tx, generation: i64, after: &[u8]) -> Result<Reconciled<Vec<Writing>>, StoreError> {
        let (person, tenant) = after.split_at(after.len().min(16));
        let tenant = String::from_utf8_lossy(tenant);
        let page = persons_after(tx, generation, (&tenant, person), PAGE).await?;
        let last = page.last().map(|(tenant, person)| [&person.0, tenant.as_bytes()].concat());
        let mut tenants: BTreeMap<String, BTreeSet<PersonId>> = BTreeMap::new();
        page.into_iter().for_each(|(tenant, person)| {
            tenants.entry(tenant).or_default().insert(person);
        });
        for (tenant, persons) in tenants {
            if let Ok(tenant) = tenant.parse() {
                touch(tx, &tenant, persons, Cause::Definition).await?;
            }
        }
        Ok(Reconciled { next: last, ..Reconciled::default() })
    }

    /// Refolds persons, looks again at erasures that retained records until now, and goes on with retention runs.
    async fn fire(&self, tx: &Tx, due: &[Timer]) -> Result<Vec<Draft>, StoreError> {
        let mut drafts = self.refolder.refold(tx, due).await?;
        drafts.extend(look_again(tx, &self.keyring, due, self.ids.as_ref(), self.clock.now()).await?);
        drafts.extend(go_on(tx, &self.keyring, due, self.ids.as_ref(), self.clock.now()).await?);
        Ok(drafts)
    }

    async fn discard(&self, tx: &Tx, generation: i64, limit: i64) -> Result<bool, StoreError> {
        // Once: answers read since its first rows went are the next generation's.
        if self.discarded.swap(generation, SeqCst) != generation
            && let Some(hot) = &self.hot
        {
            hot.forget_all();
        }
        discard_rows(tx, &store::TABLES, generation, limit).await
    }
}
