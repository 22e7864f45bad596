//! Compares records with their candidates: replaces their edges. The unit of work of resolution, done for many at once.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::RecordId;
use tenure_linkage::Judge;
use tenure_store::StoreError;

use super::desk::Desk;
use crate::{
    config::EVALUATED,
    domain::{
        block::{BlockId, CANDIDATES, Link, Pass, SEEN, VISITORS, generic, joining, pass},
        edge::{Edge, Edges},
        follow::{Span, leader, window},
        portrait::{Portrait, table},
    },
    store::{
        edge, portrait,
        redo::{self, Work},
        visit,
    },
};

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Evaluated {
    /// The records whose edges or portraits changed.
    pub(crate) touched: BTreeSet<RecordId>,
    /// Whether some of the work was put off.
    pub(crate) put_off: bool,
}

/// Evaluates records, as many as fit; puts the others off.
pub(crate) async fn evaluate(desk: &mut Desk<'_>, mut work: Work) -> Result<Evaluated, StoreError> {
    let mut later = match work.keys().nth(EVALUATED).copied() {
        Some(next) => work.split_off(&next),
        None => Work::new(),
    };
    let records: BTreeSet<RecordId> = work.keys().copied().collect();
    let passes = passes(desk, &work).await?;
    later.extend(passes.iter().filter_map(|(record, pass)| Some((*record, Some(pass.until?)))));
    let masked = mask(desk, &passes).await?;
    let mut found = weigh(desk, &passes);
    found.extend(lead(desk, &records).await?);
    found.retain(|(record, _), _| records.contains(record));
    let stored = edge::of(desk.tx, desk.place, &desk.stored(records.iter().copied())).await?;
    let due = stored.iter().filter(|(pair, edge)| is_due(&work, &passes, **pair, **edge));
    let mut changes: BTreeMap<(RecordId, RecordId), Option<Edge>> =
        due.filter(|(pair, _)| !found.contains_key(pair)).map(|(pair, _)| (*pair, None)).collect();
    changes.extend(found.into_iter().filter(|(pair, edge)| stored.get(pair) != Some(edge)).map(|(p, e)| (p, Some(e))));
    edge::write(desk.tx, desk.place, &changes).await?;
    redo::put(desk.tx, desk.place, &later).await?;
    // From here on edges are stored of them too.
    desk.new.clear();
    let ends = changes.into_keys().flat_map(|(record, other)| [record, other]);
    Ok(Evaluated { touched: masked.into_iter().chain(ends).collect(), put_off: !later.is_empty() })
}

type Passes = BTreeMap<RecordId, Pass>;

/// Whether an edge is one of those that are replaced: others belong to another pass, or to the other record.
fn is_due(work: &Work, passes: &Passes, (record, other): (RecordId, RecordId), edge: Edge) -> bool {
    let after = work.get(&record).copied().flatten();
    let until = passes.get(&record).and_then(|pass| pass.until);
    edge != Edge::Leads && after.is_none_or(|after| other > after) && until.is_none_or(|until| other <= until)
}

/// Whom each record is compared with. Looks at all of their portraits.
async fn passes(desk: &mut Desk<'_>, work: &Work) -> Result<Passes, StoreError> {
    let mut links = desk.links(work.keys().copied()).await?;
    let blocks: BTreeSet<BlockId> =
        links.values().flatten().filter(|link| link.cap > 0).map(|link| link.block).collect();
    desk.gather(blocks.iter().copied(), SEEN).await?;
    let sizes = desk.sizes(blocks);
    let mut passes = BTreeMap::new();
    for (record, after) in work {
        let links = links.remove(record).unwrap_or_default();
        let others = joining(&links, &sizes).flat_map(|block| desk.carriers(&block)).copied();
        let candidates = pass(*record, *after, CANDIDATES, others);
        passes.insert(*record, Pass { generic: generic(&links, &sizes), ..candidates });
    }
    let all = passes.iter().flat_map(|(record, pass)| pass.candidates.iter().chain([record]));
    desk.look(all.copied().collect::<BTreeSet<_>>()).await?;
    Ok(passes)
}

