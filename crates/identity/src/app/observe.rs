//! Takes in what a batch says of records: facts, keys, contents and visits. Concludes nothing yet.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::{RecordId, Timestamp};
use tenure_keyring::DataKeys;
use tenure_store::StoreError;

use super::desk::Desk;
use crate::{
    domain::{
        content::{Content, Digest, Held, Outcome},
        fact::{Changes, Ledger, Touchpoint},
    },
    store::{
        content, edge, fact, key,
        record::{self, Sighting},
        redo, sealed, visit,
    },
};

/// What a batch says of one tenant's records.
pub(crate) struct Observation {
    /// Touchpoints.
    pub(crate) touchpoints: Vec<Touchpoint>,
    /// Records that were erased.
    pub(crate) erased: BTreeSet<RecordId>,
    /// The data keys of the touchpoints' records.
    pub(crate) keys: DataKeys,
}

/// What is new.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    /// Records that are new, gone, or held together with one that is gone.
    pub(crate) records: BTreeSet<RecordId>,
    /// Those that are gone.
    pub(crate) gone: BTreeSet<RecordId>,
    /// Records that others say the same or more or less of, with all that is said of them now.
    pub(crate) contents: BTreeMap<RecordId, BTreeMap<Digest, Held>>,
    /// Records and the cookies and devices that they began or ceased to carry.
    pub(crate) carrying: BTreeSet<(RecordId, [u8; 16])>,
    /// Records and the cookies and devices that they were seen with on other days than before.
    pub(crate) visits: BTreeSet<(RecordId, [u8; 16])>,
    /// What the contents say that the batch brought.
    pub(crate) said: BTreeMap<(RecordId, Digest), Content>,
}

/// Takes an observation in.
pub(crate) async fn observe(desk: &mut Desk<'_>, observation: Observation) -> Result<Observed, StoreError> {
    let (tx, place) = (desk.tx, desk.place);
    let Observation { touchpoints, erased: gone, keys } = observation;
    let mut observed = Observed { records: gone.clone(), ..Observed::default() };
    if !gone.is_empty() {
        record::erase(tx, place, &gone).await?;
        redo::forget(tx, place, &gone).await?;
        let cut: BTreeMap<_, _> = edge::of(tx, place, &gone).await?.into_keys().map(|pair| (pair, None)).collect();
        observed.records.extend(cut.keys().map(|(_, other)| *other));
        edge::write(tx, place, &cut).await?;
    }
    let named: BTreeSet<RecordId> = touchpoints.iter().flat_map(|one| one.records.iter().copied()).collect();
    let first_seen = record::first_seen(tx, place, &named).await?;
    // Who was erased is known no more.
    let unknown = named.into_iter().filter(|record| !first_seen.contains_key(record)).collect();
    let erased = record::erased(tx, place, &unknown).await?;
    desk.new = see(desk, &touchpoints, &first_seen, &erased).await?;
    observed.records.extend(&desk.new);
    let mut said: BTreeMap<(RecordId, Digest), Content> = BTreeMap::new();
    let mut facts = Vec::new();
    for touchpoint in touchpoints {
        let Some(fact) = touchpoint.fact.without(&erased) else { continue };
        let digests = fact.parts.iter().filter_map(|(record, part)| Some((*record, part.content?)));
        let mut contents = touchpoint.contents;
        said.extend(digests.filter_map(|(record, digest)| Some(((record, digest), contents.remove(&record)?))));
        facts.push(fact);
    }
    // Most touchpoints say nothing of who is who; those cost no look at the facts.
    facts.retain(|fact| !fact.says_nothing());
    let mut slots = fact::naming(tx, place, &gone).await?;
    slots.extend(facts.iter().map(|fact| fact.id));
    let mut ledger = Ledger::new(fact::load(tx, place, &slots).await?);
    ledger.erase(&gone);
    facts.into_iter().for_each(|fact| ledger.take(fact));
    let changes = ledger.finish();
    fact::write(tx, place, &changes).await?;
    observed.carrying = count(desk, &changes).await?;
    observed.visits = visit::count(tx, place, &changes.visits).await?;
    observed.contents = hold(desk, &changes, &said, &keys).await?;
    (observed.gone, observed.said) = (gone, said);
    Ok(observed)
}

