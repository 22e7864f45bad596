//! Blocks, portraits and edges in memory: step by step as the service does it, and all at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use tenure_kernel::{RecordId, record::MatchingSecret};
use tenure_linkage::{Judge, Model, Scorer};

use super::digest;
use crate::domain::{
    block::{BlockId, CANDIDATES, Link, Sizes, VISITORS, generic, joining, pass},
    cluster::clusters,
    content::{Content, Digest, Held, MOST},
    decision::Decision,
    edge::{Edge, Edges},
    fact::Visit,
    follow::{leader, window},
    portrait::{Portrait, portray, table},
    web::Web,
};

static SCORER: LazyLock<Scorer> = LazyLock::new(|| Scorer::new(Model::shipped()));
static SECRET: LazyLock<MatchingSecret> = LazyLock::new(|| MatchingSecret::new(&[1; 32]));

/// Who is who.
pub(crate) fn who(records: &BTreeSet<RecordId>, web: &Web, decisions: &[Decision]) -> Vec<BTreeSet<RecordId>> {
    clusters(records, web, &SCORER, decisions)
}

/// What records say, newest first.
type Contents = BTreeMap<RecordId, Vec<Digest>>;

#[derive(Debug, Clone)]
pub(crate) struct Linked {
    pub(crate) portraits: BTreeMap<RecordId, Portrait>,
    pub(crate) edges: Edges,
    /// How many records are evaluated at a time, and with how many candidates each.
    pub(crate) budget: (usize, usize),
    /// How many records were evaluated, and pairs compared.
    pub(crate) spent: (usize, usize),
    plain: BTreeMap<Digest, Content>,
    contents: Contents,
    links: BTreeMap<RecordId, BTreeSet<Link>>,
    blocks: BTreeMap<BlockId, BTreeSet<RecordId>>,
    visits: BTreeMap<Visit, i64>,
    put_off: BTreeMap<RecordId, Option<RecordId>>,
}

impl Default for Linked {
    fn default() -> Self {
        Self {
            portraits: BTreeMap::new(),
            edges: Edges::new(),
            budget: (usize::MAX, CANDIDATES),
            spent: (0, 0),
            plain: BTreeMap::new(),
            contents: Contents::new(),
            links: BTreeMap::new(),
            blocks: BTreeMap::new(),
            visits: BTreeMap::new(),
            put_off: BTreeMap::new(),
        }
    }
}

fn newest(contents: &BTreeMap<Digest, Held>) -> Vec<Digest> {
    let mut newest: Vec<_> = contents.iter().map(|(digest, held)| (held.latest, *digest)).collect();
    newest.sort_unstable_by(|left, right| right.cmp(left));
    newest.into_iter().take(MOST).map(|(_, digest)| digest).collect()
}

/// The cookies and devices of a record.
fn keys(visits: &BTreeMap<Visit, i64>, record: RecordId) -> BTreeSet<[u8; 16]> {
    visits.keys().filter(|(one, ..)| *one == record).map(|(_, key, _)| key.hash).collect()
}

impl Linked {
    pub(crate) fn read(&mut self, content: &Content) {
        self.plain.insert(digest(content), content.clone());
    }

    /// Cuts the edges of erased records; answers who was at their other ends.
    pub(super) fn cut(&mut self, gone: &BTreeSet<RecordId>) -> BTreeSet<RecordId> {
        self.put_off.retain(|record, _| !gone.contains(record));
        let ends = self.edges.keys().filter(|(record, _)| gone.contains(record)).map(|(_, other)| *other).collect();
        self.edges.retain(|(record, other), _| !gone.contains(record) && !gone.contains(other));
        ends
    }

    fn paint(&self, contents: &[Digest]) -> (Vec<u8>, BTreeSet<Link>) {
        let contents: Vec<Content> = contents.iter().map(|digest| self.plain[digest].clone()).collect();
        let (packed, values) = portray(&[contents]).pop().expect("one");
        (packed, values.iter().map(|value| Link::of(&SECRET, value)).collect())
    }

