//! The projection: purchases from collector, memberships from identity and erasures, which `tenure_records` reads.

mod on_touchpoint_recorded;

use std::collections::{BTreeMap, BTreeSet};

use tenure_journal::{Applied, Batch, Entry, Follow, Projection, Unfit, discard_rows};
use tenure_kernel::{RecordId, Tenant, TouchpointId};
use tenure_proto::{
    collector::v1::{RecordsErased, TouchpointRecorded},
    identity::v1::MembershipsChanged,
};
use tenure_records::{Changed, Scope, erased, erased_among, remember};
use tenure_store::{StoreError, Tx};

use crate::{
    domain::{fold, purchase::Statement},
    metrics::Metrics,
    store::{purchase_fact, record_day},
};

/// The tables that a generation fills.
const TABLES: [&str; 5] = ["purchase_fact", "record_day", "erased_record", "membership", "redirect"];

/// What value makes of the journals that it follows.
pub struct ValueProjection {
    metrics: Metrics,
}

/// What the entries of a batch say about a tenant, for one range.
#[derive(Debug, Default)]
struct News {
    statements: Vec<(TouchpointId, Statement)>,
    erased: BTreeSet<RecordId>,
    changed: Changed,
}

impl ValueProjection {
    pub(crate) fn new(metrics: Metrics) -> Self {
        Self { metrics }
    }
}

impl Projection for ValueProjection {
    /// How many facts got a new winner.
    type Effect = u64;

    fn name(&self) -> &'static str {
        "value"
    }

    fn follows(&self) -> &'static [Follow] {
        &[Follow { journal: "collector", inputs: &[] }, Follow { journal: "identity", inputs: &["collector"] }]
    }

    async fn apply(&self, tx: &Tx, batch: &Batch<'_>) -> Result<Applied<u64>, StoreError> {
        let mut applied = Applied::default();
        let mut news: BTreeMap<&Tenant, News> = BTreeMap::new();
        for entry in batch.entries {
            if let Err(unfit) = news.entry(&entry.tenant).or_default().take(entry, batch) {
                applied.parked.push((entry.sequence, unfit.to_string()));
            }
        }
        if news.values().any(News::is_about_purchases) {
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

    async fn discard(&self, tx: &Tx, generation: i64, limit: i64) -> Result<bool, StoreError> {
        discard_rows(tx, &TABLES, generation, limit).await
    }
}

impl News {
    /// Takes all of an entry that belongs to the range, or nothing.
    fn take(&mut self, entry: &Entry, batch: &Batch<'_>) -> Result<(), Unfit> {
        if entry.is::<TouchpointRecorded>() {
            self.statements.extend(on_touchpoint_recorded::read(entry, batch)?);
        } else if entry.is::<RecordsErased>() {
            self.erased.extend(erased(entry, batch)?);
        } else if entry.is::<MembershipsChanged>() {
            self.changed.append(Changed::read(entry, batch)?);
        }
        Ok(())
    }

    fn is_about_purchases(&self) -> bool {
        !self.statements.is_empty() || !self.erased.is_empty()
    }

    /// Writes what is new: how many facts got a new winner.
    async fn write(self, tx: &Tx, scope: Scope<'_>) -> Result<u64, StoreError> {
        self.changed.save(tx, scope).await?;
        let erased: Vec<RecordId> = self.erased.iter().copied().collect();
        remember(tx, scope, &erased).await?;
        purchase_fact::drop(tx, scope, &erased).await?;
        record_day::drop(tx, scope, &erased).await?;
        write_statements(tx, scope, self.statements).await
    }
}

async fn write_statements(
    tx: &Tx,
    scope: Scope<'_>,
    mut statements: Vec<(TouchpointId, Statement)>,
) -> Result<u64, StoreError> {
    let records: BTreeSet<RecordId> = statements.iter().map(|(_, statement)| statement.record).collect();
    let erased = erased_among(tx, scope, &records).await?;
    statements.retain(|(_, statement)| !erased.contains(&statement.record));
    let facts: BTreeSet<TouchpointId> = statements.iter().map(|(fact, _)| *fact).collect();
    let known = purchase_fact::load(tx, scope, &Vec::from_iter(facts)).await?;
    let change = fold::fold(known, statements);
    purchase_fact::save(tx, scope, &change.slots).await?;
    record_day::add(tx, scope, &change.days).await?;
    Ok(change.slots.len() as u64)
}
