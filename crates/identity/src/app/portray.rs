//! Makes portraits of records whose contents changed, and moves records between blocks.

use std::collections::{BTreeMap, BTreeSet};

use tenure_kernel::RecordId;
use tenure_store::StoreError;

use super::{desk::Desk, observe::Observed};
use crate::{
    domain::{
        block::{BlockId, Link, SEEN, VISITORS},
        content::{Content, Digest, Held, MOST},
        portrait::{Portrait, portray as paint},
    },
    store::{block, content, portrait, sealed, visit},
};

/// What changed.
#[derive(Debug, Default)]
pub(crate) struct Portrayed {
    /// The records that look other than before.
    pub(crate) changed: BTreeSet<RecordId>,
    /// The records to evaluate: those, and those for whom a block's size or someone's visits mean something else now.
    pub(crate) dirty: BTreeSet<RecordId>,
}

/// Follows up what was observed.
pub(crate) async fn portray(desk: &mut Desk<'_>, observed: &Observed) -> Result<Portrayed, StoreError> {
    let carrying = || observed.carrying.iter().map(|(record, _)| *record);
    let visiting = observed.visits.iter().map(|(record, _)| *record);
    let concerned: BTreeSet<RecordId> = observed.contents.keys().copied().chain(carrying()).chain(visiting).collect();
    let mut known = portrait::contents(desk.tx, desk.place, &desk.stored(concerned)).await?;
    let before: BTreeSet<RecordId> = known.keys().copied().collect();
    let wanted = |(record, contents): (&RecordId, &BTreeMap<Digest, Held>)| {
        let wanted = order(desk, contents);
        (wanted.as_ref().map(|(digest, _)| digest) != known.get(record)).then_some((*record, wanted))
    };
    let mut changing: BTreeMap<RecordId, Option<(Digest, Vec<Digest>)>> =
        observed.contents.iter().filter_map(wanted).collect();
    let values = redraw(desk, &changing, &observed.said).await?;
    // What is said in turn in two ways often looks the same whichever came last; then nobody need be compared.
    changing.retain(|record, _| values.contains_key(record));
    for (record, order) in &changing {
        match order {
            Some((digest, _)) => known.insert(*record, *digest),
            None => known.remove(record),
        };
    }
    let concerned: BTreeSet<RecordId> = changing.keys().copied().chain(carrying()).collect();
    // Who begins or ceases to say something changes from one kind of visitor to the other.
    let turned = concerned.iter().filter(|record| known.contains_key(record) != before.contains(record)).copied();
    let visitors = turned.chain(carrying()).collect();
    let mut dirty = relink(desk, (&concerned, &visitors), &observed.carrying, &known, values).await?;
    let new_days = observed.visits.iter().filter(|(record, _)| known.contains_key(record)).map(|(_, key)| *key);
    let new_days: BTreeSet<[u8; 16]> = new_days.collect();
    dirty.extend(strangers(desk, new_days, &BTreeMap::new()).await?);
    dirty.extend(concerned);
    dirty.extend(observed.visits.iter().map(|(record, _)| *record).filter(|record| !known.contains_key(record)));
    let changed = changing.into_keys().filter(|record| !observed.gone.contains(record)).collect();
    dirty.retain(|record| !observed.gone.contains(record));
    Ok(Portrayed { changed, dirty })
}

/// The digest of a record's contents in their order, and those that are looked at, newest first; `None` when it has none.
fn order(desk: &Desk<'_>, contents: &BTreeMap<Digest, Held>) -> Option<(Digest, Vec<Digest>)> {
    let mut newest: Vec<(&Digest, &Held)> = contents.iter().collect();
    newest.sort_unstable_by(|left, right| (right.1.latest, right.0).cmp(&(left.1.latest, left.0)));
    let newest: Vec<Digest> = newest.into_iter().take(MOST).map(|(digest, _)| *digest).collect();
    let digest = desk.ids.derive("contents", &newest.iter().map(<[u8; 16]>::as_slice).collect::<Vec<_>>());
    (!newest.is_empty()).then_some((digest, newest))
}