/// Takes records in; answers the new ones.
async fn see(
    desk: &Desk<'_>,
    touchpoints: &[Touchpoint],
    known: &BTreeMap<RecordId, Timestamp>,
    erased: &BTreeSet<RecordId>,
) -> Result<BTreeSet<RecordId>, StoreError> {
    let mut sightings: BTreeMap<RecordId, Sighting> = BTreeMap::new();
    for touchpoint in touchpoints {
        for record in touchpoint.records.difference(erased) {
            let first_seen_at = touchpoint.fact.occurred_at;
            let sighting = sightings
                .entry(*record)
                .or_insert_with(|| Sighting { source: touchpoint.source.clone(), first_seen_at });
            sighting.first_seen_at = sighting.first_seen_at.min(first_seen_at);
        }
    }
    sightings.retain(|record, sighting| known.get(record).is_none_or(|at| sighting.first_seen_at < *at));
    let new = sightings.keys().filter(|record| !known.contains_key(record)).copied().collect();
    record::put(desk.tx, desk.place, sightings).await?;
    Ok(new)
}

/// Counts who carries which identifiers; answers who began or ceased to carry which cookie or device.
async fn count(desk: &Desk<'_>, changes: &Changes) -> Result<BTreeSet<(RecordId, [u8; 16])>, StoreError> {
    let carriers = key::count(desk.tx, desk.place, &changes.counts).await?;
    let all = carriers.joined.into_iter().chain(carriers.left).filter(|(key, _)| key.is_visit());
    Ok(all.flat_map(|(key, records)| records.into_iter().map(move |record| (record, key.hash))).collect())
}

/// Keeps what is said of records, sealed; answers all that is said of those of which something is said anew or no longer.
async fn hold(
    desk: &Desk<'_>,
    changes: &Changes,
    said: &BTreeMap<(RecordId, Digest), Content>,
    keys: &DataKeys,
) -> Result<BTreeMap<RecordId, BTreeMap<Digest, Held>>, StoreError> {
    let (tx, place) = (desk.tx, desk.place);
    let records: BTreeSet<RecordId> = changes.contents.keys().map(|(record, _)| *record).collect();
    let mut held = content::held(tx, place, &desk.stored(records)).await?;
    let mut outcomes: BTreeMap<(RecordId, Digest), Outcome> = BTreeMap::new();
    for ((record, digest), tally) in &changes.contents {
        let before = held.get(record).and_then(|contents| contents.get(digest)).copied();
        outcomes.insert((*record, *digest), tally.apply(before));
    }
    let unsure = |outcome: &Outcome| matches!(outcome, Outcome::Unsure(_));
    let unsure = outcomes.iter().filter(|(_, outcome)| unsure(outcome)).map(|((record, _), _)| *record).collect();
    let last = fact::last_said(tx, place, &unsure).await?;
    let (mut rows, mut swept) = (Vec::new(), BTreeSet::new());
    for ((record, digest), outcome) in outcomes {
        let contents = held.entry(record).or_default();
        let now = match outcome {
            Outcome::Held(now) => Some(now),
            Outcome::Unsure(facts) => last.get(&(record, digest)).map(|latest| Held { facts, latest: *latest }),
            Outcome::Gone => None,
        };
        let before = contents.get(&digest).copied();
        match (now, before) {
            (Some(now), None) => {
                // Without its data key, or what it says, it says nothing.
                let content = said.get(&(record, digest));
                let sealed = content.and_then(|content| sealed::seal(keys, record, &content.encode()));
                if let Some(sealed) = sealed {
                    contents.insert(digest, now);
                    rows.push(((record, digest), now, sealed));
                }
            }
            (Some(now), Some(_)) => {
                contents.insert(digest, now);
                rows.push(((record, digest), now, Vec::new()));
            }
            (None, Some(before)) => {
                contents.remove(&digest);
                rows.push(((record, digest), Held { facts: 0, ..before }, Vec::new()));
                swept.insert(record);
            }
            (None, None) => {}
        }
    }
    content::write(tx, place, rows).await?;
    content::sweep(tx, place, &swept).await?;
    Ok(held)
}
