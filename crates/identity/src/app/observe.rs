//! Takes in what touchpoints say of records, without concluding anything yet.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::RecordId;
use tenure_store::{StoreError, Tx};

use crate::{
    domain::{
        fact::{Ledger, Touchpoint},
        key::MatchKey,
    },
    store::{
        Place, fact,
        key::{self, Carriers},
        record::{self, Sighting},
    },
};

/// What a batch says of one tenant's records.
#[derive(Debug, Default)]
pub(crate) struct Observation {
    /// Touchpoints.
    pub(crate) touchpoints: Vec<Touchpoint>,
    /// Records that were erased.
    pub(crate) erased: BTreeSet<RecordId>,
}

/// The records whose person may have to change.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    /// All of them.
    pub(crate) records: BTreeSet<RecordId>,
    /// Those of them that are gone.
    pub(crate) gone: BTreeSet<RecordId>,
}

/// Takes an observation in.
pub(crate) async fn observe(tx: &Tx, place: Place<'_>, observation: Observation) -> Result<Touched, StoreError> {
    let Observation { touchpoints, erased: gone } = observation;
    if !gone.is_empty() {
        record::erase(tx, place, &gone).await?;
    }
    let named: BTreeSet<RecordId> = touchpoints.iter().flat_map(|one| one.records.iter().copied()).collect();
    let erased = record::erased(tx, place, &named).await?;
    let mut records = see(tx, place, &touchpoints, &erased).await?;
    let carriers = weigh(tx, place, touchpoints, &erased, &gone).await?;
    records.extend(touched(tx, place, &carriers).await?);
    records.extend(&gone);
    Ok(Touched { records, gone })
}

/// Takes records in; answers the new ones.
async fn see(
    tx: &Tx,
    place: Place<'_>,
    touchpoints: &[Touchpoint],
    erased: &BTreeSet<RecordId>,
) -> Result<BTreeSet<RecordId>, StoreError> {
    let mut sightings: BTreeMap<RecordId, Sighting> = BTreeMap::new();
    for touchpoint in touchpoints {
        for record in touchpoint.records.difference(erased) {
            let first_seen_at = touchpoint.occurred_at;
            let sighting = sightings
                .entry(*record)
                .or_insert_with(|| Sighting { source: touchpoint.source.clone(), first_seen_at });
            sighting.first_seen_at = sighting.first_seen_at.min(first_seen_at);
        }
    }
    let known = record::first_seen(tx, place, sightings.keys()).await?;
    sightings.retain(|record, sighting| known.get(record).is_none_or(|at| sighting.first_seen_at < *at));
    let new = sightings.keys().filter(|record| !known.contains_key(record)).copied().collect();
    record::put(tx, place, sightings).await?;
    Ok(new)
}

/// Takes facts in, and the erased records' facts out; answers who began and ceased to carry which keys.
async fn weigh(
    tx: &Tx,
    place: Place<'_>,
    touchpoints: Vec<Touchpoint>,
    erased: &BTreeSet<RecordId>,
    gone: &BTreeSet<RecordId>,
) -> Result<Carriers, StoreError> {
    // Most touchpoints carry no identifiers; those cost no look at the facts.
    let facts: Vec<_> = touchpoints
        .into_iter()
        .filter_map(|touchpoint| touchpoint.fact.without(erased))
        .filter(|fact| !fact.says_nothing())
        .collect();
    let mut slots = fact::naming(tx, place, gone).await?;
    slots.extend(facts.iter().map(|fact| fact.id));
    let mut ledger = Ledger::new(fact::load(tx, place, &slots).await?);
    ledger.erase(gone);
    for fact in facts {
        ledger.take(fact);
    }
    let changes = ledger.finish();
    fact::write(tx, place, &changes).await?;
    key::count(tx, place, &changes.counts).await
}

/// The records whose links changed. Where a record leaves a block, or a block becomes or ceases to be generic, that is all
/// of its records.
async fn touched(tx: &Tx, place: Place<'_>, carriers: &Carriers) -> Result<BTreeSet<RecordId>, StoreError> {
    let mut by: BTreeMap<MatchKey, i64> = BTreeMap::new();
    let count = |records: &Vec<RecordId>| i64::try_from(records.len()).unwrap_or(i64::MAX);
    for (key, records) in &carriers.joined {
        *by.entry(*key).or_default() += count(records);
    }
    for (key, records) in &carriers.left {
        *by.entry(*key).or_default() -= count(records);
    }
    let sizes = key::resize(tx, place, &by).await?;
    let mut touched = BTreeSet::new();
    let mut whole = BTreeSet::new();
    for (key, by) in by.iter().filter(|(key, _)| key.kind.is_strong()) {
        let now = sizes.get(&key.hash).copied().unwrap_or_default();
        let (links, linked) = (now <= key::cap(), now - by <= key::cap());
        if !links && !linked {
            continue;
        }
        let parts = [carriers.joined.get(key), carriers.left.get(key)];
        touched.extend(parts.into_iter().flatten().flatten());
        if links != linked || carriers.left.contains_key(key) {
            whole.insert(*key);
        }
    }
    touched.extend(key::carriers(tx, place, &whole).await?.into_iter().map(|(_, record)| record));
    Ok(touched)
}