/// Paints the records anew; answers the blocks that they are in by what they say, of those that look other than before.
async fn redraw(
    desk: &mut Desk<'_>,
    changing: &BTreeMap<RecordId, Option<(Digest, Vec<Digest>)>>,
    said: &BTreeMap<(RecordId, Digest), Content>,
) -> Result<BTreeMap<RecordId, BTreeSet<Link>>, StoreError> {
    let (tx, place) = (desk.tx, desk.place);
    let shown: BTreeSet<RecordId> =
        changing.iter().filter(|(_, order)| order.is_some()).map(|(record, _)| *record).collect();
    let is_said = |record: &RecordId, order: &Option<(Digest, Vec<Digest>)>| {
        order.iter().flat_map(|(_, order)| order).all(|digest| said.contains_key(&(*record, *digest)))
    };
    let unsaid = changing.iter().filter(|(record, order)| !is_said(record, order)).map(|(record, _)| *record).collect();
    let stored = content::sealed(tx, place, &unsaid).await?;
    let keys = desk.keyring.data_keys(place.tenant, shown.iter().map(|record| record.0), false).await?;
    let read = |record: &RecordId, digest: &Digest| {
        if let Some(content) = said.get(&(*record, *digest)) {
            return Some(content.clone());
        }
        let plain = sealed::open(&keys, *record, stored.get(&(*record, *digest))?)?;
        Content::decode(&plain)
    };
    let contents: Vec<Vec<Content>> = shown
        .iter()
        .map(|record| {
            let order = changing.get(record).and_then(Option::as_ref);
            order.into_iter().flat_map(|(_, order)| order).filter_map(|digest| read(record, digest)).collect()
        })
        .collect();
    desk.look(shown.iter().copied()).await?;
    let (mut links, mut rows, mut same) = (BTreeMap::new(), Vec::new(), Vec::new());
    for (record, (packed, values)) in shown.iter().zip(paint(&contents)) {
        let Some((digest, _)) = changing.get(record).and_then(Option::as_ref) else { continue };
        if desk.portrait(*record).is_some_and(|before| before.packed == packed) {
            same.push((*record, *digest));
            continue;
        }
        links.insert(*record, values.iter().map(|value| Link::of(&desk.matching, value)).collect());
        if let Some(sealed) = sealed::seal(&keys, *record, &packed) {
            rows.push((*record, *digest, sealed));
        }
        desk.hang(*record, Some(Portrait { packed, ..Portrait::default() }));
    }
    portrait::write(tx, place, rows).await?;
    portrait::reorder(tx, place, same).await?;
    let blank: BTreeSet<RecordId> = changing.keys().filter(|record| !shown.contains(record)).copied().collect();
    portrait::delete(tx, place, &blank).await?;
    blank.iter().for_each(|record| desk.hang(*record, None));
    links.extend(blank.into_iter().map(|record| (record, BTreeSet::new())));
    Ok(links)
}

/// Who comes into which block (`true`), or leaves it.
type Moves = BTreeMap<(RecordId, BlockId), bool>;
/// Blocks that become larger or smaller, a link of them, and by how much.
type Growth = BTreeMap<BlockId, (Link, i64)>;

/// Notes which blocks a record comes into and leaves. In one that it stays in another of its values may be the one.
fn note(record: RecordId, before: &BTreeSet<Link>, now: &BTreeSet<Link>, moves: &mut Moves, by: &mut Growth) {
    for (ours, theirs, comes) in [(now, before, true), (before, now, false)] {
        let there: BTreeSet<BlockId> = theirs.iter().map(|link| link.block).collect();
        for link in ours.iter().filter(|link| !there.contains(&link.block)) {
            if moves.insert((record, link.block), comes).is_none() {
                by.entry(link.block).or_insert((*link, 0)).1 += if comes { 1 } else { -1 };
            }
        }
    }
}