    fn sizes(&self) -> Sizes {
        self.blocks.iter().map(|(block, records)| (*block, i64::try_from(records.len()).expect("few"))).collect()
    }

    /// Follows up what records say and where they were seen; answers whose person may have to change.
    pub(super) fn portray(
        &mut self,
        concerned: &BTreeMap<RecordId, BTreeMap<Digest, Held>>,
        visits: &BTreeMap<Visit, i64>,
        gone: &BTreeSet<RecordId>,
    ) -> BTreeSet<RecordId> {
        self.visits.clone_from(visits);
        let before = self.sizes();
        let (mut changed, mut moved, mut seen) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for (record, held) in concerned {
            let newest = newest(held);
            let mut now: BTreeSet<Link> =
                self.links.get(record).into_iter().flatten().filter(|link| link.cap > 0).copied().collect();
            if self.contents.get(record).map_or(&[][..], Vec::as_slice) != newest.as_slice() {
                changed.insert(*record);
                self.portraits.remove(record);
                now.clear();
                if !newest.is_empty() {
                    let (packed, links) = self.paint(&newest);
                    self.portraits.insert(*record, Portrait { packed, ..Portrait::default() });
                    now = links;
                }
                self.contents.insert(*record, newest);
            }
            let keys = keys(visits, *record);
            let known = self.portraits.contains_key(record);
            let visitor = |key| if known { Link::visitors(&SECRET, key) } else { Link::strangers(&SECRET, key) };
            now.extend(keys.iter().map(visitor));
            seen.extend(keys);
            let before = self.links.insert(*record, now.clone()).unwrap_or_default();
            for link in before.difference(&now) {
                self.blocks.entry(link.block).or_default().remove(record);
            }
            for link in &now {
                self.blocks.entry(link.block).or_default().insert(*record);
            }
            moved.extend(now.symmetric_difference(&before).copied());
        }
        let after = self.sizes();
        let size = |sizes: &Sizes, block: &BlockId| sizes.get(block).copied().unwrap_or_default();
        let crossed = moved.iter().filter(|link| link.crosses(size(&before, &link.block), size(&after, &link.block)));
        let mut dirty: BTreeSet<RecordId> = crossed.flat_map(|link| self.blocks[&link.block].clone()).collect();
        // Simpler than the service, and more: everybody unknown who was ever seen, whatever was seen.
        dirty.extend(visits.keys().map(|(record, ..)| *record).filter(|record| !self.portraits.contains_key(record)));
        dirty.extend(concerned.keys());
        dirty.retain(|record| !gone.contains(record));
        self.blocks.retain(|_, records| !records.is_empty());
        changed.retain(|record| !gone.contains(record));
        changed.extend(self.evaluate(dirty.into_iter().map(|record| (record, None)).collect()));
        changed
    }

    /// Does some of what was put off; answers whose person may have to change.
    pub(super) fn redo(&mut self) -> Option<BTreeSet<RecordId>> {
        let work: BTreeMap<_, _> =
            self.put_off.iter().take(self.budget.0).map(|(record, after)| (*record, *after)).collect();
        self.put_off.retain(|record, _| !work.contains_key(record));
        (!work.is_empty()).then(|| self.evaluate(work))
    }