/// Notes which of the records' values say nothing; answers of which that changed.
async fn mask(desk: &mut Desk<'_>, passes: &Passes) -> Result<BTreeSet<RecordId>, StoreError> {
    let mut masks = BTreeMap::new();
    for (record, pass) in passes {
        let before = desk.portrait(*record).filter(|portrait| portrait.generic != pass.generic);
        if let Some(masked) = before.map(|portrait| Portrait { generic: pass.generic, ..portrait.clone() }) {
            desk.hang(*record, Some(masked));
            masks.insert(*record, pass.generic);
        }
    }
    let masked = masks.keys().copied().collect();
    portrait::mask(desk.tx, desk.place, masks).await?;
    Ok(masked)
}

/// The edges of the records with their candidates, both ways.
fn weigh(desk: &mut Desk<'_>, passes: &Passes) -> Edges {
    let pairs = passes.iter().flat_map(|(record, pass)| pass.candidates.iter().map(|other| (*record, *other)));
    let known =
        |(left, right): &(RecordId, RecordId)| desk.portrait(*left).is_some() && desk.portrait(*right).is_some();
    let pairs: BTreeSet<(RecordId, RecordId)> =
        pairs.filter(known).map(|(left, right)| (left.min(right), left.max(right))).collect();
    let members: BTreeSet<RecordId> = pairs.iter().flat_map(|(left, right)| [*left, *right]).collect();
    let members: Vec<RecordId> = members.into_iter().collect();
    let table = table(members.iter().map(|record| desk.portrait(*record)));
    let judge = Judge::new(&desk.scorer, &table);
    let place = |record: &RecordId| members.binary_search(record).unwrap_or_default();
    let mut edges = Edges::new();
    for (left, right) in &pairs {
        if let Some(edge) = Edge::of(judge.said(place(left), place(right))) {
            edges.insert((*left, *right), edge);
            edges.insert((*right, *left), edge);
        }
    }
    desk.compared += pairs.len() as u64;
    edges
}

/// Whom those of the records go with that say nothing of themselves.
async fn lead(desk: &mut Desk<'_>, records: &BTreeSet<RecordId>) -> Result<Edges, StoreError> {
    let (tx, place) = (desk.tx, desk.place);
    let unknown = records.iter().filter(|record| desk.portrait(**record).is_none()).copied().collect();
    let spans = visit::spans(tx, place, &unknown).await?;
    if spans.is_empty() {
        return Ok(Edges::new());
    }
    let keys: BTreeSet<[u8; 16]> = spans.values().flat_map(|(keys, _)| keys.iter().copied()).collect();
    let visitors: BTreeMap<[u8; 16], [u8; 16]> =
        keys.into_iter().map(|key| (key, Link::visitors(&desk.matching, &key).block)).collect();
    desk.gather(visitors.values().copied(), SEEN).await?;
    let few = visitors.values().filter(|block| desk.size(block) <= VISITORS);
    let known: BTreeMap<BlockId, &[RecordId]> = few.map(|block| (*block, desk.carriers(block))).collect();
    let windows = || spans.values().map(|(_, span)| window(*span));
    let first = windows().map(|(first, _)| first).min().unwrap_or_default();
    let last = windows().map(|(_, last)| last).max().unwrap_or_default();
    let visiting = known.values().copied().flatten().copied().collect();
    let mut visits: BTreeMap<[u8; 16], BTreeSet<(i64, RecordId)>> = BTreeMap::new();
    for (record, key, day) in visit::between(tx, place, &visiting, (first, last)).await? {
        let of_key = visitors.get(&key).and_then(|block| known.get(block));
        if of_key.is_some_and(|known| known.contains(&record)) {
            visits.entry(key).or_default().insert((day, record));
        }
    }
    let follows = |(record, (keys, span)): (&RecordId, &(BTreeSet<[u8; 16]>, Span))| {
        Some(((*record, leader(keys, window(*span), &visits)?), Edge::Follows))
    };
    Ok(spans.iter().filter_map(follows).collect())
}
