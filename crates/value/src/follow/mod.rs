//! The projection: purchases, what service takes and consent from collector, memberships from identity, rights from profile, and
//! erasures, which `tenure_records` reads.

mod on_touchpoint_recorded;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tenure_journal::{Applied, Batch, Draft, Entry, Follow, Projection, Timer, Unfit, discard_rows};
use tenure_kernel::{Clock, RecordId, Tenant, TouchpointId};
use tenure_proto::{
    collector::v1::{FactsForgotten, RecordsErased, TouchpointRecorded},
    identity::v1::MembershipsChanged,
    profile::v1::{Right, RightStated},
};
use tenure_records::{
    Changed, FORGETTING, FORGOTTEN, Forgotten, Scope, drop_rights, erased, erased_among, forgotten, remember,
    save_rights, stated,
};
use tenure_store::{StoreError, Tx};

use crate::{
    app::Refits,
    domain::{deal::Deal, fold, purchase::Purchase, service::Service, standing::Word, statement::Statement},
    metrics::Metrics,
    store::{consent_fact, deal_fact, purchase_fact, record_day, record_service, service_fact},
};

use on_touchpoint_recorded::Said;

/// What is said of facts.
type Statements<F> = Vec<(TouchpointId, Statement<F>)>;

/// The tables that a generation fills.
const TABLES: [&str; 10] = [
    "purchase_fact",
    "record_day",
    "service_fact",
    "record_service",
    "deal_fact",
    "consent_fact",
    "stated_right",
    "erased_record",
    "membership",
    "redirect",
];

/// What value makes of the journals that it follows.
pub struct ValueProjection {
    metrics: Metrics,
    refits: Arc<Refits>,
    clock: Arc<dyn Clock>,
}

/// What the entries of a batch say about a tenant, for one range.
#[derive(Debug, Default)]
struct News {
    said: Said,
    forgotten: Vec<Forgotten>,
    rights: Vec<(Right, Vec<RecordId>)>,
    erased: BTreeSet<RecordId>,
    changed: Changed,
}

impl ValueProjection {
    pub(crate) fn new(metrics: Metrics, refits: Arc<Refits>, clock: Arc<dyn Clock>) -> Self {
        Self { metrics, refits, clock }
    }
}

impl Projection for ValueProjection {
    /// How many facts got a new winner.
    type Effect = u64;

    fn name(&self) -> &'static str {
        "value"
    }

    fn follows(&self) -> &'static [Follow] {
        &[
            Follow { journal: "collector", inputs: &[] },
            Follow { journal: "identity", inputs: &["collector"] },
            Follow { journal: "profile", inputs: &[] },
        ]
    }

    async fn apply(&self, tx: &Tx, batch: &Batch<'_>) -> Result<Applied<u64>, StoreError> {
        let mut applied = Applied::default();
        let mut news: BTreeMap<&Tenant, News> = BTreeMap::new();
        for entry in batch.entries {
            if let Err(unfit) = news.entry(&entry.tenant).or_default().take(entry, batch) {
                applied.parked.push((entry.sequence, unfit.to_string()));
            }
        }
        if news.values().any(News::is_about_facts) {
            // A replay of parked entries may run beside the follower; both read slots before they write them.
            tx.lock(&format!("value-facts-{}-{}", batch.generation, batch.partitions.start())).await?;
        }
        for (tenant, news) in news {
            let facts = news.write(tx, Scope { tenant, generation: batch.generation }).await?;
            applied.effect += if batch.building { 0 } else { facts };
        }
        Ok(applied)
    }

    fn committed(&self, facts: u64) {
        self.metrics.applied(facts);
    }

    /// Has models fitted anew that are due.
    async fn fire(&self, tx: &Tx, due: &[Timer]) -> Result<Vec<Draft>, StoreError> {
        self.refits.fire(tx, due, self.clock.now()).await?;
        Ok(Vec::new())
    }

    async fn discard(&self, tx: &Tx, generation: i64, limit: i64) -> Result<bool, StoreError> {
        discard_rows(tx, &TABLES, generation, limit).await
    }
}

impl News {
    /// Takes all of an entry that belongs to the range, or nothing.
    fn take(&mut self, entry: &Entry, batch: &Batch<'_>) -> Result<(), Unfit> {
        if entry.is::<TouchpointRecorded>() {
            self.said.take(entry, batch)?;
        } else if entry.is::<FactsForgotten>() {
            self.forgotten.extend(forgotten(entry, batch)?);
        } else if entry.is::<RecordsErased>() {
            self.erased.extend(erased(entry, batch)?);
        } else if entry.is::<RightStated>() {
            self.rights.extend(stated(entry, batch)?);
        } else if entry.is::<MembershipsChanged>() {
            self.changed.append(Changed::read(entry, batch)?);
        }
        Ok(())
    }

    fn is_about_facts(&self) -> bool {
        let nothing = self.said.is_empty() && self.forgotten.is_empty();
        !nothing || !self.rights.is_empty() || !self.erased.is_empty()
    }