    fn evaluate(&mut self, work: BTreeMap<RecordId, Option<RecordId>>) -> BTreeSet<RecordId> {
        let (mut touched, sizes) = (BTreeSet::new(), self.sizes());
        let none = BTreeSet::new();
        let mut passes = BTreeMap::new();
        for (number, (record, after)) in work.iter().enumerate() {
            if number >= self.budget.0 {
                self.put_off.insert(*record, *after);
                continue;
            }
            let links = self.links.get(record).unwrap_or(&none);
            let others = joining(links, &sizes).flat_map(|block| self.blocks[&block].clone());
            let pass = pass(*record, *after, self.budget.1, others);
            if let Some(portrait) = self.portraits.get_mut(record) {
                let mask = generic(links, &sizes);
                if std::mem::replace(&mut portrait.generic, mask) != mask {
                    touched.insert(*record);
                }
            }
            if let Some(until) = pass.until {
                self.put_off.insert(*record, Some(until));
            }
            passes.insert(*record, pass);
        }
        self.spent.0 += passes.len();
        for (record, pass) in passes {
            let after = work[&record];
            let mut found = Edges::new();
            for other in &pass.candidates {
                self.spent.1 += 1;
                found.extend(self.weigh(record, *other).map(|edge| ((record, *other), edge)));
            }
            found.extend(self.follows(record).map(|leader| ((record, leader), Edge::Follows)));
            let due = |(_, other): &(RecordId, RecordId)| {
                after.is_none_or(|after| *other > after) && pass.until.is_none_or(|until| *other <= until)
            };
            let own = self.edges.range((record, RecordId([0; 16]))..=(record, RecordId([255; 16])));
            let stale = own.filter(|(pair, edge)| due(pair) && **edge != Edge::Leads);
            let stale: Vec<_> = stale.map(|(pair, _)| *pair).filter(|pair| !found.contains_key(pair)).collect();
            for (one, other) in stale {
                self.edges.remove(&(one, other));
                self.edges.remove(&(other, one));
                touched.extend([one, other]);
            }
            for ((one, other), edge) in found {
                self.edges.insert((other, one), edge.turned());
                if self.edges.insert((one, other), edge) != Some(edge) {
                    touched.extend([one, other]);
                }
            }
        }
        touched
    }

    fn weigh(&self, left: RecordId, right: RecordId) -> Option<Edge> {
        let both = [self.portraits.get(&left)?, self.portraits.get(&right)?];
        let table = table(both.map(Some));
        Edge::of(Judge::new(&SCORER, &table).said(0, 1))
    }

    fn follows(&self, record: RecordId) -> Option<RecordId> {
        if self.portraits.contains_key(&record) {
            return None;
        }
        let keys = keys(&self.visits, record);
        let days = || self.visits.keys().filter(|(one, ..)| *one == record).map(|(.., day)| *day);
        let span = window((days().min()?, days().max()?));
        let few = |key: &[u8; 16]| {
            let known = self.blocks.get(&Link::visitors(&SECRET, key).block);
            known.is_some_and(|known| i64::try_from(known.len()).expect("few") <= VISITORS)
        };
        let mut visits: BTreeMap<[u8; 16], BTreeSet<(i64, RecordId)>> = BTreeMap::new();
        for (one, key, day) in self
            .visits
            .keys()
            .filter(|(one, key, _)| self.portraits.contains_key(one) && keys.contains(&key.hash) && few(&key.hash))
        {
            visits.entry(key.hash).or_default().insert((*day, *one));
        }
        leader(&keys, span, &visits)
    }
}

/// All that hangs together by what is said and by visits, compared at once.
pub(super) fn at_once(
    contents: &BTreeMap<(RecordId, Digest), Held>,
    linked: &Linked,
    visits: &BTreeMap<Visit, i64>,
) -> Web {
    let mut held: BTreeMap<RecordId, BTreeMap<Digest, Held>> = BTreeMap::new();
    for ((record, digest), one) in contents {
        held.entry(*record).or_default().insert(*digest, *one);
    }
    for (record, ..) in visits.keys() {
        held.entry(*record).or_default();
    }
    let mut all = Linked { plain: linked.plain.clone(), budget: (usize::MAX, usize::MAX), ..Linked::default() };
    all.portray(&held, visits, &BTreeSet::new());
    Web { edges: all.edges, portraits: all.portraits }
}

/// What links records that say one thing each.
pub(crate) fn web(contents: &BTreeMap<RecordId, Content>) -> Web {
    let mut all = Linked::default();
    contents.values().for_each(|content| all.read(content));
    let latest = crate::domain::content::Stamp { at: tenure_kernel::Timestamp(0), by: Default::default() };
    let held = |content: &Content| BTreeMap::from([(digest(content), Held { facts: 1, latest })]);
    let held = contents.iter().map(|(record, content)| (*record, held(content))).collect();
    all.portray(&held, &BTreeMap::new(), &BTreeSet::new());
    Web { edges: all.edges, portraits: all.portraits }
}
