//! Forgets that things happened, when the collector's journal tells of them no more. What was said with them stays.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, RetentionRunId, TouchpointId};
use tenure_keyring::DataKeys;
use tenure_records::{Forgotten, Scope};
use tenure_store::{StoreError, Tx};

use super::fill_buckets::fill_buckets;
use crate::{
    domain::{
        activity::Activity,
        bucket::Buckets,
        fact::{Fact, Placed, Slots, Told},
        summary::Summary,
    },
    store::{activity_count, forgotten_fact, history, slot, summary},
};

/// Forgets facts of a range, each with the run that found it, and folds their records anew. They count no more from here on: what a run has forgotten it
/// tells when it has ended. Answers what the journal tells of them still: amendments that came meanwhile.
pub(crate) async fn forget_facts(
    tx: &Tx,
    scope: Scope<'_>,
    range: u8,
    forgotten: &[(Option<RetentionRunId>, Forgotten)],
    keys: &DataKeys,
) -> Result<Vec<Told>, StoreError> {
    if forgotten.is_empty() {
        return Ok(Vec::new());
    }
    let mut runs: BTreeMap<RetentionRunId, i64> = BTreeMap::new();
    let mut rewritten: BTreeMap<(RecordId, TouchpointId), BTreeSet<i64>> = BTreeMap::new();
    for (run, one) in forgotten {
        run.iter().for_each(|run| *runs.entry(*run).or_default() += 1);
        rewritten.entry((one.record, one.fact)).or_default().extend(&one.sequences);
    }
    forgotten_fact::add(tx, scope, range, &runs).await?;
    let records: BTreeSet<RecordId> = rewritten.keys().map(|(record, _)| *record).collect();
    let mut slots = slot::load(tx, scope, &records, keys).await?;
    let mut outranked = history::load(tx, scope, &records, keys).await?;
    outranked.retain(|(record, fact, _)| rewritten.contains_key(&(*record, *fact)));
    let (mut activity, mut changed, mut late) = (Activity::default(), Vec::<Placed>::new(), BTreeSet::new());
    for ((record, fact), sequences) in &rewritten {
        if let Some(there) = slots.get_mut(record).and_then(|slots| slots.get_mut(fact)) {
            let before = there.clone();
            late.extend(forget(there, sequences).map(|sequence| (*record, *fact, sequence)));
            activity.replace(&before, there);
            changed.push((*record, *fact, there.clone()));
        }
    }
    for (record, fact, version) in &mut outranked {
        if let Some(sequences) = rewritten.get(&(*record, *fact)) {
            late.extend(forget(version, sequences).map(|sequence| (*record, *fact, sequence)));
        }
    }
    slot::replace(tx, scope, &changed, keys).await?;
    history::replace(tx, scope, &outranked, keys).await?;
    activity_count::add(tx, scope, range, &activity).await?;
    save(tx, scope, &slots, keys).await?;
    Ok(late.into_iter().map(|(record, fact, sequence)| Told { record, fact, sequences: vec![sequence] }).collect())
}

/// Forgets that it happened; answers which entry tells of it still.
fn forget(fact: &mut Fact, rewritten: &BTreeSet<i64>) -> Option<i64> {
    fact.forget();
    if rewritten.contains(&fact.sequence) {
        fact.sequence = 0;
    }
    Some(fact.sequence).filter(|sequence| *sequence > 0)
}

/// Brings summaries and buckets up to date.
async fn save(tx: &Tx, scope: Scope<'_>, slots: &BTreeMap<RecordId, Slots>, keys: &DataKeys) -> Result<(), StoreError> {
    let folded = slots.iter().map(|(record, slots)| (*record, Buckets::of(slots.values()))).collect();
    fill_buckets(tx, scope, BTreeMap::new(), folded).await?;
    let summaries = slots.iter().map(|(record, slots)| (*record, Summary::of(slots.values()))).collect();
    summary::save(tx, scope, &summaries, keys).await
}