/// Moves records between blocks; answers the others whom that concerns. Of some of the `records` which `visitors` they are may
/// have changed.
async fn relink(
    desk: &mut Desk<'_>,
    (records, visitors): (&BTreeSet<RecordId>, &BTreeSet<RecordId>),
    carrying: &BTreeSet<(RecordId, [u8; 16])>,
    known: &BTreeMap<RecordId, Digest>,
    mut said: BTreeMap<RecordId, BTreeSet<Link>>,
) -> Result<BTreeSet<RecordId>, StoreError> {
    let (tx, place) = (desk.tx, desk.place);
    let mut before = block::links(tx, place, &desk.stored(records.iter().copied())).await?;
    let mut carried = visit::carried(tx, place, &desk.stored(visitors.iter().copied())).await?;
    for (record, key) in carrying.iter().filter(|(record, _)| desk.new.contains(record)) {
        carried.entry(*record).or_default().insert(*key);
    }
    let mut keys: BTreeSet<[u8; 16]> = carrying.iter().map(|(_, key)| *key).collect();
    let (mut moves, mut links, mut by) = (Moves::new(), BTreeMap::new(), Growth::new());
    for record in records {
        let before = before.remove(record).unwrap_or_default();
        // By contents that did not change it is in the same blocks, and by visits too.
        let stays = |link: &&Link| match link.cap {
            0 => !visitors.contains(record),
            _ => !said.contains_key(record),
        };
        let mut now: BTreeSet<Link> = before.iter().filter(stays).copied().collect();
        now.extend(said.remove(record).unwrap_or_default());
        for key in carried.remove(record).unwrap_or_default() {
            keys.insert(key);
            let is_known = known.contains_key(record);
            now.insert(if is_known {
                Link::visitors(&desk.matching, &key)
            } else {
                Link::strangers(&desk.matching, &key)
            });
        }
        note(*record, &before, &now, &mut moves, &mut by);
        if now != before {
            links.insert(*record, now.clone());
        }
        desk.linked(*record, now);
    }
    block::relink(tx, place, &links, &moves).await?;
    by.retain(|_, (_, by)| *by != 0);
    // So many that it is sure on which side of its cap a block was before.
    let most = by.values().map(|(_, by)| usize::try_from(*by).unwrap_or_default()).max().unwrap_or_default();
    let strange = |link: &Link| link.cap == 0;
    let counted = by.iter().filter(|(_, (link, _))| !strange(link)).map(|(block, _)| *block);
    desk.gather(counted.collect::<Vec<_>>(), SEEN + most).await?;
    let crossed = by.iter().filter(|(block, (link, by))| {
        let now = desk.size(block);
        link.crosses(now - by, now)
    });
    let mut others: BTreeSet<RecordId> = crossed.flat_map(|(block, _)| desk.carriers(block).iter().copied()).collect();
    let visited: BTreeSet<[u8; 16]> =
        keys.into_iter().filter(|key| by.contains_key(&Link::visitors(&desk.matching, key).block)).collect();
    let grown = by.into_iter().map(|(block, (_, by))| (block, by)).collect();
    others.extend(strangers(desk, visited, &grown).await?);
    Ok(others)
}

/// The unknown records that were seen with any of the keys: those for whom a known record's visits count, or counted before
/// the keys' visitors became more or fewer by what `grown` says.
async fn strangers(
    desk: &mut Desk<'_>,
    keys: BTreeSet<[u8; 16]>,
    grown: &BTreeMap<BlockId, i64>,
) -> Result<BTreeSet<RecordId>, StoreError> {
    let visitors: BTreeMap<[u8; 16], BlockId> =
        keys.into_iter().map(|key| (key, Link::visitors(&desk.matching, &key).block)).collect();
    let most = grown.values().map(|by| usize::try_from(*by).unwrap_or_default()).max().unwrap_or_default();
    desk.gather(visitors.values().copied(), SEEN + most).await?;
    let few = |block: &BlockId| {
        let now = desk.size(block);
        now.min(now - grown.get(block).copied().unwrap_or_default()) <= VISITORS
    };
    let meant = visitors.iter().filter(|(_, block)| few(block)).map(|(key, _)| key);
    let blocks = meant.map(|key| Link::strangers(&desk.matching, key).block).collect();
    block::everybody(desk.tx, desk.place, &blocks).await
}
