//! Takes facts into their records.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::RecordId;
use tenure_keyring::DataKeys;
use tenure_records::{Scope, erased_among};
use tenure_store::{StoreError, Tx};

use super::fill_buckets::fill_buckets;
use crate::{
    domain::{
        activity::Activity,
        bucket::Buckets,
        enriched::{changes, is_enrichment},
        fact::{self, Incoming, Placed, Put, Slots, Told},
        summary::Summary,
    },
    metrics::Metrics,
    store::{activity_count, history, slot, summary},
};

/// Puts facts of a range of partitions into their slots, those that are outranked beside them, counts what happened, and brings the records' summaries
/// and buckets up to date: by adding where all slots were empty, else by folding the record anew, since an amendment may lay bare what it covered.
pub(crate) async fn take_facts(
    tx: &Tx,
    scope: Scope<'_>,
    range: u8,
    mut incoming: Incoming,
    keys: &DataKeys,
    metrics: &Metrics,
) -> Result<Taken, StoreError> {
    let gone = erased_among(tx, scope, incoming.slots.keys()).await?;
    incoming.without(&gone);
    if incoming.slots.is_empty() {
        return Ok(Taken::default());
    }
    let filled = slot::fill(tx, scope, &incoming, keys).await?;
    let taken = |(record, slots): (&RecordId, &Slots)| slots.keys().any(|slot| !filled.contains(&(*record, *slot)));
    let mut refold: BTreeSet<RecordId> =
        incoming.slots.iter().filter(|one| taken((one.0, one.1))).map(|(record, _)| *record).collect();
    let (mut summaries, mut changed) = add(tx, scope, &incoming, &mut refold, keys).await?;
    let said = |record: &&RecordId| {
        incoming.slots.get(*record).into_iter().flat_map(Slots::values).any(|fact| !is_enrichment(fact))
    };
    changed.extend(refold.iter().filter(said));
    metrics.took(filled.len(), refold.len());
    let new = incoming.slots.iter().filter(|(record, _)| !refold.contains(record));
    let added = new.map(|(record, slots)| (*record, Buckets::of(slots.values()))).collect();
    let mut outranked = std::mem::take(&mut incoming.outranked);
    let mut activity = Activity::default();
    incoming.facts().filter(|(record, slot, _)| filled.contains(&(*record, *slot))).for_each(|one| activity.add(one.2));
    let (slots, late) = fold(tx, scope, &incoming, &refold, (&mut outranked, &mut activity), keys).await?;
    activity_count::add(tx, scope, range, &activity).await?;
    summaries.extend(slots.iter().map(|(record, slots)| (*record, Summary::of(slots.values()))));
    let folded = slots.iter().map(|(record, slots)| (*record, Buckets::of(slots.values()))).collect();
    fill_buckets(tx, scope, added, folded).await?;
    history::keep(tx, scope, &outranked, keys).await?;
    summary::save(tx, scope, &summaries, keys).await?;
    Ok(Taken { changed, late })
}

/// What came of facts that were taken in.
#[derive(Default)]
pub(crate) struct Taken {
    /// The records of which providers may be given something else now.
    pub(crate) changed: BTreeSet<RecordId>,
    /// Those that came for what was forgotten before.
    pub(crate) late: Vec<Told>,
}

/// The summaries of records all of whose facts are new, with these, and those that changed what providers are given. A summary that can't be opened whole is left to be folded.
async fn add(
    tx: &Tx,
    scope: Scope<'_>,
    incoming: &Incoming,
    refold: &mut BTreeSet<RecordId>,
    keys: &DataKeys,
) -> Result<(BTreeMap<RecordId, Summary>, BTreeSet<RecordId>), StoreError> {
    let records: Vec<RecordId> = incoming.slots.keys().filter(|record| !refold.contains(record)).copied().collect();
    let mut there = summary::load(tx, scope, &records, keys).await?;
    let (mut summaries, mut changed) = (BTreeMap::new(), BTreeSet::new());
    for record in records {
        let (mut summary, whole) = there.remove(&record).unwrap_or((Summary::default(), true));
        if !whole && !keys.is_destroyed(record.0) {
            refold.insert(record);
            continue;
        }
        for fact in incoming.slots.get(&record).into_iter().flat_map(Slots::values) {
            if changes(&summary, fact) {
                changed.insert(record);
            }
            summary.add(fact);
        }
        summaries.insert(record, summary);
    }
    Ok((summaries, changed))
}

/// All slots of records, into which the facts go that outrank what is there; those that do not count are added to the outranked, and what
/// happened otherwise than was thought is counted so. And what came for facts that were forgotten before.
async fn fold(
    tx: &Tx,
    scope: Scope<'_>,
    incoming: &Incoming,
    records: &BTreeSet<RecordId>,
    (outranked, activity): (&mut Vec<Placed>, &mut Activity),
    keys: &DataKeys,
) -> Result<(BTreeMap<RecordId, Slots>, Vec<Told>), StoreError> {
    let mut there = slot::load(tx, scope, records, keys).await?;
    let (mut changed, mut late): (Vec<Placed>, Vec<Told>) = (Vec::new(), Vec::new());
    for record in records {
        let slots = there.entry(*record).or_default();
        for (slot, fact) in incoming.slots.get(record).into_iter().flatten() {
            let forgotten = slots.get(slot).is_some_and(|there| there.forgotten);
            let put = fact::put(slots, *slot, fact.clone());
            let now = slots.get(slot).unwrap_or(fact);
            match put {
                Put::Repeated => continue,
                Put::Filled => changed.push((*record, *slot, now.clone())),
                Put::Replaced(before) => {
                    activity.replace(&before, now);
                    changed.push((*record, *slot, now.clone()));
                    outranked.push((*record, *slot, before));
                }
                Put::Outranked(fact) => outranked.push((*record, *slot, fact)),
            }
            if forgotten && fact.sequence > 0 {
                late.push(Told { record: *record, fact: *slot, sequences: vec![fact.sequence] });
            }
        }
    }
    slot::replace(tx, scope, &changed, keys).await?;
    Ok((there, late))
}