    /// Writes what is new: how many facts got a new winner.
    async fn write(self, tx: &Tx, scope: Scope<'_>) -> Result<u64, StoreError> {
        self.changed.save(tx, scope).await?;
        let erased: Vec<RecordId> = self.erased.iter().copied().collect();
        remember(tx, scope, &erased).await?;
        purchase_fact::drop(tx, scope, &erased).await?;
        record_day::drop(tx, scope, &erased).await?;
        service_fact::drop(tx, scope, &erased).await?;
        record_service::drop(tx, scope, &erased).await?;
        deal_fact::drop(tx, scope, &erased).await?;
        consent_fact::drop(tx, scope, &erased).await?;
        drop_rights(tx, scope, &erased).await?;
        write_rights(tx, scope, self.rights).await?;
        let purchases = write_purchases(tx, scope, self.said.purchases).await?;
        let services = write_services(tx, scope, self.said.services).await?;
        let deals = write_deals(tx, scope, self.said.deals).await?;
        let words = write_words(tx, scope, self.said.words).await?;
        let facts: Vec<TouchpointId> = self.forgotten.iter().map(|one| one.fact).collect();
        Ok(purchases + services + deals + words + forget(tx, scope, &facts).await?)
    }
}

/// Takes back what had its time, for good. What is not kept here leaves no trace: should it be amended, it is forgotten once more. Consent has no
/// period of its own.
async fn forget(tx: &Tx, scope: Scope<'_>, facts: &[TouchpointId]) -> Result<u64, StoreError> {
    if facts.is_empty() {
        return Ok(0);
    }
    let purchases = purchase_fact::load(tx, scope, facts).await?;
    let purchases = fold::fold(purchases.clone(), never(&purchases));
    purchase_fact::save(tx, scope, &purchases.slots).await?;
    record_day::add(tx, scope, &purchases.days).await?;
    let services = service_fact::load(tx, scope, facts).await?;
    let services = fold::fold(services.clone(), never(&services));
    service_fact::save(tx, scope, &services.slots).await?;
    record_service::add(tx, scope, &services.days).await?;
    let deals = deal_fact::load(tx, scope, facts).await?;
    let deals = fold::winners(deals.clone(), never(&deals));
    deal_fact::save(tx, scope, &deals).await?;
    Ok((purchases.slots.len() + services.slots.len() + deals.len()) as u64)
}

/// That facts never were, whatever else is said of them.
fn never<F>(known: &fold::Slots<F>) -> Statements<F> {
    let never = |(fact, there): (&TouchpointId, &Statement<F>)| {
        (*fact, Statement { record: there.record, revision: FORGOTTEN, touchpoint: FORGETTING, says: None })
    };
    known.iter().map(never).collect()
}

async fn write_purchases(tx: &Tx, scope: Scope<'_>, said: Statements<Purchase>) -> Result<u64, StoreError> {
    let said = of_the_living(tx, scope, said).await?;
    let known = purchase_fact::load(tx, scope, &facts(&said)).await?;
    let change = fold::fold(known, said);
    purchase_fact::save(tx, scope, &change.slots).await?;
    record_day::add(tx, scope, &change.days).await?;
    Ok(change.slots.len() as u64)
}

async fn write_services(tx: &Tx, scope: Scope<'_>, said: Statements<Service>) -> Result<u64, StoreError> {
    let said = of_the_living(tx, scope, said).await?;
    let known = service_fact::load(tx, scope, &facts(&said)).await?;
    let change = fold::fold(known, said);
    service_fact::save(tx, scope, &change.slots).await?;
    record_service::add(tx, scope, &change.days).await?;
    Ok(change.slots.len() as u64)
}

async fn write_deals(tx: &Tx, scope: Scope<'_>, said: Statements<Deal>) -> Result<u64, StoreError> {
    let said = of_the_living(tx, scope, said).await?;
    let known = deal_fact::load(tx, scope, &facts(&said)).await?;
    let winners = fold::winners(known, said);
    deal_fact::save(tx, scope, &winners).await?;
    Ok(winners.len() as u64)
}

async fn write_words(tx: &Tx, scope: Scope<'_>, said: Statements<Word>) -> Result<u64, StoreError> {
    let said = of_the_living(tx, scope, said).await?;
    let known = consent_fact::load(tx, scope, &facts(&said)).await?;
    let winners = fold::winners(known, said);
    consent_fact::save(tx, scope, &winners).await?;
    Ok(winners.len() as u64)
}

async fn write_rights(tx: &Tx, scope: Scope<'_>, mut stated: Vec<(Right, Vec<RecordId>)>) -> Result<(), StoreError> {
    let records: BTreeSet<RecordId> = stated.iter().flat_map(|(_, records)| records).copied().collect();
    let erased = erased_among(tx, scope, &records).await?;
    stated.iter_mut().for_each(|(_, records)| records.retain(|record| !erased.contains(record)));
    save_rights(tx, scope, &stated).await
}

/// Without what is said of erased records.
async fn of_the_living<F: Send + Sync>(
    tx: &Tx,
    scope: Scope<'_>,
    mut said: Statements<F>,
) -> Result<Statements<F>, StoreError> {
    let records: BTreeSet<RecordId> = said.iter().map(|(_, statement)| statement.record).collect();
    let erased = erased_among(tx, scope, &records).await?;
    said.retain(|(_, statement)| !erased.contains(&statement.record));
    Ok(said)
}

fn facts<F>(said: &Statements<F>) -> Vec<TouchpointId> {
    let facts: BTreeSet<TouchpointId> = said.iter().map(|(fact, _)| *fact).collect();
    facts.into_iter().collect()
}
